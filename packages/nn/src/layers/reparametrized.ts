/**
 * @file Reparametrized: a layer whose weight is computed from other variables.
 *
 * The weight of the wrapped layer is assigned in every forward pass, inside whatever is recording, so that the layer
 * reads what was computed, and derivatives reach the variables it was computed of. It is no longer part of the
 * model's state; the variables it is computed of stand in its place, among the other variables of the layer.
 */
import type { Tensor, Variable } from "@tapegrad/autograd";
import { type ForwardOptions, type Layer, Module, type Parameter } from "../module.ts";

/** A layer with a weight, such as Linear or Conv2d. */
export interface WeightedLayer extends Layer {
  readonly weight: Parameter;
}

/** Base of the layers that compute the weight of another one. */
export abstract class Reparametrized<L extends WeightedLayer> extends Module {
  readonly layer: L;

  constructor(layer: L) {
    super();
    this.layer = layer;
  }

  /** The weight for one forward pass. */
  protected abstract weightFor(options: ForwardOptions): Tensor;

  /** Own variables, then those of the layer but its weight: all in one place, as if this were the layer. */
  override children(): readonly (readonly [string, Variable | Module])[] {
    const own = super.children().filter(([, child]) => child !== this.layer);
    const kept = this.layer.children().filter(([, child]) => child !== this.layer.weight);
    return [...own, ...kept];
  }

  /** Computes the weight, assigns it to the layer, and gives what the layer makes of `x`. */
  forward(x: Tensor, options: ForwardOptions = {}): Tensor {
    this.layer.weight.assign(this.weightFor(options));
    return this.layer.forward(x, options);
  }

  /** The plain layer, with the weight that evaluation uses. */
  unwrap(): L {
    this.layer.weight.assign(this.weightFor({ mode: "eval" }));
    return this.layer;
  }
}
