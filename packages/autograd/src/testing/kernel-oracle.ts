/**
 * @file What a kernel means, element by element: the slowest way to compute it, and the most obvious.
 *
 * It shares no code with the backends. An opaque kernel means what it does, so nothing can be said of it.
 */
import type { Aval } from "../array/aval.ts";
import type { DType } from "../array/dtype.ts";
import { type Shape, sizeOf } from "../array/shape.ts";
import type { StridedArray } from "../array/strided-array.ts";
import type { ViewTransform } from "../array/view.ts";
import type { Kernel, PlaceKernel, ReduceKernel } from "../kernel/kernel.ts";
import type { Scalar, ScalarOp } from "../kernel/scalar.ts";
import { errorFunction, GAMMA_WORDS, LIBRARY_MEANING } from "./library-oracle.ts";
import { unravel } from "./point.ts";
import {
  convolutionTerms,
  largestAt,
  planeTerms,
  poolTerms,
  positionAt,
  type Term,
} from "./window-oracle.ts";

/** An element, and the largest or total magnitude of what it was computed from, which bounds its rounding. */
export interface OracleElement {
  readonly value: number;
  readonly magnitude: number;
}

type Source = (index: readonly number[]) => number;

/** The elements of the one result of `kernel`, row-major; null for an opaque kernel. */
export function evaluateKernel(
  kernel: Kernel,
  inputs: readonly StridedArray[],
  avals: readonly Aval[],
  output: Aval,
): readonly OracleElement[] | null {
  const sources = inputs.map(sourceOf);
  const { shape } = output;
  const each = (element: (index: readonly number[]) => OracleElement): readonly OracleElement[] =>
    indicesOf(shape).map(element);
  const exactly = (read: Source) => each((index) => exact(read(index)));
  switch (kernel.kind) {
    case "elementwise": {
      const least = leastMagnitude(kernel.expression);
      return each((index) => {
        const values = sources.map((source) => source(index));
        const value = evaluateScalar(kernel.expression, values, output.dtype);
        return { value, magnitude: Math.max(least, Math.abs(value)) };
      });
    }
    case "reduce":
      return each((index) => reduced(kernel, sources[0], avals[0].shape, index));
    case "view":
      return exactly((index) => sources[0](viewed(kernel.transform, avals[0].shape, shape, index)));
    case "place":
      return exactly((index) => placed(kernel, sources, avals, index));
    case "contraction":
      return each((index) => contracted(sources, avals[0].shape.at(-1) ?? 0, index));
    case "gather":
      return exactly((index) =>
        sources[0](index.with(kernel.axis, sources[1]([index[kernel.axis]]))),
      );
    case "scatterAdd":
      return each((index) => scattered(kernel.axis, sources, avals[0].shape, index));
    case "convolution":
      return gathered(convolutionTerms(kernel, sources, avals, shape), shape);
    case "pool":
      return gathered(poolTerms(kernel, sources[0], avals[0].shape, shape), shape);
    case "poolIndices":
      return exactly((index) => largestAt(kernel, sources[0], avals[0].shape, index));
    case "planeGather":
      return exactly((index) => sources[0](positionAt(sources[1], avals[0].shape, index)));
    case "planeScatterAdd":
      return gathered(planeTerms(sources, avals[0].shape, shape), shape);
    // random words are tested against published vectors
    case "randomBits":
    case "permutation":
    case "opaque":
      return null;
  }
}

/** For every element of `shape` the sum of the terms that belong to it. */
function gathered(terms: readonly Term[], shape: Shape): readonly OracleElement[] {
  const parts = Array.from({ length: sizeOf(shape) }, (): number[] => []);
  for (const { to, value } of terms) parts[ravel(to, shape)].push(value);
  return parts.map(summed);
}

function sourceOf(array: StridedArray): Source {
  return (index) => {
    const position = index.reduce((sum, i, axis) => sum + i * array.stride[axis], array.offset);
    return array.data[position];
  };
}

/** All indices of `shape`, in row-major order. */
export function indicesOf(shape: Shape): readonly (readonly number[])[] {
  return Array.from({ length: sizeOf(shape) }, (_, at) => unravel(at, shape));
}

/**
 * Near a root of such a function the integral has lost the digits that the library keeps: its terms are near 1, and
 * it was seen to be wrong by 1.6e-16 where the library is right to 3e-18 (digamma at 1.4531288).
 */
function leastMagnitude(expression: Scalar): number {
  if (!("operands" in expression)) return 0;
  if (GAMMA_WORDS.has(expression.op)) return 2 ** -5;
  return Math.max(...expression.operands.map(leastMagnitude));
}

function exact(value: number): OracleElement {
  return { value, magnitude: Math.abs(value) };
}

function summed(values: readonly number[]): OracleElement {
  return {
    value: values.reduce((sum, value) => sum + value, 0),
    magnitude: values.reduce((sum, value) => sum + Math.abs(value), 0),
  };
}

