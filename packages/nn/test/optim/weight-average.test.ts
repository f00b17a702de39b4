import { compile, normal, randomKey, splitKey, type Tensor, tensor } from "@tapegrad/autograd";
import {
  averageWeights,
  BatchNorm,
  InstanceNorm1d,
  Linear,
  Module,
  Parameter,
  Sequential,
} from "@tapegrad/nn";
import { describe, expect, it } from "vitest";
import { expectCloseToArray, largestOf } from "../oracles/close-to-array.ts";
import { float64 } from "../oracles/float64.ts";
import { refusalOf } from "../oracles/refusal.ts";

class Weights extends Module {
  readonly w = new Parameter(float64([1, -8]), { name: "w" });
}

const moved = (model: Weights, x: number): void => model.w.assign(float64([x, 0]));
const first = (weights: ReadonlyMap<string, Tensor>): unknown => weights.get("w")?.toArray();

describe("averages of weights", () => {
  it("exponential: from the weights when it is made", () => {
    const model = new Weights();
    const average = averageWeights(model, { decay: 0.75 });

    moved(model, 5);
    average.update();
    moved(model, 10);
    average.update();

    // 0.75 (0.75 · 1 + 0.25 · 5) + 0.25 · 10, and 0.75² · -8
    expect(first(average.weights())).toEqual([4, -4.5]);
  });

  it("exponential with bias correction: from nothing, the first weights after one update", () => {
    const model = new Weights();
    const average = averageWeights(model, { decay: 0.75, biasCorrection: true });

    average.update();
    expect(first(average.weights())).toEqual([1, -8]);
    moved(model, 8);
    average.update();

    // weights 0.75 · 0.25 and 0.25, over their sum 0.4375
    expectCloseToArray(average.weights().get("w") ?? [], [5, (-8 * 0.1875) / 0.4375], {
      relativeToLargest: 1e-15,
    });
  });

  it("equal: the mean of what it has seen", () => {
    const model = new Weights();
    const average = averageWeights(model);

    for (const x of [1, 2, 6]) {
      moved(model, x);
      average.update();
    }

    expectCloseToArray(average.weights().get("w") ?? [], [3, 0], { relativeToLargest: 1e-15 });
    expect(average.updates).toBe(3);
  });

  it("are the same in a compiled step", () => {
    for (const options of [{ decay: 0.75, biasCorrection: true }, {}]) {
      const [a, b] = [new Weights(), new Weights()];
      const [eager, compiled] = [averageWeights(a, options), averageWeights(b, options)];
      const step = compile((x: Tensor) => {
        b.w.assign(b.w.value.mul(x));
        compiled.update();
      });

      for (const factor of [2, 0.5, -1]) {
        a.w.assign(a.w.value.mul(factor));
        eager.update();
        step(float64(factor));
      }

      const expected = eager.weights().get("w") ?? [];
      expectCloseToArray(compiled.weights().get("w") ?? [], expected, { relativeToLargest: 1e-15 });
    }
  });

  it("resume from their state", () => {
    const [a, b] = [new Weights(), new Weights()];
    const [before, after] = [averageWeights(a), averageWeights(b)];
    before.update();
    moved(a, 3);
    before.update();

    after.loadStateDict(before.stateDict());

    expect([...after.variables().keys()]).toEqual(["updates", "weights.w"]);
    expect(first(after.weights())).toEqual([2, -4]);
  });

  it("are swapped in and out, and not twice", () => {
    const model = new Weights();
    const average = averageWeights(model, { decay: 0.5 });
    expect(refusalOf(() => average.swapIn()).name).toBe("ValueError");
    moved(model, 3);
    average.update();

    average.swapIn();
    expect(model.w.value.toArray()).toEqual([2, -4]);
    expect(refusalOf(() => average.swapIn()).name).toBe("ValueError");
    expect(refusalOf(() => average.update()).name).toBe("ValueError");
    average.swapOut();

    expect(model.w.value.toArray()).toEqual([3, 0]);
    expect(refusalOf(() => average.swapOut()).name).toBe("ValueError");
  });
});

const EVAL = { mode: "eval" } as const;

/** A network whose second weights are ten times the first, its statistics those of the second, and the average. */
function trained() {
  const [key, dataKey] = splitKey(randomKey(3));
  const linear = new Linear(4, 3, { key, dtype: "float64" });
  const norm = new BatchNorm(3, { dtype: "float64", average: "cumulative" });
  const model = new Sequential(linear, norm);
  const batches = splitKey(dataKey, 3).map((k) => normal(k, [20, 4], { dtype: "float64" }));
  const average = averageWeights(model);
  average.update();
  linear.weight.assign(linear.weight.value.mul(10));
  average.update();
  for (const batch of batches) model.forward(batch, { mode: "train" });
  return { model, norm, average, batches, x: batches[0] };
}

