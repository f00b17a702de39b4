import { tensor } from "@tapegrad/autograd";
import { Accuracy, accuracy, topKAccuracy } from "@tapegrad/nn";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { guessOf, labelsOf, predictions, scoresOf, splitAt } from "./classification-oracle.ts";

const labels = tensor([0, 1, 2], { dtype: "int32" });
const scores = tensor([
  [0.7, 0.2, 0.1],
  [0.5, 0.4, 0.1],
  [0.5, 0.4, 0.1],
]);

describe("accuracy", () => {
  it("counts the samples whose class has the largest score", () => {
    expect(accuracy(scores, labels)).toBe(1 / 3);
    expect(topKAccuracy(scores, labels, { k: 2 })).toBe(2 / 3);
    expect(topKAccuracy(scores, labels, { k: 3 })).toBe(1);
  });

  it("takes the first of equal scores, and NaN for the largest, as argMax does", () => {
    const odd = tensor([
      [1, 1],
      [2, Number.NaN],
      [Number.NaN, Number.NaN],
    ]);
    expect(odd.argMax({ axis: 1 }).toArray()).toEqual([0, 1, 0]);
    expect(accuracy(odd, tensor([0, 1, 0], { dtype: "int32" }))).toBe(1);
    expect(accuracy(odd, tensor([1, 0, 1], { dtype: "int32" }))).toBe(0);
  });

  it("is the fraction of right guesses", () => {
    fc.assert(
      fc.property(predictions(), (all) => {
        const right = all.labels.filter((label, i) => guessOf(all.scores[i]) === label).length;
        expect(accuracy(scoresOf(all), labelsOf(all))).toBe(right / all.labels.length);
      }),
    );
  });

  it("among the k largest is what a stable sort puts there", () => {
    fc.assert(
      fc.property(predictions(), fc.integer({ min: 1, max: 5 }), (all, most) => {
        const k = Math.min(most, all.classes);
        const right = all.labels.filter((label, i) => {
          const classes = all.scores[i].map((_, c) => c);
          const sorted = classes.toSorted((a, b) => all.scores[i][b] - all.scores[i][a]);
          return sorted.slice(0, k).includes(label);
        });
        const found = topKAccuracy(scoresOf(all), labelsOf(all), { k });
        expect(found).toBe(right.length / all.labels.length);
      }),
    );
  });

  it("of batches is that of all samples", () => {
    fc.assert(
      fc.property(predictions(), fc.nat({ max: 12 }), (all, count) => {
        const metric = new Accuracy();
        for (const part of splitAt(all, count)) metric.update(scoresOf(part), labelsOf(part));
        expect(metric.compute()).toBe(accuracy(scoresOf(all), labelsOf(all)));
      }),
    );
  });

  it("is forgotten by reset", () => {
    const metric = new Accuracy();
    metric.update(scores, labels);
    metric.reset();
    metric.update(scores, tensor([0, 0, 0], { dtype: "int32" }));
    expect(metric.compute()).toBe(1);
  });
});
