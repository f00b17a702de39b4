import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { threefry2x32 } from "../../src/kernel/threefry.ts";

const hex = (words: readonly number[]): string[] =>
  words.map((word) => (word >>> 0).toString(16).padStart(8, "0"));

type Words = [number, number, number, number];

describe("Threefry-2x32 with 20 rounds", () => {
  // the file kat_vectors of Random123, the reference implementation of Salmon et al. (2011)
  it.each([
    [
      [0, 0],
      [0, 0],
      ["6b200159", "99ba4efe"],
    ],
    [
      [0xffffffff, 0xffffffff],
      [0xffffffff, 0xffffffff],
      ["1cb996fc", "bb002be7"],
    ],
    [
      [0x13198a2e, 0x03707344],
      [0x243f6a88, 0x85a308d3],
      ["c4923a9c", "483df7a0"],
    ],
  ] as const)(
    "gives the known answer for key %j and counter %j",
    ([k0, k1], [c0, c1], expected) => {
      expect(hex(threefry2x32(k0, k1, c0, c1))).toEqual(expected);
    },
  );

  it("takes words signed or unsigned", () => {
    expect(threefry2x32(-1, -1, -1, -1)).toEqual(threefry2x32(2 ** 32 - 1, 2 ** 32 - 1, 2 ** 32 - 1, 2 ** 32 - 1)); // biome-ignore format: one line
  });

  it("changes about half of its 64 bits with any one bit of its counter or key", () => {
    const ones = (word: number): number => (word >>> 0).toString(2).replaceAll("0", "").length;
    const word = fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 });
    let [changed, pairs] = [0, 0];
    fc.assert(
      fc.property(fc.tuple(word, word, word, word), fc.nat(3), fc.nat(31), (words, which, bit) => {
        const flipped = words.with(which, words[which] ^ (1 << bit)) as Words;

        const [a, b] = [threefry2x32(...words), threefry2x32(...flipped)];

        changed += ones(a[0] ^ b[0]) + ones(a[1] ^ b[1]);
        pairs++;
      }),
      { numRuns: 500 },
    );
    // mean 32, standard deviation 4 / √pairs
    expect(Math.abs(changed / pairs - 32)).toBeLessThan(6 * (4 / Math.sqrt(pairs)));
  });
});