function reduced(
  { combine, axes }: ReduceKernel,
  source: Source,
  shape: Shape,
  index: readonly number[],
): OracleElement {
  const ranges = shape.map((length, axis) => (axes.includes(axis) ? length : 1));
  const values = indicesOf(ranges).map((inner) => {
    return source(inner.map((i, axis) => (axes.includes(axis) ? i : index[axis])));
  });
  return combine === "add" ? summed(values) : exact(Math.max(...values));
}

function viewed(
  transform: ViewTransform,
  from: Shape,
  to: Shape,
  index: readonly number[],
): readonly number[] {
  switch (transform.type) {
    case "transpose":
      return from.map((_, axis) => index[transform.permutation.indexOf(axis)]);
    case "slice":
      return index.map((i, axis) => transform.starts[axis] + i * transform.steps[axis]);
    case "stretch":
      return index.map((i, axis) => (from[axis] === to[axis] ? i : 0));
    case "reshape":
      return unravel(ravel(index, to), from);
    case "same":
      return index;
  }
}

function ravel(index: readonly number[], shape: Shape): number {
  return index.reduce((at, i, axis) => at * shape[axis] + i, 0);
}

/** The input that was placed at `index`, or 0. */
function placed(
  { starts, steps }: PlaceKernel,
  sources: readonly Source[],
  avals: readonly Aval[],
  index: readonly number[],
): number {
  for (let k = 0; k < sources.length; k++) {
    const inner = index.map((i, axis) => (i - starts[k][axis]) / steps[k][axis]);
    const inside = inner.every((i, axis) => {
      return Number.isInteger(i) && i >= 0 && i < avals[k].shape[axis];
    });
    if (inside) return sources[k](inner);
  }
  return 0;
}

function contracted(
  [a, b]: readonly Source[],
  depth: number,
  index: readonly number[],
): OracleElement {
  const [leading, [m, n]] = [index.slice(0, -2), index.slice(-2)];
  return summed(
    Array.from({ length: depth }, (_, k) => a([...leading, m, k]) * b([...leading, k, n])),
  );
}

function scattered(
  axis: number,
  [updates, indices]: readonly Source[],
  shape: Shape,
  index: readonly number[],
): OracleElement {
  const hits = Array.from({ length: shape[axis] }, (_, i) => i).filter((i) => {
    return indices([i]) === index[axis];
  });
  return summed(hits.map((i) => updates(index.with(axis, i))));
}

const MEANING = {
  ...LIBRARY_MEANING,
  add: (a, b) => a + b,
  sub: (a, b) => a - b,
  mul: (a, b) => a * b,
  div: (a, b) => a / b,
  neg: (a) => -a,
  sqrt: (a) => a ** 0.5,
  exp: (a) => Math.exp(a),
  log: (a) => Math.log(a),
  pow: (a, b) => (a === 1 || (a === -1 && Math.abs(b) === Infinity) ? 1 : a ** b),
  abs: (a) => (a < 0 ? -a : a === 0 ? 0 : a),
  sign: (a) => (a > 0 ? 1 : a < 0 ? -1 : a),
  sin: (a) => Math.sin(a),
  cos: (a) => Math.cos(a),
  tanh: (a) => Math.tanh(a),
  sigmoid: (a) => 1 / (1 + Math.exp(-a)),
  erf: (a) => errorFunction(a),
  maximum: (a, b) => Math.max(a, b),
  minimum: (a, b) => Math.min(a, b),
  floor: (a) => Math.trunc(a) - Number(a < Math.trunc(a)),
  equal: (a, b) => Number(a === b),
  notEqual: (a, b) => Number(a !== b),
  less: (a, b) => Number(a < b),
  lessEqual: (a, b) => Number(a <= b),
  select: (c, a, b) => (c ? a : b),
} satisfies Record<ScalarOp, (...operands: number[]) => number>;

/** What `expression` means for one element: float32 rounds after every operation, the result is stored as `dtype`. */
export function evaluateScalar(
  expression: Scalar,
  values: readonly number[],
  dtype: DType,
): number {
  return stored(meaningOf(expression, values, dtype), dtype);
}

function meaningOf(expression: Scalar, values: readonly number[], dtype: DType): number {
  if (expression.kind === "input") return values[expression.index];
  if (expression.kind === "constant") return expression.value;
  const operands = expression.operands.map((x) => meaningOf(x, values, dtype));
  const { op } = expression;
  if (dtype === "int32" && op === "mul") {
    return Number(BigInt.asIntN(32, BigInt(operands[0]) * BigInt(operands[1])));
  }
  const word: (...operands: number[]) => number = MEANING[op];
  const value = word(...operands);
  return dtype === "float32" ? Math.fround(value) : value;
}

/** `value` as a tensor of `dtype` holds it. */
function stored(value: number, dtype: DType): number {
  if (dtype === "float64") return value;
  if (dtype === "float32") return Math.fround(value);
  if (dtype === "bool") return value === 0 ? 0 : 1;
  return Number.isFinite(value) ? Number(BigInt.asIntN(32, BigInt(Math.trunc(value)))) : 0;
}
