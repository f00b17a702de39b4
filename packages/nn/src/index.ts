/**
 * @file The public names of `@tapegrad/nn`, each exported explicitly.
 */
export { type CrossEntropyOptions, crossEntropy, type LossOptions } from "@tapegrad/autograd";
export {
  type IdxArray,
  type LabelledImages,
  pairImagesWithLabels,
  parseIdx,
} from "./data/idx.ts";
export {
  type BatchNormOptions,
  type BatchNormTrainResult,
  batchNormInference,
  batchNormTrain,
  type StoredStatistics,
} from "./functional/batch-norm.ts";
export type { Layout, LayoutOptions } from "./functional/layout.ts";
export { batchNormalization, moments } from "./functional/tensorflow.ts";
export { freshKey } from "./init/fresh-key.ts";
export { ReLU, Sigmoid } from "./layers/activations.ts";
export { BatchNorm, type BatchNormLayerOptions } from "./layers/batch-norm.ts";
export { Linear, type LinearOptions } from "./layers/linear.ts";
export { Sequential } from "./layers/sequential.ts";
export {
  type BatchStatistics,
  Buffer,
  type ForwardOptions,
  type Layer,
  type Mode,
  Module,
  Parameter,
  RandomState,
} from "./module.ts";
export { Adadelta, type AdadeltaOptions } from "./optim/adadelta.ts";
export { Adagrad, type AdagradOptions } from "./optim/adagrad.ts";
export { Adam, type AdamOptions, AdamW, type AdaptiveOptions } from "./optim/adam.ts";
export { Adamax, type AdamaxOptions } from "./optim/adamax.ts";
export { type ClipAdaptivelyOptions, clipAdaptively } from "./optim/adaptive-clipping.ts";
export {
  type ClipByNormOptions,
  type ClippedByNorm,
  clipByNorm,
  clipByValue,
} from "./optim/clipping.ts";
export { LAMB, type LAMBOptions } from "./optim/lamb.ts";
export { Lion, type LionOptions } from "./optim/lion.ts";
export { NAdam, type NAdamOptions } from "./optim/nadam.ts";
export {
  type GroupOptions,
  Optimizer,
  type ParameterGroup,
  type ParametersOrGroups,
} from "./optim/optimizer.ts";
export { RAdam, type RAdamOptions } from "./optim/radam.ts";
export { RMSprop, type RMSpropOptions } from "./optim/rmsprop.ts";
export { SGD, type SGDOptions } from "./optim/sgd.ts";
export type {
  InitialSlot,
  OptimizerOptions,
  Updated,
  UpdateInput,
  UpdateRule,
} from "./optim/update-rule.ts";
export * as schedules from "./schedule/index.ts";
export { type PlateauOptions, PlateauScheduler } from "./schedule/plateau-scheduler.ts";
export type { Schedule, Schedules } from "./schedule/schedule.ts";
export { type AnySchedule, type ScheduledOptimizer, Scheduler } from "./schedule/scheduler.ts";
export { parseSafetensors, type Safetensors } from "./serialization/safetensors.ts";
export type { StoredTensor } from "./serialization/stored-types.ts";
export {
  estimatePopulation,
  type Population,
  type PopulationEstimate,
  usePopulation,
} from "./statistics/estimate-population.ts";
