/**
 * @file Seeds of single samples, and the numbers that a sample's augmentation draws from one.
 *
 * A seed is a pure function of the loader's key, the epoch and the index of the sample: whoever computes the
 * sample, in whatever order or thread, draws the same. Plain integers, so that they travel to workers.
 */

const FRACTION = 2 ** -32;
/** An index that no sample has: the seed of the order of an epoch. */
const NO_SAMPLE = 2 ** 32 - 1;

/** A safe integer of 53 bits: the finaliser of MurmurHash3 (Appleby, 2011) over two lanes of 32 bits. */
export function sampleSeed(key: readonly number[], epoch: number, index: number): number {
  let [a, b] = [0x9e3779b9, 0x243f6a88];
  for (const word of [...key, epoch, index]) {
    a = finalise(a ^ word);
    b = finalise((b ^ word) + a);
  }
  return (a & 0x1fffff) * 2 ** 32 + (b >>> 0);
}

/** The seed of what an epoch draws as a whole, such as the order of its samples. */
export function epochSeed(key: readonly number[], epoch: number): number {
  return sampleSeed(key, epoch, NO_SAMPLE);
}

function finalise(word: number): number {
  let mixed = Math.imul(word ^ (word >>> 16), 0x85ebca6b);
  mixed = Math.imul(mixed ^ (mixed >>> 13), 0xc2b2ae35);
  return mixed ^ (mixed >>> 16);
}

/**
 * A source of numbers in [0, 1) for one sample, of 32 random bits each; the same numbers for the same seed.
 *
 * - for JavaScript code that augments samples, in workers too; tensors are drawn with `randomKey(seed)`
 *
 * @example
 * const random = randomNumbers(7);   // `context.seed` of a source
 * const flipped = random() < 0.5;
 * @see the generator sfc32 of PractRand, C. Doty-Humphrey (2010).
 */
export function randomNumbers(seed: number): () => number {
  let [a, b, c, counter] = [0, seed | 0, Math.floor(seed / 2 ** 32) | 0, 1];
  const next = (): number => {
    const drawn = (a + b + counter++) | 0;
    a = b ^ (b >>> 9);
    b = (c + (c << 3)) | 0;
    c = ((c << 21) | (c >>> 11)) + drawn;
    return (drawn >>> 0) * FRACTION;
  };
  // the first numbers would still tell the seed
  for (let i = 0; i < 12; i++) next();
  return next;
}
