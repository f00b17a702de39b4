import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type JsonValue, parseStrictJson, quote } from "../../src/serialization/strict-json.ts";

const parse = (text: string, maxDepth = 100): JsonValue =>
  parseStrictJson(text, { maxDepth, refuse: (fact) => new Error(fact) });

const factOf = (text: string, maxDepth = 100): string => {
  try {
    parse(text, maxDepth);
  } catch (error) {
    if (error instanceof Error) return error.message;
  }
  throw new Error("nothing was thrown");
};

/** The value as JSON.parse gives it: objects instead of Maps. */
const plain = (value: JsonValue): unknown => {
  if (value instanceof Map) {
    return Object.fromEntries([...value].map(([key, item]) => [key, plain(item)]));
  }
  return Array.isArray(value) ? value.map(plain) : value;
};

const accepts = (text: string): boolean => {
  try {
    parse(text);
    return true;
  } catch {
    return false;
  }
};

const acceptedByPlatform = (text: string): boolean => {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
};

describe("parseStrictJson", () => {
  it("gives what JSON.parse gives, with Maps for objects", () => {
    fc.assert(
      fc.property(fc.jsonValue(), fc.constantFrom(undefined, 1, "\t"), (value, space) => {
        const text = JSON.stringify(value, undefined, space);

        expect(plain(parse(text))).toEqual(JSON.parse(text));
      }),
      { numRuns: 300 },
    );
  });

  it("accepts the same damaged texts as JSON.parse", () => {
    const text = '{"a": [1, -2.5e+3, null, "x\\n"], "b": {"c": false}}';
    const damages = fc.record({
      at: fc.nat({ max: text.length }),
      removed: fc.nat({ max: 3 }),
      added: fc.string({ unit: fc.constantFrom(...'{}[]:,"\\0-.e tn'.split("")), maxLength: 3 }),
    });
    fc.assert(
      fc.property(damages, ({ at, removed, added }) => {
        const damaged = text.slice(0, at) + added + text.slice(at + removed);

        expect(accepts(damaged)).toBe(acceptedByPlatform(damaged));
      }),
      { numRuns: 2000 },
    );
  });

  it("keeps names of prototypes and integer-like keys as keys in their place", () => {
    const value = parse('{"b": 1, "__proto__": 2, "0": 3, "constructor": 4}');

    expect(value).toEqual(
      new Map([
        ["b", 1],
        ["__proto__", 2],
        ["0", 3],
        ["constructor", 4],
      ]),
    );
  });

  it("refuses a key that appears twice, however it is written", () => {
    expect(factOf('{"ab": 1, "\\u0061b": 2}')).toMatchInlineSnapshot(
      `"the key "ab" before character 19 appears twice"`,
    );
  });

  it("allows a key again in another object", () => {
    expect(accepts('{"a": {"a": 1}, "b": {"a": 1}}')).toBe(true);
  });

  it("refuses nesting beyond the limit without recursing into it", () => {
    expect(factOf("[[[1]]]", 2)).toMatchInlineSnapshot(
      `"expected a plain value, not deeper nesting, at character 2 but found "[""`,
    );
    expect(factOf("[".repeat(1_000_000), 2)).toMatchInlineSnapshot(
      `"expected a plain value, not deeper nesting, at character 2 but found "[""`,
    );
  });

  it("says what it expected and where", () => {
    const texts = [
      "",
      "{1: 2}",
      '{"a" 1}',
      '{"a": 1 "b": 2}',
      "[1, 2",
      "{} x",
      "[01]",
      '"abc',
      '"\\ud800"',
      "1".repeat(41),
    ];

    const facts = texts.map((text) => `${text}: ${factOf(text)}`).join("\n");

    expect(facts).toMatchInlineSnapshot(`
      ": expected a value at character 0 but found the end
      {1: 2}: expected a key in quotes at character 1 but found "1"
      {"a" 1}: expected ":" at character 5 but found "1"
      {"a": 1 "b": 2}: expected "," or "}" at character 8 but found "\\""
      [1, 2: expected "," or "]" at character 5 but found the end
      {} x: expected the end at character 3 but found "x"
      [01]: expected a value at character 1 but found "0"
      "abc: the string at character 0 is not valid
      "\\ud800": the string at character 0 is not valid
      11111111111111111111111111111111111111111: expected a value at character 0 but found "1""
    `);
  });
});

describe("quote", () => {
  it("escapes and shortens what strangers wrote", () => {
    expect(quote(`\n"${"x".repeat(1000)}`)).toBe(`"\\n\\"${"x".repeat(58)}…"`);
    expect(quote("\u202ea\u007f\ufeff")).toBe('"\\u{202e}a\\u{7f}\\u{feff}"');
  });
});
