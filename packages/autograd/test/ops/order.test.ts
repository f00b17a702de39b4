/**
 * Sorting, scans, searching, products, norms and differences: properties against plain loops, values at a glance, and
 * derivatives of two orders. PyTorch's values: `npm run oracle -- ops --only reduction`, `--only forward`.
 */
import {
  add,
  argSort,
  associativeScan,
  bincount,
  bucketize,
  corrcoef,
  cov,
  cummax,
  cumprod,
  cumsum,
  diff,
  grad,
  gradient,
  histc,
  isIn,
  kthvalue,
  logcumsumexp,
  matMul,
  max,
  median,
  min,
  mode,
  nanmedian,
  nonzero,
  normal,
  normalize,
  prod,
  quantile,
  randomKey,
  renorm,
  searchsorted,
  sort,
  standardDeviation,
  takeAlongAxis,
  type Tensor,
  tensor,
  topk,
  trapezoid,
  unique,
  vectorNorm,
} from "@tapegrad/autograd";
import { assertGradcheck } from "@tapegrad/autograd/testing";
import fc from "fast-check";
import { describe, expect, it } from "vitest";

const float64 = (...values: readonly number[]): Tensor => tensor(values, { dtype: "float64" });
const int32 = (...values: readonly number[]): Tensor => tensor(values, { dtype: "int32" });
const some = (shape: readonly number[], seed = 1): Tensor =>
  normal(randomKey(seed), shape, { dtype: "float64" });
/** Numbers with ties and NaN among them. */
const numbers = fc.array(fc.constantFrom(-2, -1, 0, 1, 2, 3, Number.NaN), {
  minLength: 1,
  maxLength: 9,
});
const listOf = (x: Tensor): readonly number[] => Array.from(x.toTypedArray());

describe("for any numbers", () => {
  it("argSort is stable, and NaN the largest", () => {
    fc.assert(
      fc.property(numbers, fc.boolean(), (values, descending) => {
        const order = (v: number): number => (Number.isNaN(v) ? Number.POSITIVE_INFINITY : v);
        const sign = descending ? -1 : 1;
        const expected = values
          .map((_, i) => i)
          .sort((i, j) => {
            const [a, b] = [order(values[i]), order(values[j])];
            return a === b ? i - j : sign * (a < b ? -1 : 1);
          });

        expect(listOf(argSort(float64(...values), { descending }))).toEqual(expected);
      }),
    );
  });

  it("scans are those of a loop, from either end", () => {
    fc.assert(
      fc.property(
        fc.array(fc.integer({ min: -3, max: 3 }), { minLength: 1, maxLength: 17 }),
        fc.boolean(),
        (values, reverse) => {
          const x = float64(...values);
          const loop = (f: (a: number, b: number) => number): readonly number[] => {
            const list = reverse ? values.toReversed() : values;
            const found = list.map((_, i) => list.slice(0, i + 1).reduce(f));
            return reverse ? found.toReversed() : found;
          };

          expect(listOf(cumsum(x, { reverse }))).toEqual(loop((a, b) => a + b));
          expect(listOf(cumprod(x, { reverse })).map((v) => v + 0)).toEqual(
            loop((a, b) => a * b).map((v) => v + 0),
          );
          expect(listOf(cummax(x, { reverse }).values)).toEqual(loop((a, b) => Math.max(a, b)));
        },
      ),
    );
  });

  it("places in a sorted list are counts of what is less, or not greater", () => {
    fc.assert(
      fc.property(
        fc.array(fc.integer({ min: 0, max: 4 }), { maxLength: 7 }),
        fc.array(fc.integer({ min: -1, max: 5 }), { minLength: 1, maxLength: 7 }),
        fc.boolean(),
        (unordered, values, right) => {
          const list = unordered.toSorted((a, b) => a - b);
          const expected = values.map((v) => list.filter((x) => (right ? x <= v : x < v)).length);

          expect(listOf(searchsorted(float64(...list), float64(...values), { right }))).toEqual(
            expected,
          );
        },
      ),
    );
  });

  it("unique, its inverse and its counts put the numbers together again", () => {
    fc.assert(
      fc.property(
        fc.array(fc.integer({ min: 0, max: 4 }), { minLength: 1, maxLength: 9 }),
        (list) => {
          const { values, inverse, counts } = unique(float64(...list));
          const [v, i] = [listOf(values), listOf(inverse)];

          expect(i.map((k) => v[k])).toEqual(list);
          expect(listOf(counts)).toEqual(v.map((x) => list.filter((y) => y === x).length));
          expect(v).toEqual([...new Set(list)].sort((a, b) => a - b));
        },
      ),
    );
  });

  it("a product has the derivative of products without one factor, zeros included", () => {
    fc.assert(
      fc.property(
        fc.array(fc.integer({ min: -2, max: 2 }), { minLength: 1, maxLength: 9 }),
        (values) => {
          const without = values.map((_, i) =>
            values.filter((__, j) => j !== i).reduce((a, b) => a * b, 1),
          );

          expect(
            listOf(grad((x: Tensor) => prod(x))(float64(...values))).map((v) => v + 0),
          ).toEqual(without.map((v) => v + 0));
        },
      ),
    );
  });
});

