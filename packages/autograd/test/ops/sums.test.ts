/**
 * Sums and what is made of them on hard inputs, against exact ones. The bounds are those of docs/numbers.md, from
 * Higham, "Accuracy and stability of numerical algorithms" (2nd edition, 2002), sections 3.1 and 4.2.
 */
import { mean, sum, type Tensor, tensor, transpose } from "@tapegrad/autograd";
import { describe, expect, it } from "vitest";
import { exactly, exactSum, ratio, size } from "../exact-sum.ts";
import { gammaOf, INPUTS, type Numbers, U } from "../hard-inputs.ts";
import { runsFactor } from "../policy.ts";

const isNightly = runsFactor >= 100;

/** Every error of `found` over the size of its terms, as a multiple of what is allowed. */
function worst(found: Tensor, terms: readonly Numbers[]): number {
  const values = found.toTypedArray();
  const isSingle = found.dtype === "float32";
  return Math.max(
    ...terms.map((list, i) => {
      const exact = exactSum(list);
      const sizes = exactSum(list.map(Math.abs));
      const allowed = gammaOf(list.length) + (isSingle ? U.float32 : 0);
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
  it.each([1, 300, 5001])("is within its bound for %d terms, whatever the walk", (n) => {
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
    const n = BigInt(single.length);
    const apart = size(exactly(mean(tensor(single)).item()) * n - exactSum(single));
    const allowed = gammaOf(single.length) + 2 * U.float32;
    expect(ratio(apart, exactSum(single.map(Math.abs)))).toBeLessThanOrEqual(allowed);
    const columns = [0, 1].map((j) => columnOf(data, 2, j));
    expect(worst(sum(tensor(data).reshape([-1, 2]), { axes: 0 }), columns)).toBeLessThanOrEqual(1);
  });
});

describe("the bound of a sum", () => {
  it("is not met by adding one after another", () => {
    const values = new Float64Array(100_000).fill(0.1);
    let total = 0;
    for (const x of values) total += x;

    expect(worst(tensor(total, { dtype: "float64" }), [values])).toBeGreaterThan(10);
  });
});
