/**
 * @file After few batches the moving average of batch statistics is still far from those of the data;
 * `estimatePopulation` takes them over all batches, and evaluation with them is normalised.
 */
import assert from "node:assert/strict";
import { add, mul, normal, randomKey, splitKey, type Tensor } from "@tapegrad/autograd";
import { BatchNorm, estimatePopulation, usePopulation } from "@tapegrad/nn";
import { runWhenMain } from "./run-when-main.ts";

/** The mean and the standard deviation of one channel. */
function moments(x: Tensor): { mean: number; deviation: number } {
  const mean = x.mean();
  const deviation = x.sub(mean).square().mean().sqrt();
  return { mean: mean.item(), deviation: deviation.item() };
}

export function lesson(print: (...values: unknown[]) => void = console.log): void {
  // Ten batches of 50 values with mean 5 and deviation 3, and other values of the same kind.
  const keys = splitKey(randomKey(11), 11);
  const [unseen, ...batches] = keys.map((key) => add(mul(normal(key, [50, 1]), 3), 5));
  const layer = new BatchNorm(1);
  const show = (when: string, values: { mean: number; deviation: number }): void =>
    print(when, `mean ${values.mean.toFixed(2)}, deviation ${values.deviation.toFixed(2)}`);

  // Training normalises each batch by its own statistics: mean 0, deviation 1.
  const trained = batches.map((batch) => layer.forward(batch, { mode: "train" }));
  show("in training:       ", moments(trained[9]));
  assert.ok(Math.abs(moments(trained[9]).mean) < 1e-3);

  // Evaluation has the moving average: 0.9 of the old and 0.1 of the new, from mean 0 and variance 1.
  // After ten batches a share of 0.9¹⁰, more than a third, is still where it started.
  print("moving average:    ", layer.runningMean.value, layer.runningVariance.value);
  const lagging = moments(layer.forward(unseen, { mode: "eval" }));
  show("evaluation, before:", lagging);
  assert.ok(lagging.mean > 0.5);

  // One more pass, with nothing changed by it: E[x] = E_B[μ_B], Var[x] = E_B[m / (m - 1) · σ²_B].
  const estimates = estimatePopulation(layer, batches);
  usePopulation(estimates, "algorithm2");
  print("population:        ", layer.runningMean.value, layer.runningVariance.value);
  const settled = moments(layer.forward(unseen, { mode: "eval" }));
  show("evaluation, after: ", settled);
  assert.ok(Math.abs(settled.mean) < 0.3 && Math.abs(settled.deviation - 1) < 0.2);
}

runWhenMain(import.meta.url, lesson);
