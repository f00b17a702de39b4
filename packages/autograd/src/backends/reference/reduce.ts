/**
 * @file Reductions. Sums accumulate in float64 whatever the dtype, in blocks along a reduced innermost
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

const COMBINE = {
  add: (total: string, x: string) => `${total} + ${x}`,
  // NaN wins: a comparison with NaN is false, so it is asked for by name
  maximum: (total: string, x: string) => `(${x} > ${total} || ${x} !== ${x} ? ${x} : ${total})`,
} satisfies Record<ReduceKernel["combine"], (total: string, x: string) => string>;

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
  const key = `${kernel.combine} ${walkOf(last[0])}${walkOf(last[1])} ${source.data.constructor.name}`;
  runLoops(loopFor(kernel.combine, key, last[0] === 0), nest, operands);
  if (!direct) for (let i = 0; i < size; i++) output.data[output.offset + i] = data[i];
}

const loops = new Map<string, Loop>();

function loopFor(combine: ReduceKernel["combine"], key: string, innermost: boolean): Loop {
  let loop = loops.get(key);
  if (loop === undefined) {
    loop = compileLoop(printReduce(combine, innermost), key) ?? closureReduce(combine);
    loops.set(key, loop);
  }
  return loop;
}

/** The text of the loop; `innermost` where the innermost axis is itself reduced. */
export function printReduce(combine: ReduceKernel["combine"], innermost: boolean): string {
  const step = COMBINE[combine];
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
export function closureReduce(combine: ReduceKernel["combine"]): Loop {
  const step =
    combine === "add"
      ? (total: number, x: number) => total + x
      : (total: number, x: number) => (x > total || Number.isNaN(x) ? x : total);
  return (rows, columns, [t, x], position, outer, inner) => {
    for (let i = 0; i < rows; i++) {
      for (let j = 0; j < columns; j++) {
        const q = position[0] + i * outer[0] + j * inner[0];
        t[q] = step(t[q], x[position[1] + i * outer[1] + j * inner[1]]);
      }
    }
  };
}
