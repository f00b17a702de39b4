/**
 * Reductions, scans and what is found by order, against loops over plain arrays: all axes and their signs, keepDims, sizes of
 * 0 and 1, all dtypes, NaN, infinities and zeros of both signs.
 */
import {
  all,
  aminmax,
  any,
  argMax,
  argMin,
  countNonzero,
  cov,
  cummax,
  cummin,
  cumprod,
  cumsum,
  type DType,
  DTypeError,
  grad,
  hessian,
  kthvalue,
  logcumsumexp,
  logSumExp,
  logSoftmax,
  max,
  mean,
  median,
  min,
  mode,
  moments,
  nanmean,
  nanmedian,
  nansum,
  prod,
  quantile,
  ShapeError,
  softmax,
  sort,
  standardDeviation,
  sum,
  type Tensor,
  tensor,
  topk,
  variance,
  vectorNorm,
} from "@tapegrad/autograd";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { refusalOf } from "../refusal.ts";

const { NaN: nan, POSITIVE_INFINITY: infinity } = Number;

interface Problem {
  readonly x: Tensor;
  readonly values: readonly number[];
  readonly shape: readonly number[];
  /** Normalised, and as given: some counted from the end. */
  readonly axes: readonly number[];
  readonly given: readonly number[];
  readonly keepDims: boolean;
}

const LARGE = [2 ** 31 - 1, -(2 ** 31), 65_537];
const NUMBERS: Readonly<Record<DType, readonly number[]>> = {
  float64: [0, -0, 1, 2, 3, -1, -2, 0.5],
  float32: [0, -0, 1, 2, 3, -1, -2, 0.5],
  int32: [0, 1, 2, -1, -2, 3, ...LARGE],
  bool: [0, 1],
};

/** Tensors of up to three axes, and axes to reduce. `special` mixes NaN and infinities into floating ones. */
function problems(dtypes: readonly DType[], special = false): fc.Arbitrary<Problem> {
  const shapes = fc.oneof(
    { weight: 5, arbitrary: fc.array(fc.integer({ min: 1, max: 4 }), { maxLength: 3 }) },
    { weight: 1, arbitrary: fc.array(fc.integer({ min: 0, max: 2 }), { maxLength: 3 }) },
  );
  return fc.tuple(shapes, fc.constantFrom(...dtypes), fc.boolean()).chain(([shape, dtype, keepDims]) => {
    const size = shape.reduce((a, b) => a * b, 1);
    const numbers = special ? [...NUMBERS[dtype], nan, infinity, -infinity] : NUMBERS[dtype];
    return fc.record({
      values: fc.array(fc.constantFrom(...numbers), { minLength: size, maxLength: size }),
      axes: fc.subarray([...shape.keys()]),
      negative: fc.infiniteStream(fc.boolean()),
    }).map(({ values, axes, negative }) => ({
      x: tensor(values, { shape, dtype }),
      values,
      shape,
      axes,
      given: axes.map((axis) => (negative.next().value === true ? axis - shape.length : axis)),
      keepDims,
    }));
  });
} // biome-ignore format: nested

/** The elements that belong to each element of the result, in row-major order of both. */
function linesOf({ values, shape, axes }: Pick<Problem, "values" | "shape" | "axes">): number[][] {
  const kept = shape.map((n, axis) => (axes.includes(axis) ? 1 : n));
  const lines = Array.from({ length: kept.reduce((a, b) => a * b, 1) }, (): number[] => []);
  values.forEach((value, at) => {
    let [rest, place, step] = [at, 0, 1];
    for (let axis = shape.length - 1; axis >= 0; axis--) {
      const index = rest % shape[axis];
      rest = Math.floor(rest / shape[axis]);
      if (axes.includes(axis)) continue;
      place += index * step;
      step *= shape[axis];
    }
    lines[place].push(value);
  });
  return lines;
}

function shapeAfter({ shape, axes, keepDims }: Problem): readonly number[] {
  return keepDims
    ? shape.map((n, axis) => (axes.includes(axis) ? 1 : n))
    : shape.filter((_, axis) => !axes.includes(axis));
}

