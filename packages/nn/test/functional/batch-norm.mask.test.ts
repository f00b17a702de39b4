import {
  compile,
  concatenate,
  grad,
  logicalNot,
  mul,
  sum,
  type Tensor,
  tensor,
  vjp,
  vmap,
  where,
} from "@tapegrad/autograd";
import { assertGradcheck } from "@tapegrad/autograd/testing";
import { BatchNorm, batchNormInference, batchNormTrain } from "@tapegrad/nn";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { numbers, vectors } from "../oracles/batch-norm-problems.ts";
import { expectCloseToArray } from "../oracles/close-to-array.ts";
import { float64 } from "../oracles/float64.ts";

const [gamma, beta] = [float64([1.5, -0.5]), float64([0.25, 2])];

/** Up to six rows of two channels around a centre, at least two of which are true. */
const problems = fc
  .array(fc.boolean(), { minLength: 2, maxLength: 6 })
  .map((valid) => (valid.filter(Boolean).length < 2 ? [...valid, true, true] : valid))
  .chain((valid) => {
    const rows = valid.length;
    const matrices = (limit: number) =>
      vectors(2 * rows, limit).map((v) => tensor(v, { shape: [rows, 2] }));
    return fc.record({
      valid: fc.constant(valid),
      x: fc.tuple(matrices(1), numbers(100)).map(([noise, center]) => noise.add(center)),
      padding: fc.constantFrom(0, 1e30, Number.NaN, Number.POSITIVE_INFINITY),
      yBar: matrices(1),
    });
  });

const rowsWhere = (x: Tensor, valid: readonly boolean[]): Tensor =>
  concatenate(
    valid.flatMap((ok, i) => (ok ? [x.slice({ starts: [i, 0], sizes: [1, 2] })] : [])),
    { axis: 0 },
  );

describe("batchNormTrain with a mask", () => {
  it("is batchNormTrain of the true rows, gradients included, whatever stands in the others", () => {
    fc.assert(
      fc.property(problems, ({ valid, x, padding, yBar }) => {
        const mask = tensor(valid);
        const padded = where(mask.reshape([valid.length, 1]), x, padding);
        const f = (m?: Tensor) => (u: Tensor, g: Tensor, b: Tensor) =>
          batchNormTrain(u, g, b, { mask: m, epsilon: 1e-3 }).output;

        const found = vjp(f(mask), padded, gamma, beta);
        const expected = vjp(f(), rowsWhere(x, valid), gamma, beta);
        const [xBar, ...rest] = found.pullback(yBar);
        const [expectedXBar, ...others] = expected.pullback(rowsWhere(yBar, valid));

        const near = { relativeToLargest: 1e-12, absolute: 1e-12 };
        expectCloseToArray(rowsWhere(found.output, valid), expected.output, near);
        expectCloseToArray(rowsWhere(xBar, valid), expectedXBar, near);
        rest.forEach((bar, i) => {
          expectCloseToArray(bar, others[i], near);
        });
        // masked: outputs and gradients are exactly 0
        const hidden = tensor(valid.map((ok) => !ok)).reshape([valid.length, 1]);
        for (const values of [found.output, xBar]) {
          expect(
            where(hidden, values, 0)
              .toTypedArray()
              .every((v) => v === 0),
          ).toBe(true);
        }
      }),
      { numRuns: 40 },
    );
  });

  it("counts the true positions, as a tensor", () => {
    const x = float64([[1], [100], [3], [8]]);
    const { count, mean, variance } = batchNormTrain(x, null, null, {
      mask: tensor([true, false, true, true]),
    });

    expect((count as Tensor).item()).toBe(3);
    expectCloseToArray(mean, [4], { absolute: 1e-15 });
    expectCloseToArray(variance, [26 / 3], { absolute: 1e-14 });
  });

  it("takes one mask for all channels of each layout, and masks that broadcast", () => {
    // two sequences of lengths 3 and 1
    const x = float64([1, 2, 6, 4, 99, 99], [2, 3, 1]);
    const mask = tensor([
      [true, true, true],
      [true, false, false],
    ]);
    const last = batchNormTrain(x, null, null, { layout: "NLC", mask });
    const first = batchNormTrain(x.transpose([0, 2, 1]), null, null, { layout: "NCL", mask });
    const rows = batchNormTrain(x, null, null, { layout: "NLC", mask: tensor([[true], [false]]) });
    const columns = batchNormTrain(x, null, null, {
      layout: "NLC",
      mask: tensor([true, false, false]),
    });

    expectCloseToArray(last.mean, [13 / 4], { absolute: 1e-15 });
    expectCloseToArray(first.output.transpose([0, 2, 1]), last.output, { absolute: 1e-15 });
    expectCloseToArray(rows.mean, [3], { absolute: 1e-15 });
    expectCloseToArray(columns.mean, [2.5], { absolute: 1e-15 });
  });

  it("has a mask for each member of a vmap", () => {
    const xs = float64([1, 100, 3, 4, 6, 50], [2, 3, 1]);
    const masks = tensor([
      [true, false, true],
      [true, true, false],
    ]);

    const means = vmap((x: Tensor, mask: Tensor) => batchNormTrain(x, null, null, { mask }).mean)(
      xs,
      masks,
    );

    expectCloseToArray(means, float64([[2], [5]]), { absolute: 1e-15 });
  });

  it("gives exactly β for a constant channel, the padding apart", () => {
    const x = tensor([[0], [0.1], [0.1], [0.1]]);
    const mask = tensor([false, true, true, true]);

    const { output } = batchNormTrain(x, null, tensor([0.25]), { mask });

    expect(output.toArray()).toEqual([[0], [0.25], [0.25], [0.25]]);
  });

  it("gives β, and no NaN, where fewer than two positions are true", () => {
    for (const valid of [
      [false, false],
      [false, true],
    ]) {
      const f = (x: Tensor) =>
        batchNormTrain(x, null, float64([7]), { mask: tensor(valid) }).output;
      const x = float64([[3], [4]]);

      expect(f(x).toTypedArray()).toEqual(Float64Array.from(valid, (ok) => (ok ? 7 : 0)));
      const xBar = grad((u: Tensor) => sum(mul(f(u), x)))(x);
      expect(xBar.toTypedArray().some(Number.isNaN)).toBe(false);
    }
  });

  it("has derivatives of three orders that agree with differences", () => {
    const x = float64([0.1, 1.9, 9, 9, 2.3, 1.1, 2.9, 4.2], [4, 2]);
    const mask = tensor([true, false, true, true]);
    const f = (u: Tensor, g: Tensor, b: Tensor) =>
      batchNormTrain(u, g, b, { mask, epsilon: 1e-3 }).output;

    expect(() => assertGradcheck(f, [x, gamma, beta], { order: 3, seed: 1 })).not.toThrow();
  });
});

