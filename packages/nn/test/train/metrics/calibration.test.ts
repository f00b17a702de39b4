import { tensor } from "@tapegrad/autograd";
import { Calibration, calibration } from "@tapegrad/nn";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { guessOf, labelsOf, predictions, scoresOf, splitAt } from "./classification-oracle.ts";

const int32 = (...values: number[]) => tensor(values, { dtype: "int32" });

describe("calibration", () => {
  it("is perfect where half of the guesses at 0.5 are right", () => {
    const probabilities = tensor([
      [0.5, 0.5],
      [0.5, 0.5],
    ]);
    const { expectedError, maximumError } = calibration(probabilities, int32(0, 1));
    expect([expectedError, maximumError]).toEqual([0, 0]);
  });

  it("has the errors of an example worked out by hand", () => {
    const probabilities = tensor(
      [
        [0.75, 0.25],
        [0.75, 0.25],
        [1, 0],
        [0, 1],
      ],
      { dtype: "float64" },
    );
    const result = calibration(probabilities, int32(0, 1, 1, 1), { bins: 2 });
    // (0, 0.5] is empty; (0.5, 1]: mean confidence 3.5 / 4, right 2 of 4
    expect(result).toEqual({
      expectedError: 0.375,
      maximumError: 0.375,
      bins: [
        { from: 0, to: 0.5, count: 0, confidence: null, accuracy: null },
        { from: 0.5, to: 1, count: 4, confidence: 0.875, accuracy: 0.5 },
      ],
    });
  });

  it("takes what a softmax rounded up for 1", () => {
    const { bins } = calibration(tensor([[1 + 2 ** -22, 0]]), int32(0), { bins: 1 });
    expect(bins[0].confidence).toBe(1);
  });

  it("puts every sample into the bin whose edges enclose it, whatever the batches", () => {
    fc.assert(
      fc.property(
        predictions(),
        fc.nat({ max: 12 }),
        fc.integer({ min: 1, max: 16 }),
        (all, count, size) => {
          const metric = new Calibration({ bins: size });
          for (const part of splitAt(all, count)) metric.update(scoresOf(part), labelsOf(part));
          const found = metric.compute();

          let [expected, largest] = [0, 0];
          const [counts, differences]: number[][] = [[], []];
          for (let i = 0; i < size; i++) {
            const own = all.scores.flatMap((row, sample) => {
              const confidence = Math.max(...row);
              const isInside = confidence > i / size || (i === 0 && confidence === 0);
              if (!isInside || confidence > (i + 1) / size) return [];
              return [{ confidence, isRight: guessOf(row) === all.labels[sample] }];
            });
            counts.push(own.length);
            if (own.length === 0) continue;
            const confidence = own.reduce((sum, one) => sum + one.confidence, 0) / own.length;
            const right = own.filter(({ isRight }) => isRight).length / own.length;
            differences.push((found.bins[i].accuracy ?? 2) - right);
            differences.push((found.bins[i].confidence ?? 2) - confidence);
            expected += (own.length / all.labels.length) * Math.abs(confidence - right);
            largest = Math.max(largest, Math.abs(confidence - right));
          }
          differences.push(found.expectedError - expected, found.maximumError - largest);
          expect(found.bins.map(({ count: inside }) => inside)).toEqual(counts);
          expect(Math.max(...differences.map(Math.abs))).toBeLessThan(1e-12);
        },
      ),
    );
  });

  it("counts a confidence on an edge below it, also where the product with the bins is rounded up", () => {
    // 0.7 * 10 is above 7 in float64
    const probabilities = tensor([[0.7, 0.3]], { dtype: "float64" });
    const { bins } = calibration(probabilities, int32(0), { bins: 10 });
    expect(bins.findIndex(({ count }) => count === 1)).toBe(6);
  });
});
