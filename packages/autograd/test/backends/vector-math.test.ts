/**
 * Elementary functions by SIMD: special values, and accuracy in units in the last place. float32 is compared
 * with float64 `Math`, float64 with integers of 200 bits. The bounds are those of docs/vector-math.md.
 */
import { describe, expect, it } from "vitest";
import { WORDS } from "../../src/backends/reference/library/index.ts";
import { type Element, FLOAT32, FLOAT64, type FloatArray } from "../../src/backends/wasm/engine.ts";
import { EXACT, ulpsBetween } from "./exact-reference.ts";
import { enableRelaxed, vectorFunction, type Word } from "./vector-loop.ts";

const { NaN: nan, POSITIVE_INFINITY: infinity, MIN_VALUE, MAX_VALUE } = Number;
const canRelax = enableRelaxed();
const MODES = canRelax ? [false, true] : [false];

/** Largest errors in ulp, with or without relaxed multiply-add: a little above what was measured on many more points. */
const BOUNDS: Readonly<Record<Word, { readonly float32: number; readonly float64: number }>> = {
  exp: { float32: 1.2, float64: 1.2 },
  log: { float32: 0.9, float64: 0.8 },
  tanh: { float32: 1.15, float64: 1.45 },
  sigmoid: { float32: 2.35, float64: 2.3 },
  erf: { float32: 1.3, float64: 1.25 },
  sin: { float32: 0.6, float64: 0.8 },
  cos: { float32: 0.6, float64: 0.8 },
  pow: { float32: 0.51, float64: 1.3 },
};

const REFERENCE: Readonly<Record<Word, (x: number, y: number) => number>> = {
  exp: Math.exp,
  log: Math.log,
  tanh: Math.tanh,
  sigmoid: WORDS.sigmoid,
  erf: WORDS.erf,
  sin: Math.sin,
  cos: Math.cos,
  pow: WORDS.pow,
};

/** Where each word is neither constant nor overflows: intervals that are sampled densely. */
const INTERVALS: Readonly<Record<Word, readonly (readonly [number, number])[]>> = {
  exp: [[-105, 90], [-1, 1]], // biome-ignore format: intervals
  log: [[0, 3], [0.9, 1.1], [0, 1e-37]], // biome-ignore format: intervals
  tanh: [[-10, 10], [-1, 1]], // biome-ignore format: intervals
  sigmoid: [[-105, 20], [-5, 5]], // biome-ignore format: intervals
  erf: [[-4.5, 4.5], [-1.1, 1.1]], // biome-ignore format: intervals
  sin: [[-10, 10], [-3e6, 3e6]], // biome-ignore format: intervals
  cos: [[-10, 10], [-3e6, 3e6]], // biome-ignore format: intervals
  pow: [[0, 4], [0.95, 1.05]], // biome-ignore format: intervals
};

const words = Object.keys(BOUNDS) as Word[];
const run = (word: Word, element: Element, relaxed: boolean, x: FloatArray, y: FloatArray) =>
  vectorFunction(word, element, relaxed)(...(word === "pow" ? [x, y] : [x]));

/** Numbers from 0 to 1, the same every time (xorshift32). */
function generator(seed: number): () => number {
  let state = seed;
  return () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) / 2 ** 32;
  };
}

/** `values`, and zeros up to a whole vector. */
function padded(element: Element, values: readonly number[]): FloatArray {
  const length = Math.ceil(values.length / 4) * 4;
  const array = element === FLOAT32 ? new Float32Array(length) : new Float64Array(length);
  array.set(values);
  return array;
}

