import { normal, randomKey } from "@tapegrad/autograd";
import {
  BatchNorm,
  Dropout,
  estimatePopulation,
  type Layer,
  LayerNorm,
  Linear,
  type LintOptions,
  Sequential,
  usePopulation,
} from "@tapegrad/nn";
import { describe, expect, it } from "vitest";
import { EVAL, heard, images, key, TRAIN, withNorm, x } from "./heard.ts";

describe("training-mode-at-evaluation", () => {
  const rule = "training-mode-at-evaluation";

  it("fires where evaluation moves running statistics or draws", () => {
    const model = withNorm();
    const drops = new Sequential(new Linear(3, 2, { key }), new Dropout(0.5, { key }));

    expect(heard(rule, model, x, { evaluate: (x) => model.forward(x, TRAIN) })).toEqual([
      "1.runningMean: evaluation changes this variable",
      "1.runningVariance: evaluation changes this variable",
      "1.numBatchesTracked: evaluation changes this variable",
    ]);
    expect(heard(rule, drops, x, { evaluate: (x) => drops.forward(x, TRAIN) })).toHaveLength(1);
  });

  it("fires where the output for a sample depends on its batch", () => {
    const model = withNorm({ trackRunningStats: false });

    expect(heard(rule, model, x, { evaluate: (x) => model.forward(x, EVAL) })).toEqual([
      ": in evaluation the output for a sample depends on the other samples of its batch",
    ]);
  });

  it("is silent for evaluation, and where it is not told how that is done", () => {
    const model = withNorm();
    model.forward(x, TRAIN);

    expect(heard(rule, model, x, { evaluate: (x) => model.forward(x, EVAL) })).toEqual([]);
    expect(heard(rule, model, x)).toEqual([]);
  });
});

describe("short-last-batch", () => {
  const rule = "short-last-batch";

  it("fires for a remainder of one sample, which throws, and for a small one, which skews", () => {
    expect(heard(rule, withNorm(), x, { data: { size: 17 } })).toEqual([
      ": 17 samples in batches of 8 leave a last batch of 1: a normalisation has one value for each channel then, and throws",
    ]);
    expect(heard(rule, withNorm(), x, { data: { size: 66, batchSize: 64 } })).toEqual([
      ": 66 samples in batches of 64 leave a last batch of 2: its statistics move the running ones as much as those of a full batch",
    ]);
    const maps = new BatchNorm(2, { layout: "NCHW" });
    expect(heard(rule, maps, images, { data: { size: 5 } })[0]).toContain("of 1: its statistics");
  });

  it("is silent for no remainder, a large one, one that is merged or dropped, and without batch statistics", () => {
    expect(heard(rule, withNorm(), x, { data: { size: 64 } })).toEqual([]);
    expect(heard(rule, withNorm(), x, { data: { size: 70 } })).toEqual([]);
    expect(heard(rule, withNorm(), x, { data: { size: 17, remainder: "merge" } })).toEqual([]);
    expect(heard(rule, withNorm(), x, { data: { size: 17, remainder: "drop" } })).toEqual([]);
    expect(heard(rule, new LayerNorm(3), x, { data: { size: 17 } })).toEqual([]);
    expect(heard(rule, withNorm(), x)).toEqual([]);
  });
});

describe("no-population-statistics", () => {
  const rule = "no-population-statistics";
  const evaluating = (model: Layer): LintOptions => ({ evaluate: (x) => model.forward(x, EVAL) });

  it("fires where none are kept, where they never move, and where evaluation uses initial ones", () => {
    expect(heard(rule, withNorm({ trackRunningStats: false }), x)).toEqual([
      "1: batch statistics are used, and no running ones are kept",
    ]);
    expect(heard(rule, withNorm({ decay: 1 }), x)).toEqual([
      "1: decay is 1: the running statistics never move",
    ]);
    const untrained = withNorm();
    expect(heard(rule, untrained, x, evaluating(untrained))).toEqual([
      "1: evaluation uses running statistics that are still 0 and 1: no batch has moved them",
    ]);
  });

  it("is silent for a model that has trained, or whose population was estimated, or that does not evaluate yet", () => {
    const [trained, estimated] = [withNorm(), withNorm()];
    trained.forward(x, TRAIN);
    usePopulation(estimatePopulation(estimated, [x]), "pooled");

    expect(heard(rule, trained, x, evaluating(trained))).toEqual([]);
    expect(heard(rule, estimated, x, evaluating(estimated))).toEqual([]);
    expect(heard(rule, withNorm(), x)).toEqual([]);
  });
});

describe("two-values-per-channel", () => {
  const rule = "two-values-per-channel";
  const two = normal(randomKey(4), [2, 3]);

  it("fires for two samples of features, and for one sample of two positions", () => {
    const line = new BatchNorm(3, { layout: "NCL" });

    expect(heard(rule, withNorm(), two)[0]).toContain("1: there are two values for each channel");
    expect(heard(rule, line, normal(randomKey(5), [1, 3, 2]))).toHaveLength(1);
  });

  it("is silent for more, and for norms of each sample", () => {
    expect(heard(rule, withNorm(), normal(randomKey(6), [3, 3]))).toEqual([]);
    expect(heard(rule, new BatchNorm(2, { layout: "NCHW" }), images)).toEqual([]);
    expect(heard(rule, new LayerNorm(3), two)).toEqual([]);
  });
});
