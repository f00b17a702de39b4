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
export { SGD, type SGDOptions } from "./optim/sgd.ts";
export { parseJsonLines } from "./serialization/log-lines.ts";
export { parseSafetensors, type Safetensors } from "./serialization/safetensors.ts";
export type { StoredTensor } from "./serialization/stored-types.ts";
export { type Histogram, parseTfEvents, type TfEvent } from "./serialization/tf-events.ts";
export {
  estimatePopulation,
  type Population,
  type PopulationEstimate,
  usePopulation,
} from "./statistics/estimate-population.ts";
export { histogramOf } from "./train/logs/histogram.ts";
export { type LogEntry, type Logger, MemoryLogger } from "./train/logs/logger.ts";
export {
  Accuracy,
  type AccuracyOptions,
  accuracy,
  topKAccuracy,
} from "./train/metrics/accuracy.ts";
export {
  Calibration,
  type CalibrationOptions,
  type CalibrationResult,
  calibration,
  type ReliabilityBin,
} from "./train/metrics/calibration.ts";
export { ConfusionMatrix, confusionMatrix } from "./train/metrics/confusion-matrix.ts";
export { MeanMetric } from "./train/metrics/mean-metric.ts";
export { type Metric, mapMetric } from "./train/metrics/metric.ts";
export {
  type ClassScores,
  type PrecisionRecallF1,
  precisionRecallF1,
} from "./train/metrics/precision-recall-f1.ts";
export { RocAuc, type RocAucOptions, rocAuc } from "./train/metrics/roc-auc.ts";