describe.each([
  ["float32", FLOAT32],
  ["float64", FLOAT64],
] as const)("special values in %s", (_, element) => {
  const single = element === FLOAT32;
  const least = single ? 2 ** -149 : MIN_VALUE;
  const most = single ? (2 - 2 ** -23) * 2 ** 127 : MAX_VALUE;
  it.each<[Word, readonly (readonly [number, number])[]]>([
    ["exp", [[0, 1], [-0, 1], [infinity, infinity], [-infinity, 0], [nan, nan], [most, infinity], [-most, 0], [least, 1], single ? [-104, 0] : [-746, 0], single ? [-103.5, least] : [-745, least], single ? [89, infinity] : [710, infinity]]],
    ["log", [[1, 0], [0, -infinity], [-0, -infinity], [-1, nan], [-least, nan], [-infinity, nan], [infinity, infinity], [nan, nan]]],
    ["tanh", [[0, 0], [-0, -0], [infinity, 1], [-infinity, -1], [nan, nan], [least, least], [-least, -least], [most, 1], [-most, -1]]],
    ["sigmoid", [[0, 0.5], [-0, 0.5], [infinity, 1], [-infinity, 0], [nan, nan], [most, 1], [-most, 0], [least, 0.5], single ? [-103.5, least] : [-745, least]]],
    ["erf", [[0, 0], [-0, -0], [infinity, 1], [-infinity, -1], [nan, nan], [least, least], [-least, -least], [most, 1], [-6, -1]]],
    ["sin", [[0, 0], [-0, -0], [infinity, nan], [-infinity, nan], [nan, nan], [least, least], [-least, -least]]],
    ["cos", [[0, 1], [-0, 1], [infinity, nan], [-infinity, nan], [nan, nan], [least, 1]]],
  ])("%s", (word, cases) => {
    const x = padded(element, cases.map(([at]) => at));
    for (const relaxed of MODES) {
      const found = run(word, element, relaxed, x, x);

      expect([...found].slice(0, cases.length)).toEqual(cases.map(([, value]) => value));
    }
  }); // biome-ignore format: tables

  it("log of denormals and of the largest number", () => {
    const x = padded(element, [least, 3 * least, 1000 * least, most]);
    for (const relaxed of MODES) {
      const found = run("log", element, relaxed, x, x);

      found.forEach((y, i) => {
        const expected = Math.log(x[i]);
        expect(Math.abs(y / expected - 1)).toBeLessThan(single ? 1e-7 : 3e-16);
      });
    }
  });

  it("pow: all pairs of numbers at which it may turn", () => {
    const edges = [nan, 0, -0, infinity, -infinity, 1, -1, 2, -2, 0.5, -0.5, 3, -3, 2.5, -2.5];
    edges.push(least, -least, most, -most, 1e10, 16777215, -16777215, 1023, 1 / 3, 1.0000001);
    const pairs = edges.flatMap((x) => edges.map((y) => [x, y] as const));
    const x = padded(element, pairs.map(([base]) => base)); // biome-ignore format: short
    const y = padded(element, pairs.map(([, exponent]) => exponent)); // biome-ignore format: short
    for (const relaxed of MODES) {
      const found = run("pow", element, relaxed, x, y);

      pairs.forEach((_pair, i) => {
        const exact = WORDS.pow(x[i], y[i]);
        const expected = single ? Math.fround(exact) : exact;
        const isSpecial = !Number.isFinite(expected) || expected === 0;
        const close = Math.abs(found[i] / expected - 1) < (single ? 1e-7 : 1e-15);
        const agrees = isSpecial ? Object.is(found[i], expected) : close;
        expect({ x: x[i], y: y[i], power: agrees ? expected : found[i] }).toEqual({
          x: x[i],
          y: y[i],
          power: expected,
        });
      });
    }
  });
});

/** Random bit patterns, then points spread over the intervals of `word`. */
function singles(word: Word, count: number, seed: number): Float32Array<ArrayBuffer> {
  const next = generator(seed);
  const x = new Float32Array(count);
  const bits = new Uint32Array(x.buffer);
  const intervals = INTERVALS[word];
  for (let i = 0; i < count; i++) {
    const kind = i % (intervals.length + 1);
    if (kind === 0) {
      bits[i] = next() * 2 ** 32;
    } else {
      const [from, to] = intervals[kind - 1];
      x[i] = from + next() * (to - from);
    }
  }
  return x;
}

const float64 = new Float64Array(1);
const words32 = new Uint32Array(float64.buffer);

