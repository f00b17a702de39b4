/**
 * @file Gradient checking, the laws of primitives, and what watches memory: the entry point `@tapegrad/autograd/testing`.
 * Nothing here needs fast-check: that is `@tapegrad/autograd/testing/arbitraries`.
 */
export {
  ContractError,
  type PrimitiveLaw,
  type PrimitiveProblem,
  type ProblemOptions,
  primitiveLaws,
  sampleProblem,
} from "./contract.ts";
export {
  type Difference,
  type DifferenceOptions,
  derivative,
  differenceAlong,
  stepsAt,
} from "./differences.ts";
export { expectNoGrowth, type Growth, GrowthError, type GrowthOptions } from "./growth.ts";
export { assertGradcheck, gradcheck } from "./gradcheck.ts";
export { type Layout, LAYOUTS, laidOut, relaid } from "./layouts.ts";
export type { GradcheckOptions } from "./options.ts";
export {
  type Comparison,
  type GradcheckFailure,
  type GradcheckMode,
  GradcheckReport,
  type Kink,
} from "./report.ts";
export { type Tolerances, tolerances } from "./tolerances.ts";
