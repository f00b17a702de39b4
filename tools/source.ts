/**
 * @file Reads TypeScript source just far enough for the layering test and the size report.
 *
 * `scan` separates code from comments and texts, keeping every offset; `importsOf` lists the modules a
 * file names. This is a scanner, not a parser: TypeScript 7 offers no stable API for one, and the
 * formatter keeps the source regular. Known limit: whether `/` divides or opens a regular expression is
 * decided by the character or word before it.
 */

/** A text of the source: the content of a string or of one stretch of a template. */
export interface Text {
  readonly value: string;
  /** The offset of the first character of the content. */
  readonly offset: number;
}

/** The source with everything but code blanked; same length, same line breaks. */
export interface Scan {
  /** Comments, contents of texts and regular expressions replaced by spaces. */
  readonly code: string;
  readonly texts: readonly Text[];
}

/** One module that a file names. */
export interface Import {
  readonly specifier: string;
  /**
   * True if nothing is left of it at run time: `import type`, `export type`, `typeof import()`.
   * `import { type A }` is not among them: under verbatimModuleSyntax it stays as `import {}`.
   */
  readonly typeOnly: boolean;
}

const REGEX_BEFORE =
  /(?:^|[(,=:[!&|?{};+\-*%~^<>]|\b(?:return|typeof|case|in|of|void|do|else))\s*$/;

/** Separates code from comments and texts. */
export function scan(source: string): Scan {
  const scanner = new Scanner(source);
  const notable = /["'`/{}]/g;
  for (let found = notable.exec(source); found !== null; found = notable.exec(source)) {
    notable.lastIndex = scanner.step(found.index);
  }
  return { code: scanner.out.join(""), texts: scanner.texts };
}

class Scanner {
  readonly out: string[];
  readonly texts: Text[] = [];
  readonly #source: string;
  /** One entry per template that is open around the code: the depth of braces inside its `${`. */
  readonly #templates: number[] = [];

  constructor(source: string) {
    this.#source = source;
    this.out = source.split("");
  }

  /** Reads one notable character of code or one opaque stretch; returns the offset after it. */
  step(at: number): number {
    const character = this.#source[at];
    const end = endOfOpaque(this.#source, at, () =>
      this.out.slice(Math.max(0, at - 40), at).join(""),
    );
    if (end !== null && character === "/") return this.#blank(at, end);
    if (end !== null) return this.#text(at + 1, end - 1) + 1;
    if (character === "`") return this.#template(at + 1);

    const depth = this.#templates.pop();
    if (depth === undefined) return at + 1;
    if (character === "}" && depth === 0) return this.#template(at + 1);
    this.#templates.push(depth + (character === "{" ? 1 : 0) - (character === "}" ? 1 : 0));
    return at + 1;
  }

  /** Reads template text; returns the offset after its end or after its next `${`. */
  #template(from: number): number {
    const source = this.#source;
    let i = from;
    while (i < source.length && source[i] !== "`" && !source.startsWith("${", i)) {
      i += source[i] === "\\" ? 2 : 1;
    }
    this.#text(from, Math.min(i, source.length));
    if (source[i] === "`") return i + 1;
    this.#templates.push(0);
    return i + 2;
  }

  #text(from: number, to: number): number {
    this.texts.push({ value: this.#source.slice(from, to), offset: from });
    return this.#blank(from, to);
  }

  #blank(from: number, to: number): number {
    for (let i = from; i < to; i += 1) if (this.out[i] !== "\n") this.out[i] = " ";
    return to;
  }
}

/** Where the comment, string or regular expression that starts at `at` ends; null if none starts there. */
function endOfOpaque(source: string, at: number, codeBefore: () => string): number | null {
  const character = source[at];
  if (character === '"' || character === "'") return closing(source, at, character);
  if (character !== "/") return null;
  const next = source[at + 1];
  if (next === "/") return indexOrEnd(source, "\n", at);
  if (next === "*") return Math.min(source.length, indexOrEnd(source, "*/", at + 2) + 2);
  return REGEX_BEFORE.test(codeBefore()) ? closing(source, at, "/") : null;
}

/** The offset after the unescaped `quote` that closes what `at` opens; inside `[…]` a regex's `/` is plain. */
function closing(source: string, at: number, quote: string): number {
  let inClass = false;
  let i = at + 1;
  while (i < source.length && (source[i] !== quote || inClass)) {
    if (quote === "/" && source[i] === "[") inClass = true;
    if (quote === "/" && source[i] === "]") inClass = false;
    i += source[i] === "\\" ? 2 : 1;
  }
  return Math.min(source.length, i + 1);
}

function indexOrEnd(source: string, needle: string, from: number): number {
  const index = source.indexOf(needle, from);
  return index === -1 ? source.length : index;
}

const CLAUSE = String.raw`(?:[\w$]+\s*,\s*)?(?:\{[^{}]*\}|\*(?:\s*as\s+[\w$]+)?)|[\w$]+`;
const IMPORT_FORMS: readonly RegExp[] = [
  new RegExp(String.raw`\b(?:import|export)\s+(?<type>type\s+)?(?:${CLAUSE})\s*from\s*["']`, "g"),
  /\bimport\s*["']/g,
  /(?<type>\btypeof\s+)?\bimport\s*\(\s*["']/g,
];

/** Source → its imports: every rule asks for the same files. */
const known = new Map<string, readonly Import[]>();

/** Every module that the source imports, re-exports or loads with `import("…")`. */
export function importsOf(source: string): readonly Import[] {
  const imports = known.get(source) ?? findImports(source);
  known.set(source, imports);
  return imports;
}

function findImports(source: string): Import[] {
  const { code, texts } = scan(source);
  const byOffset = new Map(texts.map(({ offset, value }) => [offset, value]));
  const found: { readonly at: number; readonly import: Import }[] = [];
  for (const form of IMPORT_FORMS) {
    for (const match of code.matchAll(form)) {
      const at = match.index + match[0].length;
      const specifier = byOffset.get(at);
      const typeOnly = match.groups?.["type"] !== undefined;
      if (specifier !== undefined) found.push({ at, import: { specifier, typeOnly } });
    }
  }
  return found.sort((a, b) => a.at - b.at).map((entry) => entry.import);
}
