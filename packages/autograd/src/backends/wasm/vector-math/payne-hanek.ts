/**
 * @file x · 2/π modulo 4 for huge x, by Payne & Hanek, "Radian reduction for trigonometric functions",
 * ACM SIGNUM Newsletter 18 (1983).
 *
 * 2/π is cut into integers of 24 bits. Those that would add multiples of 4 only are skipped: each lane finds
 * its first one by a shift through the row of all of them. The next nine suffice for 2⁻¹¹⁶ behind the point.
 * x is cut into 29 and 24 bits, so every product is exact; they are added with their rounding errors.
 */
import { exactProduct, exactSum, type Pair } from "./exact.ts";
import type { Lanes, Value } from "./lanes.ts";

/** 2/π = Σ WORDS[i] · 2^(-24 (i + 1)), from the value of π to 420 digits. */
const WORDS: readonly number[] = [
  0xa2f983, 0x6e4e44, 0x1529fc, 0x2757d1, 0xf534dd, 0xc0db62, 0x95993c, 0x439041, 0xfe5163,
  0xabdebb, 0xc561b7, 0x246e3a, 0x424dd2, 0xe00649, 0x2eea09, 0xd1921c, 0xfe1deb, 0x1cb129,
  0xa73ee8, 0x8235f5, 0x2ebb44, 0x84e99c, 0x7026b4, 0x5f7e41, 0x3991d6, 0x398353, 0x39f49c,
  0x845f8b, 0xbdf928, 0x3b1ff8, 0x97ffde, 0x05980f, 0xef2f11, 0x8b5a0a, 0x6d1f6d, 0x367ecf,
  0x27cb09, 0xb74f46, 0x3f669e, 0x5fea2d, 0x7527ba, 0xc7ebe5, 0xf17b3d, 0x0739f7, 0x8a5292,
  0xea6bfb, 0x5fb11f, 0x8d5d08, 0x560330, 0x46fc7b, 0x6babf0, 0xcfbc20,
];

/** How many words are used, and bits of the largest index of the first one: 40 for float64, 3 for float32. */
const PLAN = {
  float64: { used: 9, steps: [32, 16, 8, 4, 2, 1] },
  float32: { used: 7, steps: [2, 1] },
} as const;

const HALF_PI = [1.5707963267948966, 6.123233995736766e-17] as const;
const MAGIC = 1.5 * 2 ** 52;

/** Index of the first word whose product with x is no multiple of 4: (exponent - 54) / 24, rounded down. */
function firstWord(lanes: Lanes, x: Value): Value {
  const size = lanes.op("abs", x);
  const bits = lanes.or(lanes.shift("shr_u", size, 52), lanes.integer(0x4330000000000000n));
  const exponent = lanes.sub(bits, lanes.number(2 ** 52 + 1023 + 54));
  const index = lanes.op("floor", lanes.mul(exponent, lanes.number(1 / 24)));
  return lanes.keep(lanes.op("max", index, lanes.number(0)));
}

/** The `used` words from index `first` on, of each lane its own. */
function window(
  lanes: Lanes,
  first: Value,
  { used, steps }: (typeof PLAN)["float64" | "float32"],
): readonly Value[] {
  let row: readonly Value[] = WORDS.map((word) => lanes.number(word));
  let rest = first;
  for (const step of steps) {
    const size = lanes.number(step);
    const mask = lanes.keep(lanes.op("ge", rest, size));
    rest = lanes.keep(lanes.sub(rest, lanes.and(mask, size)));
    const length = Math.min(used + step - 1, row.length);
    row = row.slice(0, length).map((word, i) => {
      const later = row[i + step];
      return later === undefined ? word : lanes.keep(lanes.select(mask, later, word));
    });
  }
  return row;
}

/** x - 4 times the nearest integer to x / 4: exact. */
function modulo4(lanes: Lanes, x: Value): Value {
  const whole = lanes.op("nearest", lanes.mul(x, lanes.number(0.25)));
  return lanes.keep(lanes.sub(x, lanes.mul(whole, lanes.number(4))));
}

/** x = turns · π/2 + rest, up to multiples of 2π. */
export function reduceHuge(
  lanes: Lanes,
  x: Value,
  dtype: "float32" | "float64",
): { readonly turns: Value; readonly rest: Pair } {
  const plan = PLAN[dtype];
  const first = firstWord(lanes, x);
  const words = window(lanes, first, plan);
  // 2^(-24 first), its exponent made from the low bits of a sum
  const exponent = lanes.sub(lanes.number(1023 + MAGIC), lanes.mul(first, lanes.number(24)));
  const scale = lanes.keep(lanes.shift("shl", exponent, 52));
  let upper = lanes.keep(lanes.mul(lanes.and(x, lanes.integer(~0xffffffn)), scale));
  let lower = lanes.keep(lanes.sub(lanes.mul(x, scale), upper));
  let sum = lanes.number(0);
  let low = lanes.number(0);
  let lowest = lanes.number(0);
  words.forEach((word, i) => {
    const down = lanes.number(2 ** -24);
    upper = lanes.keep(lanes.mul(upper, down));
    lower = lanes.keep(lanes.mul(lower, down));
    for (const part of dtype === "float32" ? [upper] : [upper, lower]) {
      const product = lanes.keep(lanes.mul(part, word));
      const next = exactSum(lanes, sum, i < 4 ? modulo4(lanes, product) : product);
      const below = exactSum(lanes, low, next.low);
      sum = next.high;
      low = below.high;
      lowest = lanes.keep(lanes.add(lowest, below.low));
    }
  });
  const turns = lanes.keep(lanes.op("nearest", sum));
  const fraction = exactSum(lanes, lanes.keep(lanes.sub(sum, turns)), low);
  const fractionLow = lanes.keep(lanes.add(fraction.low, lowest));
  const product = exactProduct(lanes, fraction.high, lanes.number(HALF_PI[0]));
  const crossed = lanes.add(
    lanes.mul(fraction.high, lanes.number(HALF_PI[1])),
    lanes.mul(fractionLow, lanes.number(HALF_PI[0])),
  );
  const rest = exactSum(lanes, product.high, lanes.keep(lanes.add(product.low, crossed)));
  return { turns, rest };
}
