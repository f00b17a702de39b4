/**
 * Composites that work element by element, against their definitions for one number, and the laws they obey.
 *
 * Numbers are of every size and both signs, with halves, zeros, denormals, infinities and NaN among them.
 */
import {
  allClose,
  ceil,
  celu,
  clamp,
  clampMax,
  clampMin,
  copysign,
  divide,
  elu,
  exp,
  exp2,
  floorDivide,
  fmax,
  fmin,
  fmod,
  frac,
  gelu,
  hardshrink,
  hardsigmoid,
  hardswish,
  hardtanh,
  heaviside,
  hypot,
  isClose,
  ldexp,
  leakyRelu,
  lerp,
  logAddExp,
  logAddExp2,
  logit,
  logSigmoid,
  maximum,
  minimum,
  mish,
  nanToNum,
  reciprocal,
  relu6,
  remainder,
  round,
  rsqrt,
  selu,
  sgn,
  sigmoid,
  signbit,
  silu,
  sinc,
  softplus,
  softshrink,
  softsign,
  special,
  square,
  tan,
  tanhshrink,
  type Tensor,
  tensor,
  threshold,
  trunc,
  vjp,
  xlogy,
} from "@tapegrad/autograd";
import fc from "fast-check";
import { describe, expect, it } from "vitest";

const { POSITIVE_INFINITY: infinity } = Number;
const float64 = (values: readonly number[]): Tensor => tensor([...values], { dtype: "float64" });
const float32 = (values: readonly number[]): Tensor => tensor([...values], { dtype: "float32" });
const int32 = (values: readonly number[]): Tensor => tensor([...values], { dtype: "int32" });
const numbersOf = (x: Tensor): readonly number[] => Array.from(x.toTypedArray());

const EDGES = [0, -0, 0.5, -0.5, 1, -1, 1.5, -1.5, 2.5, -2.5, 5e-324, -5e-324, -1e-17, 0.49999999999999994, -0.49999999999999994, 4503599627370497.5, 1e300, -1e300, infinity, -infinity, Number.NaN]; // biome-ignore format: numbers

/** Any number. */
const anyNumber = fc.oneof(
  fc.constantFrom(...EDGES),
  fc.integer({ min: -200, max: 200 }).map((k) => k / 2),
  fc.double(),
);
/** Several at a time, so that one call of an operation sees many. */
const many = fc.array(anyNumber, { minLength: 20, maxLength: 40 });
const pairs = fc.array(
  fc.oneof(
    fc.tuple(anyNumber, anyNumber),
    fc.tuple(fc.constantFrom(...EDGES), fc.constantFrom(...EDGES)),
    anyNumber.map((x): [number, number] => [x, x]),
  ),
  { minLength: 20, maxLength: 40 },
);
/** Numbers of unit size, evenly from -20 to 20, and some that are far smaller. */
const unit = fc.oneof(
  { weight: 4, arbitrary: fc.integer({ min: -2e6, max: 2e6 }).map((k) => k / 1e5) },
  fc.double({ min: -20, max: 20, noNaN: true }),
);
const moderate = fc.array(unit, { minLength: 20, maxLength: 40 });
const moderatePairs = fc.array(fc.tuple(unit, unit), { minLength: 20, maxLength: 40 });

/** Both operands of pairs. */
function operands(values: readonly (readonly [number, number])[]): [Tensor, Tensor] {
  return [float64(values.map(([a]) => a)), float64(values.map(([, b]) => b))];
}

/** The number nearest to x of those without a fraction, the even one of two. */
function toEven(x: number): number {
  const whole = Math.trunc(x);
  const rest = Math.abs(x - whole);
  const away = rest > 0.5 || (rest === 0.5 && whole % 2 !== 0);
  return away ? whole + Math.sign(x) : whole;
}

/** Each run sees 20 to 40 numbers. */
const RUNS = { numRuns: 25 };

const isNegative = (x: number): boolean => x < 0 || Object.is(x, -0);

