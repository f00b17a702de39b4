import { checkpoint, conv2d, exp, flopsOf, linalg, matMul, ones, record } from "@tapegrad/autograd";
import { describe, expect, it } from "vitest";

describe("flopsOf", () => {
  it("adds up what the operations of a tape count", () => {
    // 2 · 3 · 5 · 4 of the product, 15 of exp, 14 of the sum
    const tape = record((a, b) => exp(matMul(a, b)).sum(), ones([3, 4]), ones([4, 5]));

    expect(flopsOf(tape)).toEqual({ flops: 120 + 15 + 14, uncounted: 0 });
  });

  it("counts a convolution where it lies on padding, too", () => {
    const tape = record(
      (x, w) => conv2d(x, w, { padding: 1 }),
      ones([1, 2, 4, 4]),
      ones([3, 2, 3, 3]),
    );

    expect(flopsOf(tape).flops).toBe(2 * (3 * 4 * 4) * (2 * 3 * 3));
  });

  it("looks into a function that is one node", () => {
    const f = checkpoint((x: ReturnType<typeof ones>) => exp(exp(x)));

    expect(flopsOf(record(f, ones([7])))).toEqual({ flops: 14, uncounted: 0 });
  });

  it("says how many operations it cannot count", () => {
    const { flops, uncounted } = flopsOf(record((x) => linalg.eigh(x), ones([2, 2])));

    expect(uncounted).toBe(1);
    expect(flops).toBeGreaterThanOrEqual(0);
  });
});