describe("first and second derivatives agree with differences:", () => {
  const square = (f: (x: Tensor) => Tensor) => (x: Tensor) => {
    const y = f(x);
    return y.mul(y);
  };
  it.each<[string, (x: Tensor) => Tensor, readonly number[]]>([
    ["sort", (x) => sort(x, { axis: 0 }).values, [3, 2]],
    ["topk", (x) => topk(x, 2).values, [2, 4]],
    ["kthvalue", (x) => kthvalue(x, 2).values, [2, 3]],
    ["median", (x) => median(x), [5]],
    ["quantile", (x) => quantile(x, 0.3, { axis: 0 }), [4, 2]],
    ["quantile by its part", (q) => quantile(some([7], 5), q.mul(0.1).add(0.5)), [2]],
    ["max along an axis", (x) => max(x, { axis: 1 }).values, [2, 3]],
    ["cumsum", (x) => cumsum(x, { axis: 1 }), [2, 5]],
    ["cumprod", (x) => cumprod(x), [5]],
    ["logcumsumexp", (x) => logcumsumexp(x), [4]],
    ["cummax", (x) => cummax(x).values, [5]],
    ["prod", (x) => prod(x, { axes: [0, 1] }), [3, 2]],
    ["a scan of matrix products", (x) => associativeScan<Tensor>(matMul, x), [5, 2, 2]],
    ["standardDeviation", (x) => standardDeviation(x), [4]],
    ["norm of order 3", (x) => vectorNorm(x, { ord: 3, axes: 1 }), [2, 3]],
    ["norm of order ½", (x) => vectorNorm(x, { ord: 0.5 }), [3]],
    ["norm of order -1", (x) => vectorNorm(x, { ord: -1 }), [3]],
    ["norm of order ∞", (x) => vectorNorm(x, { ord: Number.POSITIVE_INFINITY }), [3]],
    ["normalize", (x) => normalize(x), [2, 3]],
    ["renorm", (x) => renorm(x, { p: 2, axis: 0, maxNorm: 0.5 }), [2, 3]],
    ["cov", (x) => cov(x), [2, 4]],
    ["corrcoef", (x) => corrcoef(x).slice({ starts: [0, 1], sizes: [1, 1] }), [2, 4]],
    ["diff", (x) => diff(x, { n: 2 }), [5]],
    ["trapezoid by its points", (x) => trapezoid(some([4], 3), { x }), [4]],
    ["gradient", (x) => gradient(x, { spacing: [float64(0, 1, 3, 4)], edgeOrder: 2 })[0], [4]],
  ])("%s", (_, f, shape) => {
    assertGradcheck(square(f), [some(shape)], { order: 2, seed: 1, method: "directional" });
  });
});

