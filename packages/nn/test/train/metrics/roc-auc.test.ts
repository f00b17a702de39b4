import { tensor } from "@tapegrad/autograd";
import { RocAuc, rocAuc } from "@tapegrad/nn";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  labelsOf,
  type Predictions,
  pairsWon,
  predictions,
  scoresOf,
  splitAt,
} from "./classification-oracle.ts";

const int32 = (...values: number[]) => tensor(values, { dtype: "int32" });

/** Only predictions in which every class occurs: the labels of the first samples are 0, 1, 2 …. */
const complete = (): fc.Arbitrary<Predictions> =>
  predictions()
    .filter(({ labels, classes }) => labels.length > classes)
    .map((all) => ({ ...all, labels: all.labels.map((own, i) => (i < all.classes ? i : own)) }));

describe("rocAuc", () => {
  it("is 1, 0 and a half where the order is right, wrong and without information", () => {
    expect(rocAuc(tensor([1, 2, 3]), int32(0, 0, 1))).toBe(1);
    expect(rocAuc(tensor([3, 2, 1]), int32(0, 0, 1))).toBe(0);
    expect(rocAuc(tensor([1, 1, 1]), int32(0, 0, 1))).toBe(0.5);
  });

  it("takes true and false for 1 and 0, and infinite scores as they are", () => {
    const scores = tensor([Number.NEGATIVE_INFINITY, 0.5, Number.POSITIVE_INFINITY]);
    expect(rocAuc(scores, tensor([false, true, true]))).toBe(1);
  });

  it("is the fraction of pairs in the right order, ties counting half", () => {
    fc.assert(
      fc.property(complete(), (all) => {
        const scores = all.scores.map((row) => row[0]);
        const isOwn = all.labels.map((label) => label > 0);
        const found = rocAuc(tensor(scores, { dtype: "float64" }), int32(...isOwn.map(Number)));
        expect(found).toBeCloseTo(pairsWon(scores, isOwn), 12);
      }),
    );
  });

  it("of several classes is the mean of each against the rest", () => {
    fc.assert(
      fc.property(complete(), (all) => {
        const { classes, labels } = all;
        const areas = Array.from({ length: classes }, (_, c) =>
          pairsWon(
            all.scores.map((row) => row[c]),
            labels.map((label) => label === c),
          ),
        );
        const macro = areas.reduce((sum, area) => sum + area, 0) / classes;
        const weighted = labels.reduce((sum, label) => sum + areas[label], 0) / labels.length;
        const given = [scoresOf(all), labelsOf(all)] as const;
        expect(rocAuc(...given)).toBeCloseTo(macro, 12);
        expect(rocAuc(...given, { average: "weighted" })).toBeCloseTo(weighted, 12);
      }),
    );
  });

  it("of batches is that of all samples, and is forgotten by reset", () => {
    fc.assert(
      fc.property(complete(), fc.nat({ max: 12 }), (all, count) => {
        const metric = new RocAuc();
        metric.update(tensor([0.5, 0.5]), int32(0, 1));
        metric.reset();
        for (const part of splitAt(all, count)) metric.update(scoresOf(part), labelsOf(part));
        expect(metric.compute()).toBe(rocAuc(scoresOf(all), labelsOf(all)));
      }),
    );
  });
});