describe("functions that round, choose or ask are exact, the signs of zeros included:", () => {
  it.each<[string, (x: Tensor) => Tensor, (x: number) => number]>([
    ["ceil", ceil, Math.ceil],
    ["trunc", trunc, Math.trunc],
    ["round", round, toEven],
    ["frac", frac, (x) => x - Math.trunc(x)],
    ["sgn", sgn, (x) => (Number.isNaN(x) ? 0 : Math.sign(x))],
    ["signbit", signbit, (x) => Number(isNegative(x))],
    ["square", square, (x) => x * x],
    ["reciprocal", reciprocal, (x) => 1 / x],
    ["clamp", (x) => clamp(x, { min: -1.5, max: 2 }), (x) => Math.min(Math.max(x, -1.5), 2)],
    [
      "clamp to bounds that cross",
      (x) => clamp(x, { min: 1, max: -1.5 }),
      (x) => (Number.isNaN(x) ? x : -1.5),
    ],
    ["clampMin", (x) => clampMin(x, -1.5), (x) => Math.max(x, -1.5)],
    ["clampMax", (x) => clampMax(x, 2), (x) => Math.min(x, 2)],
    ["hardtanh", hardtanh, (x) => Math.min(Math.max(x, -1), 1)],
    ["relu6", relu6, (x) => (x <= 0 ? 0 : Math.min(x, 6))],
    ["leakyRelu", leakyRelu, (x) => (x > 0 ? x : x * 0.01)],
    ["threshold", (x) => threshold(x, { threshold: 1, value: -7 }), (x) => (x <= 1 ? -7 : x)],
    ["hardshrink", hardshrink, (x) => (Math.abs(x) <= 0.5 ? 0 : x)],
    [
      "softshrink",
      softshrink,
      (x) => (!(Math.abs(x) <= 0.5) ? x - 0.5 * Math.sign(x) : isNegative(x) ? -0 : 0),
    ],
    [
      "nanToNum",
      (x) => nanToNum(x, { nan: 3 }),
      (x) => (Number.isNaN(x) ? 3 : Math.min(Math.max(x, -Number.MAX_VALUE), Number.MAX_VALUE)),
    ],
    [
      "heaviside",
      (x) => heaviside(x, tensor(0.25, { dtype: "float64" })),
      (x) => (x === 0 ? 0.25 : Number.isNaN(x) ? x : Number(x > 0)),
    ],
  ])("%s", (_, composite, definition) => {
    fc.assert(
      fc.property(many, (values) => {
        expect(numbersOf(composite(float64(values)))).toEqual(values.map(definition));
      }),
      RUNS,
    );
  });

  it.each<[string, (x: Tensor) => Tensor, (x: number) => number]>([
    ["ceil", ceil, Math.ceil],
    ["trunc", trunc, Math.trunc],
    ["round", round, toEven],
  ])("%s of float32", (_, composite, definition) => {
    fc.assert(
      fc.property(many, (values) => {
        const rounded = values.map(Math.fround);

        expect(numbersOf(composite(float32(values)))).toEqual(rounded.map(definition));
      }),
      RUNS,
    );
  });

  it.each<[string, (a: Tensor, b: Tensor) => Tensor, (a: number, b: number) => number]>([
    ["fmod", fmod, (a, b) => a % b],
    ["copysign", copysign, (a, b) => (isNegative(b) ? -Math.abs(a) : Math.abs(a))],
    ["fmax", fmax, (a, b) => (Number.isNaN(b) || b <= a ? a : b)],
    ["fmin", fmin, (a, b) => (Number.isNaN(b) || a <= b ? a : b)],
  ])("%s", (_, composite, definition) => {
    fc.assert(
      fc.property(pairs, (values) => {
        const found = numbersOf(composite(...operands(values)));

        expect(found).toEqual(values.map(([a, b]) => definition(a, b)));
      }),
      RUNS,
    );
  });

  it("bounds that are tensors clamp as maximum and minimum do, NaN included", () => {
    fc.assert(
      fc.property(pairs, (values) => {
        const [x, bound] = operands(values);

        expect(numbersOf(clampMin(x, bound)).map((v) => v + 0)).toEqual(numbersOf(maximum(x, bound)).map((v) => v + 0)); // biome-ignore format: alike
        expect(numbersOf(clampMax(x, bound)).map((v) => v + 0)).toEqual(numbersOf(minimum(x, bound)).map((v) => v + 0)); // biome-ignore format: alike
      }),
      RUNS,
    );
  });

  it("round to decimals moves by half a step at most, and only once", () => {
    fc.assert(
      fc.property(moderate, fc.integer({ min: -1, max: 6 }), (values, decimals) => {
        const rounded = round(float64(values), { decimals });

        const half = 0.5 * 10 ** -decimals * (1 + 1e-9);
        numbersOf(rounded).forEach((value, i) => {
          expect(Math.abs(value - values[i])).toBeLessThanOrEqual(half);
        });
        expect(numbersOf(round(rounded, { decimals }))).toEqual(numbersOf(rounded));
      }),
      RUNS,
    );
  });
});