describe("batchNormInference with a mask", () => {
  it("is 0 where the mask is false, and as without it elsewhere", () => {
    const stored = { mean: float64([1, 2]), variance: float64([4, 9]) };
    const x = float64([
      [3, 4],
      [Number.NaN, 1],
      [0, 1],
    ]);
    const mask = tensor([true, false, true]);

    const output = batchNormInference(x, gamma, beta, { ...stored, mask });

    const plain = batchNormInference(x, gamma, beta, stored);
    expectCloseToArray(output, where(logicalNot(mask).reshape([3, 1]), 0, plain), {});
    expect(output.toTypedArray().subarray(2, 4)).toEqual(new Float64Array(2));
  });
});

describe("BatchNorm with a mask", () => {
  const x = float64([[1], [100], [3], [8]]);
  const mask = tensor([true, false, true, true]);

  it("stores the statistics of the true positions, with the right m / (m - 1)", () => {
    const layer = new BatchNorm(1, { dtype: "float64", decay: 0 });

    layer.forward(x, { mode: "train", mask });

    expectCloseToArray(layer.runningMean.value, [4], { absolute: 1e-14 });
    expectCloseToArray(layer.runningVariance.value, [13], { absolute: 1e-13 });
  });

  for (const runningVariance of ["biased", "unbiased"] as const) {
    it(`keeps its statistics, the ${runningVariance} variance too, where fewer than two are true`, () => {
      const layer = new BatchNorm(1, { dtype: "float64", decay: 0, runningVariance });

      for (const at of [0, 4]) {
        layer.forward(x, { mode: "train", mask: tensor([0, 1, 2, 3].map((i) => i === at)) });
      }

      expect(layer.runningMean.value.item()).toBe(0);
      expect(layer.runningVariance.value.item()).toBe(1);
    });
  }

  it("counts anew for each mask of a compiled step", () => {
    const layers = [0, 1].map(() => new BatchNorm(1, { dtype: "float64", decay: 0.5 }));
    const step = compile((u: Tensor, m: Tensor) =>
      layers[1].forward(u, { mode: "train", mask: m }),
    );

    for (const m of [mask, tensor([true, true, false, false]), tensor([true, true, true, true])]) {
      const expected = layers[0].forward(x, { mode: "train", mask: m });
      expectCloseToArray(step(x, m), expected, { relativeToLargest: 1e-14 });
    }

    expectCloseToArray(layers[1].runningVariance.value, layers[0].runningVariance.value, {
      relativeToLargest: 1e-14,
    });
  });
});