const listOf = (x: Tensor): number[] => [...x.toTypedArray()];
const total = (line: readonly number[]): number => line.reduce((a, b) => a + b, 0);
const average = (line: readonly number[]): number => total(line) / line.length;
const spread = (line: readonly number[]): number =>
  average(line.map((x) => (x - average(line)) ** 2));
const hasNaN = (line: readonly number[]): boolean => line.some(Number.isNaN);
const largest = (line: readonly number[]): number => (hasNaN(line) ? nan : Math.max(...line));
const smallest = (line: readonly number[]): number => (hasNaN(line) ? nan : Math.min(...line));

type Loop = (line: readonly number[], dtype: DType) => number;
type Reduction = readonly [
  f: (x: Tensor, options: { axes?: readonly number[]; keepDims: boolean }) => Tensor,
  loop: Loop,
  /** What empty lines give; undefined where they are refused. */
  empty: number | undefined,
  dtype: (dtype: DType) => DType,
];

const counted = (dtype: DType): DType => (dtype === "bool" ? "int32" : dtype);
const same = (dtype: DType): DType => dtype;
const wrapped = (value: number, dtype: DType): number => (dtype === "int32" || dtype === "bool" ? Number(BigInt.asIntN(32, BigInt(value))) : value); // biome-ignore format: one line

/** Of all dtypes, exactly. */
const EXACT: Readonly<Record<string, Reduction>> = {
  sum: [sum, (line, dtype) => wrapped(total(line), dtype), 0, counted],
  prod: [
    prod,
    (line, dtype) => dtype === "int32" ? line.reduce((a, b) => Math.imul(a, b), 1) : line.reduce((a, b) => a * b, 1),
    1,
    counted,
  ],
  max: [max, largest, undefined, same],
  min: [min, smallest, undefined, same],
  "max of aminmax": [(x, options) => aminmax(x, options).max, largest, undefined, same],
  "min of aminmax": [(x, options) => aminmax(x, options).min, smallest, undefined, same],
  any: [any, (line) => Number(line.some((x) => x !== 0)), 0, () => "bool"],
  all: [all, (line) => Number(line.every((x) => x !== 0)), 1, () => "bool"],
  countNonzero: [countNonzero, (line) => line.filter((x) => x !== 0).length, 0, () => "int32"],
}; // biome-ignore format: a table

/** Of floating dtypes, up to roundings. */
const ROUNDED: Readonly<Record<string, Reduction>> = {
  mean: [mean, average, undefined, same],
  variance: [variance, spread, undefined, same],
  standardDeviation: [standardDeviation, (line) => Math.sqrt(spread(line)), undefined, same],
  // values are shifted by the first of them
  "mean of moments": [(x, options) => moments(x, options).mean, (line) => (Number.isFinite(line[0]) ? average(line) : nan), undefined, same],
  logSumExp: [logSumExp, (line) => Math.log(total(line.map(Math.exp))), undefined, same],
  nansum: [nansum, (line) => total(line.filter((x) => !Number.isNaN(x))), 0, same],
  nanmean: [nanmean, (line) => average(line.filter((x) => !Number.isNaN(x))), nan, same],
  "norm of order 2": [vectorNorm, (line) => (hasNaN(line) ? nan : Math.hypot(...line)), 0, same],
  "norm of order 1": [(x, options) => vectorNorm(x, { ...options, ord: 1 }), (line) => total(line.map(Math.abs)), 0, same],
  "norm of order 0": [(x, options) => vectorNorm(x, { ...options, ord: 0 }), (line) => line.filter((x) => x !== 0).length, 0, same],
  "norm of order 3": [(x, options) => vectorNorm(x, { ...options, ord: 3 }), (line) => total(line.map((x) => Math.abs(x) ** 3)) ** (1 / 3), 0, same],
  "norm of order ∞": [(x, options) => vectorNorm(x, { ...options, ord: infinity }), (line) => largest(line.map(Math.abs)), undefined, same],
  "norm of order -∞": [(x, options) => vectorNorm(x, { ...options, ord: -infinity }), (line) => smallest(line.map(Math.abs)), undefined, same],
}; // biome-ignore format: a table

