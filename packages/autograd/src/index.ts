/**
 * @file Tensors, operations on them, and what is done with a tape: derivatives, compiled programs, pictures. The entry point
 * `@tapegrad/autograd` runs in browsers.
 *
 * Each name is exported explicitly; PyTorch's other names for operations are in ops/pytorch-names.ts.
 */
import "./compile/eager-kernels.ts";
import "./fluent.ts";

export type { Aval } from "./array/aval.ts";
export type { DType, TypedArray } from "./array/dtype.ts";
export type { NdArray, NdArrayLike, Nested } from "./array/ndarray.ts";
export type { Shape } from "./array/shape.ts";
export type { StridedArray } from "./array/strided-array.ts";
export { compile, type Compiled, type CompileOptions } from "./compile/compile.ts";
export type { MemorySummary } from "./compile/assemble.ts";
export { CompiledProgram } from "./compile/compiled-program.ts";
export { bind, bindAll } from "./core/bind.ts";
export type { Case, Derivative, Domain, Primitive, Residual } from "./core/primitive.ts";
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
export { diffRuns, diffTapes } from "./inspect/diff-tapes.ts";
export type { Difference, Tolerance } from "./inspect/difference.ts";
export { explainNonFinite } from "./inspect/explain-non-finite.ts";
export { flopsOf, type TapeFlops } from "./inspect/flops.ts";
export { NonFiniteReport } from "./inspect/non-finite-report.ts";
export type { StructuralFact } from "./inspect/structural-difference.ts";
export type { Statistics } from "./inspect/statistics.ts";
export { type MemoryOptions, memoryOf, peakBytes, type TapeMemory } from "./inspect/memory.ts";
export type { PictureOptions } from "./inspect/picture/tape-graph.ts";
export { tapeToDot } from "./inspect/picture/tape-to-dot.ts";
export { tapeToSvg } from "./inspect/picture/tape-to-svg.ts";
export { type ProfileOptions, profile, profileWith, type Subject } from "./inspect/profile.ts";
export {
  type ChromeTrace,
  Profile,
  type ProfiledNode,
  type TraceEvent,
} from "./inspect/profile-report.ts";
export {
  type ComparedValue,
  type DifferingSide,
  TapeDifference,
} from "./inspect/tape-difference.ts";
export { type TapeFromJSONOptions, tapeFromJSON } from "./inspect/tape-from-json.ts";
export { elementwiseKernel, type Kernel, type Pair, scalarKernel } from "./kernel/kernel.ts";
export * as scalar from "./kernel/scalar.ts";
export {
  type AxisOptions,
  isFinite,
  isNaN,
  logSoftmax,
  logSumExp,
  relu,
  softmax,
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
  type AnyTypedArray,
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
  moments,
  type VarianceOptions,
  variance,
} from "./ops/reductions.ts";
export { argMax, argMin } from "./ops/arg-max.ts";
export { associativeScan, type ScanOptions } from "./ops/associative-scan.ts";
export { cummax, cummin, cumprod, cumsum, logcumsumexp } from "./ops/cumulative.ts";
export {
  cumulativeTrapezoid,
  type DiffOptions,
  diff,
  type GradientEstimateOptions,
  gradient,
  type TrapezoidOptions,
  trapezoid,
} from "./ops/differences.ts";
export {
  type DiagonalAxesOptions,
  type DiagonalOptions,
  diag,
  diagEmbed,
  diagflat,
  diagonal,
  diagonalScatter,
  tril,
  triu,
} from "./ops/diagonals.ts";
export { type AlongOptions, max, min } from "./ops/extremes.ts";
export { getItem } from "./ops/indexing/get-item.ts";
export type { IndexEntry, Slice } from "./ops/indexing/index-plan.ts";
export { at, type Part } from "./ops/indexing/part.ts";
export {
  indexPut,
  maskedFill,
  maskedScatter,
  maskedSelect,
  type PutOptions,
  put,
  selectScatter,
  take,
} from "./ops/indexing/masks.ts";
export { gather, type IndexOptions, scatter, scatterAdd } from "./ops/indexing/scatter.ts";
export { indexAdd, indexCopy, indexFill } from "./ops/indexing/index-slices.ts";
export { type ScatterReduceOptions, scatterReduce } from "./ops/indexing/scatter-reduce.ts";
export { einsum } from "./ops/linalg/einsum.ts";
export * as linalg from "./ops/linalg/index.ts";
export {
  type AddProductOptions,
  addbmm,
  addmm,
  addmv,
  addr,
  baddbmm,
  cdist,
  cross,
  dot,
  inner,
  outer,
  pdist,
  type TensordotOptions,
  tensordot,
} from "./ops/linalg/products.ts";
export { cholesky } from "./ops/linalg/decompositions.ts";
export { choleskyInverse, choleskySolve } from "./ops/linalg/solving.ts";
export { logdet } from "./ops/linalg/determinants.ts";
export {
  atleast1d,
  atleast2d,
  atleast3d,
  blockDiag,
  broadcastTensors,
  type CombinationsOptions,
  cartesianProd,
  columnStack,
  combinations,
  dstack,
  hstack,
  type MeshgridOptions,
  meshgrid,
  vstack,
} from "./ops/joining.ts";
export * from "./ops/pytorch-names.ts";
export { constantPadNd, type PadOptions, pad } from "./ops/padding.ts";
export { asStrided, type WindowOptions } from "./ops/overlapping.ts";
export {
  flip,
  fliplr,
  flipud,
  movedim,
  mT,
  type RollOptions,
  roll,
  rot90,
  t,
} from "./ops/rearranging.ts";
export { type RepeatInterleaveOptions, repeat, repeatInterleave, tile } from "./ops/repeating.ts";
export {
  all,
  allClose,
  any,
  arrayEqual,
  type ClosenessOptions,
  countNonzero,
  heaviside,
  isClose,
  isInf,
  logicalAnd,
  logicalNot,
  logicalOr,
  logicalXor,
} from "./ops/logic.ts";
export {
  type DistOptions,
  dist,
  type NormalizeOptions,
  normalize,
  type RenormOptions,
  renorm,
  standardDeviation,
  type VectorNormOptions,
  vectorNorm,
} from "./ops/norms.ts";
export {
  type BincountOptions,
  bincount,
  bucketize,
  type HistcOptions,
  histc,
  isIn,
  nonzero,
  type SearchOptions,
  searchsorted,
  type TriangleOptions,
  trilIndices,
  triuIndices,
  type Unique,
  type UniqueOptions,
  unique,
} from "./ops/searching.ts";
export {
  type ChoiceOptions,
  kthvalue,
  median,
  mode,
  msort,
  nanmedian,
  type QuantileOptions,
  quantile,
  sort,
  type TopkOptions,
  topk,
} from "./ops/sorting.ts";
export {
  aminmax,
  type CovOptions,
  corrcoef,
  cov,
  nanmean,
  nansum,
  prod,
  trace,
} from "./ops/statistics.ts";
export { takeAlongAxis } from "./ops/take-along-axis.ts";
export {
  addcdiv,
  addcmul,
  type ClampOptions,
  clamp,
  clampMax,
  clampMin,
  type DivideOptions,
  divide,
  floatPower,
  fmax,
  fmin,
  ldexp,
  lerp,
  type NanToNumOptions,
  nanToNum,
  positive,
  reciprocal,
  rsqrt,
  rsub,
  type ScaledOptions,
} from "./ops/arithmetic.ts";
export {
  exp2,
  type LogitOptions,
  logAddExp,
  logAddExp2,
  logit,
  xlogy,
} from "./ops/exponential.ts";
export {
  celu,
  type EluOptions,
  elu,
  hardshrink,
  hardsigmoid,
  hardswish,
  hardtanh,
  leakyRelu,
  relu6,
  selu,
  softshrink,
  threshold,
} from "./ops/rectifiers.ts";
export {
  ceil,
  copysign,
  floorDivide,
  frac,
  type RoundOptions,
  remainder,
  round,
  sgn,
  signbit,
  trunc,
} from "./ops/rounding.ts";
export {
  type GeluOptions,
  gelu,
  logSigmoid,
  mish,
  silu,
  softsign,
  tanhshrink,
} from "./ops/smooth-units.ts";
export { type SoftplusOptions, softplus } from "./ops/softplus.ts";
export * as special from "./ops/special.ts";
export { deg2rad, hypot, rad2deg, sinc, tan } from "./ops/trigonometry.ts";
export {
  clone,
  contiguous,
  expand,
  expandAs,
  expandDims,
  type FlattenOptions,
  fill,
  flatten,
  reshapeAs,
  squeeze,
  stack,
  unflatten,
  sumToSize,
} from "./ops/shapes.ts";
export {
  chunk,
  dsplit,
  hsplit,
  narrow,
  type SplitOptions,
  select,
  split,
  tensorSplit,
  unbind,
  vsplit,
} from "./ops/splitting.ts";
export { unfold } from "./ops/unfold.ts";
export { abs } from "./primitives/abs.ts";
export { add } from "./primitives/add.ts";
export { argSort, type SortOptions } from "./primitives/arg-sort.ts";
export { i0 } from "./primitives/bessel.ts";
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
export { acos } from "./primitives/acos.ts";
export { acosh } from "./primitives/acosh.ts";
export { asin } from "./primitives/asin.ts";
export { asinh } from "./primitives/asinh.ts";
export { atan } from "./primitives/atan.ts";
export { atan2 } from "./primitives/atan2.ts";
export { atanh } from "./primitives/atanh.ts";
export { erfc } from "./primitives/erfc.ts";
export { erfinv } from "./primitives/erfinv.ts";
export { expm1 } from "./primitives/expm1.ts";
export { fmod } from "./primitives/fmod.ts";
export { lgamma } from "./primitives/lgamma.ts";
export { log1p } from "./primitives/log1p.ts";
export { log2, log10 } from "./primitives/log2-log10.ts";
export { digamma, polygamma } from "./primitives/polygamma.ts";
export { cosh, sinh } from "./primitives/sinh-cosh.ts";
export { exp } from "./primitives/exp.ts";
export { floor } from "./primitives/floor.ts";
export { allPrimitives } from "./primitives/index.ts";
export { log } from "./primitives/log.ts";
export { matMul } from "./primitives/mat-mul.ts";
export { matrixExp } from "./primitives/matrix-exp.ts";
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
export { cosPi, sinPi } from "./primitives/sin-pi-cos-pi.ts";
export { type SliceOptions, slice } from "./primitives/slice-pad.ts";
export { sqrt } from "./primitives/sqrt.ts";
export { stopGradient } from "./primitives/stop-gradient.ts";
export { sub } from "./primitives/sub.ts";
export { broadcastTo, type ReduceOptions, sum } from "./primitives/sum-broadcast-to.ts";
export { tanh } from "./primitives/tanh.ts";
export { transpose } from "./primitives/transpose.ts";
export type { PaddingLike, PairLike } from "./primitives/windows.ts";
export { type CategoricalOptions, categorical } from "./random/categorical.ts";
export {
  type ExponentialOptions,
  exponential,
  gumbel,
  type LocationScaleOptions,
  laplace,
} from "./random/exponential.ts";
export {
  type BetaOptions,
  beta,
  type DirichletOptions,
  dirichlet,
  type GammaOptions,
  gamma,
} from "./random/gamma.ts";
export {
  bernoulli,
  type NormalOptions,
  normal,
  permutation,
  randomKey,
  splitKey,
  type UniformOptions,
  uniform,
} from "./random/random.ts";
export { type TruncatedNormalOptions, truncatedNormal } from "./random/truncated-normal.ts";
export type { TensorTree } from "./transforms/arguments.ts";
export { checkpoint } from "./transforms/checkpoint.ts";
export {
  type CustomGradient,
  customGradient,
  type CustomResidual,
  type CustomRule,
} from "./transforms/custom-gradient.ts";
export { type GradOptions, grad, type ValueAndGrad, valueAndGrad } from "./transforms/grad.ts";
export {
  gaussNewtonProduct,
  type GaussNewtonProduct,
  hessian,
  type HessianProduct,
  hvp,
} from "./transforms/hessian.ts";
export {
  jacobian,
  type JacobianMode,
  type JacobianOf,
  type JacobianOptions,
} from "./transforms/jacobian.ts";
export { type Jvp, jvp } from "./transforms/jvp.ts";
export { type Linearized, linearize } from "./transforms/linearize.ts";
export {
  type CotangentHook,
  onCotangent,
  onCotangent as registerHook,
} from "./transforms/on-cotangent.ts";
export {
  type GradientOptions,
  type GradientsOf,
  type RecordOptions,
  record,
  recordWith,
  Tape,
} from "./transforms/record.ts";
export type { TapeNode } from "./transforms/recording.ts";
export type { PlainJSON } from "./transforms/params-json.ts";
export type {
  EntryJSON,
  NodeJSON,
  OperandJSON,
  TapeJSON,
  TensorJSON,
  TreeJSON,
} from "./transforms/tape-json.ts";
export { type Vjp, vjp } from "./transforms/vjp.ts";
export { cond } from "./transforms/cond.ts";
export { type LoopOptions, scan } from "./transforms/scan.ts";
export { type MappedAxes, vmap, type VmapOptions } from "./transforms/vmap.ts";
export { whileLoop } from "./transforms/while-loop.ts";
