/**
 * @file The reference backend: every kind of kernel in TypeScript loops. It is the oracle of the others.
 */
import type { Aval } from "../../array/aval.ts";
import { emptyArray, flatCopy, rowMajor, type StridedArray } from "../../array/strided-array.ts";
import { applyView } from "../../array/view.ts";
import { assertInvariant } from "../../errors.ts";
import type { Kernel, PlaceKernel, ViewKernel } from "../../kernel/kernel.ts";
import { runConvolution } from "./convolution.ts";
import { copyElements, runElementwise } from "./elementwise.ts";
import { runGather, runScatterAdd } from "./indexing.ts";
import { runMatMul } from "./mat-mul.ts";
import { runPermutation, runRandomBits } from "./random.ts";
import { runPlaneGather, runPlaneScatterAdd } from "./plane-indexing.ts";
import { runPool, runPoolIndices } from "./pool.ts";
import { runReduce } from "./reduce.ts";

/** Runs `kernel`; `avals` describe the results, which are new arrays (or views, for a view kernel). */
export function runKernel(
  kernel: Kernel,
  inputs: readonly StridedArray[],
  avals: readonly Aval[],
): readonly StridedArray[] {
  if (kernel.kind === "view") return [runView(kernel, inputs[0], avals[0])];
  const outputs = avals.map(emptyArray);
  runInto(kernel, inputs, outputs, avals);
  return outputs;
}

function runInto(
  kernel: Exclude<Kernel, ViewKernel>,
  inputs: readonly StridedArray[],
  outputs: readonly StridedArray[],
  avals: readonly Aval[],
): void {
  const [output] = outputs;
  const { dtype } = avals[0];
  switch (kernel.kind) {
    case "elementwise":
      return runElementwise(kernel.expression, inputs, output, dtype);
    case "reduce":
      return runReduce(kernel, inputs[0], output, dtype);
    case "place":
      return runPlace(kernel, inputs, output, avals[0]);
    case "contraction":
      return runMatMul(inputs[0], inputs[1], output);
    case "gather":
      return runGather(kernel, inputs[0], inputs[1], output, dtype);
    case "scatterAdd":
      return runScatterAdd(kernel, inputs[0], inputs[1], output, dtype);
    case "randomBits":
      return runRandomBits(inputs[0], output, kernel.stream);
    case "permutation":
      return runPermutation(inputs[0], output, kernel.stream);
    case "convolution":
      return runConvolution(kernel, inputs[0], inputs[1], output);
    case "pool":
      return runPool(kernel, inputs[0], output);
    case "poolIndices":
      return runPoolIndices(kernel, inputs[0], output);
    case "planeGather":
      return runPlaneGather(kernel, inputs[0], inputs[1], output, dtype);
    case "planeScatterAdd":
      return runPlaneScatterAdd(kernel, inputs[0], inputs[1], output, dtype);
    case "opaque":
      return kernel.run(inputs, outputs);
  }
}

function runView(kernel: ViewKernel, input: StridedArray, aval: Aval): StridedArray {
  const view = applyView(input, kernel.transform);
  if (view !== null) return view;
  const data = flatCopy(input, aval.dtype);
  return { data, shape: aval.shape, stride: rowMajor(aval.shape), offset: 0 };
}

function runPlace(
  kernel: PlaceKernel,
  inputs: readonly StridedArray[],
  output: StridedArray,
  aval: Aval,
): void {
  inputs.forEach((input, k) => {
    const where = applyView(output, {
      type: "slice",
      starts: kernel.starts[k],
      sizes: input.shape,
      steps: kernel.steps[k],
    });
    assertInvariant(where !== null, "a slice is always a view");
    copyElements(input, where, aval.dtype);
  });
}
