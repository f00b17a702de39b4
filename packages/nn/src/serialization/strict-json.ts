/**
 * @file A JSON parser for headers of files from strangers.
 *
 * It differs from JSON.parse where that one is too kind for a header:
 * - a key that appears twice in an object is refused, instead of the last one winning;
 * - objects are Maps, so `__proto__` is a name like any other, and integer-like keys keep their place;
 * - nesting is bounded, so the call stack is;
 * - strings that are not well-formed Unicode (a lone surrogate) are refused.
 *
 * Everything else is RFC 8259. This module does not know what the header means.
 */

export type JsonObject = ReadonlyMap<string, JsonValue>;
export type JsonValue = null | boolean | number | string | readonly JsonValue[] | JsonObject;

export interface StrictJsonOptions {
  /** Objects and arrays inside one another; 1 is an object of plain values. */
  readonly maxDepth: number;
  /** Makes the error for a fact such as `expected ":" at character 4 but found "}"`. */
  readonly refuse: (fact: string) => Error;
}

/** Parses a whole text as one value; throws what `refuse` makes. */
export function parseStrictJson(text: string, options: StrictJsonOptions): JsonValue {
  const cursor = new Cursor(text, options);
  const value = cursor.value(0);
  cursor.end();
  return value;
}

const LITERALS: ReadonlyMap<string, JsonValue> = new Map<string, JsonValue>([
  ["true", true],
  ["false", false],
  ["null", null],
]);
const NUMBER = /^-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?$/;
const LONE_SURROGATE = /\p{Surrogate}/u;
const INVISIBLE = /\p{C}/gu;
const WORD = /[-+.0-9A-Za-z]/;
/** Longer words are no number that a header needs, and would be slow to match. */
const MAX_WORD = 40;
const MAX_QUOTED = 60;

class Cursor {
  readonly #text: string;
  readonly #options: StrictJsonOptions;
  #position = 0;

  constructor(text: string, options: StrictJsonOptions) {
    this.#text = text;
    this.#options = options;
  }

  value(depth: number): JsonValue {
    const next = this.#peek();
    if (next === "{") return this.#object(depth + 1);
    if (next === "[") return this.#array(depth + 1);
    if (next === '"') return this.#string();
    return this.#word();
  }

  end(): void {
    if (this.#peek() !== "") throw this.#expected("the end");
  }

  #object(depth: number): JsonObject {
    this.#open(depth);
    const object = new Map<string, JsonValue>();
    if (this.#skip("}")) return object;
    do {
      if (this.#peek() !== '"') throw this.#expected("a key in quotes");
      const key = this.#string();
      if (object.has(key)) {
        const before = this.#position;
        throw this.#options.refuse(
          `the key ${quote(key)} before character ${before} appears twice`,
        );
      }
      if (!this.#skip(":")) throw this.#expected('":"');
      object.set(key, this.value(depth));
    } while (this.#skip(","));
    if (!this.#skip("}")) throw this.#expected('"," or "}"');
    return object;
  }

  #array(depth: number): readonly JsonValue[] {
    this.#open(depth);
    const array: JsonValue[] = [];
    if (this.#skip("]")) return array;
    do array.push(this.value(depth));
    while (this.#skip(","));
    if (!this.#skip("]")) throw this.#expected('"," or "]"');
    return array;
  }

  #open(depth: number): void {
    if (depth > this.#options.maxDepth) throw this.#expected("a plain value, not deeper nesting,");
    this.#position++;
  }

  /** Finds the closing quote by hand, since a pattern would backtrack over strings of any length. */
  #string(): string {
    const start = this.#position;
    let end = start + 1;
    while (end < this.#text.length && this.#text[end] !== '"') {
      end += this.#text[end] === "\\" ? 2 : 1;
    }
    this.#position = end + 1;
    const decoded = decodeString(this.#text.slice(start, this.#position));
    if (decoded === undefined) {
      throw this.#options.refuse(`the string at character ${start} is not valid`);
    }
    return decoded;
  }

  #word(): JsonValue {
    const start = this.#position;
    let end = start;
    while (end - start <= MAX_WORD && WORD.test(this.#text.charAt(end))) end++;
    const word = this.#text.slice(start, end);
    const literal = LITERALS.get(word);
    if (literal === undefined && !(word.length <= MAX_WORD && NUMBER.test(word))) {
      throw this.#expected("a value");
    }
    this.#position = end;
    return literal === undefined ? Number(word) : literal;
  }

  /** The next character that is not white space, or "" at the end. */
  #peek(): string {
    while (" \n\r\t".includes(this.#text[this.#position] ?? "x")) this.#position++;
    return this.#text.charAt(this.#position);
  }

  #skip(expected: string): boolean {
    if (this.#peek() !== expected) return false;
    this.#position++;
    return true;
  }

  #expected(what: string): Error {
    const next = this.#peek();
    const found = next === "" ? "the end" : quote(next);
    return this.#options.refuse(
      `expected ${what} at character ${this.#position} but found ${found}`,
    );
  }
}

function decodeString(literal: string): string | undefined {
  try {
    const decoded: unknown = JSON.parse(literal);
    return typeof decoded === "string" && !LONE_SURROGATE.test(decoded) ? decoded : undefined;
  } catch {
    return undefined;
  }
}

/** A text from a stranger as it may stand in a message: in quotes, not long, and without invisible characters. */
export function quote(text: string): string {
  const short = text.length > MAX_QUOTED ? `${text.slice(0, MAX_QUOTED)}…` : text;
  return JSON.stringify(short).replace(
    INVISIBLE,
    (character) => `\\u{${character.codePointAt(0)?.toString(16)}}`,
  );
}
