/**
 * @file What a primitive computes, as data. Backends run it and the compiler fuses by its kind;
 * neither knows which primitive it came from.
 */
import type { StridedArray } from "../array/strided-array.ts";
import type { ViewTransform } from "../array/view.ts";
import { apply, input, type Scalar, type ScalarOp } from "./scalar.ts";

/**
 * What a primitive computes, as data: `elementwiseKernel` and `scalarKernel` make the kind that is most often needed. The
 * others, one for each way to go through memory, may change.
 */
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
  | ConvolutionKernel
  | PoolKernel
  | PoolIndicesKernel
  | PlaneGatherKernel
  | PlaneScatterAddKernel
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

/**
 * The same elements of input 0 under other indices; copied only where strides cannot express it. Further inputs are
 * waited for.
 */
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

/** Two numbers for the two last axes: [vertical, horizontal]. */
export type Pair = readonly [number, number];

/**
 * Windows that slide over the planes of the last two axes. Element (k, l) of the window at (i, j) is the
 * plane's element (i · strides[0] - padding[0][0] + k · dilation[0], and likewise for j and l). Elements
 * outside of the plane take no part. How many windows there are is seen from the avals.
 */
export interface Windows {
  readonly strides: Pair;
  /** Places before and after the plane: [[top, bottom], [left, right]], none negative. */
  readonly padding: readonly [Pair, Pair];
  readonly dilation: Pair;
}

/**
 * One of three maps between x [N, C, H, W], the weight w [O, C / groups, kh, kw] and the sums y [N, O, p, q]:
 * y[n, o, i, j] = Σ x[n, c, element (k, l) of window (i, j)] · w[o, c, k, l] over k, l and the C / groups
 * channels c of the group that o belongs to (a cross-correlation). The other two are its transposes:
 * output: (x, w) → y; input: (ȳ, w) → x̄; weight: (x, ȳ) → w̄. The shape of the result is that of its aval.
 */
export interface ConvolutionKernel extends Windows {
  readonly kind: "convolution";
  readonly role: "output" | "input" | "weight";
  readonly groups: number;
}

/** sums: the sum of every window, [..., H, W] → [..., p, q]; spread: its transpose, back to the aval's [..., H, W]. */
export interface PoolKernel extends Windows {
  readonly kind: "pool";
  readonly role: "sums" | "spread";
  readonly window: Pair;
}

/** Where in its plane (row · W + column, int32) the first largest element of every window is; NaN is the largest. */
export interface PoolIndicesKernel extends Windows {
  readonly kind: "poolIndices";
  readonly window: Pair;
}

/** Input 0 [..., H, W] at the positions (row · W + column) that input 1, int32 [..., p, q], holds for each plane. */
export interface PlaneGatherKernel {
  readonly kind: "planeGather";
  readonly op: string;
}

/** Zeros [..., H, W], with each element of input 0 [..., p, q] added at the position that input 1 holds for it. */
export interface PlaneScatterAddKernel {
  readonly kind: "planeScatterAdd";
  readonly op: string;
}

/** A routine that no compiler looks into. It fills the outputs, which are contiguous. */
export interface OpaqueKernel {
  readonly kind: "opaque";
  /**
   * Where one more axis may be put in all inputs, to compute as much for each place along it: the outputs then have
   * it there too. Nowhere by default.
   */
  readonly memberAxis?: "first" | "last";
  run(inputs: readonly StridedArray[], outputs: readonly StridedArray[]): void;
}

/**
 * The kernel of an expression of `scalar`, computed for every element. Inputs and result have one shape.
 *
 * @example
 * const { apply, input } = scalar;
 * elementwiseKernel(apply("sqrt", apply("mul", input(0), input(0))));   // √(x · x)
 */
export function elementwiseKernel(expression: Scalar): ElementwiseKernel {
  return { kind: "elementwise", expression };
}

/** The kernel of one scalar operation applied to the inputs in their order. */
export function scalarKernel(op: ScalarOp, arity: number): ElementwiseKernel {
  const operands = Array.from({ length: arity }, (_, i) => input(i));
  return elementwiseKernel(apply(op, ...operands));
}
