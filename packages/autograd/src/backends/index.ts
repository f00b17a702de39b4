/**
 * @file The backend of eager execution: the reference loops, and for large matrix products the SIMD
 * kernel where the engine has one.
 */
import type { Aval } from "../array/aval.ts";
import { emptyArray, type StridedArray } from "../array/strided-array.ts";
import type { Kernel } from "../kernel/kernel.ts";
import { runKernel as runReference } from "./reference/index.ts";
import { runMatMulSimd } from "./wasm/mat-mul.ts";

/** Multiply-adds from which packing for SIMD is cheaper than scalar loops (measured: equal near 16³). */
const SIMD_FROM = 4096;

/** Runs `kernel`; `avals` describe the results, which are new arrays (or views, for a view kernel). */
export function runKernel(
  kernel: Kernel,
  inputs: readonly StridedArray[],
  avals: readonly Aval[],
): readonly StridedArray[] {
  if (kernel.kind === "contraction" && isLarge(inputs[0], avals[0])) {
    const output = emptyArray(avals[0]);
    if (runMatMulSimd(inputs[0], inputs[1], output)) return [output];
  }
  return runReference(kernel, inputs, avals);
}

/** Whether one matrix of the batch is worth it. */
function isLarge(a: StridedArray, output: Aval): boolean {
  const [m, n] = output.shape.slice(-2);
  const k = a.shape[a.shape.length - 1];
  return m * n * k >= SIMD_FROM;
}
