/**
 * @file The public names of `@tapegrad/nn`, each exported explicitly.
 */
export {
  type BinaryCrossEntropyOptions,
  type BinaryCrossEntropyWithLogitsOptions,
  binaryCrossEntropy,
  binaryCrossEntropyWithLogits,
  type CrossEntropyOptions,
  cosineEmbeddingLoss,
  crossEntropy,
  gaussianNllLoss,
  type HuberLossOptions,
  hingeEmbeddingLoss,
  huberLoss,
  type KlDivOptions,
  klDiv,
  type LikelihoodOptions,
  type LossOptions,
  l1Loss,
  type MarginOptions,
  type MultiMarginLossOptions,
  marginRankingLoss,
  mseLoss,
  multilabelMarginLoss,
  multilabelSoftMarginLoss,
  multiMarginLoss,
  type NllLossOptions,
  nllLoss,
  type PoissonNllLossOptions,
  poissonNllLoss,
  type Reduction,
  type SmoothL1LossOptions,
  smoothL1Loss,
  softMarginLoss,
  type TripletMarginLossOptions,
  tripletMarginLoss,
} from "@tapegrad/autograd";
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
export { alphaDropout, type DropoutOptions, dropout } from "./functional/dropout.ts";
export type { Layout, LayoutOptions } from "./functional/layout.ts";
export { batchNormalization, moments } from "./functional/tensorflow.ts";
export { freshKey } from "./init/fresh-key.ts";
export {
  Activation,
  CELU,
  ELU,
  GELU,
  GLU,
  Hardshrink,
  Hardsigmoid,
  Hardswish,
  Hardtanh,
  LeakyReLU,
  LogSigmoid,
  LogSoftmax,
  Mish,
  PReLU,
  type PReLUOptions,
  ReLU,
  ReLU6,
  SELU,
  Sigmoid,
  SiLU,
  Softmax,
  Softmin,
  Softplus,
  Softshrink,
  Softsign,
  Tanh,
  Tanhshrink,
  Threshold,
} from "./layers/activations.ts";
export { BatchNorm, type BatchNormLayerOptions } from "./layers/batch-norm.ts";
export {
  AlphaDropout,
  Dropout,
  Dropout1d,
  Dropout2d,
  Dropout3d,
  type DropoutLayerOptions,
} from "./layers/dropout.ts";
export { GroupNorm, type GroupNormLayerOptions } from "./layers/group-norm.ts";
export {
  InstanceNorm1d,
  InstanceNorm2d,
  InstanceNorm3d,
  type InstanceNormLayerOptions,
} from "./layers/instance-norm.ts";
export { LayerNorm, type LayerNormLayerOptions } from "./layers/layer-norm.ts";
export type { DecayOptions } from "./layers/layer-options.ts";
export { Linear, type LinearOptions } from "./layers/linear.ts";
export { LocalResponseNorm } from "./layers/local-response-norm.ts";
export {
  CircularPad1d,
  CircularPad2d,
  CircularPad3d,
  ConstantPad1d,
  ConstantPad2d,
  ConstantPad3d,
  ReflectionPad1d,
  ReflectionPad2d,
  ReflectionPad3d,
  ReplicationPad1d,
  ReplicationPad2d,
  ReplicationPad3d,
  type Sides,
  ZeroPad1d,
  ZeroPad2d,
  ZeroPad3d,
} from "./layers/padding.ts";
export {
  AdaptiveAvgPool1d,
  AdaptiveAvgPool2d,
  AdaptiveAvgPool3d,
  AdaptiveMaxPool1d,
  AdaptiveMaxPool2d,
  AvgPool1d,
  AvgPool2d,
  AvgPool3d,
  GlobalAvgPool,
  GlobalMaxPool,
  MaxPool1d,
  MaxPool2d,
  MaxPool3d,
} from "./layers/pooling.ts";
export { Residual, type ResidualOptions } from "./layers/residual.ts";
export { RMSNorm, type RMSNormOptions } from "./layers/rms-norm.ts";
export { Sequential } from "./layers/sequential.ts";
export {
  Flatten,
  Identity,
  PixelShuffle,
  PixelUnshuffle,
  Unflatten,
  Upsample,
} from "./layers/shapes.ts";
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
export {
  type Named,
  type SafetensorsOptions,
  serializeSafetensors,
} from "./serialization/serialize-safetensors.ts";
export type { StoredTensor } from "./serialization/stored-types.ts";
export { type Histogram, parseTfEvents, type TfEvent } from "./serialization/tf-events.ts";
export { type ToTensorOptions, toTensor } from "./serialization/to-tensor.ts";
export {
  estimatePopulation,
  type Population,
  type PopulationEstimate,
  usePopulation,
} from "./statistics/estimate-population.ts";
export {
  type Checkpoint,
  type PlainData,
  parseCheckpoint,
  serializeCheckpoint,
} from "./train/checkpoint/checkpoint.ts";
export { type CheckpointStore, MemoryStore } from "./train/checkpoint/checkpoint-store.ts";
export {
  type Best,
  EarlyStopping,
  type EarlyStoppingOptions,
  type EarlyStoppingState,
} from "./train/early-stopping.ts";
export { type EvaluateOptions, evaluate } from "./train/evaluate.ts";
export { fit } from "./train/fit.ts";
export type {
  BatchSource,
  EpochRecord,
  FitCallbacks,
  FitOptions,
  FitResult,
  FitStart,
  HasVariables,
  SpikeOptions,
  StepEvent,
} from "./train/fit-options.ts";
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
export { SpikeDetector, type SpikeDetectorOptions } from "./train/spike-detector.ts";
export {
  type StepsParameters,
  type TrainStep,
  type TrainStepOptions,
  trainStep,
} from "./train/train-step.ts";
