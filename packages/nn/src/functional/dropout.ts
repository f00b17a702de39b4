/** @file Dropout as functions: values dropped at random, by a key, and the rest scaled to keep the mean. */
import {
  add,
  bernoulli,
  broadcastTo,
  mul,
  type Shape,
  type Tensor,
  ValueError,
  where,
} from "@tapegrad/autograd";

export interface DropoutOptions {
  /** The probability of a value to be dropped, from 0 to 1. */
  readonly rate: number;
  /** Random key: the same one drops the same values. */
  readonly key: Tensor;
  /** Whether the last so many axes are dropped as a whole, as the maps of channels are; 0 by default. */
  readonly wholeAxes?: number;
}

/**
 * `x` with values replaced by 0 at random, and the others divided by 1 - `rate`, so that means stay what they are.
 *
 * - shape and dtype: those of `x`, which must be floating
 * - derivative: the cotangent, dropped and scaled alike; what is dropped has derivative 0 even where it is not finite
 *
 * @throws ValueError if the rate is not from 0 to 1, or there are less axes than are dropped as a whole; DTypeError if `key`
 *   is not a key.
 * @example
 * dropout(ones([4]), { rate: 0.5, key: randomKey(3) });   // some of [2, 2, 2, 2] are 0
 * @see Srivastava et al. (2014); Tompson et al. (2015) for whole maps.
 */
export function dropout(x: Tensor, options: DropoutOptions): Tensor {
  const { rate } = options;
  const kept = where(keptOf("dropout", x, options), x, 0);
  return mul(kept, rate === 1 ? 0 : 1 / (1 - rate));
}

/** What SELU tends to at -∞. */
const LOWEST = -1.7580993408473766;

/**
 * `x` with values replaced at random by what SELU tends to at -∞, and all moved and scaled so that mean 0 and variance 1 are
 * kept.
 *
 * @throws as `dropout`.
 * @see Klambauer et al. (2017), section on dropout.
 */
export function alphaDropout(x: Tensor, options: Omit<DropoutOptions, "wholeAxes">): Tensor {
  const { rate } = options;
  const dropped = where(keptOf("alphaDropout", x, options), x, LOWEST);
  // all values are alike at rate 1, and no factor gives them a variance
  const scale = rate === 1 ? 0 : 1 / Math.sqrt((1 - rate) * (1 + rate * LOWEST ** 2));
  return add(mul(dropped, scale), -scale * rate * LOWEST);
}

function keptOf(op: string, x: Tensor, options: DropoutOptions): Tensor {
  const { rate, key, wholeAxes = 0 } = options;
  requireRate(op, rate);
  if (!Number.isInteger(wholeAxes) || wholeAxes < 0 || wholeAxes > x.rank) {
    throw new ValueError(op, { shape: x.shape, wholeAxes }, (d) => {
      return `the last ${d.wholeAxes} axes are to be dropped as a whole, but the input has shape [${d.shape.join(", ")}]. Use an integer from 0 to its rank, or an input with more axes.`;
    });
  }
  const single = x.rank - wholeAxes;
  const drawn: Shape = x.shape.map((n, axis) => (axis < single ? n : 1));
  return broadcastTo(bernoulli(key, drawn, 1 - rate), x.shape);
}

/** A probability of being dropped. @throws ValueError if it is not from 0 to 1. */
export function requireRate(op: string, rate: number, name = "rate"): number {
  if (rate >= 0 && rate <= 1) return rate;
  throw new ValueError(op, { name, rate }, (d) => {
    return `${d.name} is ${d.rate}, but it is a probability. Use a number from 0 to 1.`;
  });
}
