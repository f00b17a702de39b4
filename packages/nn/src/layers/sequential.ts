/** @file Sequential. */
import type { Tensor, Variable } from "@tapegrad/autograd";
import { type ForwardOptions, Module } from "../module.ts";

/** Layers one after another. Their names are their positions, as in `0.weight`. */
export class Sequential extends Module {
  readonly layers: readonly Module[];

  constructor(...layers: readonly Module[]) {
    super();
    this.layers = layers;
  }

  override children(): readonly (readonly [string, Variable | Module])[] {
    return this.layers.map((layer, i) => [String(i), layer] as const);
  }

  forward(x: Tensor, options: ForwardOptions = {}): Tensor {
    return this.layers.reduce((value, layer) => layer.forward(value, options), x);
  }
}
