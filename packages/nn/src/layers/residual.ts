/** @file Residual. */
import { add, ShapeError, type Tensor } from "@tapegrad/autograd";
import { type ForwardOptions, type Layer, Module } from "../module.ts";
import type { NormFolder } from "../statistics/fold-batch-norm.ts";

export interface ResidualOptions {
  /** What x is added through, where `body` changes its shape: a projection. x itself by default. */
  readonly shortcut?: Layer;
  /** Applied to the sum; none by default. */
  readonly activation?: Layer;
}

/**
 * activation(shortcut(x) + body(x)).
 *
 * @throws ShapeError if both sides of the sum differ in shape: nothing is broadcast.
 * @example
 * new Residual(new Sequential(new Linear(8, 8), new ReLU(), new Linear(8, 8)));
 * @see He et al. (2016), equations 1 and 2.
 */
export class Residual extends Module {
  readonly body: Layer;
  readonly shortcut: Layer | null;
  readonly activation: Layer | null;

  constructor(body: Layer, options: ResidualOptions = {}) {
    super();
    this.body = body;
    this.shortcut = options.shortcut ?? null;
    this.activation = options.activation ?? null;
  }

  /** activation(shortcut(x) + body(x)), both with these options. */
  forward(x: Tensor, options: ForwardOptions = {}): Tensor {
    const y = this.body.forward(x, options);
    const beside = this.shortcut === null ? x : this.shortcut.forward(x, options);
    const fits = y.rank === beside.rank && y.shape.every((n, axis) => n === beside.shape[axis]);
    if (!fits) {
      throw new ShapeError("Residual", { body: y.shape, shortcut: beside.shape }, (d) => {
        return `the body gives shape [${d.body.join(", ")}] and the shortcut [${d.shortcut.join(", ")}], which cannot be added. Give a \`shortcut\` that projects x to the shape of the body.`;
      });
    }
    const sum = add(y, beside);
    return this.activation === null ? sum : this.activation.forward(sum, options);
  }

  /** Its parts folded, each by itself. */
  foldNorms({ part }: NormFolder): Residual {
    const { body, shortcut, activation } = this;
    return new Residual(part("body", body), {
      ...(shortcut === null ? {} : { shortcut: part("shortcut", shortcut) }),
      ...(activation === null ? {} : { activation: part("activation", activation) }),
    });
  }
}