function check([f, loop, empty, dtypeOf]: Reduction, problem: Problem, tolerance: number): void {
  const { x, given, keepDims } = problem;
  const lines = linesOf(problem);
  const run = (): Tensor => f(x, { axes: given, keepDims });
  if (empty === undefined && lines.some((line) => line.length === 0)) {
    expect(refusalOf(run)).toBeInstanceOf(ShapeError);
    return;
  }
  const found = run();
  const expected = lines.map((line) => line.length === 0 ? (empty ?? nan) : loop(line, x.dtype));

  expect(found.aval).toEqual({ shape: shapeAfter(problem), dtype: dtypeOf(x.dtype) });
  expectClose(listOf(found), expected, tolerance);
} // biome-ignore format: one line

/** NaN is NaN, infinities are themselves, zeros may differ in sign; the rest by `tolerance`, relative to 1 or themselves. */
function expectClose(found: readonly number[], expected: readonly number[], tolerance: number): void {
  const isClose = (a: number, b: number): boolean =>
    a === b || (Number.isNaN(a) && Number.isNaN(b)) || Math.abs(a - b) <= tolerance * Math.max(1, Math.abs(b));
  const wrong = found.flatMap((a, i) => (isClose(a, expected[i]) ? [] : [{ i, found: a, expected: expected[i] }]));
  expect({ wrong, length: found.length }).toEqual({ wrong: [], length: expected.length });
} // biome-ignore format: long lines

/** Ordinary numbers of every dtype, or floating ones with NaN and infinities among them. */
const ordinaryOrSpecial = (dtypes: readonly DType[], make = problems): fc.Arbitrary<Problem> =>
  fc.oneof(make(dtypes), make(["float64", "float32"], true));

const EVERY = ["float64", "float32", "int32", "bool"] as const;
/** Few, for there are forty of them; the nightly run has a hundred times as many. */
const RUNS = { numRuns: 15 };

describe.each(Object.entries(EXACT))("%s", (_, reduction) => {
  it("is that of a loop, for every dtype and any axes", () => {
    fc.assert(
      fc.property(ordinaryOrSpecial(EVERY), (problem) => check(reduction, problem, 0)),
      RUNS,
    );
  });
});

describe.each(Object.entries(ROUNDED))("%s", (_, reduction) => {
  it("is that of a loop, for floating dtypes and any axes", () => {
    fc.assert(
      fc.property(ordinaryOrSpecial(["float64", "float32"]), (problem) => {
        check(reduction, problem, problem.x.dtype === "float64" ? 1e-14 : 1e-6);
      }),
      RUNS,
    );
  });
});

// sums count integers; what divides or takes roots refuses them
it.each(Object.entries(ROUNDED).filter(([name]) => !name.startsWith("nan")))(
  "%s refuses integers",
  (_, [f]) => {
    for (const dtype of ["int32", "bool"] as const) {
      const run = (): Tensor => f(tensor([1, 0], { dtype }), { keepDims: false });
      expect(refusalOf(run)).toBeInstanceOf(DTypeError);
    }
  },
);

/** A tensor with at least one axis, and one of its axes. */
const lines = (dtypes: readonly DType[], special = false): fc.Arbitrary<Problem> =>
  problems(dtypes, special)
    .filter(({ shape }) => shape.length > 0)
    .chain((problem) =>
      fc.nat(problem.shape.length - 1).chain((axis) =>
        fc.boolean().map((negative) => ({
          ...problem,
          axes: [axis],
          given: [negative ? axis - problem.shape.length : axis],
        })),
      ),
    );

/** What a function makes of a line, put together again: its results along the axis. */
function alongAxis(problem: Problem, loop: (line: readonly number[]) => readonly number[]): number[] {
  const { shape, axes: [axis] } = problem;
  const results = linesOf(problem).map(loop);
  const length = results[0]?.length ?? 0;
  const after = shape.slice(axis + 1).reduce((a, b) => a * b, 1);
  const before = shape.slice(0, axis).reduce((a, b) => a * b, 1);
  return Array.from({ length: before * length * after }, (_, at) => {
    const [b, i, a] = [Math.floor(at / (length * after)), Math.floor(at / after) % length, at % after];
    return results[b * after + a][i];
  });
} // biome-ignore format: one line

