/**
 * @file Threefry-2x32 with 20 rounds, the counter-based generator of Salmon, Moraes, Dror & Shaw (2011),
 * "Parallel random numbers: as easy as 1, 2, 3", section 4.
 *
 * Two words of key and two of counter give two words: a pure function, so any element of a random
 * array can be computed alone, in any order.
 */

export const PARITY = 0x1bd11bda;
export const ROTATIONS = [
  [13, 15, 26, 6],
  [17, 29, 16, 24],
] as const;

/** The two output words for a key and a counter, all as signed 32-bit integers. */
export function threefry2x32(
  key0: number,
  key1: number,
  counter0: number,
  counter1: number,
): readonly [number, number] {
  const schedule = [key0 | 0, key1 | 0, PARITY ^ key0 ^ key1];
  let a = (counter0 + schedule[0]) | 0;
  let b = (counter1 + schedule[1]) | 0;
  for (let group = 0; group < 5; group++) {
    for (const r of ROTATIONS[group % 2]) {
      a = (a + b) | 0;
      b = ((b << r) | (b >>> (32 - r))) ^ a;
    }
    a = (a + schedule[(group + 1) % 3]) | 0;
    b = (b + schedule[(group + 2) % 3] + group + 1) | 0;
  }
  return [a, b];
}
