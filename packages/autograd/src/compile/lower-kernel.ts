/**
 * @file From a kernel to values of a program.
 *
 * Here repeated axes stop being stretched: a value holds each number once, and `aval` remembers the shape that
 * the tape gave it. Here, too, everything of size 0 is replaced by what it adds up to, so no loop is empty.
 */
import type { Aval } from "../array/aval.ts";
import { type DType, isFloating, promote, storedValue } from "../array/dtype.ts";
import { type Shape, sameShape, sizeOf } from "../array/shape.ts";
import type { ViewTransform } from "../array/view.ts";
import type {
  ElementwiseKernel,
  GatherKernel,
  Kernel,
  OpaqueKernel,
  PlaceKernel,
  ReduceKernel,
} from "../kernel/kernel.ts";
import type { Scalar, ScalarOp } from "../kernel/scalar.ts";
import {
  castValue,
  constantOf,
  isSingle,
  makeValue,
  reshapeValue,
  scalarValue,
  spreadValue,
} from "./builder.ts";
import { placesOf } from "./layout.ts";
import type { RoutineKernel, Value } from "./program.ts";

/** A value, and the shape that it stands for: an axis of size 1 may stand for one of any length. */
export interface Natural {
  readonly value: Value;
  readonly aval: Aval;
}

/** What `kernel` computes of `operands`; `avals` describe its results. */
export function lowerKernel(
  kernel: Kernel,
  operands: readonly Natural[],
  avals: readonly Aval[],
  label: string,
): readonly Value[] {
  if (kernel.kind === "opaque") return lowerOpaque(kernel, operands, avals, label);
  return [lowerOne(kernel, operands, avals[0], label)];
}

function lowerOne(
  kernel: Exclude<Kernel, OpaqueKernel>,
  operands: readonly Natural[],
  aval: Aval,
  label: string,
): Value {
  if (sizeOf(aval.shape) === 0) return constantOf(0, aval.dtype);
  switch (kernel.kind) {
    case "elementwise":
      return lowerElementwise(kernel, operands, aval, label);
    case "reduce":
      return lowerReduce(kernel, operands[0], aval, label);
    case "view":
      return lowerView(kernel.transform, operands, aval, label);
    case "place":
      return lowerPlace(kernel, operands, aval, label);
    default:
      return lowerRoutine(kernel, operands, aval, label);
  }
}

/** One value for the call, and of it one for each result. */
function lowerOpaque(
  routine: OpaqueKernel,
  operands: readonly Natural[],
  avals: readonly Aval[],
  label: string,
): readonly Value[] {
  const inputs = operands.map(({ aval }) => aval);
  const kernel = { kind: "host", routine, inputs, outputs: avals } as const;
  const present = operands.filter(({ aval }) => sizeOf(aval.shape) > 0);
  const shapes = present.map(({ aval }) => aval.shape);
  const op = { kind: "routine", kernel, shapes } as const;
  const { bytes } = placesOf(avals);
  const call = makeValue(op, present.map(materialized), [bytes], "bool", label);
  return avals.map(({ shape, dtype }, index) => {
    if (sizeOf(shape) === 0) return constantOf(0, dtype);
    return makeValue({ kind: "part", index }, [call], shape, dtype, label);
  });
}

/** `natural` with all its numbers in memory, for a result or a routine. */
export function materialized({ value, aval }: Natural): Value {
  if (value.op.kind !== "constant" && sameShape(value.shape, aval.shape)) return value;
  if (sizeOf(aval.shape) === 1 && value.op.kind !== "constant")
    return reshapeValue(value, aval.shape);
  return spreadValue(value, aval.shape);
}

const COMPARISONS: ReadonlySet<ScalarOp> = new Set(["equal", "notEqual", "less", "lessEqual"]);

/** Words that have integer instructions; the others are computed in float64, as the reference loops do. */
const INTEGER_WORDS: ReadonlySet<ScalarOp> = new Set([
  "add",
  "sub",
  "mul",
  "neg",
  "abs",
  "sign",
  "maximum",
  "minimum",
  "floor",
]);

