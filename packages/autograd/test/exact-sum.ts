/**
 * @file Sums of float64 without any error, and how far a number is from them.
 *
 * An exact number is an integer that counts 2^-1074, the least positive float64; its square counts 2^-2148.
 */

/** The integer that is 2^1074 · x, for finite `x`. */
export function exactly(x: number): bigint {
  const bits = new BigInt64Array(Float64Array.of(x).buffer)[0];
  const biased = Number((bits >> 52n) & 0x7ffn);
  const fraction = bits & 0xfffffffffffffn;
  const size = (biased === 0 ? fraction : fraction | 0x10000000000000n) << BigInt(Math.max(0, biased - 1)); // biome-ignore format: a formula
  return bits < 0n ? -size : size;
}

/** Terms for which sums of 32-bit words are exact in float64. */
const EXACT = 2 ** 20;

/**
 * Σ x over finite numbers. The words of the mantissas are added by exponent, in float64 but exactly, so a million numbers
 * cost no more than a few thousand long integers.
 */
export function exactSum(values: ArrayLike<number>): bigint {
  let total = 0n;
  for (let start = 0; start < values.length; start += EXACT) {
    const part = new Float64Array(Math.min(EXACT, values.length - start));
    for (let i = 0; i < part.length; i++) part[i] = values[start + i];
    total += exactPart(new Uint32Array(part.buffer));
  }
  return total;
}

/** Of numbers as pairs of words, the lower one first. */
function exactPart(words: Uint32Array): bigint {
  const [high, low] = [new Float64Array(2048), new Float64Array(2048)];
  for (let i = 0; i < words.length; i += 2) {
    const upper = words[i + 1];
    const biased = (upper >>> 20) & 0x7ff;
    const sign = upper >>> 31 === 1 ? -1 : 1;
    const leading = biased === 0 ? 0 : 2 ** 20;
    high[biased] += sign * ((upper & 0xfffff) + leading);
    low[biased] += sign * words[i];
  }
  let total = 0n;
  for (let biased = 0; biased < 2047; biased++) {
    if (high[biased] === 0 && low[biased] === 0) continue;
    const mantissas = (BigInt(high[biased]) << 32n) + BigInt(low[biased]);
    total += mantissas << BigInt(Math.max(0, biased - 1));
  }
  return total;
}

/** |x|, of any exact number. */
export const size = (x: bigint): bigint => (x < 0n ? -x : x);

/** a / b to some 50 digits of a double, whatever their sizes; 0 where both are 0. */
export function ratio(a: bigint, b: bigint): number {
  if (a === 0n) return 0;
  const bits = 200 + Math.max(0, size(b).toString(2).length - size(a).toString(2).length);
  return (Number((a << BigInt(bits)) / b) / 2 ** 200) * 2 ** (200 - bits);
}
