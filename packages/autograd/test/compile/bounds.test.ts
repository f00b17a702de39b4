/**
 * By how much compiled and eager results may differ: the tables of docs/compile.md are read, and their bounds
 * are those that are tested.
 */
import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import {
  abs,
  acos,
  acosh,
  add,
  asin,
  asinh,
  atan,
  atan2,
  atanh,
  type CompileOptions,
  compile,
  cos,
  cosh,
  type DType,
  div,
  erf,
  erfc,
  erfinv,
  exp,
  expm1,
  floor,
  fmod,
  grad,
  hypot,
  lgamma,
  log,
  log1p,
  log2,
  log10,
  matMul,
  maximum,
  minimum,
  mul,
  neg,
  normal,
  polygamma,
  pow,
  randomKey,
  sigmoid,
  sign,
  sin,
  sinh,
  special,
  splitKey,
  sqrt,
  standardDeviation,
  sub,
  type Tensor,
  tanh,
  tensor,
  transpose,
  uniform,
  vectorNorm,
  where,
} from "../../src/index.ts";
import { LIBRARY_WORDS } from "../../src/kernel/scalar.ts";
import { exactly, exactSum, ratio, size } from "../exact-sum.ts";
import { INPUTS } from "../hard-inputs.ts";

const DOCUMENT = readFileSync(new URL("../../../../docs/compile.md", import.meta.url), "utf8");

/** The rows of the table below a heading, as lists of cells, without its head. */
function table(heading: string): string[][] {
  const section = DOCUMENT.slice(DOCUMENT.indexOf(`\n### ${heading}\n`));
  const rows = section.slice(1, section.indexOf("\n#", 5)).match(/^\|.*\|$/gm) ?? [];
  return rows.slice(2).map((row) =>
    row
      .split("|")
      .slice(1, -1)
      .map((cell) => cell.trim()),
  );
}

type Operation = (x: Tensor, y: Tensor) => Tensor;

const EXACT: Readonly<Record<string, Operation>> = {
  add, sub, mul, div, maximum, minimum, neg, abs, sign, floor, sqrt,
  equal: (x, y) => x.equal(y),
  less: (x, y) => x.less(y),
  where: (x, y) => where(x.less(y), x, y),
  cast: (x) => x.cast("int32"),
}; // biome-ignore format: a list

/** Called in JavaScript, one for each word that no instruction computes. */
const CALLED: Readonly<Record<string, Operation>> = {
  expm1, log1p, log2, log10, sinh, cosh, asin, acos, atan, atan2, asinh, acosh, atanh, fmod, erfc, erfinv, lgamma,
  erfcx: special.erfcx,
  polygamma: (x) => polygamma(2, x),
  i0e: special.i0e,
  i1e: special.i1e,
}; // biome-ignore format: a list

/** With the intervals of their operands. */
const APPROXIMATE: Readonly<Record<string, readonly [Operation, number, number]>> = {
  exp: [exp, -80, 80],
  log: [log, 0, 100],
  tanh: [tanh, -5, 5],
  sigmoid: [sigmoid, -80, 20],
  erf: [erf, -4, 4],
  sin: [sin, -100, 100],
  cos: [cos, -100, 100],
  pow: [pow, 0, 6],
};

/** Numbers of a floating dtype, in the order of their values, as integers. */
function ordinals(x: Tensor): bigint[] {
  const data = x.toTypedArray();
  const bits =
    x.dtype === "float32"
      ? Array.from(new Int32Array(data.buffer, data.byteOffset, data.length), BigInt)
      : [...new BigInt64Array(data.buffer, data.byteOffset, data.length)];
  const least = x.dtype === "float32" ? -(1n << 31n) : -(1n << 63n);
  return bits.map((n) => (n < 0n ? least - n : n));
}

function largestUlps(a: Tensor, b: Tensor): number {
  const other = ordinals(b);
  return ordinals(a).reduce((largest, n, i) => {
    const apart = Number(n > other[i] ? n - other[i] : other[i] - n);
    return Math.max(largest, apart);
  }, 0);
}

const COUNT = 4001;
const [first, second] = splitKey(randomKey(5));
const numbers = (key: Tensor, dtype: DType, min: number, max: number): Tensor =>
  uniform(key, [COUNT], { dtype, min, max });

const MODES: readonly CompileOptions[] = [
  { relaxed: true },
  { relaxed: false, reassociate: false },
];