/** Units in the last place of float32 between `found` and the float64 `expected`; 0 where both are the same special value. */
function singleUlps(found: number, expected: number): number {
  const rounded = Math.fround(expected);
  if (Object.is(found, rounded) && (rounded === 0 || !Number.isFinite(rounded))) return 0;
  if (!Number.isFinite(rounded) && Number.isFinite(expected))
    return Math.abs(found - expected) / 2 ** 104;
  if (!Number.isFinite(expected) || (rounded === 0 && found === 0)) return infinity;
  float64[0] = expected;
  const exponent = Math.max(((words32[1] >>> 20) & 0x7ff) - 1023, -126);
  return Math.abs(found - expected) / 2 ** (exponent - 23);
}

describe("float32 accuracy, over random bits and dense intervals", () => {
  const COUNT = 300_000;
  const exponents = singles("exp", COUNT, 77).map((y, i) => (i % 3 === 0 ? y : y / 4));

  it.each(words)("of %s is within its bound", (word) => {
    const x = singles(word, COUNT, 2015);
    const expected = new Float64Array(COUNT);
    for (let i = 0; i < COUNT; i++) expected[i] = REFERENCE[word](x[i], exponents[i]);
    for (const relaxed of MODES) {
      const found = run(word, FLOAT32, relaxed, x, exponents);
      let [worst, at] = [0, 0];
      for (let i = 0; i < COUNT; i++) {
        const ulps = singleUlps(found[i], expected[i]);
        if (ulps > worst) [worst, at] = [ulps, i];
      }

      const report = { relaxed, x: x[at], y: exponents[at], found: found[at], worst };
      expect(report.worst, JSON.stringify(report)).toBeLessThanOrEqual(BOUNDS[word].float32);
    }
  });
});

const FLOAT64_INTERVALS: Readonly<Record<Word, readonly (readonly [number, number])[]>> = {
  ...INTERVALS,
  exp: [[-744, 709], [-1, 1]], // biome-ignore format: intervals
  sigmoid: [[-744, 40], [-5, 5]], // biome-ignore format: intervals
  tanh: [[-20, 20], [-1, 1]], // biome-ignore format: intervals
  erf: [[-6.5, 6.5], [-1.1, 1.1]], // biome-ignore format: intervals
};

/** As many points of each interval, and for log, sin and cos of any exponent. */
function doubles(word: Word, count: number, seed: number): Float64Array<ArrayBuffer> {
  const next = generator(seed);
  const intervals = FLOAT64_INTERVALS[word];
  const hasAnyExponent = word === "log" || word === "sin" || word === "cos";
  return new Float64Array(count).map((_, i) => {
    const kind = i % (intervals.length + (hasAnyExponent ? 1 : 0));
    if (kind === intervals.length) return (1 + next()) * 2 ** Math.floor(-20 + 1043 * next());
    const [from, to] = intervals[kind];
    return from + next() * (to - from);
  });
}

describe("float64 accuracy, against integers of 200 bits", () => {
  const COUNT = 2500;
  /** Numbers that lie close to a multiple of π/2 (Kahan and McDonald's search, in Muller et al.'s handbook, 10.2.3), and edges. */
  const hard = [
    6381956970095103 * 2 ** 797,
    2 ** 1023,
    1e300,
    1048576,
    1048575.9999,
    1.5707963267948966,
    710,
    MAX_VALUE,
  ];

  it.each(words)("of %s is within its bound", (word) => {
    const x = doubles(word, COUNT, 1998);
    if (word === "sin" || word === "cos") x.set(hard);
    const y = doubles("tanh", COUNT, 3).map((v, i) => (i % 2 === 0 ? v : 20 * v));
    const expected = Array.from(x, (at, i) => EXACT[word](at, y[i]));
    for (const relaxed of MODES) {
      const found = run(word, FLOAT64, relaxed, x, y);
      let [worst, at] = [0, 0];
      for (let i = 0; i < COUNT; i++) {
        const ulps = ulpsBetween(found[i], expected[i]);
        if (!(ulps <= worst)) [worst, at] = [ulps, i];
      }

      const report = { relaxed, x: x[at], y: y[at], found: found[at], worst };
      expect(report.worst, JSON.stringify(report)).toBeLessThanOrEqual(BOUNDS[word].float64);
    }
  });
});
