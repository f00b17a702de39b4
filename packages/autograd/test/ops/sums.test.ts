/**
 * Sums and what is made of them on hard inputs, against exact ones. The bounds are those of docs/numbers.md, from
 * Higham, "Accuracy and stability of numerical algorithms" (2nd edition, 2002), sections 3.1 and 4.2.
 */
import { normal, randomKey, sum, type Tensor, tensor, transpose } from "@tapegrad/autograd";
import { describe, expect, it } from "vitest";
import { exactly, exactSum, ratio, size } from "../exact-sum.ts";
import { runsFactor } from "../policy.ts";

const U = 2 ** -53;
const U32 = 2 ** -24;
const isNightly = runsFactor >= 100;

/** γ(k) = k u / (1 - k u), for the roundings that a term of n meets: two blocks and the halves above. */
const bound = (n: number): number => {
  const k = 2 * 256 + Math.ceil(Math.log2(Math.max(n, 2)));
  return (k * U) / (1 - k * U);
};

type Numbers = Float32Array | Float64Array;

/** Hard inputs of n numbers. */
const INPUTS: Readonly<Record<string, (n: number) => Float64Array>> = {
  "equal numbers": (n) => new Float64Array(n).fill(0.1),
  "normal numbers": (n) => Float64Array.from(noise(n)),
  "an offset of a million": (n) => noise(n).map((x) => 1e6 + x),
  "sizes from 1e-30 to 1e30": (n) => noise(n).map((x, i) => x * 10 ** ((i * 7) % 61 - 30)),
  "numbers that cancel": (n) => noise(n).map((x, i) => (i % 3 === 0 ? 1e30 : i % 3 === 1 ? x : -1e30)),
  "tiny numbers": (n) => noise(n).map((x) => x * 1e-30),
  "huge numbers": (n) => noise(n).map((x) => x * 1e30),
}; // biome-ignore format: a table

const drawn = new Map<number, Float64Array>();

function noise(n: number): Float64Array {
  const found = drawn.get(n) ?? Float64Array.from(normal(randomKey(n), [n], { dtype: "float64" }).toTypedArray());
  drawn.set(n, found);
  return found;
} // biome-ignore format: one line

/** Every error of `found` over the size of its terms, as a multiple of what is allowed. */
function worst(found: Tensor, terms: readonly Numbers[]): number {
  const values = found.toTypedArray();
  const isSingle = found.dtype === "float32";
  return Math.max(
    ...terms.map((list, i) => {
      const exact = exactSum(list);
      const sizes = exactSum(list.map(Math.abs));
      const allowed = bound(list.length) + (isSingle ? U32 : 0);
      return ratio(size(exactly(values[i]) - exact), sizes) / allowed;
    }),
  );
}

const columnOf = (data: Numbers, columns: number, column: number): Numbers =>
  data.filter((_, i) => i % columns === column);

describe("the exact sum", () => {
  it("is that of integers one by one", () => {
    for (const make of Object.values(INPUTS)) {
      const values = [...make(100), 5e-324, -2e-310, 1.7e308, -0];
      expect(exactSum(values)).toBe(values.reduce((total, x) => total + exactly(x), 0n));
    }
    expect(ratio(exactly(1), exactly(3))).toBe(1 / 3);
    expect(ratio(exactly(1e-300), exactly(1))).toBeCloseTo(1e-300, 310);
  });
});

describe.each(Object.entries(INPUTS))("a sum of %s", (_, make) => {
  it.each([1, 257, 1000, 20_001])("is within its bound for %d terms, whatever the walk", (n) => {
    const three = make(3 * n);
    const columns = [0, 1, 2].map((j) => columnOf(three, 3, j));
    for (const dtype of ["float64", "float32"] as const) {
      const narrow = (list: Numbers): Numbers => (dtype === "float32" ? Float32Array.from(list) : list);
      const rows = tensor(three, { dtype }).reshape([n, 3]);
      const all = narrow(three);

      expect(worst(sum(rows), [all])).toBeLessThanOrEqual(1);
      expect(worst(sum(rows, { axes: 0 }), columns.map(narrow))).toBeLessThanOrEqual(1);
      expect(worst(sum(transpose(rows), { axes: 1 }), columns.map(narrow))).toBeLessThanOrEqual(1);
      expect(worst(sum(rows, { axes: 1 }).reshape([-1]).sum(), [narrow(rows.sum({ axes: 1 }).toTypedArray() as Numbers)])).toBeLessThanOrEqual(1);
    }
  }); // biome-ignore format: pairs

  it("is within its bound over axes around one that stays", () => {
    const [a, b, c] = [40, 3, 50];
    const data = make(a * b * c);
    const found = sum(tensor(data).reshape([a, b, c]), { axes: [0, 2] });

    expect(worst(found, [0, 1, 2].map((j) => data.filter((__, i) => Math.floor(i / c) % b === j)))).toBeLessThanOrEqual(1);
  }); // biome-ignore format: one line

  if (!isNightly) return;

  it("is within its bound for ten million terms", () => {
    const data = make(10_000_000);

    expect(worst(sum(tensor(data)), [data])).toBeLessThanOrEqual(1);
    const single = Float32Array.from(data);
    expect(worst(sum(tensor(single)), [single])).toBeLessThanOrEqual(1);
    const columns = [0, 1].map((j) => columnOf(data, 2, j));
    expect(worst(sum(tensor(data).reshape([-1, 2]), { axes: 0 }), columns)).toBeLessThanOrEqual(1);
  }, 120_000);
});

describe("the bound of a sum", () => {
  it("is not met by adding one after another", () => {
    const values = new Float64Array(100_000).fill(0.1);
    let total = 0;
    for (const x of values) total += x;

    expect(worst(tensor(total, { dtype: "float64" }), [values])).toBeGreaterThan(10);
  });
});
