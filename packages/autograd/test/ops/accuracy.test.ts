/**
 * Means, variances, norms, logarithms of sums of exponentials, and softmax on hard inputs, against exact ones. The bounds are
 * those of docs/numbers.md, which says where they come from.
 */
import {
  compile,
  grad,
  logSoftmax,
  logSumExp,
  mean,
  moments,
  softmax,
  standardDeviation,
  type Tensor,
  tensor,
  variance,
  vectorNorm,
} from "@tapegrad/autograd";
import { describe, expect, it } from "vitest";
import { EXACT, type Exact, exactly as exactParts } from "../backends/exact-reference.ts";
import { exactly, exactSum, ratio, size } from "../exact-sum.ts";
import { gammaOf, INPUTS, noise, U } from "../hard-inputs.ts";
import { runsFactor } from "../policy.ts";

const DTYPES = ["float64", "float32"] as const;
const { NaN: nan, POSITIVE_INFINITY: infinity } = Number;
type Floating = (typeof DTYPES)[number];

/** Every hard input of n numbers, as the dtype holds it. */
function each(n: number, dtype: Floating): readonly (readonly [name: string, x: Tensor, values: readonly number[]])[] {
  return Object.entries(INPUTS).map(([name, make]) => {
    const x = tensor(make(n), { dtype });
    return [name, x, [...x.toTypedArray()]];
  });
} // biome-ignore format: one line

/** n² times the variance, in units of 2^-2148. */
function spreadOf(values: readonly number[]): bigint {
  const whole = values.map(exactly);
  const total = whole.reduce((a, b) => a + b, 0n);
  return BigInt(values.length) * whole.reduce((a, b) => a + b * b, 0n) - total * total;
}

const ONE = 1n << 1074n;

describe.each(DTYPES)("in %s", (dtype) => {
  const u = U[dtype];
  const N = 1000;
  const g = gammaOf(N);

  it("a mean is within γ + 2u of the mean size of its terms", () => {
    for (const [name, x, values] of each(N, dtype)) {
      const error = size(exactly(mean(x).item()) * BigInt(N) - exactSum(values));

      expect({ name, error: ratio(error, exactSum(values.map(Math.abs))) }).toSatisfy(({ error }) => error <= g + 2 * u);
    }
  }); // biome-ignore format: one line

  it("a variance depends on how far its first value is from the mean, in deviations, and not on the mean", () => {
    for (const [name, x, values] of each(N, dtype)) {
      const exact = spreadOf(values);
      const found = variance(x).item();
      if (exact === 0n) {
        expect({ name, found }).toEqual({ name, found: 0 });
        continue;
      }
      // Σ (xᵢ - x₀)² / n over the variance
      const shifted = values.map((v) => exactly(v) - exactly(values[0]));
      const kappa = Math.sqrt(ratio(BigInt(N) * shifted.reduce((a, b) => a + b * b, 0n), exact));
      const allowed = g + 5 * u + 2 * u * kappa + ((g + 4 * u) * kappa) ** 2;
      const range = dtype === "float32" ? [2 ** -100, 2 ** 127] : [0, infinity];
      const inRange = (value: number): boolean => value > range[0] && value < range[1];

      // beyond the numbers of the dtype, and near its least ones, there is nothing to compare
      const isHeld = inRange(ratio(exact, ONE * ONE * BigInt(N * N)));
      const error = isHeld ? ratio(size(exactly(found) * ONE * BigInt(N * N) - exact), exact) : 0;
      expect({ name, error, allowed }).toSatisfy((it) => it.error <= it.allowed);
      expect({ name, deviation: errorOfRoot(standardDeviation(x).item(), exact, BigInt(N * N)), allowed }).toSatisfy(
        (it) => it.deviation <= allowed / 2 + g / 2 + 5 * u,
      );
    }
  }); // biome-ignore format: pairs

  it("a norm is within γ / 2 + 5u of itself, wherever it lies", () => {
    const least = dtype === "float32" ? 2 ** -149 : 2 ** -1074;
    const largest = dtype === "float32" ? 1e38 : 1e308;
    const extreme = [least * 3, least * 1e6, largest / 40, largest * 1e-5].map((scale) => {
      const x = tensor(noise(N).map((v) => v * scale), { dtype }); // biome-ignore format: one line
      return [String(scale), x, [...x.toTypedArray()]] as const;
    });
    for (const [name, x, values] of [...each(N, dtype), ...extreme]) {
      const whole = values.map(exactly);
      const exact = whole.reduce((a, b) => a + b * b, 0n);
      const found = vectorNorm(x).item();

      // a subnormal result has fewer digits
      const isSubnormal = found < (dtype === "float32" ? 2 ** -126 : 2 ** -1022);
      const allowed = isSubnormal ? least / found : g / 2 + 5 * u;
      expect({ name, error: errorOfRoot(found, exact, 1n) }).toSatisfy(
        ({ error }) => error <= allowed,
      );
    }
  });

  it("logSumExp is within u |y| + γ + (8 + 3 log n) u", () => {
    for (const [name, x, values] of each(300, dtype)) {
      const largest = Math.max(...values);
      const { total } = weightsOf(values, largest);
      const rounded = Number(total >> 340n) / 2 ** 60;
      const rest = total - BigInt(Math.round(rounded * 2 ** 60)) * (1n << 340n);
      // log T = log T₀ + (T - T₀) / T₀ - …, in units of 2^-400
      const exact = fixed(exactParts(largest)) + fixed(EXACT["log"](rounded, 0)) + rest / BigInt(Math.round(rounded));
      const found = logSumExp(x).item();

      const error = ratio(size(fixed(exactParts(found)) - exact), 1n << 400n);
      expect({ name, error }).toSatisfy((it) => it.error <= u * Math.abs(found) + gammaOf(300) + (8 + 3 * Math.log(300)) * u);
    }
  }); // biome-ignore format: one line

  it("each weight of softmax is within γ + (|xᵢ - max| + log n + 10) u of itself", () => {
    const least = dtype === "float32" ? 2 ** -126 : 2 ** -1022;
    for (const [name, x, values] of each(300, dtype)) {
      const largest = Math.max(...values);
      const { weights, total } = weightsOf(values, largest);
      const found = [...softmax(x).toTypedArray()];

      const errors = found.map((weight, i) => {
        const allowed = gammaOf(300) + (Math.abs(values[i] - largest) + Math.log(300) + 10) * u;
        return weight < least ? 0 : relative(weight, total, weights[i]) / allowed;
      });
      expect({ name, worst: Math.max(...errors) }).toSatisfy((it) => it.worst <= 1);
    }
  });
});