describe("whole quotients and their remainders", () => {
  const int = fc.oneof(fc.integer({ min: -40, max: 40 }), fc.integer());
  const divisions = fc.array(fc.tuple(int, int.filter((b) => b !== 0)), { minLength: 1, maxLength: 40 }); // biome-ignore format: short

  /** ⌊a / b⌋ in integers. */
  const floored = (a: number | bigint, b: number | bigint): bigint => {
    const [x, y] = [BigInt(a), BigInt(b)];
    return (x - (((x % y) + y) % y)) / y;
  };
  const wrapped = (x: bigint): number => Number(BigInt.asIntN(32, x)) + 0;

  it("of int32 are exact", () => {
    fc.assert(
      fc.property(divisions, (values) => {
        const [a, b] = [int32(values.map(([x]) => x)), int32(values.map(([, y]) => y))];

        const quotients = values.map(([x, y]) => wrapped(floored(x, y)));
        expect(numbersOf(floorDivide(a, b))).toEqual(quotients);
        expect(numbersOf(divide(a, b, { roundingMode: "floor" }))).toEqual(quotients);
        expect(numbersOf(divide(a, b, { roundingMode: "trunc" }))).toEqual(
          values.map(([x, y]) => wrapped(BigInt(x) / BigInt(y))),
        );
        expect(numbersOf(remainder(a, b))).toEqual(
          values.map(([x, y]) => wrapped(BigInt(x) - floored(x, y) * BigInt(y))),
        );
      }),
      RUNS,
    );
  });

  it("of fractions with the same denominator are those of the numerators", () => {
    const exact = divisions.map((values) => values.filter(([a, b]) => Math.abs(a / b) < 2 ** 20));
    fc.assert(
      fc.property(exact, (values) => {
        const [a, b] = operands(values.map(([x, y]) => [x / 1024, y / 1024]));

        const quotients = values.map(([x, y]) => Number(floored(x, y)));
        const rests = values.map(([x, y]) => Number(BigInt(x) - floored(x, y) * BigInt(y)) / 1024);
        expect(numbersOf(floorDivide(a, b)).map((v) => v + 0)).toEqual(quotients.map((v) => v + 0));
        expect(numbersOf(remainder(a, b)).map((v) => v + 0)).toEqual(rests.map((v) => v + 0));
      }),
      RUNS,
    );
  });

  it("of any fractions are those of the exact quotient", () => {
    const size = fc.double({ min: 1e-3, max: 1e6, noNaN: true });
    const fraction = fc.tuple(size, fc.boolean()).map(([x, negative]) => (negative ? -x : x));
    const fractions = fc.array(fc.tuple(fraction, fraction), { minLength: 1, maxLength: 40 });
    // all are whole multiples of 2⁻⁷⁰
    const whole = (x: number): bigint => BigInt(x * 2 ** 70);
    fc.assert(
      fc.property(fractions, (values) => {
        const quotients = numbersOf(floorDivide(...operands(values))).map((v) => v + 0);

        expect(quotients).toEqual(values.map(([a, b]) => Number(floored(whole(a), whole(b)))));
      }),
      RUNS,
    );
  });

  it("the remainder has the sign of the divisor and is smaller, and fmod that of the dividend", () => {
    fc.assert(
      fc.property(pairs, (values) => {
        const finite = values.filter(
          ([a, b]) => Number.isFinite(a) && Number.isFinite(b) && b !== 0,
        );
        const [a, b] = operands(finite);

        const [rests, signed] = [numbersOf(remainder(a, b)), numbersOf(fmod(a, b))];

        finite.forEach(([x, y], i) => {
          // a tiny one is rounded to the divisor
          expect(Math.abs(rests[i])).toBeLessThanOrEqual(Math.abs(y));
          expect(rests[i] === 0 || rests[i] > 0 === y > 0).toBe(true);
          expect(signed[i] === 0 || signed[i] > 0 === x > 0).toBe(true);
        });
      }),
      RUNS,
    );
  });
});

/** |found - expected| ≤ bound · |expected|, or the same special value. */
function expectClose(found: Tensor, expected: readonly number[], bound: number): void {
  numbersOf(found).forEach((value, i) => {
    if (Object.is(value + 0, expected[i] + 0)) return;
    const error = Math.abs(value - expected[i]) / Math.abs(expected[i]);
    expect(error, `${value} at ${i}, where ${expected[i]} is right`).toBeLessThanOrEqual(bound);
  });
}

