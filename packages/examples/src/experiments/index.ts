/** @file All experiments, in the order of the documents. A new one is its file and its line here. */
import { inference } from "./inference.ts";
import { jacobiansAndDepth } from "./jacobians-and-depth.ts";
import { outsideTheGradientStep } from "./outside-the-gradient-step.ts";
import { sampleCoupling } from "./sample-coupling.ts";
import { scaleIndependence } from "./scale-independence.ts";
import type { Experiment } from "./shared/experiment.ts";

export const EXPERIMENTS: readonly Experiment[] = [
  outsideTheGradientStep,
  scaleIndependence,
  inference,
  jacobiansAndDepth,
  sampleCoupling,
];
