/**
 * Categorical, exponential, Laplace, Gumbel, truncated normal, gamma, beta and Dirichlet draws, compared with their
 * distribution functions. The keys are fixed, so a test that holds once holds always.
 */
import {
  beta,
  categorical,
  compile,
  DTypeError,
  dirichlet,
  exponential,
  gamma,
  grad,
  gumbel,
  laplace,
  normal,
  randomKey,
  record,
  ShapeError,
  splitKey,
  type Tensor,
  tensor,
  truncatedNormal,
  uniform,
  ValueError,
} from "@tapegrad/autograd";
import { describe, expect, it } from "vitest";
import { refusalOf } from "../refusal.ts";
import {
  chiSquare,
  gammaCdf,
  KS_LIMIT,
  kolmogorovSmirnov,
  normalCdf,
  truncatedNormalCdf,
} from "./goodness-of-fit.ts";

const key = randomKey(20150211);
const COUNT = 1000;
const float64 = { dtype: "float64" } as const;
const numbers = (x: Tensor): number[] => [...x.toTypedArray()];
const sum = (values: readonly number[]): number => values.reduce((a, b) => a + b, 0);

/** Every distribution, with any parameters. */
const DRAWS: Readonly<Record<string, (key: Tensor, shape: readonly number[], options?: object) => Tensor>> = {
  exponential,
  laplace,
  gumbel,
  truncatedNormal,
  gamma: (k, shape, options) => gamma(k, shape, { concentration: 0.7, ...options }),
  beta: (k, shape, options) => beta(k, shape, { alpha: 2, beta: 0.5, ...options }),
}; // biome-ignore format: a table

describe("the distance of Kolmogorov and Smirnov", () => {
  const standard = numbers(uniform(key, [COUNT], float64));

  it("is small for numbers of the distribution, and large for those of one that is a little different", () => {
    expect(kolmogorovSmirnov(standard, (x) => x)).toBeLessThan(KS_LIMIT);
    expect(kolmogorovSmirnov(standard, (x) => x ** 1.3)).toBeGreaterThan(KS_LIMIT);
  });

  it("is measured with distribution functions that are right", () => {
    expect(gammaCdf(1, 2)).toBeCloseTo(1 - Math.exp(-2), 12);
    expect(gammaCdf(3, 2)).toBeCloseTo(1 - 5 * Math.exp(-2), 12);
    // DLMF 7.2: erf(1) = 0.8427007929497149
    expect(gammaCdf(0.5, 1)).toBeCloseTo(0.8427007929497149, 12);
    expect(truncatedNormalCdf(-1, 1)(0)).toBeCloseTo(0.5, 10);
    expect(truncatedNormalCdf(-2, 3)(1)).toBeCloseTo(
      (normalCdf(1) - normalCdf(-2)) / (normalCdf(3) - normalCdf(-2)),
      8,
    );
  });
});

describe.each(Object.entries(DRAWS))("%s", (name, draw) => {
  it("is a pure function of the key, in any shape, as float32 or float64", () => {
    expect(numbers(draw(key, [6]))).toEqual(numbers(draw(key, [6])));
    expect(numbers(draw(key, [6]))).toEqual(numbers(draw(key, [2, 3])));
    expect(numbers(draw(key, [6]))).not.toEqual(numbers(draw(randomKey(1), [6])));
    for (const shape of [[], [0], [2, 0, 3], [2, 1, 3]]) expect(draw(key, shape).shape).toEqual(shape);
    expect(draw(key, [1]).dtype).toBe("float32");
    expect(draw(key, [1], float64).dtype).toBe("float64");
    expect(numbers(draw(key, [9]))).toEqual([...Float32Array.from(numbers(draw(key, [9], float64)))]);
  }); // biome-ignore format: pairs

  it("is on the tape, and the same when compiled", () => {
    const tape = record((k: Tensor) => draw(k, [5], float64), key);
    const other = randomKey(7);
    const expected = numbers(draw(other, [5], float64));

    expect(numbers(tape.replay(other))).toEqual(expected);
    // one by an inverse and one by rejection: a program costs more than all its draws
    if (name !== "truncatedNormal" && name !== "gamma") return;
    const compiled = compile((k: Tensor) => draw(k, [5], float64));
    for (const [i, found] of numbers(compiled(other)).entries()) {
      expect(Math.abs(found / expected[i] - 1)).toBeLessThan(1e-12);
    }
  });

  it("refuses what is no key, no floating dtype or no shape, under its own name", () => {
    for (const [call, kind] of [
      [() => draw(tensor([1, 2]), [1]), DTypeError],
      [() => draw(key, [1], { dtype: "int32" }), DTypeError],
      [() => draw(key, [-1]), ShapeError],
    ] as const) {
      expect(refusalOf(call)).toBeInstanceOf(kind);
      expect(refusalOf(call).op).toBe(name);
    }
  });
});

