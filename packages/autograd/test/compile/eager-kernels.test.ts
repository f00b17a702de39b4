import { describe, expect, it } from "vitest";
import { rowMajor, type StridedArray } from "../../src/array/strided-array.ts";
import { runKernel } from "../../src/backends/index.ts";
import { runKernel as runReference } from "../../src/backends/reference/index.ts";
import { memoryUse } from "../../src/backends/wasm/memory.ts";
import "../../src/compile/eager-kernels.ts";
import type { Kernel } from "../../src/kernel/kernel.ts";

function array(shape: readonly number[], value: (i: number) => number): StridedArray {
  const size = shape.reduce((product, n) => product * n, 1);
  const data = Float32Array.from({ length: size }, (_, i) => value(i));
  return { data, shape, stride: rowMajor(shape), offset: 0 };
}

const ONE = {
  strides: [1, 1],
  padding: [
    [1, 1],
    [1, 1],
  ],
  dilation: [1, 1],
} as const;
const CONVOLUTION: Kernel = { kind: "convolution", role: "output", groups: 1, ...ONE };

function outputOf(n: number): { shape: readonly number[]; dtype: "float32" } {
  return { shape: [2, 4, n, n], dtype: "float32" };
}

describe("eager convolutions", () => {
  it("of large tensors are those of the reference loops, within the rounding of their sums", () => {
    const x = array([2, 3, 20, 20], (i) => Math.sin(i));
    const w = array([4, 3, 3, 3], (i) => Math.cos(i));

    const [output] = runKernel(CONVOLUTION, [x, w], [outputOf(20)]);

    const [expected] = runReference(CONVOLUTION, [x, w], [outputOf(20)]);
    const differences = Array.from(output.data, (v, i) => Math.abs(v - expected.data[i]));
    expect(Math.max(...differences)).toBeLessThan(1e-5);
    // sums in float32 differ somewhere from sums in float64: it was another kernel
    expect(Math.max(...differences)).toBeGreaterThan(0);
  });

  it("of small tensors stay with the reference loops", () => {
    const x = array([2, 3, 5, 5], (i) => Math.sin(i));
    const w = array([4, 3, 3, 3], (i) => Math.cos(i));

    const [output] = runKernel(CONVOLUTION, [x, w], [outputOf(5)]);

    expect(output.data).toEqual(runReference(CONVOLUTION, [x, w], [outputOf(5)])[0].data);
  });

  it("of many shapes keep the memory of the last ones only", () => {
    const run = (n: number): void => {
      const x = array([2, 3, n, n], () => 1);
      runKernel(CONVOLUTION, [x, array([4, 3, 3, 3], () => 1)], [outputOf(n)]);
    };
    for (let n = 60; n > 20; n--) run(n);
    const before = memoryUse().used;
    for (let n = 60; n > 20; n--) run(n);

    expect(memoryUse().used).toBe(before);
  });

  it("refuse an index out of range as the reference loops do", () => {
    const kernel: Kernel = { kind: "planeGather", op: "takeFromPlanes" };
    const x = array([1, 1, 50, 50], () => 1);
    const indices = { ...array([1, 1, 3, 3], () => 0), data: new Int32Array(9).fill(2500) };
    const aval = { shape: [1, 1, 3, 3], dtype: "float32" } as const;

    expect(() => runKernel(kernel, [x, indices], [aval])).toThrow(
      "takeFromPlanes: index 2500 at position 0 is outside an axis of length 2500.",
    );
  });
});