const NIGHTLY = runsFactor >= 100 ? ["normal numbers", "an offset of a million"] : [];

describe.each(NIGHTLY)("of ten million float32: %s", (name) => {
  const N = 10_000_000;
  const [u, g] = [U.float32, gammaOf(N)];

  it("variance, deviation and norm are within their bounds", () => {
    const data = Float32Array.from(INPUTS[name](N));
    const x = tensor(data);
    // of float32, squares are exact in float64
    const squares = exactSum(Float64Array.from(data, (v) => v * v)) * ONE;
    const exact = BigInt(N) * squares - exactSum(data) ** 2n;
    const divisor = BigInt(N) ** 2n;
    const sigma = Math.sqrt(ratio(exact, divisor * ONE * ONE));
    const kappa = Math.hypot(1, (ratio(exactSum(data), ONE * BigInt(N)) - data[0]) / sigma);
    const allowed = g + 5 * u + 2 * u * kappa + ((g + 4 * u) * kappa) ** 2;

    const apart = size(exactly(variance(x).item()) * ONE * divisor - exact);
    expect(ratio(apart, exact)).toBeLessThanOrEqual(allowed);
    expect(errorOfRoot(standardDeviation(x).item(), exact, divisor)).toBeLessThanOrEqual(allowed / 2 + g / 2 + 5 * u);
    expect(errorOfRoot(vectorNorm(x).item(), squares, 1n)).toBeLessThanOrEqual(g / 2 + 5 * u);
  });

  it("logSumExp and softmax are within theirs", () => {
    const data = Float32Array.from(INPUTS[name](N));
    const x = tensor(data);
    const largest = data.reduce((a, b) => Math.max(a, b));
    // in float64 exponentials have nine digits more than is asked for
    const total = ratio(exactSum(Float64Array.from(data, (v) => Math.exp(v - largest))), ONE);
    const logs = largest + Math.log(total);

    expect(Math.abs(logSumExp(x).item() - logs)).toBeLessThanOrEqual(u * Math.abs(logs) + g + (8 + 3 * Math.log(N)) * u);
    const weights = softmax(x).toTypedArray();
    for (let i = 0; i < N; i += 9973) {
      const weight = Math.exp(data[i] - largest) / total;
      const bound = g + (largest - data[i] + Math.log(N) + 10) * u;
      expect(Math.abs(weights[i] / weight - 1)).toBeLessThanOrEqual(bound);
    }
  });
  }); // biome-ignore format: long lines

describe("the bound of a variance", () => {
  it("is not met by E[x²] - E[x]²", () => {
    const values = [...noise(1000).map((x) => 1e6 + x)];
    const x = tensor(values, { dtype: "float64" });
    const found = mean(x.mul(x)).item() - mean(x).item() ** 2;
    const exact = spreadOf(values);

    const error = ratio(size(exactly(found) * ONE * 1000n ** 2n - exact), exact);

    expect(error).toBeGreaterThan(1000 * (gammaOf(1000) + 7 * U.float64));
  });
});

/** |√(exact / (2^2148 divisor)) - found| over the root: half of the relative error of the square, while it is small. */
function errorOfRoot(found: number, exact: bigint, divisor: bigint): number {
  if (exact === 0n) return found === 0 ? 0 : infinity;
  return Math.abs(ratio(exactly(found) ** 2n * divisor - exact, exact)) / 2;
}

/** An exact number in units of 2^-400. */
function fixed({ mantissa, exponent }: Exact): bigint {
  const by = exponent + 400;
  return by >= 0 ? mantissa << BigInt(by) : mantissa >> BigInt(-by);
}