describe("exponential, laplace and gumbel", () => {
  it("follow their distribution functions, scaled and shifted", () => {
    const rates = numbers(exponential(key, [COUNT], { rate: 2.5, ...float64 }));
    const sides = numbers(laplace(key, [COUNT], { location: 3, scale: 0.5, ...float64 }));
    const largest = numbers(gumbel(key, [COUNT], { location: -1, scale: 2, ...float64 }));

    expect(kolmogorovSmirnov(rates, (x) => 1 - Math.exp(-2.5 * x))).toBeLessThan(KS_LIMIT);
    expect(kolmogorovSmirnov(sides, (x) => (x < 3 ? Math.exp((x - 3) / 0.5) / 2 : 1 - Math.exp((3 - x) / 0.5) / 2))).toBeLessThan(KS_LIMIT);
    expect(kolmogorovSmirnov(largest, (x) => Math.exp(-Math.exp(-(x + 1) / 2)))).toBeLessThan(KS_LIMIT);
  }); // biome-ignore format: pairs

  it.each([
    ["rate", () => exponential(key, [1], { rate: 0 })],
    ["scale", () => laplace(key, [1], { scale: -1 })],
    ["scale", () => gumbel(key, [1], { scale: Number.NaN })],
    ["location", () => gumbel(key, [1], { location: Number.POSITIVE_INFINITY })],
  ])("refuse a bad %s", (_, call) => {
    expect(refusalOf(call)).toBeInstanceOf(ValueError);
  });
});

describe("truncatedNormal", () => {
  it.each([
    [-2, 2],
    [-0.5, 3],
    [1, 1.5],
    [3, 6],
    [-5, -3.5],
    [5, 8],
    [-31, -30],
    [40, 41],
    [9, 9.01],
  ])("between %d and %d follows its distribution function, and stays between", (min, max) => {
    const values = numbers(truncatedNormal(key, [COUNT], { min, max, ...float64 }));
    // a lower tail is the mirror image of an upper one
    const upper = truncatedNormalCdf(
      ...(min < 0 ? ([-max, -min] as const) : ([min, max] as const)),
    );
    const cdf = (x: number): number => (min < 0 ? 1 - upper(-x) : upper(x));

    expect(values.every((x) => x >= min && x <= max)).toBe(true);
    expect(kolmogorovSmirnov(values, cdf)).toBeLessThan(KS_LIMIT);
  });

  it("without a bound is the normal distribution, or half of it", () => {
    const bounds = { min: -Infinity, max: Infinity };
    const whole = numbers(truncatedNormal(key, [COUNT], { ...bounds, ...float64 }));
    const half = numbers(truncatedNormal(key, [COUNT], { min: 0, max: Infinity, ...float64 }));

    expect(kolmogorovSmirnov(whole, normalCdf)).toBeLessThan(KS_LIMIT);
    expect(kolmogorovSmirnov(half, (x) => 2 * normalCdf(x) - 1)).toBeLessThan(KS_LIMIT);
  });

  it("far out is exponential: beyond a, a (x - a) has mean 1", () => {
    const values = numbers(truncatedNormal(key, [COUNT], { min: 1000, max: Infinity, ...float64 }));

    const excess = values.map((x) => 1000 * (x - 1000));

    expect(kolmogorovSmirnov(excess, (x) => 1 - Math.exp(-x))).toBeLessThan(KS_LIMIT);
  });

  it("lies within two standard deviations of the mean by default", () => {
    const values = numbers(truncatedNormal(key, [COUNT], { mean: 10, standardDeviation: 3 }));

    expect(Math.min(...values)).toBeGreaterThan(4);
    expect(Math.min(...values)).toBeLessThan(4.5);
    expect(Math.max(...values)).toBeLessThan(16);
    expect(Math.max(...values)).toBeGreaterThan(15.5);
  });

  it.each([
    { standardDeviation: 0 },
    { mean: Number.NaN },
    { min: 2, max: 1 },
    { min: 1, max: 1 },
    { min: Number.NaN },
    { min: 1e7, max: 2e7 },
  ])("refuses %o", (options) => {
    expect(refusalOf(() => truncatedNormal(key, [1], options))).toBeInstanceOf(ValueError);
  });
});

