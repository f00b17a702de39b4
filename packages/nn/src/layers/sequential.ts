/** @file Sequential. */
import { type Tensor, ValueError, type Variable } from "@tapegrad/autograd";
import { type ForwardOptions, type Layer, Module } from "../module.ts";

/**
 * Layers one after another. Their names are their positions, as in `0.weight`, or those given to `Sequential.named`; a
 * subclass may add state of its own.
 */
export class Sequential extends Module {
  readonly layers: readonly Layer[];
  /** null for positions. */
  #names: readonly string[] | null = null;

  constructor(...layers: readonly Layer[]) {
    super();
    this.layers = layers;
  }

  /**
   * Layers with names, in their order: state is called `conv.weight` instead of `0.weight`.
   *
   * @throws ValueError if a name is empty, holds a dot, or is a whole number, which JavaScript puts before all others.
   * @example
   * Sequential.named({ conv: new Conv2d(1, 8, 3), bn: new BatchNorm(8, { layout: "NCHW" }), relu: new ReLU() });
   */
  static named(layers: Readonly<Record<string, Layer>>): Sequential {
    const model = new Sequential(...Object.values(layers));
    model.#names = Object.keys(layers).map(requireName);
    return model;
  }

  override children(): readonly (readonly [string, Variable | Module])[] {
    const names = this.#names;
    const own = this.layers.map((layer, i) => [names?.[i] ?? String(i), layer] as const);
    const others = super.children().filter(([name]) => !name.startsWith("layers."));
    return [...own, ...others];
  }

  /** `x` through all layers in their order; each is given `options`. */
  forward(x: Tensor, options: ForwardOptions = {}): Tensor {
    return this.layers.reduce((value, layer) => layer.forward(value, options), x);
  }
}

function requireName(name: string): string {
  if (name !== "" && !name.includes(".") && !/^\d+$/.test(name)) return name;
  throw new ValueError("Sequential.named", { name }, (d) => {
    return `"${d.name}" cannot be the name of a layer. Use a word without dots; for positions as names, call \`new Sequential(…)\`.`;
  });
}
