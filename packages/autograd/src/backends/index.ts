/**
 * @file The backend of eager execution: the reference loops, and SIMD kernels for large float arrays where
 * the engine has them.
 */
import type { Aval } from "../array/aval.ts";
import { sizeOf } from "../array/shape.ts";
import { emptyArray, isSplat, type StridedArray } from "../array/strided-array.ts";
import type { Kernel } from "../kernel/kernel.ts";
import { runKernel as runReference } from "./reference/index.ts";
import { runElementwiseSimd } from "./wasm/elementwise.ts";
import { runMatMulSimd } from "./wasm/mat-mul.ts";

/** Multiply-adds of one matrix from which packing for SIMD is cheaper than scalar loops (equal near 16³). */
const MULTIPLY_ADDS = 4096;
/** Elements from which copying to and from SIMD is cheaper than a scalar loop. */
const ELEMENTS = 512;

/** Runs `kernel`; `avals` describe the results, which are new arrays (or views, for a view kernel). */
export function runKernel(
  kernel: Kernel,
  inputs: readonly StridedArray[],
  avals: readonly Aval[],
): readonly StridedArray[] {
  return runSimd(kernel, inputs, avals[0]) ?? runReference(kernel, inputs, avals);
}

/** The one result by SIMD; null where it does not apply or would not pay. */
function runSimd(
  kernel: Kernel,
  inputs: readonly StridedArray[],
  aval: Aval,
): readonly StridedArray[] | null {
  if (kernel.kind === "elementwise" && sizeOf(aval.shape) >= ELEMENTS && !inputs.every(isSplat)) {
    const output = runElementwiseSimd(kernel.expression, inputs, aval);
    return output && [output];
  }
  if (kernel.kind === "contraction" && multiplyAdds(inputs[0], aval) >= MULTIPLY_ADDS) {
    const output = emptyArray(aval);
    return runMatMulSimd(inputs[0], inputs[1], output) ? [output] : null;
  }
  return null;
}

function multiplyAdds(a: StridedArray, { shape }: Aval): number {
  const [m, n] = shape.slice(-2);
  return m * n * a.shape[a.shape.length - 1];
}
