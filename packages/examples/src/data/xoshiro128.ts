/**
 * @file A seeded generator of 32-bit integers, xoshiro128**, for data that must be the same everywhere.
 *
 * Only 32-bit integer operations are used, so a seed gives the same numbers on every machine.
 * It is not for secrets, and it knows nothing of digits or tensors.
 *
 * Algorithm: Blackman & Vigna (2021), Scrambled linear pseudorandom number generators, ACM TOMS 47(4), 36.
 * The state is filled by a Weyl sequence through a bijective mixer, which is SplitMix of Steele, Lea &
 * Flood (2014) in 32 bits; the mixer is the finaliser of Appleby's MurmurHash3 (2011), fmix32.
 */

/** Gives the next integer of a sequence, uniform in [0, 2^32). */
export type RandomIntegers = () => number;

/** The four words of the generator, not all zero. */
export type Xoshiro128State = readonly [number, number, number, number];

const GOLDEN_GAMMA = 0x9e3779b9;

const rotateLeft = (word: number, bits: number): number => (word << bits) | (word >>> (32 - bits));

/** Starts the sequence that follows `state`. */
export function xoshiro128([word0, word1, word2, word3]: Xoshiro128State): RandomIntegers {
  let [a, b, c, d] = [word0 | 0, word1 | 0, word2 | 0, word3 | 0];
  return () => {
    const result = Math.imul(rotateLeft(Math.imul(b, 5), 7), 9) >>> 0;
    const shifted = b << 9;
    c ^= a;
    d ^= b;
    b ^= c;
    a ^= d;
    c ^= shifted;
    d = rotateLeft(d, 11);
    return result;
  };
}

/** Spreads a 32-bit seed over the four words; no seed gives four zeros, since mixing is one to one. */
export function xoshiro128State(seed: number): Xoshiro128State {
  const word = (index: number): number => mix(seed + Math.imul(index, GOLDEN_GAMMA));
  return [word(1), word(2), word(3), word(4)];
}

function mix(word: number): number {
  let mixed = word | 0;
  mixed = Math.imul(mixed ^ (mixed >>> 16), 0x85ebca6b);
  mixed = Math.imul(mixed ^ (mixed >>> 13), 0xc2b2ae35);
  return (mixed ^ (mixed >>> 16)) >>> 0;
}
