/**
 * @file The public names of `@tapegrad/autograd`, each exported explicitly.
 */
import "./compile/eager-kernels.ts";
import "./fluent.ts";

export type { Aval } from "./array/aval.ts";
export type { DType, TypedArray } from "./array/dtype.ts";
export type { NdArray, NdArrayLike, Nested } from "./array/ndarray.ts";
export type { Shape } from "./array/shape.ts";
export type { StridedArray } from "./array/strided-array.ts";
export { compile, type Compiled, type CompileOptions } from "./compile/compile.ts";
export { CompiledProgram } from "./compile/compiled-program.ts";
export { bind, bindAll } from "./core/bind.ts";
export type { Case, Derivative, Domain, Primitive } from "./core/primitive.ts";
export type { Operand, Origin } from "./core/tape.ts";
export { Tensor } from "./core/tensor.ts";
export { transaction, Variable } from "./core/variable.ts";
export {
  AxisError,
  CompileError,
  DTypeError,
  FormatError,
  GradientError,
  NonFiniteError,
  OpError,
  ShapeError,
  ValueError,
} from "./errors.ts";
export { explainNonFinite } from "./inspect/explain-non-finite.ts";
export { NonFiniteReport } from "./inspect/non-finite-report.ts";
export type { Statistics } from "./inspect/statistics.ts";
export { type MemoryOptions, memoryOf, peakBytes, type TapeMemory } from "./inspect/memory.ts";
export { type ProfileOptions, profile, profileWith } from "./inspect/profile.ts";
export {
  type ChromeTrace,
  Profile,
  type ProfiledNode,
  type TraceEvent,
} from "./inspect/profile-report.ts";
export { type TapeFromJSONOptions, tapeFromJSON } from "./inspect/tape-from-json.ts";
export { elementwiseKernel, type Kernel, type Pair, scalarKernel } from "./kernel/kernel.ts";
export * as scalar from "./kernel/scalar.ts";
export {
  type AxisOptions,
  argMax,
  isFinite,
  isNaN,
  logSoftmax,
  logSumExp,
  relu,
  softmax,
  softplus,
  square,
} from "./ops/activations.ts";
export {
  type ConvTranspose2dOptions,
  convTranspose2d,
} from "./ops/convolution/conv-transpose2d.ts";
export type { Along } from "./ops/convolution/along.ts";
export {
  type Conv1dOptions,
  type ConvTranspose1dOptions,
  conv1d,
  convTranspose1d,
} from "./ops/convolution/conv1d.ts";
export {
  type Conv3dOptions,
  type ConvTranspose3dOptions,
  conv3d,
  convTranspose3d,
} from "./ops/convolution/conv3d.ts";
export { im2col, type PatchOptions } from "./ops/convolution/im2col.ts";
export {
  arange,
  type CreateOptions,
  eye,
  full,
  fullLike,
  linspace,
  ones,
  onesLike,
  type TensorOptions,
  tensor,
  zeros,
  zerosLike,
} from "./ops/create.ts";
export {
  type CosineSimilarityOptions,
  cosineSimilarity,
  type PairwiseDistanceOptions,
  pairwiseDistance,
} from "./ops/distances.ts";
export {
  type EmbeddingBagOptions,
  type EmbeddingOptions,
  embedding,
  embeddingBag,
} from "./ops/embedding.ts";
export { glu, prelu, softmin } from "./ops/gating.ts";
export {
  type AttentionOptions,
  bilinear,
  linear,
  scaledDotProductAttention,
} from "./ops/linear.ts";
export {
  type BinaryCrossEntropyOptions,
  type BinaryCrossEntropyWithLogitsOptions,
  binaryCrossEntropy,
  binaryCrossEntropyWithLogits,
  type KlDivOptions,
  klDiv,
  multilabelSoftMarginLoss,
  softMarginLoss,
} from "./ops/losses/binary.ts";
export {
  type CrossEntropyOptions,
  crossEntropy,
  type NllLossOptions,
  nllLoss,
} from "./ops/losses/classes.ts";
export {
  cosineEmbeddingLoss,
  hingeEmbeddingLoss,
  type MarginOptions,
  marginRankingLoss,
  type MultiMarginLossOptions,
  multilabelMarginLoss,
  multiMarginLoss,
  type TripletMarginLossOptions,
  tripletMarginLoss,
} from "./ops/losses/margins.ts";
export type { LossOptions, Reduction } from "./ops/losses/reduced.ts";
export {
  gaussianNllLoss,
  type HuberLossOptions,
  huberLoss,
  type LikelihoodOptions,
  l1Loss,
  mseLoss,
  type PoissonNllLossOptions,
  poissonNllLoss,
  type SmoothL1LossOptions,
  smoothL1Loss,
} from "./ops/losses/regression.ts";
export {
  type AffineOptions,
  type BatchNormOptions,
  batchNorm,
  type GroupNormOptions,
  groupNorm,
  type InstanceNormOptions,
  instanceNorm,
  type LayerNormOptions,
  type LocalResponseNormOptions,
  layerNorm,
  localResponseNorm,
  type Normalized,
  type RmsNormOptions,
  type RunningOptions,
  rmsNorm,
} from "./ops/normalization.ts";
export { oneHot } from "./ops/one-hot.ts";
export { type GridSampleOptions, gridSample } from "./ops/resampling/grid-sample.ts";
export {
  type InterpolateOptions,
  type InterpolationMode,
  interpolate,
  upsampleBilinear,
  upsampleNearest,
} from "./ops/resampling/interpolate.ts";
export { pixelShuffle, pixelUnshuffle } from "./ops/resampling/pixel-shuffle.ts";
export {
  adaptiveAvgPool1d,
  adaptiveAvgPool2d,
  adaptiveAvgPool3d,
  adaptiveMaxPool1d,
  adaptiveMaxPool2d,
  type OutputSize,
} from "./ops/pooling/adaptive.ts";
export {
  type AvgPool1dOptions,
  avgPool1d,
  type MaxPool1dOptions,
  maxPool1d,
  maxPool1dWithIndices,
  type Pool1dOptions,
} from "./ops/pooling/pool1d.ts";
export {
  type AvgPool2dOptions,
  avgPool2d,
  type MaxPool2dOptions,
  maxPool2d,
  maxPool2dWithIndices,
  type Pool2dOptions,
  type ValuesAndIndices,
} from "./ops/pooling/pool2d.ts";
export {
  type AvgPool3dOptions,
  avgPool3d,
  type MaxPool3dOptions,
  maxPool3d,
  maxPool3dWithIndices,
  type Pool3dOptions,
} from "./ops/pooling/pool3d.ts";
export {
  firstAlong,
  type Moments,
  mean,
  min,
  moments,
  standardDeviation,
  type VarianceOptions,
  variance,
} from "./ops/reductions.ts";
export { expandDims, flatten, squeeze, stack } from "./ops/shapes.ts";
export { abs } from "./primitives/abs.ts";
export { add } from "./primitives/add.ts";
export { cast } from "./primitives/cast.ts";
export {
  equal,
  greater,
  greaterEqual,
  less,
  lessEqual,
  notEqual,
} from "./primitives/compare.ts";
export { concatenate } from "./primitives/concatenate.ts";
export { type Conv2dOptions, conv2d } from "./primitives/conv2d.ts";
export * as define from "./primitives/define.ts";
export { div } from "./primitives/div.ts";
export { alike, alikeFloating, type TensorLike } from "./primitives/door.ts";
export { erf } from "./primitives/erf.ts";
export { exp } from "./primitives/exp.ts";
export { floor } from "./primitives/floor.ts";
export { gather, scatterAdd } from "./primitives/gather-scatter-add.ts";
export { allPrimitives } from "./primitives/index.ts";
export { log } from "./primitives/log.ts";
export { matMul } from "./primitives/mat-mul.ts";
export { max } from "./primitives/max.ts";
export { maximum } from "./primitives/maximum.ts";
export { minimum } from "./primitives/minimum.ts";
export { mul } from "./primitives/mul.ts";
export { neg } from "./primitives/neg.ts";
export { pow } from "./primitives/pow.ts";
export { reshape } from "./primitives/reshape.ts";
export { where } from "./primitives/where.ts";
export { sigmoid } from "./primitives/sigmoid.ts";
export { sign } from "./primitives/sign.ts";
export { cos, sin } from "./primitives/sin-cos.ts";
export { type PadOptions, pad, type SliceOptions, slice } from "./primitives/slice-pad.ts";
export { sqrt } from "./primitives/sqrt.ts";
export { stopGradient } from "./primitives/stop-gradient.ts";
export { sub } from "./primitives/sub.ts";
export { broadcastTo, type ReduceOptions, sum } from "./primitives/sum-broadcast-to.ts";
export { tanh } from "./primitives/tanh.ts";
export { transpose } from "./primitives/transpose.ts";
export type { PaddingLike, PairLike } from "./primitives/windows.ts";
export {
  bernoulli,
  normal,
  permutation,
  randomKey,
  splitKey,
  uniform,
} from "./random/random.ts";
export type { TensorTree } from "./transforms/arguments.ts";
export { type GradOptions, grad, type ValueAndGrad, valueAndGrad } from "./transforms/grad.ts";
export { type Jvp, jvp } from "./transforms/jvp.ts";
export {
  type GradientOptions,
  type GradientsOf,
  type RecordOptions,
  record,
  recordWith,
  Tape,
} from "./transforms/record.ts";
export type { TapeNode } from "./transforms/recording.ts";
export type { TapeJSON } from "./transforms/tape-json.ts";
export { type Vjp, vjp } from "./transforms/vjp.ts";