describe("smooth functions are their definitions, relative to the result:", () => {
  const sigmoidOf = (x: number): number =>
    x < 0 ? Math.exp(x) / (1 + Math.exp(x)) : 1 / (1 + Math.exp(-x));
  const softplusOf = (x: number): number => Math.max(x, 0) + Math.log1p(Math.exp(-Math.abs(x)));
  it.each<[string, (x: Tensor) => Tensor, (x: number) => number]>([
    ["tan", tan, Math.tan],
    ["exp2", exp2, (x) => 2 ** x],
    ["rsqrt", rsqrt, (x) => 1 / Math.sqrt(x)],
    ["sinc", (x) => sinc(x.mul(0.2)), (x) => (x === 0 ? 1 : Math.sin(Math.PI * 0.2 * x) / (Math.PI * 0.2 * x))],
    ["softplus", softplus, softplusOf],
    ["logSigmoid", logSigmoid, (x) => -softplusOf(-x)],
    ["silu", silu, (x) => x * sigmoidOf(x)],
    ["mish", mish, (x) => x * Math.tanh(softplusOf(x))],
    ["softsign", softsign, (x) => x / (1 + Math.abs(x))],
    ["hardsigmoid", hardsigmoid, (x) => Math.min(Math.max(x + 3, 0), 6) / 6],
    ["hardswish", hardswish, (x) => (x * Math.min(Math.max(x + 3, 0), 6)) / 6],
    ["elu", (x) => elu(x, { alpha: 2 }), (x) => (x > 0 ? x : 2 * Math.expm1(x))],
    ["celu", (x) => celu(x, { alpha: 2 }), (x) => Math.max(x, 0) + Math.min(0, 2 * Math.expm1(x / 2))],
    ["selu", selu, (x) => 1.0507009873554805 * (x > 0 ? x : 1.6732632423543772 * Math.expm1(x))],
    ["gelu by tanh", (x) => gelu(x, { approximate: "tanh" }), (x) => x * sigmoidOf(2 * Math.sqrt(2 / Math.PI) * (x + 0.044715 * x ** 3))],
  ])("%s", (name, composite, definition) => {
    // 1 + tanh loses digits of small results, and so does a sine far out
    const [scale, bound] = name === "gelu by tanh" ? [0.1, 1e-14] : name === "sinc" ? [0.2, 2e-15] : [1, 2e-15];
    fc.assert(
      fc.property(moderate, (values) => {
        const x = values.map((v) => v * scale);

        expectClose(composite(float64(x)), x.map(definition), bound);
      }),
      RUNS,
    );
  }); // biome-ignore format: a table

  it("x - tanh x is what is left of x", () => {
    fc.assert(
      fc.property(moderate, (values) => {
        const found = numbersOf(tanhshrink(float64(values)));

        found.forEach((value, i) => {
          expect(value).toBe(values[i] - Math.tanh(values[i]));
        });
      }),
      RUNS,
    );
  });
});

describe("sums of exponentials", () => {
  it("are symmetric, shift with their operands and add what they say", () => {
    fc.assert(
      fc.property(moderatePairs, (values) => {
        const [a, b] = operands(values);

        const found = logAddExp(a, b);

        expect(numbersOf(logAddExp(b, a))).toEqual(numbersOf(found));
        expectClose(exp(found), values.map(([x, y]) => Math.exp(x) + Math.exp(y)), 1e-14); // biome-ignore format: short
        expectClose(exp2(logAddExp2(a, b)), values.map(([x, y]) => 2 ** x + 2 ** y), 1e-14); // biome-ignore format: short
        expectClose(logAddExp(a.add(1e4), b.add(1e4)), numbersOf(found.add(1e4)), 1e-15);
      }),
      RUNS,
    );
  });

  it("are not below the larger operand, at any size", () => {
    fc.assert(
      fc.property(pairs, (values) => {
        const ordered = values.filter(([a, b]) => !Number.isNaN(a) && !Number.isNaN(b));
        const [a, b] = operands(ordered);

        const found = numbersOf(logAddExp(a, b));

        ordered.forEach(([x, y], i) => {
          const largest = Math.max(x, y);
          expect(found[i]).toBeGreaterThanOrEqual(largest);
          expect(found[i]).toBeLessThanOrEqual(largest + Math.LN2);
        });
      }),
      RUNS,
    );
  });

  it("have shares as derivatives, which add up to 1", () => {
    fc.assert(
      fc.property(moderatePairs, (values) => {
        const { pullback } = vjp(logAddExp, ...operands(values));

        const [byA, byB] = pullback(float64(values.map(() => 1)));

        expectClose(byA, values.map(([x, y]) => 1 / (1 + Math.exp(y - x))), 1e-14); // biome-ignore format: short
        expectClose(byA.add(byB), values.map(() => 1), 1e-15); // biome-ignore format: short
      }),
      RUNS,
    );
  });
});

