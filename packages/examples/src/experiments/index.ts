/** @file All experiments, in the order of the documents. A new one is its file and its line here. */
import { batchSize } from "./batch-size.ts";
import { covariateShift } from "./covariate-shift.ts";
import { dropoutAndLrn } from "./dropout-and-lrn.ts";
import { errorSurface } from "./error-surface.ts";
import { figure1 } from "./figure-1/experiment.ts";
import { figure3 } from "./figure-3.ts";
import { inference } from "./inference.ts";
import { jacobiansAndDepth } from "./jacobians-and-depth.ts";
import { learningRates } from "./learning-rates.ts";
import { outsideTheGradientStep } from "./outside-the-gradient-step.ts";
import { sampleCoupling } from "./sample-coupling.ts";
import { scaleIndependence } from "./scale-independence.ts";
import { search } from "./search.ts";
import type { Experiment } from "./shared/experiment.ts";
import { whitening } from "./whitening.ts";

export const EXPERIMENTS: readonly Experiment[] = [
  figure1,
  figure3,
  covariateShift,
  outsideTheGradientStep,
  errorSurface,
  scaleIndependence,
  jacobiansAndDepth,
  learningRates,
  batchSize,
  dropoutAndLrn,
  inference,
  whitening,
  sampleCoupling,
  search,
];