describe.each(["float32", "float64"] as const)("one operation in %s", (dtype) => {
  it("has the bits of the eager one, where the table says so", () => {
    const special = [0, -0, 1, -1, Number.NaN, Infinity, -Infinity, 1e-40, 3e38, 0.1, 7, -2.5];
    const pairs = special.flatMap((a) => special.map((b) => [a, b]));
    const x = tensor(pairs.map(([a]) => a), { dtype }); // biome-ignore format: two columns
    const y = tensor(pairs.map(([, b]) => b), { dtype }); // biome-ignore format: two columns
    const z = numbers(first, dtype, -3, 3);
    const w = numbers(second, dtype, -3, 3);
    const exact = table("Operations").filter(([, bound]) => bound === "the same bits");
    const named = exact.flatMap(([names]) => names.replaceAll("`", "").split(", "));
    const all = { ...EXACT, ...CALLED };

    expect(Object.keys(CALLED).length).toBe(LIBRARY_WORDS.length);
    expect(named.sort()).toEqual(Object.keys(all).sort());
    for (const [name, f] of Object.entries(all)) {
      // a function that is called is the same in every mode
      for (const options of name in CALLED ? MODES.slice(0, 1) : MODES) {
        const compiled = compile(f, options);
        const found = [compiled(x, y).toTypedArray(), compiled(z, w).toTypedArray()];
        expect({ name, found }).toEqual({ name, found: [f(x, y).toTypedArray(), f(z, w).toTypedArray()] }); // biome-ignore format: pairs
      }
    }
  });

  it("differs by no more units in the last place than the table says", () => {
    const bounds = new Map(
      table("Operations").map(([name, single, double]) => [
        name.replaceAll("`", ""),
        Number(dtype === "float32" ? single : double),
      ]),
    );
    for (const [name, [f, min, max]] of Object.entries(APPROXIMATE)) {
      const x = numbers(first, dtype, min, max);
      const y = numbers(second, dtype, -10, 10);
      for (const options of MODES) {
        const ulps = largestUlps(compile(f, options)(x, y), f(x, y));
        expect({ name, within: ulps <= (bounds.get(name) ?? -1), ulps }).toMatchObject({ name, within: true }); // biome-ignore format: pairs
      }
    }
  });
});

/** The numbers, one of the reductions of the table, and the bound as a multiple of Σ|terms|. */
describe("a reduction", () => {
  const EPSILON = 2 ** -24;
  const rows = new Map(table("Reductions").map(([name, bound]) => [name, bound]));
  /** `n · 2⁻²⁴` */
  const factor = (name: string): number => Number(/^(\d+) · 2⁻²⁴/.exec(rows.get(name) ?? "")?.[1]);

  /** The largest error of the sums, over Σ|x|, against float64. */
  function error(f: (x: Tensor) => Tensor, x: Tensor): number {
    const exact = f(x.cast("float64")).toTypedArray();
    const size = f(x.abs().cast("float64")).toTypedArray();
    const found = compile(f)(x).toTypedArray();
    return Math.max(...found.map((value, i) => Math.abs(value - exact[i]) / size[i]));
  }

  // equal terms are the worst: every rounding goes the same way
  const inputs = [uniform(first, [3000, 40]), normal(first, [3000, 40]), tensor(0.1).add(uniform(first, [3000, 40]).mul(0))]; // biome-ignore format: a list

  it.each<[string, (x: Tensor) => Tensor]>([
    ["sum over the last axis, or all", (x) => transpose(x).add(0).sum({ axes: 1 })],
    ["sum over the last axis, or all", (x) => x.sum()],
    ["sum over other axes", (x) => x.sum({ axes: 0 })],
  ])("%s, in float32, is within its bound", (name, f) => {
    expect(factor(name)).toBeGreaterThan(0);
    for (const x of inputs) expect(error(f, x)).toBeLessThanOrEqual(factor(name) * EPSILON);
  });

  it("does not lose digits with the number of terms", () => {
    const x = uniform(first, [1_000_000]);

    expect(error((y) => y.sum(), x)).toBeLessThan(2e-7);
    expect(error((y) => y.sum({ axes: 0 }), x.reshape([100_000, 10]))).toBeLessThan(2e-7);
  });

  it("in float64 is within (70 + n / 128) · 2⁻⁵³ of the exact sum", () => {
    const n = 20_000;
    expect(DOCUMENT).toContain("(70 + n / 128) · 2⁻⁵³");
    // equal terms are the worst: every rounding goes the same way
    for (const name of ["equal numbers", "normal numbers", "numbers that cancel"]) {
      const x = tensor(INPUTS[name](3 * n)).reshape([n, 3]);
      const columns = [0, 1, 2].map((j) => x.toTypedArray().filter((_, i) => i % 3 === j));
      for (const [found, terms] of [
        [compile((y: Tensor) => y.add(0).sum({ axes: 0 }))(x), columns],
        [compile((y: Tensor) => transpose(y).add(0).sum({ axes: 1 }))(x), columns],
        [compile((y: Tensor) => y.sum())(x).reshape([1]), [x.toTypedArray()]],
      ] as const) {
        for (const [i, list] of terms.entries()) {
          const error = size(exactly(found.toTypedArray()[i]) - exactSum(list));
          const apart = ratio(error, exactSum(list.map(Math.abs)));
          expect(apart).toBeLessThanOrEqual((70 + list.length / 128) * 2 ** -53);
        }
      }
    }
  });

  it("of integers, a largest element, and a sum of bool are exact", () => {
    const x = normal(first, [300, 40]).mul(1e6).cast("int32");
    const f = (y: Tensor): Tensor[] => [y.sum({ axes: 0 }), y.max(), y.greater(5).cast("int32").sum({ axes: 1 })]; // biome-ignore format: a list
    const [eager, compiled] = [f(x), compile(f)(x)];

    expect(compiled.map((y) => y.toArray())).toEqual(eager.map((y) => y.toArray()));
  });

  it("matMul in float32 is within its bound", () => {
    const [m, k, n] = [20, 700, 30];
    for (const scale of [0, 1]) {
      const a = uniform(first, [m, k]).mul(scale).add(0.1);
      const b = uniform(second, [k, n]).mul(scale).add(0.1);
      const exact = matMul(a.cast("float64"), b.cast("float64"));
      const found = compile(matMul)(a, b).cast("float64");
      const apart = found.sub(exact).abs().div(exact).max().item();

      expect(factor("matMul")).toBeGreaterThan(0);
      expect(apart).toBeLessThanOrEqual(factor("matMul") * EPSILON);
    }
  });
});

