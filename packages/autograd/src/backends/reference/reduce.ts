/**
 * @file Reductions. Floating sums accumulate in float64, sums of int32 wrap at every step; in blocks along a reduced innermost
 * axis; the input is walked in memory order, with one accumulator for each element of the result.
 */
import { allocate, type DType } from "../../array/dtype.ts";
import { rowMajor, type StridedArray } from "../../array/strided-array.ts";
import { sizeOf } from "../../array/shape.ts";
import type { ReduceKernel } from "../../kernel/kernel.ts";
import { compileLoop, type Loop, planLoops, runLoops, walkOf } from "./loops.ts";

const BLOCK = 256;

const IDENTITY = {
  add: () => 0,
  maximum: (dtype: DType) => (dtype === "int32" ? -(2 ** 31) : dtype === "bool" ? 0 : -Infinity),
} satisfies Record<ReduceKernel["combine"], (dtype: DType) => number>;

/** How two numbers are combined: the kernel's word, or for sums of int32 the one that wraps. */
type Step = ReduceKernel["combine"] | "addInt32";

const COMBINE = {
  add: (total: string, x: string) => `${total} + ${x}`,
  addInt32: (total: string, x: string) => `(${total} + ${x}) | 0`,
  maximum: (total: string, x: string) => `Math.max(${total}, ${x})`,
} satisfies Record<Step, (total: string, x: string) => string>;

const COMPUTE = {
  add: (total: number, x: number) => total + x,
  addInt32: (total: number, x: number) => (total + x) | 0,
  maximum: (total: number, x: number) => Math.max(total, x),
} satisfies Record<Step, (total: number, x: number) => number>;

/** Reduces `source` into `output`, whose reduced axes have size 1 and which is contiguous. */
export function runReduce(
  kernel: ReduceKernel,
  source: StridedArray,
  output: StridedArray,
  dtype: DType,
): void {
  const size = sizeOf(output.shape);
  const direct = output.data instanceof Float64Array;
  const data = direct ? output.data : allocate("float64", size);
  const offset = direct ? output.offset : 0;
  data.fill(IDENTITY[kernel.combine](dtype), offset, offset + size);
  const stride = rowMajor(output.shape).map((step, axis) =>
    kernel.axes.includes(axis) ? 0 : step,
  );
  const operands = [{ data, shape: source.shape, stride, offset }, source];
  const nest = planLoops(source.shape, operands);
  const last = nest.strides.at(-1) ?? [0, 0];
  const step = kernel.combine === "add" && dtype === "int32" ? "addInt32" : kernel.combine;
  const key = `${step} ${walkOf(last[0])}${walkOf(last[1])} ${source.data.constructor.name}`;
  runLoops(loopFor(step, key, last[0] === 0), nest, operands);
  if (!direct) for (let i = 0; i < size; i++) output.data[output.offset + i] = data[i];
}

const loops = new Map<string, Loop>();

function loopFor(step: Step, key: string, innermost: boolean): Loop {
  let loop = loops.get(key);
  if (loop === undefined) {
    loop = compileLoop(printReduce(step, innermost), key) ?? closureReduce(step);
    loops.set(key, loop);
  }
  return loop;
}

/** The text of the loop; `innermost` where the innermost axis is itself reduced. */
export function printReduce(word: Step, innermost: boolean): string {
  const step = COMBINE[word];
  const row = innermost
    ? `let total = t[p0];
    for (let start = 0; start < columns; start += ${BLOCK}) {
      const end = Math.min(columns, start + ${BLOCK});
      let block = x[p1 + start * s1];
      for (let j = start + 1; j < end; j++) { const v = x[p1 + j * s1]; block = ${step("block", "v")}; }
      total = ${step("total", "block")};
    }
    t[p0] = total;`
    : `for (let j = 0; j < columns; j++) {
      const v = x[p1 + j * s1], q = p0 + j * s0, total = t[q];
      t[q] = ${step("total", "v")};
    }`;
  return `const t = data[0], x = data[1], s0 = inner[0], s1 = inner[1], r0 = outer[0], r1 = outer[1];
  let p0 = position[0], p1 = position[1];
  for (let i = 0; i < rows; i++) { ${row} p0 += r0; p1 += r1; }`;
}

/** The same sums and maxima without printing code; sums are not blocked. */
export function closureReduce(word: Step): Loop {
  const step = COMPUTE[word];
  return (rows, columns, [t, x], position, outer, inner) => {
    for (let i = 0; i < rows; i++) {
      for (let j = 0; j < columns; j++) {
        const q = position[0] + i * outer[0] + j * inner[0];
        t[q] = step(t[q], x[position[1] + i * outer[1] + j * inner[1]]);
      }
    }
  };
}