function lowerElementwise(
  { expression }: ElementwiseKernel,
  operands: readonly Natural[],
  { dtype }: Aval,
  label: string,
): Value {
  const values = operands.map(({ value }) => value);
  const value = lowerScalar(expression, values, dtype, label);
  return toDType(value, dtype);
}

function lowerScalar(
  expression: Scalar,
  inputs: readonly Value[],
  dtype: DType,
  label: string,
): Value {
  if (expression.kind === "input") return inputs[expression.index];
  if (expression.kind === "constant") {
    return constantOf(expression.value, isFloating(dtype) ? dtype : "float64");
  }
  const { op } = expression;
  const operands = expression.operands.map((x) => lowerScalar(x, inputs, dtype, label));
  if (COMPARISONS.has(op)) {
    const [a, b] = inCommon(operands);
    return scalarValue(op, [a, b], "bool", label);
  }
  if (op === "select") {
    const [condition, a, b] = operands;
    const [x, y] = [toDType(a, dtype), toDType(b, dtype)];
    return scalarValue("select", [toDType(condition, "bool"), x, y], dtype, label);
  }
  if (isFloating(dtype)) {
    return scalarValue(
      op,
      operands.map((x) => toDType(x, dtype)),
      dtype,
      label,
    );
  }
  const exact = INTEGER_WORDS.has(op) ? "int32" : "float64";
  const result = scalarValue(
    op,
    operands.map((x) => toDType(x, exact)),
    exact,
    label,
  );
  return toDType(result, dtype);
}

/** Two operands in the dtype in which they are compared; bools as integers, constants as what they meet. */
function inCommon(operands: readonly Value[]): readonly Value[] {
  const meets = operands.map(({ dtype }) => (dtype === "bool" ? "int32" : dtype));
  let common = promote(meets[0], meets[1]);
  operands.forEach(({ op }, i) => {
    const other = meets[1 - i];
    if (op.kind === "constant" && storedValue(other, op.value) === op.value) common = other;
  });
  return operands.map((x) => castValue(x, common));
}

/** As castValue, but a number becomes true where it is not 0. */
function toDType(x: Value, dtype: DType): Value {
  if (x.dtype === dtype) return x;
  if (dtype !== "bool" || x.op.kind === "constant") return castValue(x, dtype);
  return scalarValue("notEqual", [x, constantOf(0, x.dtype)], "bool");
}

function lowerReduce(
  { combine, axes }: ReduceKernel,
  { value, aval }: Natural,
  result: Aval,
  label: string,
): Value {
  if (sizeOf(aval.shape) === 0) return constantOf(0, result.dtype);
  const single = isSingle(value);
  const present = single ? [] : axes.filter((axis) => value.shape[axis] > 1);
  const repeats = axes.reduce((n, axis) => (present.includes(axis) ? n : n * aval.shape[axis]), 1);
  let reduced = value;
  if (present.length > 0) {
    const shape = value.shape.map((n, axis) => (axes.includes(axis) ? 1 : n));
    reduced = makeValue(
      { kind: "reduce", combine, axes: present },
      [value],
      shape,
      value.dtype,
      label,
    );
  }
  if (combine === "maximum") return reduced;
  const { dtype } = value;
  // a sum starts at 0, which turns -0 into 0
  const zero = constantOf(0, dtype);
  if (present.length === 0 && isFloating(dtype))
    reduced = scalarValue("add", [reduced, zero], dtype, label);
  if (repeats === 1) return reduced;
  return scalarValue("mul", [reduced, constantOf(repeats, dtype)], dtype, label);
}

