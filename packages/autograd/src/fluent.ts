/**
 * @file Operations as methods of Tensor: `x.mul(y).sum()`. Each is the function of that name, with the
 * tensor as its first argument; the documentation is there. Which ones: ops/methods.ts.
 *
 * Importing this file adds the methods; index.ts does. No other file of the library uses them.
 */
import { Tensor } from "./core/tensor.ts";
import { mT } from "./ops/rearranging.ts";
import type { IndexEntry } from "./ops/indexing/index-plan.ts";
import { at, type Part } from "./ops/indexing/part.ts";
import * as methods from "./ops/methods.ts";
import { transpose } from "./primitives/transpose.ts";

/** `F` without its first argument, which is the tensor the method is called on; up to three forms. */
type Method<F> = F extends {
  (x: Tensor, ...rest: infer A): infer R;
  (x: Tensor, ...rest: infer B): infer S;
  (x: Tensor, ...rest: infer C): infer T;
}
  ? ((...rest: A) => R) & ((...rest: B) => S) & ((...rest: C) => T)
  : never;

type Methods = { [K in keyof typeof methods]: Method<(typeof methods)[K]> };

interface Fluent extends Methods {
  /** The part that an index names: `x.at(0, { step: -1 }).set(1)`. */
  at(...index: readonly IndexEntry[]): Part;
  /** The axes in reverse order. */
  readonly T: Tensor;
  /** The last two axes exchanged; a scalar as it is. */
  readonly mT: Tensor;
}

declare module "./core/tensor.ts" {
  interface Tensor extends Fluent {}
}

for (const [name, operation] of Object.entries(methods)) {
  const call = operation as (x: Tensor, ...rest: unknown[]) => unknown;
  Object.defineProperty(Tensor.prototype, name, {
    configurable: true,
    writable: true,
    value(this: Tensor, ...rest: unknown[]): unknown {
      return call(this, ...rest);
    },
  });
}

Object.defineProperties(Tensor.prototype, {
  at: {
    configurable: true,
    writable: true,
    value(this: Tensor, ...index: readonly IndexEntry[]): Part {
      return at(this, ...index);
    },
  },
  T: {
    configurable: true,
    get(this: Tensor): Tensor {
      return transpose(this);
    },
  },
  mT: {
    configurable: true,
    get(this: Tensor): Tensor {
      return mT(this);
    },
  },
});
