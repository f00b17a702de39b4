/**
 * @file The list of all primitives. What walks it (the contract suite, the compiler's checks, the docs)
 * meets a new primitive the moment it is listed here.
 */
import type { Primitive } from "../core/primitive.ts";
import { absPrimitive } from "./abs.ts";
import { acosPrimitive } from "./acos.ts";
import { acoshPrimitive } from "./acosh.ts";
import { addPrimitive } from "./add.ts";
import { afterPrimitive } from "./after.ts";
import { argSortPrimitive } from "./arg-sort.ts";
import { asinPrimitive } from "./asin.ts";
import { asinhPrimitive } from "./asinh.ts";
import { atanPrimitive } from "./atan.ts";
import { atan2Primitive } from "./atan2.ts";
import { atanhPrimitive } from "./atanh.ts";
import { besselIePrimitive, besselIPrimitive } from "./bessel.ts";
import { castPrimitive } from "./cast.ts";
import { comparePrimitive } from "./compare.ts";
import { concatenatePrimitive } from "./concatenate.ts";
import { conv2dInputPrimitive, conv2dPrimitive, conv2dWeightPrimitive } from "./conv2d.ts";
import { divPrimitive } from "./div.ts";
import { erfPrimitive } from "./erf.ts";
import { erfcPrimitive } from "./erfc.ts";
import { erfcxPrimitive } from "./erfcx.ts";
import { erfinvPrimitive } from "./erfinv.ts";
import { expPrimitive } from "./exp.ts";
import { expm1Primitive } from "./expm1.ts";
import { floorPrimitive } from "./floor.ts";
import { fmodPrimitive } from "./fmod.ts";
import { gatherPrimitive, scatterAddPrimitive } from "./gather-scatter-add.ts";
import { lastWriterPrimitive } from "./last-writer.ts";
import { lgammaPrimitive } from "./lgamma.ts";
import { logPrimitive } from "./log.ts";
import { log1pPrimitive } from "./log1p.ts";
import { log10Primitive, log2Primitive } from "./log2-log10.ts";
import { matMulPrimitive } from "./mat-mul.ts";
import { maxPool2dIndicesPrimitive } from "./max-pool2d-indices.ts";
import { maxPrimitive } from "./max.ts";
import { maximumPrimitive } from "./maximum.ts";
import { minimumPrimitive } from "./minimum.ts";
import { mulPrimitive } from "./mul.ts";
import { negPrimitive } from "./neg.ts";
import { polygammaPrimitive } from "./polygamma.ts";
import { powPrimitive } from "./pow.ts";
import { permutationPrimitive, randomBitsPrimitive } from "./random-bits.ts";
import { reshapePrimitive } from "./reshape.ts";
import { sigmoidPrimitive } from "./sigmoid.ts";
import { signPrimitive } from "./sign.ts";
import { cosPrimitive, sinPrimitive } from "./sin-cos.ts";
import { cosPiPrimitive, sinPiPrimitive } from "./sin-pi-cos-pi.ts";
import { coshPrimitive, sinhPrimitive } from "./sinh-cosh.ts";
import { padPrimitive, slicePrimitive } from "./slice-pad.ts";
import { sqrtPrimitive } from "./sqrt.ts";
import { stopGradientPrimitive } from "./stop-gradient.ts";
import { subPrimitive } from "./sub.ts";
import { broadcastToPrimitive, sumPrimitive } from "./sum-broadcast-to.ts";
import { spreadPool2dPrimitive, sumPool2dPrimitive } from "./sum-pool2d.ts";
import { addToPlanesPrimitive, takeFromPlanesPrimitive } from "./take-add-planes.ts";
import { tanhPrimitive } from "./tanh.ts";
import { transposePrimitive } from "./transpose.ts";
import { wherePrimitive } from "./where.ts";
import { choleskyPrimitive } from "./cholesky.ts";
import { eighPrimitive } from "./eigh.ts";
import { luPrimitive } from "./lu.ts";
import { matrixExpPrimitive } from "./matrix-exp.ts";
import { pinvPrimitive } from "./pinv.ts";
import { orthogonalFactorPrimitive } from "./qr.ts";
import { svdPrimitive } from "./svd.ts";
import { triangularSolvePrimitive } from "./triangular-solve.ts";

/** Every primitive of the library, in no order that means anything: what `primitiveLaws` is run over. */
export const allPrimitives: readonly Primitive[] = [
  addPrimitive,
  subPrimitive,
  mulPrimitive,
  divPrimitive,
  negPrimitive,
  sqrtPrimitive,
  expPrimitive,
  logPrimitive,
  powPrimitive,
  absPrimitive,
  signPrimitive,
  sinPrimitive,
  cosPrimitive,
  sinPiPrimitive,
  cosPiPrimitive,
  tanhPrimitive,
  sigmoidPrimitive,
  erfPrimitive,
  expm1Primitive,
  log1pPrimitive,
  log2Primitive,
  log10Primitive,
  asinPrimitive,
  acosPrimitive,
  atanPrimitive,
  atan2Primitive,
  sinhPrimitive,
  coshPrimitive,
  asinhPrimitive,
  acoshPrimitive,
  atanhPrimitive,
  erfcPrimitive,
  erfcxPrimitive,
  erfinvPrimitive,
  lgammaPrimitive,
  polygammaPrimitive,
  besselIPrimitive,
  besselIePrimitive,
  fmodPrimitive,
  maximumPrimitive,
  minimumPrimitive,
  floorPrimitive,
  comparePrimitive,
  wherePrimitive,
  castPrimitive,
  stopGradientPrimitive,
  afterPrimitive,
  sumPrimitive,
  broadcastToPrimitive,
  maxPrimitive,
  reshapePrimitive,
  transposePrimitive,
  slicePrimitive,
  padPrimitive,
  concatenatePrimitive,
  gatherPrimitive,
  scatterAddPrimitive,
  matMulPrimitive,
  conv2dPrimitive,
  conv2dInputPrimitive,
  conv2dWeightPrimitive,
  sumPool2dPrimitive,
  spreadPool2dPrimitive,
  maxPool2dIndicesPrimitive,
  takeFromPlanesPrimitive,
  addToPlanesPrimitive,
  randomBitsPrimitive,
  permutationPrimitive,
  argSortPrimitive,
  lastWriterPrimitive,
  triangularSolvePrimitive,
  choleskyPrimitive,
  luPrimitive,
  orthogonalFactorPrimitive,
  eighPrimitive,
  svdPrimitive,
  pinvPrimitive,
  matrixExpPrimitive,
];
