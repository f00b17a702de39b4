import {
  grad,
  mean,
  mul,
  normal,
  randomKey,
  slice,
  stopGradient,
  sum,
  type Tensor,
  tensor,
  transpose,
  variance,
} from "@tapegrad/autograd";
import {
  activationNoise,
  batchNormInference,
  batchNormTrain,
  batchRenormTrain,
  ghostBatchNormTrain,
} from "@tapegrad/nn";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { expectCloseToArray, largestOf } from "../../oracles/close-to-array.ts";
import { float64 } from "../../oracles/float64.ts";

const wide = (seed: number, shape: readonly number[]) =>
  normal(randomKey(seed), shape, { dtype: "float64" });

const rows = (x: Tensor, start: number, end: number): Tensor =>
  slice(x, { starts: x.shape.map((_, i) => (i === 0 ? start : 0)), sizes: [end - start, ...x.shape.slice(1)] }); // biome-ignore format: one expression

const [gamma, beta] = [float64([1.5, -0.5, 2]), float64([0.5, 0, -1])];

describe("ghostBatchNormTrain", () => {
  it("is batch normalisation of every part, whatever is left over", () => {
    const problems = fc.record({
      samples: fc.integer({ min: 2, max: 7 }),
      ghostSize: fc.integer({ min: 2, max: 4 }),
      seed: fc.nat(),
    });
    fc.assert(
      fc.property(problems, ({ samples, ghostSize, seed }) => {
        const x = wide(seed, [samples, 3]);

        const { output, ghosts } = ghostBatchNormTrain(x, gamma, beta, { ghostSize });

        let start = 0;
        for (const ghost of ghosts) {
          const end = start + Number(ghost.count);
          const part = batchNormTrain(rows(x, start, end), gamma, beta);
          expectCloseToArray(rows(output, start, end), part.output, { absolute: 1e-13 });
          expectCloseToArray(ghost.mean, part.mean, { absolute: 1e-14 });
          expectCloseToArray(ghost.variance, part.variance, { absolute: 1e-13 });
          start = end;
        }
        expect(start).toBe(samples);
      }),
    );
  });

  const sizes = (samples: number, ghostSize: number): readonly number[] => {
    const { ghosts } = ghostBatchNormTrain(wide(1, [samples, 3]), gamma, beta, { ghostSize });
    return ghosts.map(({ count }) => Number(count));
  };

  it("makes a shorter ghost batch of what is left over, but not of one sample", () => {
    expect(sizes(6, 3)).toEqual([3, 3]);
    expect(sizes(8, 3)).toEqual([3, 3, 2]);
    expect(sizes(7, 3)).toEqual([3, 4]);
    expect(sizes(4, 3)).toEqual([4]);
    expect(sizes(2, 3)).toEqual([2]);
  });

  it("lets one image with several positions be a ghost batch", () => {
    const x = wide(2, [3, 3, 2, 2]);

    const { ghosts } = ghostBatchNormTrain(x, gamma, beta, { ghostSize: 2, layout: "NCHW" });

    expect(ghosts.map(({ count }) => count)).toEqual([8, 4]);
  });

  it("agrees between layouts", () => {
    const x = wide(3, [5, 3, 2, 2]);
    const run = (x: Tensor, layout: "NCHW" | "NHWC"): Tensor =>
      ghostBatchNormTrain(x, gamma, beta, { ghostSize: 2, layout }).output;

    const last = run(transpose(x, [0, 2, 3, 1]), "NHWC");

    expectCloseToArray(transpose(last, [0, 3, 1, 2]), run(x, "NCHW"), { absolute: 1e-13 });
  });

  it("keeps derivatives within a ghost batch", () => {
    const first = grad((x: Tensor) => {
      const { output } = ghostBatchNormTrain(x, gamma, beta, { ghostSize: 3 });
      return sum(mul(rows(output, 0, 3), wide(5, [3, 3])));
    })(wide(4, [5, 3]));

    expect(largestOf(rows(first, 0, 3))).toBeGreaterThan(1e-3);
    expect(largestOf(rows(first, 3, 5))).toBe(0);
  });
});

