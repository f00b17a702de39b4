/**
 * @file The scalar vocabulary in JavaScript: as text for printed loops and as closures where printing
 * is forbidden. Both must mean the same; the backend's contract test holds them equal.
 *
 * float32 rounds and int32 wraps after every operation, as SIMD code does: a nested operation is wrapped
 * in `Math.fround` or `| 0`, the outermost is rounded by the store.
 */
import type { DType } from "../../array/dtype.ts";
import {
  LIBRARY_WORDS,
  type LibraryWord,
  type Scalar,
  type ScalarOp,
} from "../../kernel/scalar.ts";
import { LIBRARY, WORDS } from "./library/index.ts";

/** A call of a function of `words`. */
const CALLS = Object.fromEntries(
  LIBRARY_WORDS.map((word) => [
    word,
    (...operands: string[]) => `words.${word}(${operands.join(", ")})`,
  ]),
) as Readonly<Record<LibraryWord, (...operands: string[]) => string>>;

const PRINT = {
  ...CALLS,
  add: (a, b) => `(${a} + ${b})`,
  sub: (a, b) => `(${a} - ${b})`,
  mul: (a, b) => `(${a} * ${b})`,
  div: (a, b) => `(${a} / ${b})`,
  neg: (a) => `(-${a})`,
  sqrt: (a) => `Math.sqrt(${a})`,
  exp: (a) => `Math.exp(${a})`,
  log: (a) => `Math.log(${a})`,
  pow: (a, b) => `words.pow(${a}, ${b})`,
  abs: (a) => `Math.abs(${a})`,
  sign: (a) => `Math.sign(${a})`,
  sin: (a) => `Math.sin(${a})`,
  cos: (a) => `Math.cos(${a})`,
  tanh: (a) => `Math.tanh(${a})`,
  sigmoid: (a) => `words.sigmoid(${a})`,
  erf: (a) => `words.erf(${a})`,
  maximum: (a, b) => `Math.max(${a}, ${b})`,
  minimum: (a, b) => `Math.min(${a}, ${b})`,
  floor: (a) => `Math.floor(${a})`,
  equal: (a, b) => `(${a} === ${b} ? 1 : 0)`,
  notEqual: (a, b) => `(${a} !== ${b} ? 1 : 0)`,
  less: (a, b) => `(${a} < ${b} ? 1 : 0)`,
  lessEqual: (a, b) => `(${a} <= ${b} ? 1 : 0)`,
  select: (c, a, b) => `(${c} !== 0 ? ${a} : ${b})`,
} satisfies Record<ScalarOp, (...operands: string[]) => string>;

/** What each word means. */
const COMPUTE = {
  ...LIBRARY,
  add: (a, b) => a + b,
  sub: (a, b) => a - b,
  mul: (a, b) => a * b,
  div: (a, b) => a / b,
  neg: (a) => -a,
  sqrt: Math.sqrt,
  exp: Math.exp,
  log: Math.log,
  pow: WORDS.pow,
  abs: Math.abs,
  sign: Math.sign,
  sin: Math.sin,
  cos: Math.cos,
  tanh: Math.tanh,
  sigmoid: WORDS.sigmoid,
  erf: WORDS.erf,
  maximum: (a, b) => Math.max(a, b),
  minimum: (a, b) => Math.min(a, b),
  floor: Math.floor,
  equal: (a, b) => (a === b ? 1 : 0),
  notEqual: (a, b) => (a !== b ? 1 : 0),
  less: (a, b) => (a < b ? 1 : 0),
  lessEqual: (a, b) => (a <= b ? 1 : 0),
  select: (c, a, b) => (c !== 0 ? a : b),
} satisfies Record<ScalarOp, (...operands: number[]) => number>;

/** JavaScript text of `expression`, given the texts of its inputs. It may name `words`, which `compileLoop` provides. */
export function printScalar(
  expression: Scalar,
  inputs: readonly string[],
  dtype: DType,
  nested = false,
): string {
  if (expression.kind === "input") return inputs[expression.index];
  if (expression.kind === "constant") return printConstant(expression.value);
  const operands = expression.operands.map((x) => printScalar(x, inputs, dtype, true));
  if (dtype === "int32" && expression.op === "mul") return `Math.imul(${operands.join(", ")})`;
  const print: (...operands: string[]) => string = PRINT[expression.op];
  const text = print(...operands);
  if (nested && dtype === "float32") return `Math.fround(${text})`;
  return nested && dtype === "int32" ? `(${text} | 0)` : text;
}

function printConstant(value: number): string {
  return Object.is(value, -0) ? "(-0)" : `(${value})`;
}

/** `expression` as a function of the values of its inputs. */
export function computeScalar(
  expression: Scalar,
  dtype: DType,
  nested = false,
): (values: readonly number[]) => number {
  if (expression.kind === "input") return (values) => values[expression.index];
  if (expression.kind === "constant") return () => expression.value;
  const operands = expression.operands.map((x) => computeScalar(x, dtype, true));
  const { op } = expression;
  const word: (...operands: number[]) => number =
    dtype === "int32" && op === "mul" ? Math.imul : COMPUTE[op];
  const apply = (values: readonly number[]): number => word(...operands.map((x) => x(values)));
  if (nested && dtype === "float32") return (values) => Math.fround(apply(values));
  return nested && dtype === "int32" ? (values) => apply(values) | 0 : apply;
}