const order = (a: number, b: number): number =>
  Number.isNaN(a) || Number.isNaN(b) ? Number(Number.isNaN(a)) - Number(Number.isNaN(b)) : a - b;
const sorted = (line: readonly number[]): number[] =>
  line.toSorted((a, b) => (a === b ? 0 : order(a, b)));

describe("along an axis", () => {
  it("argMax and argMin name the first of equals, NaN before all", () => {
    fc.assert(
      fc.property(ordinaryOrSpecial(EVERY, lines), (problem) => {
        const { x, given: [axis], shape, axes } = problem;
        const found = linesOf(problem);
        if (found.some((line) => line.length === 0)) {
          expect(refusalOf(() => argMax(x, { axis }))).toBeInstanceOf(ShapeError);
          return;
        }
        const first = (line: readonly number[], best: number): number => line.findIndex((v) => v === best || (Number.isNaN(v) && Number.isNaN(best)));

        expect(argMax(x, { axis }).aval).toEqual({ shape: shape.filter((_, i) => i !== axes[0]), dtype: "int32" });
        expect(listOf(argMax(x, { axis }))).toEqual(found.map((line) => first(line, largest(line))));
        expect(listOf(argMin(x, { axis }))).toEqual(found.map((line) => first(line, smallest(line))));
        expect(listOf(max(x, { axis }).values)).toEqual(found.map((line) => line[first(line, largest(line))]));
        expect(listOf(min(x, { axis }).indices)).toEqual(found.map((line) => first(line, smallest(line))));
      }),
      RUNS,
    );
  });

  it("sort and topk are stable, NaN the largest", () => {
    fc.assert(
      fc.property(ordinaryOrSpecial(EVERY, lines), fc.boolean(), (problem, descending) => {
        const { x, given: [axis] } = problem;
        const sign = descending ? -1 : 1;
        const places = (line: readonly number[]): number[] =>
          [...line.keys()].toSorted((i, j) => (line[i] === line[j] ? 0 : sign * order(line[i], line[j])) || i - j);

        const { values, indices } = sort(x, { axis, descending });
        expect(values.aval).toEqual(x.aval);
        expect(listOf(indices)).toEqual(alongAxis(problem, places));
        expect(listOf(values)).toEqual(alongAxis(problem, (line) => places(line).map((i) => line[i])));
        const k = Math.min(2, problem.shape[problem.axes[0]]);
        const top = topk(x, k, { axis, largest: descending });
        expect(listOf(top.indices)).toEqual(alongAxis(problem, (line) => places(line).slice(0, k)));
      }),
      RUNS,
    );
  });

  it("scans are those of a loop", () => {
    fc.assert(
      fc.property(lines(EVERY), fc.boolean(), (problem, reverse) => {
        const { x, given: [axis] } = problem;
        const scan = (f: (line: readonly number[]) => number) => (line: readonly number[]): number[] =>
          line.map((_, i) => f(reverse ? line.slice(i).reverse() : line.slice(0, i + 1)));
        const imul = (line: readonly number[]): number => x.dtype === "int32" ? line.reduce((a, b) => Math.imul(a, b)) : line.reduce((a, b) => a * b);
        const options = { axis, reverse };

        expect(cumsum(x, options).aval).toEqual({ shape: x.shape, dtype: counted(x.dtype) });
        expectClose(listOf(cumsum(x, options)), alongAxis(problem, scan((line) => wrapped(total(line), x.dtype))), 0);
        expectClose(listOf(cumprod(x, options)), alongAxis(problem, scan(imul)), 0);
        expectClose(listOf(cummax(x, options).values), alongAxis(problem, scan(largest)), 0);
        expectClose(listOf(cummin(x, options).values), alongAxis(problem, scan(smallest)), 0);
        expect(cummax(x, options).values.aval).toEqual(x.aval);
      }),
      RUNS,
    );
  });

  it("scans keep NaN from where it stands, and infinities", () => {
    fc.assert(
      fc.property(lines(["float64"], true), (problem) => {
        const { x, given: [axis] } = problem;
        const scan = (f: (line: readonly number[]) => number) => (line: readonly number[]): number[] =>
          line.map((_, i) => f(line.slice(0, i + 1)));

        expectClose(listOf(cumsum(x, { axis })), alongAxis(problem, scan(total)), 0);
        expectClose(listOf(cumprod(x, { axis })), alongAxis(problem, scan((line) => line.reduce((a, b) => a * b))), 0);
        expectClose(listOf(cummax(x, { axis }).values), alongAxis(problem, scan(largest)), 0);
        expectClose(listOf(cummin(x, { axis }).values), alongAxis(problem, scan(smallest)), 0);
        expectClose(listOf(logcumsumexp(x, { axis })), alongAxis(problem, scan((line) => Math.log(total(line.map(Math.exp))))), 1e-14);
        // the index is that of the last of equals, and of the last NaN
        const last = (line: readonly number[]): number => line.findLastIndex((v) => Object.is(v + 0, largest(line) + 0));
        expect(listOf(cummax(x, { axis }).indices)).toEqual(alongAxis(problem, scan(last)));
      }),
      RUNS,
    );
  });

  it("median, kthvalue, mode and quantiles are those of a sorted list", () => {
    fc.assert(
      fc.property(ordinaryOrSpecial(["float64", "float32"], lines), fc.double({ min: 0, max: 1, noNaN: true }), (problem, q) => {
        const { x, given: [axis], keepDims } = problem;
        const found = linesOf(problem);
        if (found.some((line) => line.length === 0)) {
          for (const f of [median, nanmedian, mode]) expect(refusalOf(() => f(x, { axis }))).toBeInstanceOf(ShapeError);
          expect(refusalOf(() => quantile(x, q, { axis }))).toBeInstanceOf(ShapeError);
          return;
        }
        const options = { axis, keepDims };
        const k = Math.ceil(found[0] === undefined ? 1 : found[0].length / 2);
        const middle = (line: readonly number[]): number => sorted(line)[Math.max(0, Math.floor((line.length - 1) / 2))] ?? nan;
        const most = (line: readonly number[]): number => {
          const count = (v: number): number => line.filter((w) => w === v).length;
          return sorted(line).reduce((best, v) => (count(v) > count(best) ? v : best));
        };

        const medians = median(x, options);
        expect(medians.values.aval).toEqual({ shape: shapeAfter(problem), dtype: x.dtype });
        expectClose(listOf(medians.values), found.map((line) => (hasNaN(line) ? nan : middle(line))), 0);
        expectClose(listOf(medians.indices).map((i, j) => found[j][i]), listOf(medians.values), 0);
        expectClose(listOf(nanmedian(x, options).values), found.map((line) => middle(line.filter((v) => !Number.isNaN(v)))), 0);
        expectClose(listOf(mode(x, options).values), found.map(most), 0);
        if (x.size > 0) expectClose(listOf(kthvalue(x, k, options).values), found.map((line) => sorted(line)[k - 1]), 0);
        for (const interpolation of ["lower", "higher"] as const) {
          const round = interpolation === "lower" ? Math.floor : Math.ceil;
          const place = (line: readonly number[]): number => round(x.dtype === "float32" ? Math.fround(Math.fround(q) * (line.length - 1)) : q * (line.length - 1));
          expectClose(
            listOf(quantile(x, q, { ...options, interpolation })),
            found.map((line) => (hasNaN(line) ? nan : sorted(line)[place(line)])),
            0,
          );
        }
      }),
      RUNS,
    );
  });

  it("quantiles between two elements divide the way", () => {
    fc.assert(
      fc.property(lines(["float64"]), fc.double({ min: 0, max: 1, noNaN: true }), (problem, q) => {
        const { x, given: [axis] } = problem;
        const found = linesOf(problem);
        if (found.some((line) => line.length === 0)) return;
        const linear = (line: readonly number[]): number => {
          const at = q * (line.length - 1);
          const [a, b] = [sorted(line)[Math.floor(at)], sorted(line)[Math.ceil(at)]];
          return a + (b - a) * (at - Math.floor(at));
        };

        expectClose(listOf(quantile(x, q, { axis })), found.map(linear), 1e-14);
      }),
      RUNS,
    );
  });

  it("softmax divides exponentials by their sum", () => {
    fc.assert(
      fc.property(lines(["float64"]), (problem) => {
        const { x, given: [axis] } = problem;
        if (linesOf(problem).some((line) => line.length === 0)) {
          expect(refusalOf(() => softmax(x, { axis }))).toBeInstanceOf(ShapeError);
          return;
        }
        const weights = (line: readonly number[]): number[] => line.map((v) => Math.exp(v) / total(line.map(Math.exp)));

        expectClose(listOf(softmax(x, { axis })), alongAxis(problem, weights), 1e-14);
        expectClose(listOf(logSoftmax(x, { axis })), alongAxis(problem, (line) => weights(line).map(Math.log)), 1e-14);
      }),
      RUNS,
    );
  });
}); // biome-ignore format: long lines