describe("gamma", () => {
  it.each([0.05, 1, 4, 1000])("with concentration %d follows its distribution function", (a) => {
    const values = numbers(gamma(key, [COUNT], { concentration: a, rate: 2, ...float64 }));

    expect(kolmogorovSmirnov(values, (x) => gammaCdf(a, 2 * x))).toBeLessThan(KS_LIMIT);
  }); // biome-ignore format: one line

  it("is unrelated to what else is drawn with its key, and with the keys split from it", () => {
    const standard = (values: readonly number[]): number[] => {
      const mean = sum(values) / values.length;
      const deviation = Math.sqrt(sum(values.map((x) => (x - mean) ** 2)) / values.length);
      return values.map((x) => (x - mean) / deviation);
    };
    const draws = standard(numbers(gamma(key, [COUNT], { concentration: 4, ...float64 })));

    for (const other of [key, ...splitKey(key, 3)]) {
      const others = standard(numbers(normal(other, [COUNT], float64)));
      expect(Math.abs(sum(draws.map((x, i) => x * others[i])) / COUNT)).toBeLessThan(5 / Math.sqrt(COUNT)); // biome-ignore format: one line
    }
  });

  it("is told from that of another concentration", () => {
    const values = numbers(gamma(key, [COUNT], { concentration: 2, ...float64 }));

    expect(kolmogorovSmirnov(values, (x) => gammaCdf(2.4, x))).toBeGreaterThan(KS_LIMIT);
  });

  it("takes a tensor of concentrations, and its dtype", () => {
    const concentration = tensor([0.5, 3], float64);
    const draws = gamma(key, [COUNT, 2], { concentration });
    const column = (i: number): number[] => numbers(draws).filter((_, j) => j % 2 === i);

    expect(draws.aval).toEqual({ shape: [COUNT, 2], dtype: "float64" });
    expect(kolmogorovSmirnov(column(0), (x) => gammaCdf(0.5, x))).toBeLessThan(KS_LIMIT);
    expect(kolmogorovSmirnov(column(1), (x) => gammaCdf(3, x))).toBeLessThan(KS_LIMIT);
    expect(gamma(key, [1], { concentration: tensor(2, { dtype: "int32" }) }).dtype).toBe("float32");
  });

  it("is NaN where a concentration in a tensor is not positive", () => {
    const concentration = tensor([1, 0, -1, Number.NaN]);

    expect(numbers(gamma(key, [4], { concentration })).map(Number.isNaN)).toEqual([false, true, true, true]);
  }); // biome-ignore format: one line

  it("refuses concentrations and rates that are not positive, and shapes that do not fit", () => {
    for (const bad of [0, -1, Number.NaN, Number.POSITIVE_INFINITY]) {
      expect(refusalOf(() => gamma(key, [1], { concentration: bad }))).toBeInstanceOf(ValueError);
      expect(refusalOf(() => gamma(key, [1], { concentration: 1, rate: bad }))).toBeInstanceOf(ValueError);
    }
    const concentration = tensor([1, 2]);
    expect(refusalOf(() => gamma(key, [3], { concentration }))).toBeInstanceOf(ShapeError);
    expect(refusalOf(() => gamma(key, [], { concentration }))).toBeInstanceOf(ShapeError);
  }); // biome-ignore format: one line
});

