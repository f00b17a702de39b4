/** @file log2 and log10. Primitives because log x / log 2 misses whole results: of 8 it is a little less than 3. */
import { bind } from "../core/bind.ts";
import type { Primitive } from "../core/primitive.ts";
import type { Tensor } from "../core/tensor.ts";
import { scalarKernel } from "../kernel/kernel.ts";
import { withPartials } from "./define.ts";
import { div } from "./div.ts";
import { alikeFloating } from "./door.ts";

/**
 * Logarithm to base 2. Of powers of two it is exact.
 *
 * - shape and dtype: those of `x`
 * - derivative: 1 / (x log 2); at 0 and below as `log`
 *
 * @throws DTypeError if `x` has an integer or boolean dtype.
 * @example
 * log2(tensor([8]));   // [3]
 */
export function log2(x: Tensor): Tensor {
  return bind(log2Primitive, [x], null);
}

/** Logarithm to base 10. Of powers of ten it is exact. All else as `log2`. */
export function log10(x: Tensor): Tensor {
  return bind(log10Primitive, [x], null);
}

const LOG2 = scalarKernel("log2", 1);
const LOG10 = scalarKernel("log10", 1);

export const log2Primitive: Primitive<null> = withPartials({
  name: "log2",
  arity: 1,
  domain: [{ min: 0.1, max: 3 }],
  cases: [{ params: null }],
  residuals: [0],
  abstractEval: alikeFloating("log2"),
  kernel: () => LOG2,
  partials: [({ primals: [x] }) => div(Math.LOG2E, x)],
});

export const log10Primitive: Primitive<null> = withPartials({
  name: "log10",
  arity: 1,
  domain: [{ min: 0.1, max: 3 }],
  cases: [{ params: null }],
  residuals: [0],
  abstractEval: alikeFloating("log10"),
  kernel: () => LOG10,
  partials: [({ primals: [x] }) => div(Math.LOG10E, x)],
});