describe("lengths, ways and powers of two", () => {
  it("hypot is Math.hypot at any size", () => {
    fc.assert(
      fc.property(pairs, (values) => {
        expectClose(hypot(...operands(values)), values.map(([a, b]) => Math.hypot(a, b)), 1e-15); // biome-ignore format: short
      }),
      RUNS,
    );
  });

  it("lerp meets both ends exactly and is between them otherwise", () => {
    const way = fc.tuple(moderatePairs, fc.double({ min: 0, max: 1, noNaN: true }));
    fc.assert(
      fc.property(way, ([values, weight]) => {
        const [start, end] = operands(values);

        expect(numbersOf(lerp(start, end, 0)).map((v) => v + 0)).toEqual(numbersOf(start).map((v) => v + 0)); // biome-ignore format: alike
        expect(numbersOf(lerp(start, end, 1)).map((v) => v + 0)).toEqual(numbersOf(end).map((v) => v + 0)); // biome-ignore format: alike
        numbersOf(lerp(start, end, weight)).forEach((value, i) => {
          const [a, b] = values[i];
          const slack = 1e-15 * (Math.abs(a) + Math.abs(b));
          expect(value).toBeGreaterThanOrEqual(Math.min(a, b) - slack);
          expect(value).toBeLessThanOrEqual(Math.max(a, b) + slack);
        });
      }),
      RUNS,
    );
  });

  it("ldexp shifts without a rounding, where the result is a normal number", () => {
    const shifts = fc.array(
      fc.tuple(fc.double({ min: 1, max: 2, noNaN: true }), fc.integer({ min: -1000, max: 1000 }), fc.integer({ min: -2000, max: 2000 })),
      { minLength: 1, maxLength: 40 },
    ); // biome-ignore format: three of a kind
    fc.assert(
      fc.property(shifts, (values) => {
        const inside = values.filter(([, from, by]) => Math.abs(from + by) < 1000);
        const x = float64(inside.map(([mantissa, from]) => mantissa * 2 ** from));

        const found = ldexp(x, int32(inside.map(([, , by]) => by)));

        expect(numbersOf(found)).toEqual(
          inside.map(([mantissa, from, by]) => mantissa * 2 ** (from + by)),
        );
      }),
      RUNS,
    );
  });
});

describe("functions and their inverses", () => {
  it("logit undoes sigmoid", () => {
    fc.assert(
      fc.property(moderate, (values) => {
        const x = values.map((v) => -Math.abs(v));

        numbersOf(logit(sigmoid(float64(x)))).forEach((value, i) => {
          expect(Math.abs(value - x[i])).toBeLessThanOrEqual(1e-15 * Math.max(1, -x[i]));
        });
      }),
      RUNS,
    );
  });

  it("xlogy and xlog1py are products with logarithms, and 0 for x = 0 unless y is NaN", () => {
    fc.assert(
      fc.property(pairs, (values) => {
        const [x, y] = operands(values);

        const product = (a: number, logarithm: number, b: number): number =>
          a === 0 && !Number.isNaN(b) ? 0 : a * logarithm;
        expectClose(xlogy(x, y), values.map(([a, b]) => product(a, Math.log(b), b)), 1e-15); // biome-ignore format: short
        expectClose(special.xlog1py(x, y), values.map(([a, b]) => product(a, Math.log1p(b), b)), 1e-15); // biome-ignore format: short
      }),
      RUNS,
    );
  });

  it("equal numbers are close, and NaN only where it is asked for", () => {
    fc.assert(
      fc.property(many, (values) => {
        const x = float64(values);

        expect(numbersOf(isClose(x, x))).toEqual(values.map((v) => Number(!Number.isNaN(v))));
        expect(allClose(x, x, { equalNaN: true }).item()).toBe(1);
      }),
      RUNS,
    );
  });
});