describe("second derivatives at zeros", () => {
  const factors = fc.array(fc.integer({ min: -2, max: 2 }), { minLength: 1, maxLength: 6 });
  /** The product of the first `n`, without those at `i` and `j`; 0 where one of them is no factor, or both are one. */
  const without = (values: readonly number[], n: number, i: number, j: number): number =>
    i === j || i >= n || j >= n ? 0 : values.slice(0, n).reduce((a, b, k) => (k === i || k === j ? a : a * b), 1);

  it("of products are products without two factors", () => {
    fc.assert(
      fc.property(factors, (values) => {
        const found = hessian((x: Tensor) => prod(x))(tensor(values, { dtype: "float64" }));
        const expected = values.flatMap((_, i) => values.map((__, j) => without(values, values.length, i, j)));

        expectClose(listOf(found), expected, 0);
      }),
      RUNS,
    );
  });

  it("of running products are sums of those", () => {
    fc.assert(
      fc.property(factors, (values) => {
        const weights = values.map((_, n) => n + 1);
        const f = (x: Tensor): Tensor => cumprod(x).mul(tensor(weights, { dtype: "float64" })).sum();
        const found = hessian(f)(tensor(values, { dtype: "float64" }));
        const expected = values.flatMap((_, i) =>
          values.map((__, j) => total(weights.map((w, n) => w * without(values, n + 1, i, j)))),
        );

        expectClose(listOf(found), expected, 0);
      }),
      RUNS,
    );
  });

  it("of norms and deviations at 0 are 0, as the first are", () => {
    const zeros = tensor([2, 2], { dtype: "float64" });
    for (const f of [(x: Tensor) => standardDeviation(x), (x: Tensor) => vectorNorm(x.sub(2))]) {
      expect(listOf(grad(f)(zeros))).toEqual([0, 0]);
      expect(listOf(hessian(f)(zeros))).toEqual([0, 0, 0, 0]);
    }
    // along the other axis the norm turns
    expect(hessian((x: Tensor) => vectorNorm(x))(tensor([4, 0], { dtype: "float64" })).toArray()).toEqual([[0, 0], [0, 0.25]]);
  });
}); // biome-ignore format: long lines

describe("a refusal", () => {
  it("comes under the name of the function that was called", () => {
    const scalar = tensor(1);
    for (const f of [cumsum, cumprod, logcumsumexp, cummax, cummin]) {
      expect(refusalOf(() => f(scalar))).toMatchObject({ op: f.name });
    }
    for (const f of [cov, nanmean, logcumsumexp, logSumExp, quantile]) {
      expect(refusalOf(() => f(tensor([1, 2], { dtype: "int32" }), 0.5 as never))).toMatchObject({ op: f.name });
    }
    expect(refusalOf(() => cov(tensor([], { shape: [2, 0] })))).toMatchObject({ op: "cov" });
  });
}); // biome-ignore format: long lines
