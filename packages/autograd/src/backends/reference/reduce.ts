/**
 * @file Reductions, with one accumulator for each element of the result; the input is walked in memory order.
 *
 * Floating sums accumulate in float64: in blocks of 256 terms, whose sums are added two by two, so that an error of
 * n terms is some log₂ n + 512 roundings (Higham, "Accuracy and stability of numerical algorithms", 2002, section
 * 4.2). Sums of int32 wrap at every step.
 */
import { allocate, type DType } from "../../array/dtype.ts";
import { sizeOf } from "../../array/shape.ts";
import { rowMajor, type StridedArray } from "../../array/strided-array.ts";
import type { ReduceKernel } from "../../kernel/kernel.ts";
import { compileLoop, type Loop, type LoopNest, planLoops, runLoops, walkOf } from "./loops.ts";

/** Terms that are added one after another. */
export const BLOCK = 256;

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
  const totals = { data, shape: source.shape, stride, offset };
  const nest = planLoops(source.shape, [totals, source]);
  const last = nest.strides.at(-1) ?? [0, 0];
  const step = kernel.combine === "add" && dtype === "int32" ? "addInt32" : kernel.combine;
  const key = `${step} ${walkOf(last[0])}${walkOf(last[1])} ${source.data.constructor.name}`;
  const loop = loopFor(step, key, last[0] === 0);
  // the order matters to floating sums alone
  if (step === "add") addInHalves(loop, nest, totals, source, size);
  else runLoops(loop, nest, [totals, source]);
  if (!direct) for (let i = 0; i < size; i++) output.data[output.offset + i] = data[i];
}

/**
 * Adds to `totals`, which are 0, what `loop` sums along the reduced axes of `nest`. More than a block of terms for
 * each total are added by two halves. A reduced innermost axis is a matter of the loop and counts as one term.
 */
function addInHalves(
  loop: Loop,
  nest: LoopNest,
  totals: StridedArray,
  source: StridedArray,
  size: number,
): void {
  const { lengths, strides } = nest;
  const isSplit = (axis: number): boolean => strides[axis][0] === 0 && axis < lengths.length - 1;
  const terms = lengths.reduce((n, length, axis) => (isSplit(axis) ? n * length : n), 1);
  const axis = lengths.findIndex((length, i) => isSplit(i) && length > 1);
  if (terms <= BLOCK || axis < 0) {
    runLoops(loop, nest, [totals, source]);
    return;
  }
  const length = lengths[axis];
  const first = firstHalf(length, Math.max(1, Math.floor((BLOCK * length) / terms)));
  const part = (n: number): LoopNest => ({ lengths: lengths.with(axis, n), strides });
  addInHalves(loop, part(first), totals, source, size);
  const rest = { ...totals, data: new Float64Array(size), offset: 0 };
  const offset = source.offset + first * strides[axis][1];
  addInHalves(loop, part(length - first), rest, { ...source, offset }, size);
  for (let i = 0; i < size; i++) totals.data[totals.offset + i] += rest.data[i];
}

/** The largest power of two of `blocks` that leaves something of `length`. A length of one block is not divided. */
export function firstHalf(length: number, block: number): number {
  let half = block;
  while (2 * half < length) half *= 2;
  return half;
}

const loops = new Map<string, Loop>();

function loopFor(step: Step, key: string, innermost: boolean): Loop {
  let loop = loops.get(key);
  if (loop === undefined) {
    loop = compileLoop(printReduce(step, innermost), key) ?? closureReduce(step, innermost);
    loops.set(key, loop);
  }
  return loop;
}

/** The text of the loop; `innermost` where the innermost axis is itself reduced. */
export function printReduce(word: Step, innermost: boolean): string {
  const step = COMBINE[word];
  const row = innermost
    ? `let sum = x[p1];
    const end = Math.min(columns, ${BLOCK});
    for (let j = 1; j < end; j++) { const v = x[p1 + j * s1]; sum = ${step("sum", "v")}; }
    if (columns > ${BLOCK}) {
      halves.push(sum);
      for (let start = ${BLOCK}, blocks = 1; start < columns; start += ${BLOCK}, blocks++) {
        const end = Math.min(columns, start + ${BLOCK});
        let block = x[p1 + start * s1];
        for (let j = start + 1; j < end; j++) { const v = x[p1 + j * s1]; block = ${step("block", "v")}; }
        for (let pairs = blocks; pairs % 2 === 1; pairs >>= 1) {
          const before = halves.pop();
          block = ${step("before", "block")};
        }
        halves.push(block);
      }
      sum = halves.pop();
      while (halves.length > 0) { const before = halves.pop(); sum = ${step("before", "sum")}; }
    }
    const total = t[p0];
    t[p0] = ${step("total", "sum")};`
    : `for (let j = 0; j < columns; j++) {
      const v = x[p1 + j * s1], q = p0 + j * s0, total = t[q];
      t[q] = ${step("total", "v")};
    }`;
  return `const t = data[0], x = data[1], s0 = inner[0], s1 = inner[1], r0 = outer[0], r1 = outer[1];
  let p0 = position[0], p1 = position[1];
  const halves = [];
  for (let i = 0; i < rows; i++) { ${row} p0 += r0; p1 += r1; }`;
}

/** The same without printing code, and in the same order. */
export function closureReduce(word: Step, innermost: boolean): Loop {
  const step = COMPUTE[word];
  return (rows, columns, [t, x], position, outer, inner) => {
    const [s0, s1] = inner;
    const sumOf = (start: number, count: number): number => {
      if (count > BLOCK) {
        const first = firstHalf(count, BLOCK);
        return step(sumOf(start, first), sumOf(start + first * s1, count - first));
      }
      let block = x[start];
      for (let j = 1; j < count; j++) block = step(block, x[start + j * s1]);
      return block;
    };
    for (let i = 0; i < rows; i++) {
      const [q, p] = [position[0] + i * outer[0], position[1] + i * outer[1]];
      if (innermost) t[q] = step(t[q], sumOf(p, columns));
      else for (let j = 0; j < columns; j++) t[q + j * s0] = step(t[q + j * s0], x[p + j * s1]);
    }
  };
}