/** exp(x - largest), and their sum in units of 2^-400. */
function weightsOf(values: readonly number[], largest: number): { weights: Exact[]; total: bigint } {
  const weights = values.map((x) => {
    // the difference as two numbers
    const high = x - largest;
    const low = ratio(exactly(x) - exactly(largest) - exactly(high), ONE);
    const [a, b] = [EXACT["exp"](high, 0), EXACT["exp"](low, 0)];
    return { mantissa: (a.mantissa * b.mantissa) >> 200n, exponent: a.exponent + b.exponent + 200 };
  });
  return { weights, total: weights.reduce((sum, weight) => sum + fixed(weight), 0n) };
} // biome-ignore format: one line

/** |found · total / weight - 1|, `total` in units of 2^-400. */
function relative(found: number, total: bigint, weight: Exact): number {
  const { mantissa, exponent } = exactParts(found);
  const by = exponent - 400 - weight.exponent;
  const [a, b] = by >= 0 ? [(mantissa * total) << BigInt(by), weight.mantissa] : [mantissa * total, weight.mantissa << BigInt(-by)];
  return ratio(size(a - b), b);
} // biome-ignore format: one line

describe("rows with infinities and NaN", () => {
  const rows: readonly (readonly [readonly number[], readonly number[], number])[] = [
    // row, softmax, logSumExp
    [[0, -infinity], [1, 0], 0],
    [[-infinity, -infinity], [nan, nan], -infinity],
    [[infinity, 1], [nan, nan], infinity],
    [[infinity, -infinity], [nan, nan], infinity],
    [[nan, 1], [nan, nan], nan],
    [[nan, infinity], [nan, nan], nan],
    [[nan, -infinity], [nan, nan], nan],
    [[-3e38, -3e38], [0.5, 0.5], Math.fround(-3e38)],
  ];

  it.each(rows)("%j", (row, weights, total) => {
    // beside another row, which they do not touch
    const x = tensor([row, [1, 1]]);

    for (const run of [(f: (x: Tensor) => Tensor) => f(x), (f: (x: Tensor) => Tensor) => compile(f)(x)]) {
      expect(run(softmax).toArray()).toEqual([weights, [0.5, 0.5]]);
      expect(run((y) => logSumExp(y, { axes: 1 })).toArray()).toEqual([total, Math.fround(1 + Math.LN2)]);
      const logs = run(logSoftmax).toArray() as number[][];
      expect(logs[1]).toEqual([-Math.fround(Math.LN2), -Math.fround(Math.LN2)]);
      expect(logs[0].map(Number.isNaN)).toEqual(weights.map(Number.isNaN));
    }
  }); // biome-ignore format: one line

  it("have NaN and infinite norms, and NaN variances", () => {
    expect(vectorNorm(tensor([nan, infinity])).item()).toBeNaN();
    expect(vectorNorm(tensor([1, -infinity])).item()).toBe(infinity);
    for (const row of [
      [1, nan],
      [nan, 1],
      [1, infinity],
      [infinity, 1],
    ]) {
      // biome-ignore format: a list
      expect(variance(tensor(row)).item()).toBeNaN();
      expect(standardDeviation(tensor(row)).item()).toBeNaN();
    }
    expect(mean(tensor([1, infinity])).item()).toBe(infinity);
  });
});

describe("compiled", () => {
  it.each([3e-39, 3e-30, 3e-20, 3, 3e20, 3e37])("a norm and its gradient neither overflow nor underflow at %d", (scale) => {
    const x = tensor([1, -2, 2].map((v) => v * scale));

    const norm = compile((y: Tensor) => vectorNorm(y))(x).item();
    const gradient = compile(grad((y: Tensor) => vectorNorm(y)))(x).toTypedArray();

    expect(Math.abs(norm / (3 * scale) - 1)).toBeLessThan(1e-6);
    for (const [i, expected] of [1 / 3, -2 / 3, 2 / 3].entries()) {
      expect(Math.abs(gradient[i] - expected)).toBeLessThan(1e-6);
    }
  }); // biome-ignore format: one line

  it("a norm of zeros has derivative 0", () => {
    for (const dtype of DTYPES) {
      const gradient = compile(grad((y: Tensor) => vectorNorm(y)))(tensor([0, 0], { dtype }));
      expect(gradient.toArray()).toEqual([0, 0]);
    }
  });

  it("a variance and a standard deviation do not feel an offset", () => {
    const x = tensor(noise(1000)).cast("float32").add(1e6);
    const exact = variance(x.cast("float64")).item();

    expect(Math.abs(compile(variance)(x).item() / exact - 1)).toBeLessThan(1e-6);
    expect(Math.abs(compile(standardDeviation)(x).item() / Math.sqrt(exact) - 1)).toBeLessThan(
      1e-6,
    );
    expect(
      Math.abs(compile((y: Tensor) => moments(y).variance)(x).item() / exact - 1),
    ).toBeLessThan(1e-6);
  });
});
