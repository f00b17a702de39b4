/**
 * @file Convolution over the last two axes and its two transposes, plane by plane and tap by tap.
 *
 * Everything is added in float64, in the order of channels and taps, and rounded once, when it is stored.
 */
import { sizeOf } from "../../array/shape.ts";
import type { StridedArray } from "../../array/strided-array.ts";
import type { ConvolutionKernel } from "../../kernel/kernel.ts";
import {
  addWeighted,
  type Tap,
  type Taps,
  tapsOf,
  toFloat64,
  type WeightedSum,
} from "./windows.ts";

interface Plan extends Taps {
  readonly batch: number;
  readonly groups: number;
  /** Channels of x, and of y, in one group. */
  readonly inputs: number;
  readonly outputs: number;
  /** Elements of one plane of x, and of y. */
  readonly planeSize: number;
  readonly resultSize: number;
}

/** `output` = what `kernel` says of the inputs `a` and `b`; it is contiguous. */
export function runConvolution(
  kernel: ConvolutionKernel,
  a: StridedArray,
  b: StridedArray,
  output: StridedArray,
): void {
  const { role, groups } = kernel;
  const [x, weight, y] = { output: [a, b, output], input: [output, b, a], weight: [a, output, b] }[
    role
  ].map(({ shape }) => shape);
  const plan: Plan = {
    ...tapsOf(kernel, [weight[2], weight[3]], x, y),
    batch: x[0],
    groups,
    inputs: weight[1],
    outputs: (weight[0] / groups) | 0,
    planeSize: sizeOf(x.slice(2)),
    resultSize: sizeOf(y.slice(2)),
  };
  const [first, second] = [toFloat64(a), toFloat64(b)];
  if (role === "output") sumOverInputs(plan, first, second, output);
  else if (role === "input") sumOverOutputs(plan, first, second, output);
  else sumOverBatch(plan, first, second, output);
}

function sumOverInputs(plan: Plan, x: Float64Array, weights: Float64Array, y: StridedArray): void {
  const { taps, batch, groups, inputs, outputs, planeSize, resultSize } = plan;
  const target = new Float64Array(resultSize);
  const sum: WeightedSum = {
    planes: inputs,
    source: x,
    planeStep: planeSize,
    sourceWalk: plan.plane,
    weights,
    weightStep: taps.length,
    target,
    targetWalk: plan.result,
  };
  for (let n = 0; n < batch; n++) {
    for (let o = 0; o < groups * outputs; o++) {
      const from = (n * groups + ((o / outputs) | 0)) * inputs * planeSize;
      const w = o * inputs * taps.length;
      target.fill(0);
      for (let k = 0; k < taps.length; k++) {
        const tap = taps[k];
        addWeighted(sum, tap, from + tap.inPlane, w + k, tap.inResult);
      }
      y.data.set(target, y.offset + (n * groups * outputs + o) * resultSize);
    }
  }
}

function sumOverOutputs(plan: Plan, y: Float64Array, weights: Float64Array, x: StridedArray): void {
  const { taps, batch, groups, inputs, outputs, planeSize, resultSize } = plan;
  const target = new Float64Array(planeSize);
  const sum: WeightedSum = {
    planes: outputs,
    source: y,
    planeStep: resultSize,
    sourceWalk: plan.result,
    weights,
    weightStep: inputs * taps.length,
    target,
    targetWalk: plan.plane,
  };
  for (let n = 0; n < batch; n++) {
    for (let c = 0; c < groups * inputs; c++) {
      const group = (c / inputs) | 0;
      const from = (n * groups + group) * outputs * resultSize;
      const w = (group * outputs * inputs + (c % inputs)) * taps.length;
      target.fill(0);
      for (let k = 0; k < taps.length; k++) {
        const tap = taps[k];
        addWeighted(sum, tap, from + tap.inResult, w + k, tap.inPlane);
      }
      x.data.set(target, x.offset + (n * groups * inputs + c) * planeSize);
    }
  }
}

const BLOCK = 4;

/** The products of one plane of x with up to four planes of y share a pass over x. */
function sumOverBatch(plan: Plan, x: Float64Array, y: Float64Array, weight: StridedArray): void {
  const { taps, batch, groups, inputs, outputs, planeSize, resultSize } = plan;
  const sums = new Float64Array(BLOCK);
  let count = 0;
  for (let o = 0; o < groups * outputs; o += count) {
    const group = (o / outputs) | 0;
    count = Math.min(BLOCK, (group + 1) * outputs - o);
    for (let c = 0; c < inputs; c++) {
      for (let k = 0; k < taps.length; k++) {
        sums.fill(0);
        for (let n = 0; n < batch; n++) {
          const inX = ((n * groups + group) * inputs + c) * planeSize;
          const inY = (n * groups * outputs + o) * resultSize;
          addDots(plan, taps[k], x, inX, y, inY, sums, count);
        }
        for (let i = 0; i < count; i++) {
          weight.data[weight.offset + ((o + i) * inputs + c) * taps.length + k] = sums[i];
        }
      }
    }
  }
}

/** sums[i] += Σ x[inX …] · y[plane i after inY …] over the block of a tap. */
function addDots(
  { plane, result, resultSize }: Plan,
  { rows, columns, inPlane, inResult }: Tap,
  x: Float64Array,
  inX: number,
  y: Float64Array,
  inY: number,
  sums: Float64Array,
  count: number,
): void {
  // where there are fewer planes, the first again: its products are not asked for
  const [second, third, fourth] = [1, 2, 3].map((i) => (i < count ? i * resultSize : 0));
  const step = plane.column;
  let s0 = 0;
  let s1 = 0;
  let s2 = 0;
  let s3 = 0;
  let firstX = inX + inPlane;
  let firstY = inY + inResult;
  for (let i = 0; i < rows; i++, firstX += plane.row, firstY += result.row) {
    let a = firstX;
    let b = firstY;
    for (let j = 0; j < columns; j++, a += step, b++) {
      const value = x[a];
      s0 += value * y[b];
      s1 += value * y[b + second];
      s2 += value * y[b + third];
      s3 += value * y[b + fourth];
    }
  }
  sums[0] += s0;
  sums[1] += s1;
  sums[2] += s2;
  sums[3] += s3;
}