describe("at a glance:", () => {
  it("correlations of tiny and huge numbers are those of ordinary ones", () => {
    const x = tensor([[1, 2, 4], [2, 1, 7]]); // biome-ignore format: a matrix
    const ordinary = corrcoef(x).toTypedArray();
    for (const scale of [1e-30, 1e30]) {
      const found = corrcoef(x.mul(scale)).toTypedArray();
      for (const [i, r] of found.entries()) expect(Math.abs(r - ordinary[i])).toBeLessThan(1e-6);
    }
  });

  it("parts outside of [0, 1] are refused where they are known", () => {
    for (const q of [float64(0.5, 2), float64(Number.NaN)]) {
      expect(() => quantile(float64(1, 2), q)).toThrow(/is no list of parts/);
    }
  });

  it("the median is the lower of two, NaN wins, and nanmedian passes over it", () => {
    expect(median(float64(4, 1, 3, 2)).item()).toBe(2);
    expect(median(float64(1, Number.NaN, 2)).item()).toBeNaN();
    expect(nanmedian(float64(1, Number.NaN, 3)).item()).toBe(1);
    expect(median(tensor([[3, 1, 2]]), { axis: 1 }).indices.toArray()).toEqual([2]);
  });

  it("equal elements share the derivative of a median", () => {
    expect(grad((x: Tensor) => median(x))(float64(1, 1, 0)).toArray()).toEqual([0.5, 0.5, 0]);
  });

  it("the mode is the least of the most frequent, at its last place", () => {
    const { values, indices } = mode(float64(3, 1, 3, 1, 2));
    expect([values.item(), indices.item()]).toEqual([1, 3]);
  });

  it("along an axis the first of equals is chosen, over axes they share", () => {
    const x = float64(5, 1, 5);
    expect(grad((t: Tensor) => max(t, { axis: 0 }).values)(x).toArray()).toEqual([1, 0, 0]);
    expect(grad((t: Tensor) => max(t))(x).toArray()).toEqual([0.5, 0, 0.5]);
    expect(max(x, 3).toArray()).toEqual([5, 3, 5]);
    expect(min(x, { axis: 0 }).indices.item()).toBe(1);
  });

  it("norms do not overflow, and the norm of zeros has derivative 0", () => {
    expect(vectorNorm(float64(3e200, 4e200)).item() / 5e200).toBeCloseTo(1, 14);
    expect(vectorNorm(tensor([3e30, 4e30])).item() / 5e30).toBeCloseTo(1, 6);
    expect(grad((x: Tensor) => vectorNorm(x))(float64(0, 0)).toArray()).toEqual([0, 0]);
    expect(grad((x: Tensor) => vectorNorm(x, { ord: 0.5 }))(float64(0, 4)).toArray()).toEqual([
      0, 1,
    ]);
  });

  it("the deviation of equal values has derivative 0", () => {
    expect(grad((x: Tensor) => standardDeviation(x))(float64(2, 2)).toArray()).toEqual([0, 0]);
  });

  it("counts, bins and membership", () => {
    expect(bincount(int32(0, 2, 2), { length: 4 }).toArray()).toEqual([1, 0, 2, 0]);
    expect(histc(float64(0, 1, 2, 9), { bins: 2, min: 0, max: 2 }).toArray()).toEqual([1, 2]);
    expect(bucketize(float64(1, 2), float64(1, 2), { right: true }).toArray()).toEqual([1, 2]);
    expect(isIn(float64(1, 7), float64(7, 8)).toArray()).toEqual([false, true]);
    expect(
      nonzero(
        tensor([
          [0, 1],
          [2, 0],
        ]),
      ).toArray(),
    ).toEqual([
      [0, 1],
      [1, 0],
    ]);
  });

  it("an index out of range is refused, and does not fall into the next line", () => {
    const x = tensor([
      [1, 2],
      [3, 4],
    ]);
    const index = tensor([[2], [0]], { dtype: "int32" });
    expect(() => takeAlongAxis(x, index, { axis: 1 })).toThrow(/does not exist along axis 1/);
    expect(
      takeAlongAxis(x, tensor([[-1], [0]], { dtype: "int32" }), { axis: 1 }).toArray(),
    ).toEqual([[2], [3]]);
  });

  it("a scan takes trees, and calls its function a logarithmic number of times", () => {
    let calls = 0;
    const { sum } = associativeScan<{ sum: Tensor }>(
      (a, b) => {
        calls++;
        return { sum: add(a.sum, b.sum) };
      },
      { sum: some([1000]) },
    );
    expect(sum.shape).toEqual([1000]);
    expect(calls).toBeLessThan(20);
  });
});