describe("batchRenormTrain", () => {
  const stored = { mean: float64([1, 0, -1]), variance: float64([4, 1, 0.25]) };
  const x = wide(6, [4, 3]);

  it("is what evaluation gives where nothing is clipped", () => {
    const { output } = batchRenormTrain(x, gamma, beta, { ...stored, rMax: 1e6, dMax: 1e6 });

    expectCloseToArray(output, batchNormInference(x, gamma, beta, stored), { absolute: 1e-12 });
  });

  it("is batch normalisation for rMax = 1 and dMax = 0", () => {
    const { output, r, d } = batchRenormTrain(x, gamma, beta, { ...stored, rMax: 1, dMax: 0 });

    expectCloseToArray(output, batchNormTrain(x, gamma, beta).output, { absolute: 1e-13 });
    expect(r.toArray()).toEqual([1, 1, 1]);
    expectCloseToArray(d.abs(), [0, 0, 0], {});
  });

  it("clips r on both sides, and d on both", () => {
    // deviations 1 of the batch against 2, 1 and 1/2; means 3, 0 and -3 against 0
    const x = float64([[2, -1, -4], [4, 1, -2]]); // biome-ignore format: a matrix
    const running = { mean: float64([0, 0, 0]), variance: float64([16, 1, 1 / 16]) };

    const { r, d } = batchRenormTrain(x, gamma, beta, { ...running, rMax: 2, dMax: tensor(0.5), epsilon: 1e-12 }); // biome-ignore format: one call

    expectCloseToArray(r, [0.5, 1, 2], { absolute: 1e-11 });
    expectCloseToArray(d, [0.5, 0, -0.5], { absolute: 1e-11 });
  });

  it("has the derivatives of batch normalisation with γ r in place of γ, and passes none to what is stored", () => {
    const c = wide(7, [4, 3]);
    const options = { rMax: 1.2, dMax: 0.3 };
    const { r, d } = batchRenormTrain(x, gamma, beta, { ...stored, ...options });
    type Point = readonly [Tensor, Tensor, Tensor, Tensor, Tensor];
    const gradients = grad(([x, gamma, beta, mean, variance]: Point) => {
      return sum(mul(batchRenormTrain(x, gamma, beta, { mean, variance, ...options }).output, c));
    })([x, gamma, beta, stored.mean, stored.variance]);

    const expected = grad(([x, gamma, beta]: readonly [Tensor, Tensor, Tensor]) => {
      const shift = gamma.mul(stopGradient(d)).add(beta);
      return sum(mul(batchNormTrain(x, gamma.mul(stopGradient(r)), shift).output, c));
    })([x, gamma, beta]);

    for (const [i, bar] of expected.entries()) {
      expectCloseToArray(gradients[i], bar, { absolute: 1e-13 });
    }
    expect(largestOf(gradients[3]) + largestOf(gradients[4])).toBe(0);
  });
});

describe("activationNoise", () => {
  it("changes mean and deviation of every unit, each in its own way", () => {
    const x = normal(randomKey(8), [1000, 3], { dtype: "float64" });

    const y = activationNoise(x, randomKey(9), { meanRange: 0.5, maxScale: 1.25 });

    const means = Array.from(mean(y, { axes: 0 }).toTypedArray());
    const deviations = Array.from(variance(y, { axes: 0 }).sqrt().toTypedArray());
    expect(new Set(means.map((m) => m.toFixed(2))).size).toBe(3);
    for (const m of means) expect(Math.abs(m)).toBeLessThan(0.65);
    for (const deviation of deviations) {
      expect(deviation).toBeGreaterThan(0.95);
      expect(deviation).toBeLessThan(1.35);
    }
  });

  it("is the identity without noise, and differs from key to key with it", () => {
    const x = wide(10, [2, 3]);
    const none = { meanRange: 0, maxScale: 1, meanSpread: 0, scaleSpread: 0 };

    expect(activationNoise(x, randomKey(11), none).toArray()).toEqual(x.toArray());
    expect(activationNoise(x, randomKey(11)).toArray()).toEqual(
      activationNoise(x, randomKey(11)).toArray(),
    );
    expect(activationNoise(x, randomKey(11)).toArray()).not.toEqual(
      activationNoise(x, randomKey(12)).toArray(),
    );
  });

  it("draws the means from their ranges, and samples about them", () => {
    const zero = mul(wide(13, [50, 40]), 0);
    const shifts = activationNoise(zero, randomKey(14), { meanRange: 0.5, meanSpread: 0.1 });
    const means = mean(shifts, { axes: 0 }).toTypedArray();

    expect(largestOf(shifts)).toBeLessThan(0.6);
    expect(largestOf(means)).toBeGreaterThan(0.4);
    // each unit within ± 0.1 of its mean
    expect(largestOf(shifts.sub(mean(shifts, { axes: 0 })))).toBeLessThan(0.12);
  });
});
