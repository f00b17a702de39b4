/**
 * @file Making values, and rewriting a program value by value: what every pass is written with.
 */
import { type DType, storedValue } from "../array/dtype.ts";
import { type Shape, keptShape, sameShape } from "../array/shape.ts";
import type { Op, Program, Value, Word } from "./program.ts";

export function makeValue(
  op: Op,
  operands: readonly Value[],
  shape: Shape,
  dtype: DType,
  label: string,
): Value {
  return { op, operands, shape, dtype, label };
}

export function constantOf(value: number, dtype: DType): Value {
  const op = { kind: "constant", value: storedValue(dtype, value) } as const;
  return makeValue(op, [], [], dtype, "constant");
}

/** The number of a constant; null for any other value. */
export function constantNumber(value: Value): number | null {
  return value.op.kind === "constant" ? value.op.value : null;
}

/** Whether there is one number only: such a value is repeated along any axes, whatever its rank. */
export function isSingle({ shape }: { readonly shape: Shape }): boolean {
  return shape.every((n) => n === 1);
}

/** The shape in which operands of a scalar operation meet; [] if all are single numbers. */
export function commonShape(operands: readonly Value[]): Shape {
  const several = operands.filter((x) => !isSingle(x));
  if (several.length === 0) return [];
  return several[0].shape.map((_, axis) => {
    return several.find(({ shape }) => shape[axis] !== 1)?.shape[axis] ?? 1;
  });
}

/** A scalar operation of operands of one rank, or of single numbers. */
export function scalarValue(
  word: Word,
  operands: readonly Value[],
  dtype: DType,
  label: string = word,
): Value {
  return makeValue({ kind: "scalar", word }, operands, commonShape(operands), dtype, label);
}

/** `x` written out in memory with its repeated axes. */
export function spreadValue(x: Value, shape: Shape): Value {
  return makeValue({ kind: "scalar", word: "cast" }, [x], shape, x.dtype, "broadcastTo");
}

/** `x` in another dtype. */
export function castValue(x: Value, dtype: DType): Value {
  if (x.dtype === dtype) return x;
  const number = constantNumber(x);
  return number === null ? scalarValue("cast", [x], dtype) : constantOf(number, dtype);
}

export function sumValue(x: Value, axes: readonly number[], label = "sum"): Value {
  const op = { kind: "reduce", combine: "add", axes } as const;
  return makeValue(op, [x], keptShape(x.shape, axes), x.dtype, label);
}

/** `x` with its axes renamed without moving a number: `shape` has the same size. */
export function reshapeValue(x: Value, shape: Shape): Value {
  if (sameShape(x.shape, shape)) return x;
  const transform = { type: "reshape", shape } as const;
  return makeValue({ kind: "view", transform }, [x], shape, x.dtype, "reshape");
}

/** Records the values that a pass makes, in order, each once. */
export class Rebuild {
  readonly values: Value[] = [];
  readonly #known = new Set<Value>();

  /** Appends `value` after its operands, unless it is there. Returns it. */
  add(value: Value): Value {
    if (this.#known.has(value)) return value;
    for (const operand of value.operands) this.add(operand);
    this.#known.add(value);
    this.values.push(value);
    return value;
  }
}

/**
 * The program with every value replaced by what `replace` returns for it, given its new operands.
 * `replace` may return one of them, the value that it is given, or a new one.
 */
export function rewrite(
  program: Program,
  replace: (value: Value, original: Value) => Value,
): Program {
  const rebuild = new Rebuild();
  const replaced = new Map<Value, Value>();
  const now = (value: Value): Value => replaced.get(value) ?? value;
  for (const original of program.values) {
    const operands = original.operands.map(now);
    const same = operands.every((x, i) => x === original.operands[i]);
    const value = same ? original : { ...original, operands };
    replaced.set(original, rebuild.add(replace(value, original)));
  }
  return {
    ...program,
    values: rebuild.values,
    results: program.results.map(now),
    writes: program.writes.map(({ variable, value }) => ({ variable, value: now(value) })),
  };
}
