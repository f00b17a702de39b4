/**
 * @file Sums and products of float64 as unevaluated pairs, without fused multiply-add.
 *
 * Source: T. J. Dekker, "A floating-point technique for extending the available precision" (1971);
 * D. E. Knuth, The Art of Computer Programming 2, 4.2.2. No `madd` here: fused or not must not matter.
 */
import type { Lanes, Value } from "./lanes.ts";

/** A number as the sum of a float64 and a correction below its last place. */
export interface Pair {
  readonly high: Value;
  readonly low: Value;
}

/** a + b for |a| ≥ |b| or a = 0. */
export function quickSum(lanes: Lanes, a: Value, b: Value): Pair {
  const high = lanes.keep(lanes.add(a, b));
  return { high, low: lanes.keep(lanes.sub(b, lanes.sub(high, a))) };
}

export function exactSum(lanes: Lanes, a: Value, b: Value): Pair {
  const high = lanes.keep(lanes.add(a, b));
  const fromB = lanes.keep(lanes.sub(high, a));
  const lostOfA = lanes.sub(a, lanes.sub(high, fromB));
  return { high, low: lanes.keep(lanes.add(lostOfA, lanes.sub(b, fromB))) };
}

/** The upper 26 bits of a number, and the rest. */
function split(lanes: Lanes, x: Value): Pair {
  const high = lanes.keep(lanes.and(x, lanes.integer(~0x7ffffffn)));
  return { high, low: lanes.keep(lanes.sub(x, high)) };
}

/** a · b. All values given should be kept ones. */
export function exactProduct(lanes: Lanes, a: Value, b: Value): Pair {
  const [x, y] = [split(lanes, a), split(lanes, b)];
  const high = lanes.keep(lanes.mul(a, b));
  const most = lanes.sub(lanes.mul(x.high, y.high), high);
  const crossed = lanes.add(lanes.mul(x.high, y.low), lanes.mul(x.low, y.high));
  return {
    high,
    low: lanes.keep(lanes.add(lanes.add(most, crossed), lanes.mul(x.low, y.low))),
  };
}
