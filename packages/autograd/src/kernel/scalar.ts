/**
 * @file The scalar vocabulary: what an elementwise kernel computes for one element, as data.
 *
 * A backend prints or interprets these expressions. Its table is `satisfies Record<ScalarOp, …>`, so
 * a new word of the vocabulary is a compile error wherever its meaning is missing.
 * Comparisons give 0 or 1. `select(c, a, b)` is a where c is not 0, else b.
 */

/**
 * Words that a backend may call as functions: there is no shorter way to say them. The names are those of C's or
 * SciPy's functions. `polygamma(n, x)` is the derivative of order n + 1 of log Γ, `erfcx(n, x)` that of order n of
 * exp(x²) erfc(x), and the Bessel functions are of order n.
 */
export const LIBRARY_WORDS = [
  "expm1",
  "log1p",
  "log2",
  "log10",
  "sinh",
  "cosh",
  "asin",
  "acos",
  "atan",
  "atan2",
  "asinh",
  "acosh",
  "atanh",
  "fmod",
  "erfc",
  "erfcx",
  "erfinv",
  "lgamma",
  "polygamma",
  "besselI",
  "besselIe",
] as const;

/** One of `LIBRARY_WORDS`. */
export type LibraryWord = (typeof LIBRARY_WORDS)[number];

/** A word of the vocabulary: what `apply` computes of one, two or (`select`) three numbers. */
export type ScalarOp =
  | LibraryWord
  | "add"
  | "sub"
  | "mul"
  | "div"
  | "neg"
  | "sqrt"
  | "exp"
  | "log"
  | "pow"
  | "abs"
  | "sign"
  | "sin"
  | "cos"
  | "tanh"
  | "sigmoid"
  | "erf"
  | "maximum"
  | "minimum"
  | "floor"
  | "equal"
  | "notEqual"
  | "less"
  | "lessEqual"
  | "select";

/** What is computed for one element, as a tree: made by `input`, `constant` and `apply`. */
export type Scalar =
  | { readonly kind: "input"; readonly index: number }
  | { readonly kind: "constant"; readonly value: number }
  | { readonly kind: "apply"; readonly op: ScalarOp; readonly operands: readonly Scalar[] };

/** The element of one of the inputs, by its position. */
export const input = (index: number): Scalar => ({ kind: "input", index });
/** A number, the same for every element. */
export const constant = (value: number): Scalar => ({ kind: "constant", value });
/**
 * A word of the vocabulary, applied.
 *
 * @example
 * scalar.apply("sqrt", scalar.apply("mul", scalar.input(0), scalar.input(0)));   // √(x · x)
 */
export const apply = (op: ScalarOp, ...operands: readonly Scalar[]): Scalar => ({
  kind: "apply",
  op,
  operands,
});

const LIBRARY: ReadonlySet<string> = new Set(LIBRARY_WORDS);

/** Whether a word is one of `LIBRARY_WORDS`. */
export function isLibraryWord(word: string): word is LibraryWord {
  return LIBRARY.has(word);
}
