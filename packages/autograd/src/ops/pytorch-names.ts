/**
 * @file Operators under PyTorch's names in camelCase, where they have another name here: one line each. All names
 * that PyTorch has are in test/pytorch-names.test.ts; how its arguments are said here is in docs/operations.md.
 */
export { isFinite as isfinite, isNaN as isnan, logSumExp as logsumexp } from "./activations.ts";
export { argMax as argmax, argMin as argmin } from "./arg-max.ts";
export { logAddExp as logaddexp, logAddExp2 as logaddexp2 } from "./exponential.ts";
export { max as amax, min as amin } from "./extremes.ts";
export { gather as indexSelect } from "./indexing/scatter.ts";
export { norm } from "./linalg/matrix-norms.ts";
export { dot as vdot } from "./linalg/products.ts";
export { type LUSolveOptions, luSolve } from "./linalg/solving.ts";
export { type TriangularSolveOptions, triangularSolve } from "./linalg/triangular-solve.ts";
export { allClose as allclose, isClose as isclose, isInf as isinf } from "./logic.ts";
export { nativeBatchNorm, nativeLayerNorm, type UsedStatistics } from "./native-norms.ts";
export { isIn as isin, nonzero as argwhere } from "./searching.ts";
export { expandDims as unsqueeze, flatten as ravel, reshapeAs as viewAs } from "./shapes.ts";
export { logSigmoid as logsigmoid } from "./smooth-units.ts";
export { split as splitWithSizes } from "./splitting.ts";
export { takeAlongAxis as takeAlongDim } from "./take-along-axis.ts";
export { std, stdMean, var, varMean } from "./unbiased.ts";
export { argSort as argsort } from "../primitives/arg-sort.ts";
export {
  equal as eq,
  greater as gt,
  greaterEqual as ge,
  less as lt,
  lessEqual as le,
  notEqual as ne,
} from "../primitives/compare.ts";
export { concatenate as cat } from "../primitives/concatenate.ts";
export { div as trueDivide } from "../primitives/div.ts";
export {
  matMul as bmm,
  matMul as matmul,
  matMul as mm,
  matMul as mv,
} from "../primitives/mat-mul.ts";
export { reshape as view } from "../primitives/reshape.ts";
export { transpose as permute } from "../primitives/transpose.ts";
