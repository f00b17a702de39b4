/** @file Stand-in until the norms are there. */
import type { Tensor } from "../core/tensor.ts";
import { equal } from "../primitives/compare.ts";
import { sqrt } from "../primitives/sqrt.ts";
import { pow } from "../primitives/pow.ts";
import { abs } from "../primitives/abs.ts";
import { type ReduceOptions, sum } from "../primitives/sum-broadcast-to.ts";
import { where } from "../primitives/where.ts";
import { mul } from "../primitives/mul.ts";
export function vectorNorm(
  x: Tensor,
  options: ReduceOptions & { readonly ord?: number } = {},
): Tensor {
  const { ord = 2 } = options;
  if (ord !== 2) return pow(sum(pow(abs(x), ord), options), 1 / ord);
  const squares = sum(mul(x, x), options);
  const isZero = equal(squares, 0);
  return where(isZero, 0, sqrt(where(isZero, 1, squares)));
}
