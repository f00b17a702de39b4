/**
 * @file Words of the scalar vocabulary as functions of float64 that JavaScript's operators do not spell.
 *
 * Printed loops find them as `words`, closures and compiled programs import them: all call the same functions.
 */
import type { LibraryWord } from "../../../kernel/scalar.ts";
import { besselI, besselIe } from "./bessel.ts";
import { erf, erfc, erfcx, erfinv } from "./error-function.ts";
import { lgamma, polygamma } from "./gamma.ts";

/** Logistic function. Only exp of negative numbers is taken, so nothing overflows and small values keep their digits. */
function sigmoid(x: number): number {
  if (x < 0) {
    const e = Math.exp(x);
    return e / (1 + e);
  }
  return 1 / (1 + Math.exp(-x));
}

/** Words that exist as functions alone: nothing prints them as instructions. */
export const LIBRARY: Readonly<Record<LibraryWord, (...operands: number[]) => number>> = {
  expm1: Math.expm1,
  log1p: Math.log1p,
  log2: Math.log2,
  log10: Math.log10,
  sinh: Math.sinh,
  cosh: Math.cosh,
  asin: Math.asin,
  acos: Math.acos,
  atan: Math.atan,
  atan2: Math.atan2,
  asinh: Math.asinh,
  acosh: Math.acosh,
  atanh: Math.atanh,
  fmod: (a, b) => a % b,
  erfc,
  erfcx,
  erfinv,
  lgamma,
  polygamma,
  besselI,
  besselIe,
};

/** IEEE 754's pow: JavaScript's, but all powers of 1 are 1, and infinite ones of -1. */
function pow(x: number, y: number): number {
  return x === 1 || (x === -1 && Math.abs(y) === Number.POSITIVE_INFINITY) ? 1 : x ** y;
}

/** By the names under which printed loops call them. */
export const WORDS: Readonly<Record<string, (...operands: number[]) => number>> & {
  readonly sigmoid: (x: number) => number;
  readonly erf: (x: number) => number;
  readonly pow: (x: number, y: number) => number;
} = { ...LIBRARY, sigmoid, erf, pow };