describe("an averaged model with batch norm", () => {
  it("refuses to be evaluated before its statistics are refreshed, and says which they are", () => {
    const { model, average, x } = trained();
    average.swapIn();

    const error = refusalOf(() => model.forward(x, EVAL));

    expect(error.details).toEqual({ path: "1.runningMean" });
    expect(error.message).toContain("refresh(batches)");
    expect(refusalOf(() => model.forward(x, { mode: "train" })).details).toEqual(error.details);
    expect(refusalOf(() => model.stateDict()).details).toEqual(error.details);
  });

  it("would be wrong with the old statistics, and is right with new ones", () => {
    const { model, average, batches, x } = trained();
    average.swapIn({ statistics: "keep" });
    const stale = model.forward(x, EVAL);
    average.swapOut();
    average.swapIn();

    average.refresh(batches);

    // batches are alike, so the statistics of one are near those of all
    const expected = model.forward(x, EVAL);
    const ofBatch = trainedForward(model, x);
    expect(largestOf(expected.sub(ofBatch))).toBeLessThan(0.5);
    expect(largestOf(stale.sub(ofBatch))).toBeGreaterThan(1);
  });

  it("has the pooled statistics of its own inputs", () => {
    const { model, norm, average, batches } = trained();
    average.swapIn();

    average.refresh(batches);

    const linear = model.modules().get("0") as Linear;
    const inputs = batches.flatMap((batch) => linear.forward(batch).toArray() as number[][]);
    const mean = [0, 1, 2].map((c) => inputs.reduce((sum, row) => sum + row[c], 0) / inputs.length);
    expectCloseToArray(norm.runningMean.value, mean, { absolute: 1e-14 });
  });

  it("gives NaN in a program that was compiled before, never a number", () => {
    const { model, average, batches, x } = trained();
    const evaluate = compile((input: Tensor) => model.forward(input, EVAL));
    const before = evaluate(x);
    average.swapIn();
    expect(evaluate(x).isNaN().all().item()).toBe(1);

    average.refresh(batches);
    expect(evaluate(x).isNaN().any().item()).toBe(0);
    average.swapOut();

    expect(evaluate(x).toArray()).toEqual(before.toArray());
  });

  it("is as before after it is swapped out, refreshed or not", () => {
    const { model, average, batches } = trained();
    const before = model.stateDict();

    average.swapIn();
    average.swapOut();
    expect(model.stateDict()).toEqual(before);
    average.swapIn();
    average.refresh(batches);
    average.swapOut();

    expect(model.stateDict()).toEqual(before);
  });

  it("still refuses after a refresh that failed", () => {
    const { model, average, x } = trained();
    average.swapIn();

    expect(refusalOf(() => average.refresh([])).name).toBe("ValueError");

    expect(refusalOf(() => model.forward(x, EVAL)).details).toEqual({ path: "1.runningMean" });
  });

  it("needs no refresh where the statistics are frozen, or there are none", () => {
    const { model, norm, average, x } = trained();
    norm.freeze("statistics");
    const plain = new Sequential(new Linear(2, 2));
    const ofPlain = averageWeights(plain);
    ofPlain.update();

    average.swapIn();
    ofPlain.swapIn();
    ofPlain.refresh([]);

    expect(model.forward(x, EVAL).shape).toEqual([20, 3]);
    expect(plain.forward(tensor([[1, 2]])).shape).toEqual([1, 2]);
  });

  it("refuses running statistics that no refresh estimates", () => {
    const model = new Sequential(
      new BatchNorm(2, { layout: "NCL" }),
      new InstanceNorm1d(2, { trackRunningStats: true }),
    );
    const average = averageWeights(model);
    average.update();
    const x = normal(randomKey(1), [3, 2, 4]);

    average.swapIn();
    average.refresh([x]);

    expect(refusalOf(() => model.forward(x, EVAL)).details).toEqual({ path: "1.runningMean" });
  });
});

/** The output under the statistics of the batch, which changes nothing. */
function trainedForward(model: Sequential, x: Tensor): Tensor {
  const before = model.stateDict();
  const output = model.forward(x, { mode: "train" });
  model.loadStateDict(before);
  return output;
}
