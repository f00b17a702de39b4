/**
 * @file Inputs on which sums lose digits, and how many they may lose: the bounds of docs/numbers.md.
 */
import { normal, randomKey } from "@tapegrad/autograd";

/** Half the distance from 1 to the next number. */
export const U = { float32: 2 ** -24, float64: 2 ** -53 } as const;

/**
 * γ(k) = k u / (1 - k u) in float64, for the roundings that one of n terms meets: two blocks of 256, along rows and down
 * columns, and the halves above them. Higham, "Accuracy and stability of numerical algorithms" (2nd edition, 2002),
 * sections 3.1 and 4.2.
 */
export const gammaOf = (n: number): number => {
  const k = 2 * 256 + Math.ceil(Math.log2(Math.max(n, 2)));
  return (k * U.float64) / (1 - k * U.float64);
};

export type Numbers = Float32Array | Float64Array;

const drawn = new Map<number, Float64Array>();

/** Normal numbers, always the same. */
export function noise(n: number): Float64Array {
  const found = drawn.get(n) ?? Float64Array.from(normal(randomKey(n), [n], { dtype: "float64" }).toTypedArray());
  drawn.set(n, found);
  return found;
} // biome-ignore format: one line

/** Hard inputs of n numbers. */
export const INPUTS: Readonly<Record<string, (n: number) => Float64Array>> = {
  "equal numbers": (n) => new Float64Array(n).fill(0.1),
  "normal numbers": (n) => Float64Array.from(noise(n)),
  "an offset of a million": (n) => noise(n).map((x) => 1e6 + x),
  "sizes from 1e-30 to 1e30": (n) => noise(n).map((x, i) => x * 10 ** ((i * 7) % 61 - 30)),
  "numbers that cancel": (n) => noise(n).map((x, i) => (i % 3 === 0 ? 1e30 : i % 3 === 1 ? x : -1e30)),
  "tiny numbers": (n) => noise(n).map((x) => x * 1e-30),
  "huge numbers": (n) => noise(n).map((x) => x * 1e30),
}; // biome-ignore format: a table
