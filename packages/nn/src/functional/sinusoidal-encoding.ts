/** @file sinusoidalEncoding: positions as sines and cosines of geometrically spaced wavelengths. */
import {
  arange,
  cast,
  cos,
  type DType,
  mul,
  narrow,
  pow,
  reshape,
  sin,
  stack,
  type Tensor,
} from "@tapegrad/autograd";

/**
 * PE(t, 2i) = sin(t / 10000^(2i / features)), PE(t, 2i + 1) = cos of the same.
 *
 * - shape: [length, features]; dtype: float32 by default, computed in float64
 *
 * @example
 * sinusoidalEncoding(2, 2);   // [[0, 1], [0.8415, 0.5403]]
 * @see Vaswani et al. (2017), section 3.5.
 */
export function sinusoidalEncoding(
  length: number,
  features: number,
  { dtype = "float32" }: { readonly dtype?: DType } = {},
): Tensor {
  const pairs = Math.ceil(features / 2);
  const exponents = mul(cast(arange(pairs), "float64"), -2 / features);
  const positions = reshape(cast(arange(length), "float64"), [length, 1]);
  const angles = mul(positions, pow(10_000, exponents));
  const both = reshape(stack([sin(angles), cos(angles)], { axis: 2 }), [length, 2 * pairs]);
  return cast(narrow(both, { axis: 1, start: 0, length: features }), dtype);
}
