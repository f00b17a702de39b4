/**
 * @file The two 16-bit floating formats as float32, which holds each of their values exactly.
 *
 * - F16 is IEEE 754 binary16: 1 sign bit, 5 of exponent with bias 15, 10 of fraction;
 * - BF16 is the upper half of a float32.
 *
 * The bits are moved, not the numbers, so that a NaN keeps its sign and payload.
 */

/** The little-endian bytes of bfloat16 as the float32 of the same values. */
export const widenBFloat16 = (bytes: Uint8Array): Float32Array =>
  widen(bytes, (half) => half << 16);

/** The little-endian bytes of float16 as the float32 of the same values. */
export const widenFloat16 = (bytes: Uint8Array): Float32Array => widen(bytes, float32Bits);

function widen(bytes: Uint8Array, wide: (half: number) => number): Float32Array {
  const bits = new Uint32Array(bytes.length / 2);
  for (let i = 0; i < bits.length; i++) bits[i] = wide(bytes[2 * i] | (bytes[2 * i + 1] << 8));
  return new Float32Array(bits.buffer);
}

const FRACTION_BITS = 10;
const LARGEST_EXPONENT = 31;
/** Of float32 minus that of float16. */
const BIAS_DIFFERENCE = 127 - 15;

/** The bits of the float32 of a float16, both as integers. */
export function float32Bits(half: number): number {
  const sign = (half & 0x8000) << 16;
  const exponent = (half >> FRACTION_BITS) & LARGEST_EXPONENT;
  const fraction = half & 0x3ff;
  if (exponent === LARGEST_EXPONENT) return sign | 0x7f800000 | (fraction << 13);
  if (exponent > 0) return sign | ((exponent + BIAS_DIFFERENCE) << 23) | (fraction << 13);
  if (fraction === 0) return sign;
  // Below the smallest normal number float16 counts in steps of 2^-24; in float32 those are normal numbers.
  const shift = Math.clz32(fraction) - (31 - FRACTION_BITS);
  const normalized = (fraction << shift) & 0x3ff;
  return sign | ((1 - shift + BIAS_DIFFERENCE) << 23) | (normalized << 13);
}
