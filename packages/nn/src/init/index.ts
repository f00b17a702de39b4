/** @file What `init` holds, each exported explicitly. */
export {
  constant,
  normal,
  ones,
  type TruncatedNormalInitOptions,
  truncatedNormal,
  uniform,
  zeros,
} from "./distributions.ts";
export { type Fans, fanInAndFanOut } from "./fans.ts";
export { calculateGain, type Nonlinearity } from "./gain.ts";
export type {
  Distribution,
  Initializer,
  InitialValueOptions,
  RandomInitializer,
} from "./initializer.ts";
export { dirac, eye, orthogonal, type SparseOptions, sparse } from "./structured.ts";
export {
  type DistributionKind,
  type FanMode,
  glorotNormal,
  glorotUniform,
  heNormal,
  heUniform,
  type KaimingOptions,
  kaimingNormal,
  kaimingUniform,
  lecunNormal,
  lecunUniform,
  type VarianceScalingOptions,
  varianceScaling,
  type XavierOptions,
  xavierNormal,
  xavierUniform,
} from "./variance-scaling.ts";
