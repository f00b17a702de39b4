/** @file The schedules, exported as `schedules`. */
export {
  chained,
  type SequentialOptions,
  sequential,
  type WarmUpOptions,
  warmUp,
} from "./combined.ts";
export {
  type CycleHeight,
  type CyclicOptions,
  cyclic,
  type MomentumRange,
  type OneCycleOptions,
  oneCycle,
  type WarmRestartsOptions,
  warmRestarts,
} from "./cycles.ts";
export {
  type ConstantOptions,
  type CosineOptions,
  constant,
  cosine,
  exponential,
  type LinearOptions,
  linear,
  type MultiStepOptions,
  multiStep,
  type PolynomialOptions,
  polynomial,
  type StepOptions,
  step,
} from "./decays.ts";
