/**
 * @file Layers, normalisation, losses, optimisers and training, all of it composites of `@tapegrad/autograd`. The entry
 * point `@tapegrad/nn` runs in browsers.
 *
 * Each name is exported explicitly.
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
export { randomCrop, randomFlip } from "./data/augment.ts";
export { type CifarImages, type ParseCifarOptions, parseCifar } from "./data/cifar.ts";
export {
  type Batched,
  type NumberArray,
  type NumericArray,
  type Rows,
  type SampleLeaf,
  stackSamples,
} from "./data/collate.ts";
export { type IdxArray, type LabelledImages, pairImagesWithLabels, parseIdx } from "./data/idx.ts";
export { DataLoader, type LoaderState } from "./data/loader.ts";
export type { LoaderOptions } from "./data/loader-options.ts";
export type { Remainder, ShardShuffle, Shuffle } from "./data/order.ts";
export { randomNumbers } from "./data/sample-seed.ts";
export type {
  ArrayTree,
  AsyncSource,
  Dataset,
  SampleContext,
  SampleOf,
  SampleSource,
} from "./data/source.ts";
export {
  type SplitDataOptions,
  type SplitDataset,
  splitData,
} from "./data/split-data.ts";
export {
  type FeatureStatistics,
  type StandardizeOptions,
  Standardizer,
  standardize,
} from "./data/standardize.ts";
export { Whitening, type WhiteningMaps, type WhitenOptions, whiten } from "./data/whiten.ts";
export {
  type Address,
  type SourceModule,
  WorkerSource,
  type WorkerSourceOptions,
  workerSource,
} from "./data/worker-source.ts";
export { type ActivationNoiseOptions, activationNoise } from "./functional/activation-noise.ts";
export { causalMask } from "./functional/attention.ts";
export {
  type BatchNormOptions,
  type BatchNormTrainResult,
  batchNormInference,
  batchNormTrain,
  type StoredStatistics,
} from "./functional/batch-norm.ts";
export {
  type BatchNormShardedResult,
  batchNormTrainSharded,
  type ShardedOptions,
} from "./functional/batch-norm-sharded.ts";
export {
  type BatchRenormOptions,
  type BatchRenormResult,
  batchRenormTrain,
} from "./functional/batch-renorm.ts";
export {
  decorrelatedBatchNormInference,
  decorrelatedBatchNormTrain,
  type WhiteningOptions,
  type WhiteningResult,
  type WhiteningStatistics,
} from "./functional/decorrelated-batch-norm.ts";
export { alphaDropout, type DropoutOptions, dropout } from "./functional/dropout.ts";
export {
  type GhostBatchNormOptions,
  type GhostBatchNormResult,
  ghostBatchNormTrain,
} from "./functional/ghost-batch-norm.ts";
export {
  type InverseRootOptions,
  inverseSquareRoot,
  newtonInverseSquareRoot,
} from "./functional/inverse-square-root.ts";
export type { Layout, LayoutOptions } from "./functional/layout.ts";
export type { UnrollOptions } from "./functional/loop.ts";
export {
  powerIteration,
  type SingularPair,
  type SpectralNormOptions,
  type StandardizeWeightOptions,
  sliceNorms,
  spectralNorm,
  standardizeWeight,
  type WeightNormOptions,
  weightNorm,
} from "./functional/reparametrization.ts";
export { sinusoidalEncoding } from "./functional/sinusoidal-encoding.ts";
export { batchNormalization, moments } from "./functional/tensorflow.ts";
export { freshKey } from "./init/fresh-key.ts";
export * as init from "./init/index.ts";
export { type InitializeOptions, initialize } from "./init/initialize.ts";
export {
  type Activation,
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
export {
  MultiheadAttention,
  type MultiheadAttentionForwardOptions,
  type MultiheadAttentionOptions,
  type MultiheadAttentionOutput,
} from "./layers/attention/multihead-attention.ts";
export {
  PositionalEncoding,
  type PositionalEncodingOptions,
} from "./layers/attention/positional-encoding.ts";
export {
  TransformerEncoder,
  type TransformerEncoderOptions,
} from "./layers/attention/transformer-encoder.ts";
export {
  type EncoderForwardOptions,
  TransformerEncoderLayer,
  type TransformerEncoderLayerOptions,
} from "./layers/attention/transformer-encoder-layer.ts";
export {
  BatchNorm,
  type Freezable,
  type Transformed,
  type TransformOptions,
} from "./layers/batch-norm.ts";
export type { BatchNormLayerOptions, BatchNormPreset } from "./layers/batch-norm-options.ts";
export {
  BatchRenorm,
  type BatchRenormLayerOptions,
  type RenormLimit,
  renormRamp,
} from "./layers/batch-renorm.ts";
export {
  Conv1d,
  Conv2d,
  Conv3d,
  type ConvOptions,
  ConvTranspose1d,
  ConvTranspose2d,
  ConvTranspose3d,
  type ConvTransposeOptions,
} from "./layers/convolution.ts";
export {
  DecorrelatedBatchNorm,
  IterNorm,
  type IterNormOptions,
  type WhiteningLayerOptions,
} from "./layers/decorrelated-batch-norm.ts";
export {
  AlphaDropout,
  Dropout,
  Dropout1d,
  Dropout2d,
  Dropout3d,
  type DropoutLayerOptions,
} from "./layers/dropout.ts";
export { Embedding, type EmbeddingLayerOptions } from "./layers/embedding.ts";
export { GhostBatchNorm } from "./layers/ghost-batch-norm.ts";
export { GroupNorm, type GroupNormLayerOptions } from "./layers/group-norm.ts";
export {
  InstanceNorm1d,
  InstanceNorm2d,
  InstanceNorm3d,
  type InstanceNormLayerOptions,
} from "./layers/instance-norm.ts";
export { LayerNorm, type LayerNormLayerOptions } from "./layers/layer-norm.ts";
export type { DecayOptions } from "./layers/layer-options.ts";
export { Bilinear, Linear, type LinearOptions } from "./layers/linear.ts";
export { LocalResponseNorm } from "./layers/local-response-norm.ts";
export { NoisyBatchNorm, type NoisyBatchNormOptions } from "./layers/noisy-batch-norm.ts";
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
export type { CellOptions, HiddenOptions } from "./layers/recurrent/cell.ts";
export { GRU } from "./layers/recurrent/gru.ts";
export { GRUCell } from "./layers/recurrent/gru-cell.ts";
export {
  LSTM,
  type LSTMForwardOptions,
  type LSTMOptions,
  type LSTMOutput,
} from "./layers/recurrent/lstm.ts";
export {
  LSTMCell,
  type LSTMCellForwardOptions,
  type LSTMCellOptions,
  type LSTMCellState,
} from "./layers/recurrent/lstm-cell.ts";
export type {
  RecurrentOptions,
  SequenceOptions,
  SequenceOutput,
} from "./layers/recurrent/recurrent.ts";
export { RNN, type RNNOptions } from "./layers/recurrent/rnn.ts";
export { type Nonlinearity, RNNCell, type RNNCellOptions } from "./layers/recurrent/rnn-cell.ts";
export type { Reparametrized, WeightedLayer } from "./layers/reparametrized.ts";
export { Residual, type ResidualOptions } from "./layers/residual.ts";
export { RMSNorm, type RMSNormOptions } from "./layers/rms-norm.ts";
export type { Average, RunningStatistics } from "./layers/running-statistics.ts";
export { Sequential } from "./layers/sequential.ts";
export {
  Flatten,
  Identity,
  PixelShuffle,
  PixelUnshuffle,
  Unflatten,
  Upsample,
} from "./layers/shapes.ts";
export { SpectralNorm, type SpectralNormLayerOptions } from "./layers/spectral-norm.ts";
export type { WeightOptions } from "./layers/uniform-parameters.ts";
export { WeightNorm } from "./layers/weight-norm.ts";
export { WeightStandardization } from "./layers/weight-standardization.ts";
export { type Finding, LINT_RULES, type LintRule } from "./lint/finding.ts";
export type { DecayedGroup, LintOptions } from "./lint/lint-context.ts";
export { lintModel } from "./lint/lint-model.ts";
export { type LeNetOptions, leNet } from "./models/le-net.ts";
export { type MLPOptions, mlp } from "./models/mlp.ts";
export type { ImageModelOptions, ModelOptions } from "./models/model-options.ts";
export {
  BasicBlock,
  type BasicBlockOptions,
  type ResNetOptions,
  resNet,
} from "./models/res-net.ts";
export { type VGGOptions, vgg } from "./models/vgg.ts";
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
export { type AccumulatedStep, accumulateExactly } from "./optim/accumulate-exactly.ts";
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
export { GradientAccumulator } from "./optim/gradient-accumulator.ts";
export { LAMB, type LAMBOptions } from "./optim/lamb.ts";
export { type Evaluation, LBFGS, type LBFGSOptions } from "./optim/lbfgs.ts";
export { Lion, type LionOptions } from "./optim/lion.ts";
export { NAdam, type NAdamOptions } from "./optim/nadam.ts";
export {
  type GroupOptions,
  Optimizer,
  type ParameterGroup,
  type ParametersOrGroups,
} from "./optim/optimizer.ts";
export {
  type DecayGroup,
  type Decays,
  noDecay,
  type ParameterGroupsOptions,
  parameterGroups,
} from "./optim/parameter-groups.ts";
export type { Ending, LBFGSReport } from "./optim/quasi-newton.ts";
export { RAdam, type RAdamOptions } from "./optim/radam.ts";
export { RMSprop, type RMSpropOptions } from "./optim/rmsprop.ts";
export { SGD, type SGDOptions } from "./optim/sgd.ts";
export type {
  AnyOptions,
  InitialSlot,
  OptimizerOptions,
  Updated,
  UpdateInput,
  UpdateRule,
} from "./optim/update-rule.ts";
export {
  type AverageOptions,
  averageWeights,
  type RefreshOptions,
  type SwapOptions,
  type WeightAverage,
} from "./optim/weight-average.ts";
export * as schedules from "./schedule/index.ts";
export { type PlateauOptions, PlateauScheduler } from "./schedule/plateau-scheduler.ts";
export type { Schedule, Schedules } from "./schedule/schedule.ts";
export { type AnySchedule, type ScheduledOptimizer, Scheduler } from "./schedule/scheduler.ts";
export type { Chunks, ReadableBytes } from "./serialization/byte-source.ts";
export { fromFlax, fromKeras } from "./serialization/keras-flax.ts";
export { parseJsonLines } from "./serialization/log-lines.ts";
export type { Named } from "./serialization/named.ts";
export { parseNpy, serializeNpy } from "./serialization/npy.ts";
export { parseSafetensors, type Safetensors } from "./serialization/safetensors.ts";
export {
  type SafetensorsOptions,
  serializeSafetensors,
} from "./serialization/serialize-safetensors.ts";
export type { Stored, StoredTensor } from "./serialization/stored-types.ts";
export {
  type SafetensorsStream,
  streamSafetensors,
  type TensorDescription,
} from "./serialization/stream-safetensors.ts";
export { type Histogram, parseTfEvents, type TfEvent } from "./serialization/tf-events.ts";
export { type ToTensorOptions, toTensor } from "./serialization/to-tensor.ts";
export {
  fromTorchName,
  fromTorchNames,
  toTorchName,
  toTorchNames,
} from "./serialization/torch-names.ts";
export {
  type LoadedNames,
  type LoadTorchOptions,
  loadTorchStateDict,
  torchStateDict,
} from "./serialization/torch-state.ts";
export {
  combineMoments,
  type PartMoments,
  type PartOptions,
  partMoments,
} from "./statistics/combine-moments.ts";
export {
  estimatePopulation,
  type MaskedBatch,
  type Population,
  type PopulationEstimate,
  type PopulationOptions,
  usePopulation,
} from "./statistics/estimate-population.ts";
export {
  type FoldModelOptions,
  type FoldsNorms,
  foldBatchNorm,
  type NormFolder,
} from "./statistics/fold-batch-norm.ts";
export { type Foldable, type FoldOptions, foldInto } from "./statistics/fold-into.ts";
export { type SummaryOptions, summary } from "./summary/summary.ts";
export { Summary, type SummaryRow } from "./summary/summary-table.ts";
export {
  type Checkpoint,
  type PlainData,
  parseCheckpoint,
  serializeCheckpoint,
} from "./train/checkpoint/checkpoint.ts";
export { type CheckpointStore, MemoryStore } from "./train/checkpoint/checkpoint-store.ts";
export {
  type HasVariables,
  type Owners,
  restoreState,
  saveState,
} from "./train/checkpoint/owned-state.ts";
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
