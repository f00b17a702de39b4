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
export type { Node } from "./core/tape.ts";
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
export { type ConvTranspose2dOptions, convTranspose2d } from "./ops/conv-transpose2d.ts";
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
export { oneHot } from "./ops/one-hot.ts";
export {
  type AvgPool2dOptions,
  avgPool2d,
  type MaxPool2dOptions,
  maxPool2d,
  type Pool2dOptions,
} from "./ops/pool2d.ts";
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
export { type GradientOptions, type GradientsOf, record, Tape } from "./transforms/record.ts";
export { type Vjp, vjp } from "./transforms/vjp.ts";