describe("reassociation", () => {
  const x = uniform(first, [60, 100], { min: 0.5, max: 2 });
  const s = uniform(second, [1, 100], { min: 0.5, max: 2 });

  it("of a product of n factors differs by at most 2n units in the last place", () => {
    const f = (a: Tensor, b: Tensor): Tensor => a.div(b).mul(b.add(1)).mul(3).div(b.add(2)).neg();

    expect(largestUlps(compile(f)(x, s), f(x, s))).toBeLessThanOrEqual(10);
    const exactly = compile(f, { reassociate: false, relaxed: false });
    expect(exactly(x, s).toArray()).toEqual(f(x, s).toArray());
  });

  it("of a sum differs by a few roundings of the sum of absolute terms", () => {
    const f = (a: Tensor, b: Tensor): Tensor => {
      const over = { axes: 0, keepDims: true };
      const late = a.sum(over);
      return a
        .mul(b)
        .sum(over)
        .add(a.mul(a).sub(a.mul(late)).sum(over));
    };
    const size = x.mul(x).add(x.mul(x.sum({ axes: 0, keepDims: true }))).sum({ axes: 0 }); // biome-ignore format: a formula
    const apart = compile(f)(x, s).sub(f(x, s)).abs().div(size).max().item();

    expect(apart).toBeLessThan(8 * 2 ** -24);
  });

  it("changes NaN and infinities only where a partial product or sum overflows, and zeros nowhere", () => {
    const f = (a: Tensor, b: Tensor): Tensor => a.mul(b).sum({ axes: 0, keepDims: true });
    const a = tensor([[0, -0, 1, Infinity, Number.NaN], [0, -0, -1, 1, 1]]); // biome-ignore format: a matrix
    const b = tensor([[-2, 2, 0, 2, 0]]);

    expect(compile(f)(a, b).toTypedArray()).toEqual(f(a, b).toTypedArray());
    // 0 · Infinity is NaN, but Σ comes first
    const infinite = tensor([[1, 1, 1, 1, Infinity]]);
    const mixed = tensor([[1, 1, 1, 1, 0], [1, 1, 1, 1, 1]]); // biome-ignore format: a matrix
    expect(f(mixed, infinite).toTypedArray()[4]).toBeNaN();
    expect(compile(f)(mixed, infinite).toTypedArray()[4]).toBe(Infinity);
    const plain = compile(f, { reassociate: false });
    expect(plain(mixed, infinite).toTypedArray()[4]).toBeNaN();
  });

  it.each<[string, (x: Tensor) => Tensor]>([
    ["a norm", (x) => vectorNorm(x)],
    ["a norm of order 3", (x) => vectorNorm(x, { ord: 3 })],
    ["a hypotenuse", (x) => hypot(x, x.neg().mul(0.75))],
    ["the gradient of a norm", (x) => grad((y: Tensor) => vectorNorm(y))(x)],
    ["a sum of products over the largest", (x) => {
      const y = x.div(x.max({ keepDims: true }));
      return y.mul(y).mul(y).sum();
    }], // biome-ignore format: a table
    ["the gradient of a deviation", (x) => grad((y: Tensor) => standardDeviation(y))(x)],
  ])("leaves the division by the largest number where it is: %s", (_, f) => {
    for (const values of [
      [3e200, 4e200, 4e200],
      [3e-200, 4e-200, 4e-200],
    ]) {
      // biome-ignore format: a list
      const x = tensor(values, { dtype: "float64" });
      const [expected, found] = [f(x).toTypedArray(), compile(f)(x).toTypedArray()];
      const apart = Array.from(found, (value, i) => Math.abs(value / expected[i] - 1));
      expect(Math.max(...apart)).toBeLessThan(1e-14);
    }
  });
});

describe("relaxed multiply-add", () => {
  it("rounds once instead of twice: a · b + c differs by a unit of the larger of the two", () => {
    const f = (a: Tensor, b: Tensor): Tensor => a.mul(b).add(1);
    const x = numbers(first, "float32", -1, 1);
    const y = numbers(second, "float32", -1, 1);
    const apart = compile(f)(x, y).sub(f(x, y)).abs().max().item();

    expect(apart).toBeLessThanOrEqual(2 ** -23);
    expect(compile(f, { relaxed: false })(x, y).toArray()).toEqual(f(x, y).toArray());
  });
});
