/**
 * @file The random numbers of the checks: pure functions of a seed, a purpose and a position.
 *
 * They come from the generator of random/, without its tensors: a check draws thousands of small arrays.
 */
import { threefry2x32 } from "../kernel/threefry.ts";

/** What numbers are drawn for. Different purposes of one seed are unrelated. */
export type Purpose = "cotangent" | "direction" | "probe" | "move" | "values" | "choice";

const PURPOSES = {
  cotangent: 1,
  direction: 2,
  probe: 3,
  move: 4,
  values: 5,
  choice: 6,
} satisfies Record<Purpose, number>;

/** Number `index` of part `part` of a purpose: uniform in [0, 1), with 53 random bits. */
export function uniformAt(seed: number, purpose: Purpose, part: number, index: number): number {
  const high = Math.floor(seed / 2 ** 32) | 0;
  const [a, b] = threefry2x32(seed | 0, high, index, PURPOSES[purpose] * 2 ** 24 + part);
  return ((a >>> 5) * 2 ** 26 + (b >>> 6)) * 2 ** -53;
}

/**
 * `size` numbers whose magnitudes are uniform in [0.5, 1.5), with random signs.
 *
 * None is close to 0: as a cotangent or a direction, an entry near 0 would hide a mistake at its place.
 */
export function signedDraws(
  seed: number,
  purpose: Purpose,
  part: number,
  size: number,
): Float64Array<ArrayBuffer> {
  return Float64Array.from({ length: size }, (_, i) => {
    const u = 2 * uniformAt(seed, purpose, part, i);
    return u < 1 ? -(0.5 + u) : u - 0.5;
  });
}

/** A new seed, for checks that were given none. */
export function freshSeed(): number {
  return Math.floor(Math.random() * 2 ** 31);
}
