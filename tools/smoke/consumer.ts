/**
 * @file A consumer of the packed packages, type-checked by smoke.ts under moduleResolution nodenext and
 * bundler. It uses what the types alone could get wrong: the methods that fluent.ts adds, nested
 * arguments of `grad`, the class of an error.
 */

import { grad, OpError, type Tensor, tensor } from "@tapegrad/autograd";

const squares = (p: { readonly w: Tensor; readonly b: readonly Tensor[] }): Tensor =>
  p.w.mul(p.w).sum();

/** Its type says that the gradient is nested as the argument is. */
export const gradient: { readonly w: Tensor; readonly b: readonly Tensor[] } = grad(squares)({
  w: tensor([1, 2, 3]),
  b: [],
});

export const explain = (error: unknown): string =>
  error instanceof OpError ? `${error.op}: ${error.message}` : String(error);
