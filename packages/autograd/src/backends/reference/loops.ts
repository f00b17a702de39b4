/**
 * @file Loop nests over strided arrays: axes merged where every operand allows it, walked in memory order.
 *
 * The two innermost axes are a `Loop`'s business; `runLoops` walks the rest. A loop finds its operands
 * in arrays (data, position, outer and inner stride), so that one signature serves every arity.
 */
import type { TypedArray } from "../../array/dtype.ts";
import type { StridedArray } from "../../array/strided-array.ts";
import { WORDS } from "./library/index.ts";

/** Runs `rows` × `columns` elements; operand k starts at `position[k]` and moves by `outer[k]`, `inner[k]`. */
export type Loop = (
  rows: number,
  columns: number,
  data: readonly TypedArray[],
  position: readonly number[],
  outer: readonly number[],
  inner: readonly number[],
) => void;

/** Axis lengths after merging, outermost first, and the strides of every operand along them. */
export interface LoopNest {
  readonly lengths: readonly number[];
  readonly strides: readonly (readonly number[])[];
}

/** Merges neighbouring axes that every operand walks with one stride; drops axes of length 1. */
export function planLoops(shape: readonly number[], operands: readonly StridedArray[]): LoopNest {
  const lengths: number[] = [];
  const strides: number[][] = [];
  for (let axis = shape.length - 1; axis >= 0; axis--) {
    const length = shape[axis];
    if (length === 1) continue;
    const last = lengths.length - 1;
    if (
      last >= 0 &&
      operands.every((x, k) => x.stride[axis] === strides[last][k] * lengths[last])
    ) {
      lengths[last] *= length;
    } else {
      lengths.push(length);
      strides.push(operands.map((x) => x.stride[axis]));
    }
  }
  return { lengths: lengths.reverse(), strides: strides.reverse() };
}

/** Calls `loop` over all axes of `nest`, starting where `operands` start. Nothing happens for a size of 0. */
export function runLoops(loop: Loop, nest: LoopNest, operands: readonly StridedArray[]): void {
  const { lengths, strides } = nest;
  if (lengths.includes(0)) return;
  const depth = lengths.length;
  const data = operands.map((x) => x.data);
  const position = operands.map((x) => x.offset);
  const still = position.map(() => 0);
  const inner = strides[depth - 1] ?? still;
  const outer = strides[depth - 2] ?? still;
  const columns = depth > 0 ? lengths[depth - 1] : 1;
  const rows = depth > 1 ? lengths[depth - 2] : 1;
  if (depth <= 2) {
    loop(rows, columns, data, position, outer, inner);
    return;
  }
  const index = new Array<number>(depth - 2).fill(0);
  for (;;) {
    loop(rows, columns, data, position, outer, inner);
    let axis = depth - 3;
    for (; axis >= 0; axis--) {
      const stride = strides[axis];
      for (let k = 0; k < position.length; k++) position[k] += stride[k];
      if (++index[axis] < lengths[axis]) break;
      for (let k = 0; k < position.length; k++) position[k] -= stride[k] * lengths[axis];
      index[axis] = 0;
    }
    if (axis < 0) return;
  }
}

/** How the innermost loop addresses an operand: held still, element by element, or by a stride. */
export function walkOf(stride: number): "0" | "1" | "s" {
  return stride === 0 ? "0" : stride === 1 ? "1" : "s";
}

let mayPrint = true;

/**
 * Compiles printed JavaScript, which may call functions of `words`, or returns null for good once a content
 * policy has forbidden it.
 * `dtypes` becomes part of the text, because V8 shares type feedback between equal texts.
 */
export function compileLoop(body: string, dtypes: string): Loop | null {
  if (!mayPrint) return null;
  try {
    const text = `"use strict"; // ${dtypes}
return (rows, columns, data, position, outer, inner) => {\n${body}\n};`;
    const loopWith = new Function("words", text) as (words: typeof WORDS) => Loop;
    return loopWith(WORDS);
  } catch (error) {
    if (!(error instanceof EvalError)) throw error;
    mayPrint = false;
    return null;
  }
}
