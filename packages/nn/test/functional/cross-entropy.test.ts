import { div, grad, oneHot, softmax, sub, type Tensor, tensor, vjp } from "@tapegrad/autograd";
import { crossEntropy } from "@tapegrad/nn";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { vectors } from "../oracles/batch-norm-problems.ts";
import { expectCloseToArray } from "../oracles/close-to-array.ts";
import { float64 } from "../oracles/float64.ts";

const labelsOf = (values: number[]): Tensor => tensor(values, { dtype: "int32" });

/** Softmax gives (1/4, 3/4) and (1/2, 1/2). */
const logits = float64([
  [0, Math.log(3)],
  [7, 7],
]);

describe("crossEntropy", () => {
  it("is the mean of -log softmax at the labels, by hand", () => {
    const loss = crossEntropy(logits, labelsOf([0, 1]));

    expect(loss.shape).toEqual([]);
    expect(loss.item()).toBeCloseTo((Math.log(4) + Math.log(2)) / 2, 14);
  });

  it("sums or leaves the samples as they are, as asked", () => {
    const labels = labelsOf([1, 0]);

    const each = crossEntropy(logits, labels, { reduction: "none" });
    const total = crossEntropy(logits, labels, { reduction: "sum" });

    expectCloseToArray(each, float64([[Math.log(4 / 3), Math.log(2)]]).reshape([2]), {
      absolute: 1e-15,
    });
    expect(total.item()).toBeCloseTo(Math.log(8 / 3), 14);
  });

  it("has the gradient (softmax - one-hot) / N", () => {
    const problems = fc
      .record({ samples: fc.integer({ min: 1, max: 4 }), classes: fc.integer({ min: 1, max: 5 }) })
      .chain(({ samples, classes }) => {
        const label = fc.integer({ min: 0, max: classes - 1 });
        return fc.record({
          values: vectors(samples * classes, 20).map((v) => {
            return tensor(v, { shape: [samples, classes] });
          }),
          labels: fc.array(label, { minLength: samples, maxLength: samples }).map(labelsOf),
        });
      });
    fc.assert(
      fc.property(problems, ({ values, labels }) => {
        const [samples, classes] = values.shape;

        const gradient = grad((z: Tensor) => crossEntropy(z, labels))(values);

        const chosen = oneHot(labels, classes, { dtype: "float64" });
        const expected = div(sub(softmax(values), chosen), samples);
        expectCloseToArray(gradient, expected, { absolute: 1e-15 });
      }),
      { numRuns: 100 },
    );
  });

  it("weighs the samples by the cotangent where they are not reduced", () => {
    const labels = labelsOf([0, 1]);
    const each = (z: Tensor): Tensor => crossEntropy(z, labels, { reduction: "none" });

    const [bar] = vjp(each, logits).pullback(tensor([2, -4], { dtype: "float64" }));

    expectCloseToArray(
      bar,
      float64([
        [-1.5, 1.5],
        [-2, 2],
      ]),
      { absolute: 1e-15 },
    );
  });

  for (const dtype of ["float32", "float64"] as const) {
    it(`is finite, gradient included, for logits of ±1000 in ${dtype}`, () => {
      const hard = tensor(
        [
          [1000, -1000],
          [-1000, 1000],
          [1000, 1000],
        ],
        { dtype },
      );
      const labels = labelsOf([1, 1, 0]);

      const each = crossEntropy(hard, labels, { reduction: "none" });
      const gradient = grad((z: Tensor) => crossEntropy(z, labels, { reduction: "sum" }))(hard);

      expectCloseToArray(each, [2000, 0, Math.LN2], { relativeToLargest: 1e-9 });
      expect(gradient.toArray()).toEqual([
        [1, -1],
        [0, 0],
        [-0.5, 0.5],
      ]);
    });
  }

  it("lets a class be impossible: a logit of -Infinity takes no part", () => {
    const z = float64([[Number.NEGATIVE_INFINITY, 0, 0]]);

    const loss = crossEntropy(z, labelsOf([2]));
    const gradient = grad((y: Tensor) => crossEntropy(y, labelsOf([2])))(z);

    expect(loss.item()).toBeCloseTo(Math.LN2, 15);
    expect(gradient.toArray()).toEqual([[0, 0.5, -0.5]]);
  });
});