describe("beta and dirichlet", () => {
  it("follow their distribution functions: Beta(a, 1) is xᵃ, Beta(½, ½) the arcsine law", () => {
    const power = numbers(beta(key, [COUNT], { alpha: 0.3, beta: 1, ...float64 }));
    const mirrored = numbers(beta(key, [COUNT], { alpha: 1, beta: 5, ...float64 }));
    const arcsine = numbers(beta(key, [COUNT], { alpha: 0.5, beta: 0.5, ...float64 }));

    expect(kolmogorovSmirnov(power, (x) => x ** 0.3)).toBeLessThan(KS_LIMIT);
    expect(kolmogorovSmirnov(mirrored, (x) => 1 - (1 - x) ** 5)).toBeLessThan(KS_LIMIT);
    expect(kolmogorovSmirnov(arcsine, (x) => (2 / Math.PI) * Math.asin(Math.sqrt(x)))).toBeLessThan(KS_LIMIT);
  }); // biome-ignore format: one line

  it("of equal concentrations 1 are uniform on a triangle, and add up to 1", () => {
    const draws = dirichlet(key, tensor([1, 1, 1], float64), { shape: [COUNT] });
    const rows = draws.toArray() as number[][];

    expect(draws.aval).toEqual({ shape: [COUNT, 3], dtype: "float64" });
    expect(Math.max(...rows.map((row) => Math.abs(sum(row) - 1)))).toBeLessThan(1e-15);
    // each is Beta(1, 2), and the first of what the last leaves is uniform
    for (const i of [0, 1, 2]) {
      expect(kolmogorovSmirnov(rows.map((row) => row[i]), (x) => 1 - (1 - x) ** 2)).toBeLessThan(KS_LIMIT);
    }
    expect(kolmogorovSmirnov(rows.map(([a, b]) => a / (a + b)), (x) => x)).toBeLessThan(KS_LIMIT);
  }); // biome-ignore format: one line

  it("of small concentrations are probabilities still", () => {
    const rows = dirichlet(key, tensor([1e-3, 1e-3], float64), { shape: [100] }).toArray() as number[][];

    // almost all weight on one of the two, either as often
    expect(rows.every((row) => Math.abs(sum(row) - 1) < 1e-15)).toBe(true);
    expect(Math.abs(rows.filter(([a]) => a > 0.5).length - 50)).toBeLessThan(25);
  }); // biome-ignore format: one line

  it("refuse parameters that do not fit", () => {
    expect(refusalOf(() => beta(key, [1], { alpha: 0, beta: 1 }))).toBeInstanceOf(ValueError);
    expect(refusalOf(() => beta(key, [1], { alpha: 1, beta: tensor([1, 2]) }))).toBeInstanceOf(ShapeError);
    expect(refusalOf(() => dirichlet(key, tensor(1)))).toMatchObject({ op: "dirichlet" });
    expect(refusalOf(() => dirichlet(key, tensor([], { shape: [2, 0] })))).toBeInstanceOf(ShapeError);
    expect(refusalOf(() => dirichlet(key, tensor([1], { dtype: "int32" })))).toBeInstanceOf(DTypeError);
  }); // biome-ignore format: one line
});

