/**
 * @file The scalar functions whose gradients are checked: φ₀(x) = <c, f(x)>, and from each the next one,
 * φₖ(x) = <∇φₖ₋₁(x), rₖ>, by reverse or by forward mode.
 *
 * A word such as "fr" names how φ₂ was made: by reverse mode over forward mode, the last letter outermost.
 */
import type { Aval } from "../array/aval.ts";
import { sizeOf } from "../array/shape.ts";
import { rowMajor } from "../array/strided-array.ts";
import { fromArray, splat, type Tensor } from "../core/tensor.ts";
import { add } from "../primitives/add.ts";
import { mul } from "../primitives/mul.ts";
import { sum } from "../primitives/sum-broadcast-to.ts";
import { jvp } from "../transforms/jvp.ts";
import { vjp } from "../transforms/vjp.ts";

/** Tensors to one float64 number, differentiable. */
export type Functional = (x: readonly Tensor[]) => Tensor;

/** How a derivative was taken: "r" for reverse and "f" for forward mode. */
export type Letter = "r" | "f";

const SCALAR: Aval = { shape: [], dtype: "float64" };
const ONE = splat(SCALAR, 1);

/** The sum of all products of elements at equal places. */
export function dot(xs: readonly Tensor[], ys: readonly Tensor[]): Tensor {
  let total: Tensor | null = null;
  xs.forEach((x, i) => {
    const term = sum(mul(x, ys[i]));
    total = total === null ? term : add(total, term);
  });
  return total ?? splat(SCALAR, 0);
}

/** A float64 tensor on `data`, which is flat and row-major. */
export function float64(data: Float64Array, aval: Pick<Aval, "shape">): Tensor {
  const { shape } = aval;
  return fromArray({ data, shape, stride: rowMajor(shape), offset: 0 }, "float64");
}

/** ∇φ(x) by one backward walk. */
export function reverseGradient(phi: Functional, x: readonly Tensor[]): readonly Tensor[] {
  return vjp((...args: readonly Tensor[]) => phi(args), ...x).pullback(ONE);
}

/** <∇φ(x), r> by one forward walk. */
export function forwardAlong(phi: Functional, x: readonly Tensor[], r: readonly Tensor[]): Tensor {
  return jvp((...args: readonly Tensor[]) => phi(args), x, r).tangent;
}

/** ∇φ(x) by one forward walk for every entry. */
export function forwardGradient(phi: Functional, x: readonly Tensor[]): readonly Tensor[] {
  const still = x.map(({ aval }) => splat(aval, 0));
  return x.map(({ aval }, input) => {
    const entries = Float64Array.from({ length: sizeOf(aval.shape) }, (_, at) => {
      const unit = new Float64Array(sizeOf(aval.shape));
      unit[at] = 1;
      return forwardAlong(phi, x, still.with(input, float64(unit, aval))).item();
    });
    return float64(entries, aval);
  });
}

/** φₖ from φ₀, by the letters of `word`, along the directions of the orders. */
export function derived(
  phi: Functional,
  word: readonly Letter[],
  directions: readonly (readonly Tensor[])[],
): Functional {
  return word.reduce((inner: Functional, letter, k) => {
    const r = directions[k];
    return letter === "r"
      ? (x) => dot(reverseGradient(inner, x), r)
      : (x) => forwardAlong(inner, x, r);
  }, phi);
}

/** All words of `length` letters. */
export function words(length: number): readonly (readonly Letter[])[] {
  if (length === 0) return [[]];
  return words(length - 1).flatMap((word): (readonly Letter[])[] => [
    [...word, "r"],
    [...word, "f"],
  ]);
}

/** `["r", "f"]` as `forward over reverse`. */
export function spell(word: readonly Letter[]): string {
  return [...word]
    .reverse()
    .map((letter) => (letter === "r" ? "reverse" : "forward"))
    .join(" over ");
}