function lowerView(
  transform: ViewTransform,
  operands: readonly Natural[],
  aval: Aval,
  label: string,
): Value {
  const [natural] = operands;
  const { value } = natural;
  const from = natural.aval.shape;
  if (transform.type === "same") {
    const inside = operands.map((x) => x.value);
    return makeValue({ kind: "view", transform }, inside, value.shape, value.dtype, label);
  }
  if (isSingle(value) && transform.type !== "slice") return value;
  switch (transform.type) {
    case "stretch":
      return value;
    case "reshape":
      return lowerReshape(natural, aval.shape);
    case "transpose": {
      const { permutation } = transform;
      const shape = permutation.map((axis) => value.shape[axis]);
      const moved = permutation.filter((axis) => value.shape[axis] > 1);
      // where only axes of size 1 change places the numbers stay in their order
      if (moved.every((axis, i) => i === 0 || moved[i - 1] < axis))
        return reshapeValue(value, shape);
      return makeValue({ kind: "view", transform }, [value], shape, value.dtype, label);
    }
    case "slice": {
      if (isSingle(value)) return value;
      const repeated = from.map((n, axis) => value.shape[axis] === 1 && n > 1);
      const starts = transform.starts.map((start, axis) => (repeated[axis] ? 0 : start));
      const sizes = transform.sizes.map((size, axis) => (repeated[axis] ? 1 : size));
      const steps = transform.steps.map((step, axis) => (sizes[axis] === 1 ? 1 : step));
      if (sameShape(sizes, value.shape) && steps.every((step) => step === 1)) return value;
      const slice = { type: "slice", starts, sizes, steps } as const;
      return makeValue({ kind: "view", transform: slice }, [value], sizes, value.dtype, label);
    }
  }
}

function lowerReshape({ value, aval }: Natural, shape: Shape): Value {
  if (sameShape(value.shape, aval.shape)) return reshapeValue(value, shape);
  const long = (n: number): boolean => n !== 1;
  const kept = aval.shape.flatMap((n, axis) => (long(n) ? [value.shape[axis]] : []));
  if (!sameShape(aval.shape.filter(long), shape.filter(long))) {
    return reshapeValue(spreadValue(value, aval.shape), shape);
  }
  let next = 0;
  return reshapeValue(
    value,
    shape.map((n) => (long(n) ? kept[next++] : 1)),
  );
}

function lowerPlace(
  kernel: PlaceKernel,
  operands: readonly Natural[],
  aval: Aval,
  label: string,
): Value {
  const present = operands.map(({ aval: { shape } }) => sizeOf(shape) > 0);
  const keep = <T>(list: readonly T[]): readonly T[] => list.filter((_, i) => present[i]);
  const place = { kind: "place", starts: keep(kernel.starts), steps: keep(kernel.steps) } as const;
  return lowerRoutine(place, keep(operands), aval, label);
}

function lowerRoutine(
  kernel: RoutineKernel,
  operands: readonly Natural[],
  { shape, dtype }: Aval,
  label: string,
): Value {
  const empty = operands.some(({ aval }) => sizeOf(aval.shape) === 0);
  // there is nothing to gather from: the routine will say which index asked for it
  if (empty && kernel.kind === "gather")
    return gatherFromNothing(kernel, operands, { shape, dtype }, label);
  // sums over nothing
  if (empty || operands.length === 0) return constantOf(0, dtype);
  const inMemory = kernel.kind === "contraction" ? stretched : materialized;
  const values = operands.map(inMemory);
  const shapes = operands.map(({ aval }) => aval.shape);
  return makeValue({ kind: "routine", kernel, shapes }, values, shape, dtype, label);
}

function gatherFromNothing(
  kernel: GatherKernel,
  [source, indices]: readonly Natural[],
  { shape, dtype }: Aval,
  label: string,
): Value {
  const anything = spreadValue(constantOf(0, dtype), [1]);
  const shapes = [source.aval.shape, indices.aval.shape];
  const values = [anything, materialized(indices)];
  return makeValue({ kind: "routine", kernel, shapes }, values, shape, dtype, label);
}

/** As `materialized`, but repeated axes are strides of 0, which a matrix product can walk. */
function stretched({ value, aval: { shape, dtype } }: Natural): Value {
  if (value.op.kind === "constant" || value.shape.length !== shape.length) {
    return materialized({ value, aval: { shape, dtype } });
  }
  if (sameShape(value.shape, shape)) return value;
  const transform = { type: "stretch", shape } as const;
  return makeValue({ kind: "view", transform }, [value], shape, dtype, "broadcastTo");
}

/** Whether it only writes numbers out with their repeated axes: a conversion between equal dtypes. */
export function isSpread({ op, operands, dtype }: Value): boolean {
  return op.kind === "scalar" && op.word === "cast" && operands[0].dtype === dtype;
}
