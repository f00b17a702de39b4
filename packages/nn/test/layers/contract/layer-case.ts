/**
 * @file LayerCase: what a layer says about itself, so that the contract of layers can be checked.
 *
 * To add a layer: a case in the file of its area under cases/, and that file in cases/index.ts. Sizes are tiny
 * and all different: an axis that is confused with another one shows, and a check costs milliseconds.
 */
import { type DType, normal, type Tensor } from "@tapegrad/autograd";
import type { Module } from "@tapegrad/nn";

/** How a module is built: the options that every constructor takes. */
export interface Making {
  readonly key: Tensor;
  readonly dtype: "float32" | "float64";
}

export interface LayerCase<M extends Module = Module> {
  /** The class, and what is special: "Linear without a bias". */
  readonly name: string;
  /**
   * The highest order of derivative that is compared with differences: 3 for normalisations, 2 otherwise, 1 for what is
   * only made of modules that have cases of their own, where that takes long.
   */
  readonly order: 1 | 2 | 3;
  /** The module under test; its parameters are then moved away from round initial values. */
  build(making: Making): M;
  /** What forward takes; floating ones in the dtype of the module. */
  inputs(making: Making): readonly Tensor[];
  /** Tensors in any nesting; by default the module's `forward(...inputs, { mode: "train" })`. */
  forward?(module: M, inputs: readonly Tensor[]): unknown;
  /**
   * What gets no gradient, and that is right: paths of parameters, and inputs as "input 0". A name that is
   * listed and gets a gradient all the same fails too.
   */
  readonly zeroGradient?: readonly string[];
  /** Inputs that forward must refuse; null where it takes any tensor. */
  readonly bad: ((making: Making) => readonly Tensor[]) | null;
}

/** A case among cases of other modules. */
export function layerCase<M extends Module>(spec: LayerCase<M>): LayerCase {
  return spec as unknown as LayerCase;
}

/** Normal numbers, as input of a case. */
export function drawn({ key, dtype }: Making, shape: readonly number[]): Tensor {
  return normal(key, shape, { dtype: dtype satisfies DType });
}
