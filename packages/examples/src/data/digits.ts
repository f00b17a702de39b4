/**
 * @file Handwritten-like digits from a seed, in the form of MNIST, for examples that must run without a download.
 *
 * Invariants
 * - the same seed gives the same bytes on every machine, and a shorter set is the beginning of a longer one;
 * - every ten digits in a row hold each label once, in random order.
 *
 * It is not MNIST: figures measured on it say nothing about the paper's. This module does not know tensors.
 */
import { ValueError } from "@tapegrad/autograd";
import { DIGIT_STYLES } from "./digit-styles.ts";
import { DIGIT_SIDE, drawDigit } from "./draw-digit.ts";
import { type RandomIntegers, xoshiro128, xoshiro128State } from "./xoshiro128.ts";

const PIXELS = DIGIT_SIDE * DIGIT_SIDE;
const MAX_COUNT = 1_000_000;

/** Pictures and what they show: image i is `images[784 i .. 784 (i + 1)]`, row by row, and shows `labels[i]`. */
export interface Digits {
  /** 784 grey values per digit: 0 is paper, 255 full ink. */
  readonly images: Uint8Array;
  readonly labels: Uint8Array;
}

/**
 * Writes `count` digits of 28 × 28 pixels, each by a style, a slant, a size and a pen chosen at random.
 *
 * @throws ValueError if `count` is not an integer from 0 to 1000000, or `seed` not one from 0 to 2^32 - 1.
 * @example
 * const { images, labels } = generateDigits(12_000, { seed: 1 });
 */
export function generateDigits(count: number, { seed }: { readonly seed: number }): Digits {
  requireInteger("count", count, MAX_COUNT);
  requireInteger("seed", seed, 0xffff_ffff);
  const next = xoshiro128(xoshiro128State(seed));
  const images = new Uint8Array(count * PIXELS);
  const labels = new Uint8Array(count);
  const order = Uint8Array.from(DIGIT_STYLES.keys());
  for (let index = 0; index < count; index++) {
    const place = index % order.length;
    if (place === 0) shuffle(order, next);
    labels[index] = order[place];
    const styles = DIGIT_STYLES[order[place]];
    const style = styles[below(next, styles.length)];
    drawDigit(style, next, images.subarray(index * PIXELS, (index + 1) * PIXELS));
  }
  return { images, labels };
}

function requireInteger(option: string, value: number, max: number): void {
  if (Number.isInteger(value) && value >= 0 && value <= max) return;
  throw new ValueError("generateDigits", { option, value }, () => {
    return `${option} is ${value}, which is not an integer from 0 to ${max}. Pass one in that range.`;
  });
}

/** An integer in [0, bound); the bounds here are at most 10, so the bias of the product is below 1e-8. */
const below = (next: RandomIntegers, bound: number): number =>
  Math.floor((next() / 0x1_0000_0000) * bound);

/** Fisher & Yates (1938), in the form of Durstenfeld (1964). */
function shuffle(values: Uint8Array, next: RandomIntegers): void {
  for (let last = values.length - 1; last > 0; last--) {
    const other = below(next, last + 1);
    const value = values[last];
    values[last] = values[other];
    values[other] = value;
  }
}
