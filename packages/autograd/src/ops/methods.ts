/**
 * @file The operations that are methods of a tensor, each named once: its first argument is the tensor.
 * fluent.ts makes methods of all that this file exports; PyTorch's methods are among them, under its names and ours.
 */
export {
  isFinite,
  isNaN,
  logSoftmax,
  logSumExp,
  relu,
  softmax,
  square,
} from "./activations.ts";
export { argMax, argMin } from "./arg-max.ts";
export {
  addcdiv,
  addcmul,
  clamp,
  clampMax,
  clampMin,
  divide,
  floatPower,
  fmax,
  fmin,
  ldexp,
  lerp,
  nanToNum,
  positive,
  reciprocal,
  rsqrt,
} from "./arithmetic.ts";
export { convTranspose2d } from "./convolution/conv-transpose2d.ts";
export { cummax, cummin, cumprod, cumsum, logcumsumexp } from "./cumulative.ts";
export {
  diag,
  diagEmbed,
  diagflat,
  diagonal,
  diagonalScatter,
  tril,
  triu,
} from "./diagonals.ts";
export { diff } from "./differences.ts";
export { exp2, logAddExp, logAddExp2, logit, xlogy } from "./exponential.ts";
export { max, min } from "./extremes.ts";
export { prelu } from "./gating.ts";
export {
  indexPut,
  maskedFill,
  maskedScatter,
  maskedSelect,
  put,
  selectScatter,
  take,
} from "./indexing/masks.ts";
export { gather, scatter, scatterAdd } from "./indexing/scatter.ts";
export { indexAdd, indexCopy, indexFill } from "./indexing/index-slices.ts";
export { scatterReduce } from "./indexing/scatter-reduce.ts";
export {
  all,
  allClose,
  any,
  arrayEqual,
  countNonzero,
  heaviside,
  isClose,
  isInf,
  logicalAnd,
  logicalNot,
  logicalOr,
  logicalXor,
} from "./logic.ts";
export { cholesky } from "./linalg/decompositions.ts";
export { logdet } from "./linalg/determinants.ts";
export {
  addbmm,
  addmm,
  addmv,
  addr,
  baddbmm,
  cross,
  dot,
  inner,
  outer,
} from "./linalg/products.ts";
export { choleskyInverse, choleskySolve } from "./linalg/solving.ts";
export { dist, renorm, standardDeviation, vectorNorm } from "./norms.ts";
export { pad } from "./padding.ts";
export { avgPool2d, maxPool2d } from "./pooling/pool2d.ts";
export {
  amax,
  amin,
  allclose,
  argmax,
  argmin,
  argsort,
  argwhere,
  bmm,
  eq,
  ge,
  gt,
  indexSelect,
  isclose,
  isfinite,
  isinf,
  isnan,
  le,
  logaddexp,
  logaddexp2,
  logsumexp,
  lt,
  matmul,
  mm,
  mv,
  ne,
  norm,
  permute,
  ravel,
  splitWithSizes,
  std,
  takeAlongDim,
  triangularSolve,
  trueDivide,
  unsqueeze,
  var,
  vdot,
  view,
  viewAs,
} from "./pytorch-names.ts";
export { asStrided } from "./overlapping.ts";
export { flip, fliplr, flipud, movedim, roll, rot90, t } from "./rearranging.ts";
export { repeatInterleave, tile, repeat } from "./repeating.ts";
export { hardshrink } from "./rectifiers.ts";
export { mean, moments, variance } from "./reductions.ts";
export {
  ceil,
  copysign,
  floorDivide,
  frac,
  remainder,
  round,
  sgn,
  signbit,
  trunc,
} from "./rounding.ts";
export { bincount, histc, nonzero, unique } from "./searching.ts";
export {
  clone,
  contiguous,
  expand,
  expandAs,
  expandDims,
  fill,
  flatten,
  reshapeAs,
  squeeze,
  unflatten,
  sumToSize,
} from "./shapes.ts";
export { kthvalue, median, mode, msort, nanmedian, quantile, sort, topk } from "./sorting.ts";
export {
  chunk,
  dsplit,
  hsplit,
  narrow,
  select,
  split,
  tensorSplit,
  unbind,
  vsplit,
} from "./splitting.ts";
export { aminmax, corrcoef, cov, nanmean, nansum, prod, trace } from "./statistics.ts";
export { takeAlongAxis } from "./take-along-axis.ts";
export { deg2rad, hypot, rad2deg, sinc, tan } from "./trigonometry.ts";
export { unfold } from "./unfold.ts";
export { abs } from "../primitives/abs.ts";
export { acos } from "../primitives/acos.ts";
export { acosh } from "../primitives/acosh.ts";
export { add } from "../primitives/add.ts";
export { argSort } from "../primitives/arg-sort.ts";
export { asin } from "../primitives/asin.ts";
export { asinh } from "../primitives/asinh.ts";
export { atan } from "../primitives/atan.ts";
export { atan2 } from "../primitives/atan2.ts";
export { atanh } from "../primitives/atanh.ts";
export { i0 } from "../primitives/bessel.ts";
export { cast } from "../primitives/cast.ts";
export {
  equal,
  greater,
  greaterEqual,
  less,
  lessEqual,
  notEqual,
} from "../primitives/compare.ts";
export { conv2d } from "../primitives/conv2d.ts";
export { div } from "../primitives/div.ts";
export { erf } from "../primitives/erf.ts";
export { erfc } from "../primitives/erfc.ts";
export { erfinv } from "../primitives/erfinv.ts";
export { exp } from "../primitives/exp.ts";
export { expm1 } from "../primitives/expm1.ts";
export { floor } from "../primitives/floor.ts";
export { fmod } from "../primitives/fmod.ts";
export { lgamma } from "../primitives/lgamma.ts";
export { log } from "../primitives/log.ts";
export { log1p } from "../primitives/log1p.ts";
export { log2, log10 } from "../primitives/log2-log10.ts";
export { matMul } from "../primitives/mat-mul.ts";
export { matrixExp } from "../primitives/matrix-exp.ts";
export { maximum } from "../primitives/maximum.ts";
export { minimum } from "../primitives/minimum.ts";
export { mul } from "../primitives/mul.ts";
export { neg } from "../primitives/neg.ts";
export { digamma } from "../primitives/polygamma.ts";
export { pow } from "../primitives/pow.ts";
export { reshape } from "../primitives/reshape.ts";
export { sigmoid } from "../primitives/sigmoid.ts";
export { sign } from "../primitives/sign.ts";
export { cos, sin } from "../primitives/sin-cos.ts";
export { cosh, sinh } from "../primitives/sinh-cosh.ts";
export { slice } from "../primitives/slice-pad.ts";
export { sqrt } from "../primitives/sqrt.ts";
export { stopGradient } from "../primitives/stop-gradient.ts";
export { sub } from "../primitives/sub.ts";
export { broadcastTo, sum } from "../primitives/sum-broadcast-to.ts";
export { tanh } from "../primitives/tanh.ts";
export { transpose } from "../primitives/transpose.ts";
