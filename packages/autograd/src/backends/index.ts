/**
 * @file The backend of eager execution: the reference loops, and SIMD kernels for large float arrays where
 * the engine has them.
 */
import type { Aval } from "../array/aval.ts";
import { type Shape, sizeOf } from "../array/shape.ts";
import { emptyArray, type StridedArray } from "../array/strided-array.ts";
import type { ElementwiseKernel, Kernel } from "../kernel/kernel.ts";
import { runKernel as runReference } from "./reference/index.ts";
import { runElementwiseSimd } from "./wasm/elementwise.ts";
import { runMatMulSimd } from "./wasm/mat-mul.ts";
import { runSumSimd } from "./wasm/reduce.ts";

/** Multiply-adds of one matrix from which packing for SIMD is cheaper than scalar loops (equal near 16³). */
const MULTIPLY_ADDS = 4096;
/** Elements from which copying to and from SIMD is cheaper than a scalar loop. */
const ELEMENTS = 512;

/** Computes a kernel's one result as a new array, or returns null where it leaves that to the loops. */
export type LentKernels = (
  kernel: Kernel,
  inputs: readonly StridedArray[],
  aval: Aval,
) => StridedArray | null;

let lent: LentKernels = () => null;

/** Hands over routines that are made right of this layer: compile/eager-kernels.ts has those of programs. */
export function lendKernels(kernels: LentKernels): void {
  lent = kernels;
}

/** Runs `kernel`; `avals` describe the results, which are new arrays (or views, for a view kernel). */
export function runKernel(
  kernel: Kernel,
  inputs: readonly StridedArray[],
  avals: readonly Aval[],
): readonly StridedArray[] {
  if (kernel.kind === "elementwise") return [runElementwise(kernel, inputs, avals[0])];
  return runSimd(kernel, inputs, avals[0]) ?? runReference(kernel, inputs, avals);
}

/** Computes once what is the same along an axis for every input, such as 1 / σ in a batch. */
function runElementwise(
  kernel: ElementwiseKernel,
  inputs: readonly StridedArray[],
  aval: Aval,
): StridedArray {
  const { shape } = aval;
  const repeats = repeatedAxes(inputs, shape);
  if (!repeats.includes(true)) return runAll(kernel, inputs, aval);
  const once = shape.map((n, axis) => (repeats[axis] ? 1 : n));
  const firsts = inputs.map((x) => ({ ...x, shape: once }));
  const result = runAll(kernel, firsts, { ...aval, shape: once });
  return {
    ...result,
    shape,
    stride: result.stride.map((step, axis) => (repeats[axis] ? 0 : step)),
  };
}

/** Along which axes every input, and with them the result, is the same. */
export function repeatedAxes(inputs: readonly StridedArray[], shape: Shape): readonly boolean[] {
  return shape.map((n, axis) => n > 1 && inputs.every((x) => x.stride[axis] === 0));
}

function runAll(
  kernel: ElementwiseKernel,
  inputs: readonly StridedArray[],
  aval: Aval,
): StridedArray {
  const large = sizeOf(aval.shape) >= ELEMENTS;
  const output = large ? runElementwiseSimd(kernel.expression, inputs, aval) : null;
  return output ?? runReference(kernel, inputs, [aval])[0];
}

/** The one result by SIMD; null where it does not apply or would not pay. */
function runSimd(
  kernel: Kernel,
  inputs: readonly StridedArray[],
  aval: Aval,
): readonly StridedArray[] | null {
  if (kernel.kind === "reduce" && sizeOf(inputs[0].shape) >= ELEMENTS) {
    const output = runSumSimd(kernel, inputs[0], aval);
    return output && [output];
  }
  if (kernel.kind === "contraction" && multiplyAdds(inputs[0], aval) >= MULTIPLY_ADDS) {
    const output = emptyArray(aval);
    return runMatMulSimd(inputs[0], inputs[1], output) ? [output] : null;
  }
  const output = lent(kernel, inputs, aval);
  return output && [output];
}

function multiplyAdds(a: StridedArray, { shape }: Aval): number {
  const [m, n] = shape.slice(-2);
  return m * n * a.shape[a.shape.length - 1];
}
