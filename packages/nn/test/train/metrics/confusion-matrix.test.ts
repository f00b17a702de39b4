import { tensor } from "@tapegrad/autograd";
import {
  type ClassScores,
  ConfusionMatrix,
  confusionMatrix,
  MeanMetric,
  mapMetric,
  precisionRecallF1,
} from "@tapegrad/nn";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { countOf, labelsOf, predictions, scoresOf, splitAt } from "./classification-oracle.ts";

const int32 = (...values: number[]) => tensor(values, { dtype: "int32" });

describe("confusionMatrix", () => {
  it("has true classes as rows and predicted ones as columns", () => {
    const matrix = confusionMatrix(int32(0, 1, 1, 2), int32(0, 0, 1, 1), { classes: 3 });
    expect(matrix.toArray()).toEqual([
      [1, 1, 0],
      [0, 1, 1],
      [0, 0, 0],
    ]);
  });

  it("counts every pair of classes, whatever the batches", () => {
    fc.assert(
      fc.property(predictions(), fc.nat({ max: 12 }), (all, count) => {
        const metric = new ConfusionMatrix(all.classes);
        for (const part of splitAt(all, count)) metric.update(scoresOf(part), labelsOf(part));
        const classes = Array.from({ length: all.classes }, (_, c) => c);
        expect(metric.compute().toArray()).toEqual(
          classes.map((truth) => classes.map((guess) => countOf(all, truth, guess))),
        );
      }),
    );
  });

  it("gives a matrix that later batches do not change, and starts again after reset", () => {
    const metric = new ConfusionMatrix(2);
    metric.update(int32(0), int32(1));
    const first = metric.compute();
    metric.reset();
    metric.update(int32(1), int32(1));
    expect(first.toArray()).toEqual([
      [0, 0],
      [1, 0],
    ]);
    expect(metric.compute().toArray()).toEqual([
      [0, 0],
      [0, 1],
    ]);
  });
});

describe("precisionRecallF1", () => {
  it("has the numbers of a matrix worked out by hand", () => {
    const matrix = tensor(
      [
        [2, 1],
        [3, 4],
      ],
      { dtype: "int32" },
    );
    const { classes, macro, micro, weighted } = precisionRecallF1(matrix);
    expect(classes).toEqual([
      { precision: 2 / 5, recall: 2 / 3, f1: 1 / 2, support: 3 },
      { precision: 4 / 5, recall: 4 / 7, f1: 2 / 3, support: 7 },
    ]);
    expect(macro.f1).toBeCloseTo(7 / 12, 14);
    expect(micro).toEqual({ precision: 0.6, recall: 0.6, f1: 0.6, support: 10 });
    expect(weighted.f1).toBeCloseTo(0.3 * 0.5 + 0.7 * (2 / 3), 14);
    expect(weighted.recall).toBeCloseTo(0.6, 14);
  });

  it("is 0 where a class neither occurs nor is predicted", () => {
    const { classes } = precisionRecallF1(confusionMatrix(int32(0), int32(0), { classes: 2 }));
    expect(classes[1]).toEqual({ precision: 0, recall: 0, f1: 0, support: 0 });
  });

  it("follows the definitions, sample by sample", () => {
    fc.assert(
      fc.property(predictions(), (all) => {
        const { classes: size } = all;
        const found = precisionRecallF1(
          confusionMatrix(scoresOf(all), labelsOf(all), { classes: size }),
        );
        const indices = Array.from({ length: size }, (_, c) => c);
        const over = (f: (i: number) => number) => indices.reduce((sum, i) => sum + f(i), 0);
        const each = indices.map((c) => {
          const hits = countOf(all, c, c);
          const predicted = over((t) => countOf(all, t, c));
          const support = over((g) => countOf(all, c, g));
          const precision = predicted === 0 ? 0 : hits / predicted;
          const recall = support === 0 ? 0 : hits / support;
          const f1 = hits === 0 ? 0 : 2 / (1 / precision + 1 / recall);
          return { precision, recall, f1, support };
        });
        const right = over((c) => countOf(all, c, c)) / all.labels.length;
        const close = (value: number) => Number(value.toFixed(12));
        const rounded = (scores: ClassScores) =>
          Object.values(scores).map((value: number) => close(value));
        expect(found.classes.map(rounded)).toEqual(each.map(rounded));
        expect(found.micro.f1).toBeCloseTo(right, 12);
        expect(found.macro.precision).toBeCloseTo(over((c) => each[c].precision) / size, 12);
        expect(found.weighted.recall).toBeCloseTo(right, 12);
        const byWeight = over((c) => each[c].support * each[c].f1) / all.labels.length;
        expect(found.weighted.f1).toBeCloseTo(byWeight, 12);
      }),
    );
  });

  it("can be the value of a metric", () => {
    const metric = mapMetric(
      new ConfusionMatrix(2),
      (matrix) => precisionRecallF1(matrix).macro.f1,
    );
    metric.update(int32(0, 1), int32(0, 1));
    expect(metric.compute()).toBe(1);
    metric.reset();
    metric.update(int32(1, 0), int32(0, 1));
    expect(metric.compute()).toBe(0);
  });
});

describe("MeanMetric", () => {
  it("weighs batches by their sizes, and the elements of a tensor alike", () => {
    const mean = new MeanMetric();
    mean.update(1, 3);
    mean.update(tensor(5));
    expect(mean.compute()).toBe(2);
    mean.reset();
    mean.update(tensor([1, 2, 6]), 2);
    expect(mean.compute()).toBe(3);
  });

  it("does not depend on the order of the batches", () => {
    const batches = fc.array(
      fc.tuple(fc.double({ min: -1e9, max: 1e9, noNaN: true }), fc.integer({ min: 1, max: 512 })),
      { minLength: 1, maxLength: 20 },
    );
    fc.assert(
      fc.property(batches, (all) => {
        const [forward, backward] = [new MeanMetric(), new MeanMetric()];
        for (const [value, weight] of all) forward.update(value, weight);
        for (const [value, weight] of all.toReversed()) backward.update(value, weight);
        expect(backward.compute()).toBe(forward.compute());
        const sum = all.reduce((total, [value, weight]) => total + value * weight, 0);
        const weights = all.reduce((total, [, weight]) => total + weight, 0);
        expect(Math.abs(forward.compute() - sum / weights)).toBeLessThan(1e-5);
      }),
    );
  });
});
