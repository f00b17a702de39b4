/** @file All experiments, in the order of the documents. A new one is its file and its line here. */
import { batchSize } from "./batch-size.ts";
import { jacobiansAndDepth } from "./jacobians-and-depth.ts";
import { learningRates } from "./learning-rates.ts";
import { outsideTheGradientStep } from "./outside-the-gradient-step.ts";
import { sampleCoupling } from "./sample-coupling.ts";
import type { Experiment } from "./shared/experiment.ts";

export const EXPERIMENTS: readonly Experiment[] = [
  outsideTheGradientStep,
  jacobiansAndDepth,
  learningRates,
  batchSize,
  sampleCoupling,
];
