/** @file Sequential. */
import type { Tensor, Variable } from "@tapegrad/autograd";
import { type ForwardOptions, type Layer, Module } from "../module.ts";

/** Layers one after another. Their names are their positions, as in `0.weight`; a subclass may add state of its own. */
export class Sequential extends Module {
  readonly layers: readonly Layer[];

  constructor(...layers: readonly Layer[]) {
    super();
    this.layers = layers;
  }

  override children(): readonly (readonly [string, Variable | Module])[] {
    const numbered = this.layers.map((layer, i) => [String(i), layer] as const);
    const others = super.children().filter(([name]) => !name.startsWith("layers."));
    return [...numbered, ...others];
  }

  forward(x: Tensor, options: ForwardOptions = {}): Tensor {
    return this.layers.reduce((value, layer) => layer.forward(value, options), x);
  }
}
