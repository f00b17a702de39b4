/**
 * @file What a primitive computes, as data. Backends run it and the compiler fuses by its kind;
 * neither knows which primitive it came from.
 */
import type { StridedArray } from "../array/strided-array.ts";
import type { ViewTransform } from "../array/view.ts";
import { apply, input, type Scalar, type ScalarOp } from "./scalar.ts";

export type Kernel =
  | ElementwiseKernel
  | ReduceKernel
  | ViewKernel
  | PlaceKernel
  | ContractionKernel
  | GatherKernel
  | ScatterAddKernel
  | RandomBitsKernel
  | PermutationKernel
  | OpaqueKernel;

/** One scalar expression at every index of inputs of equal shape; the result is stored as the output's dtype. */
export interface ElementwiseKernel {
  readonly kind: "elementwise";
  readonly expression: Scalar;
}

/** Combines the elements along `axes`, which stay with size 1. The identity is 0 for add, the least value for maximum. */
export interface ReduceKernel {
  readonly kind: "reduce";
  readonly combine: "add" | "maximum";
  readonly axes: readonly number[];
}

/** The same elements under other indices; copied only where strides cannot express it. */
export interface ViewKernel {
  readonly kind: "view";
  readonly transform: ViewTransform;
}

/** Zeros, with input k placed at `starts[k] + i * steps[k]` along each axis. */
export interface PlaceKernel {
  readonly kind: "place";
  readonly starts: readonly (readonly number[])[];
  readonly steps: readonly (readonly number[])[];
}

/** [..., m, k] × [..., k, n] → [..., m, n], leading axes equal. */
export interface ContractionKernel {
  readonly kind: "contraction";
}

/** Input 0 at the indices of input 1 (int32, one axis) along `axis`. */
export interface GatherKernel {
  readonly kind: "gather";
  readonly op: string;
  readonly axis: number;
}

/** Zeros, with slice i of input 0 along `axis` added at the index that input 1 (int32) holds at i. */
export interface ScatterAddKernel {
  readonly kind: "scatterAdd";
  readonly op: string;
  readonly axis: number;
}

/** int32 words of Threefry-2x32 for the key of input 0 (int32[2]): word 2c and 2c + 1 are those of (c, stream). */
export interface RandomBitsKernel {
  readonly kind: "randomBits";
  readonly stream: number;
}

/** 0 to n - 1 shuffled from the top: i changes places with ⌊word i / 2³² · (i + 1)⌋. */
export interface PermutationKernel {
  readonly kind: "permutation";
  readonly stream: number;
}

/** A routine that no compiler looks into. It fills the outputs, which are contiguous. */
export interface OpaqueKernel {
  readonly kind: "opaque";
  run(inputs: readonly StridedArray[], outputs: readonly StridedArray[]): void;
}

export function elementwiseKernel(expression: Scalar): ElementwiseKernel {
  return { kind: "elementwise", expression };
}

/** The kernel of one scalar operation applied to the inputs in their order. */
export function scalarKernel(op: ScalarOp, arity: number): ElementwiseKernel {
  const operands = Array.from({ length: arity }, (_, i) => input(i));
  return elementwiseKernel(apply(op, ...operands));
}