describe("categorical", () => {
  const weights = [0.5, 0.2, 0.05, 0.25];
  const logits = tensor(weights.map((p) => Math.log(p) + 3));

  /** Five degrees of freedom fewer than cells; 21.1 is exceeded once in ten thousand keys for three. */
  const LIMIT = 21.1;

  it("draws each index with its probability", () => {
    const drawn = numbers(categorical(key, logits, { shape: [COUNT] }));

    const counts = weights.map((_, i) => drawn.filter((x) => x === i).length);

    expect(sum(counts)).toBe(COUNT);
    expect(chiSquare(counts, weights.map((p) => p * COUNT))).toBeLessThan(LIMIT);
    expect(chiSquare(counts, [0.4, 0.3, 0.05, 0.25].map((p) => p * COUNT))).toBeGreaterThan(LIMIT);
  }); // biome-ignore format: one line

  it("draws one index for every distribution along an axis", () => {
    const certain = tensor([
      [0, 100, 0],
      [100, 0, 0],
    ]);

    expect(categorical(key, certain).toArray()).toEqual([1, 0]);
    expect(categorical(key, certain, { axis: 0 }).toArray()).toEqual([1, 0, expect.any(Number)]);
    expect(categorical(key, certain, { shape: [3, 2] }).toArray()).toEqual([[1, 0], [1, 0], [1, 0]]); // biome-ignore format: rows
    expect(categorical(key, certain).dtype).toBe("int32");
    expect(categorical(key, tensor([3])).aval).toEqual({ shape: [], dtype: "int32" });
    expect(categorical(key, tensor([], { shape: [0, 3] })).shape).toEqual([0]);
  });

  it("never draws a logit of -Infinity, and draws Infinity and NaN before all others", () => {
    const drawn = numbers(categorical(key, tensor([-Infinity, 0, -1e30]), { shape: [500] }));

    expect(new Set(drawn)).toEqual(new Set([1]));
    expect(categorical(key, tensor([-Infinity, -Infinity])).item()).toBe(0);
    expect(categorical(key, tensor([1e30, Infinity])).item()).toBe(1);
    expect(categorical(key, tensor([1e30, Number.NaN])).item()).toBe(1);
  });

  it("is a pure function of the key, on the tape, and the same when compiled", () => {
    const draw = (k: Tensor): Tensor => categorical(k, logits, { shape: [20] });
    const other = randomKey(7);

    const expected = numbers(draw(other));

    expect(numbers(record(draw, key).replay(other))).toEqual(expected);
    expect(numbers(compile(draw)(other))).toEqual(expected);
    expect(numbers(draw(key))).not.toEqual(expected);
  });

  it("has no derivative by the logits, and lets others pass", () => {
    const chosen = (x: Tensor): Tensor => x.gather(categorical(key, x, { shape: [1] })).sum();
    const drawn = categorical(key, logits, { shape: [1] }).toArray() as number[];

    expect(numbers(grad(chosen)(logits))).toEqual(weights.map((_, i) => (i === drawn[0] ? 1 : 0)));
  });

  it("refuses logits that are integers, have no such axis, or do not fit", () => {
    expect(refusalOf(() => categorical(tensor([1, 2]), logits))).toBeInstanceOf(DTypeError);
    expect(refusalOf(() => categorical(key, tensor([1], { dtype: "int32" })))).toBeInstanceOf(DTypeError);
    expect(refusalOf(() => categorical(key, logits, { axis: 1 }))).toMatchObject({ op: "categorical" });
    expect(refusalOf(() => categorical(key, tensor([], { shape: [2, 0] })))).toBeInstanceOf(ShapeError);
    expect(refusalOf(() => categorical(key, tensor([[1], [2]]), { shape: [3] }))).toBeInstanceOf(ShapeError);
  }); // biome-ignore format: one line
});
