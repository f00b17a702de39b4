/**
 * The library of special functions against power series in integers (library-reference.ts), and far out against literals.
 * The bounds are relative; below 0, where results pass through 0, they are relative to 1 at least.
 */
import { describe, expect, it } from "vitest";
import { LIBRARY, WORDS } from "../../src/backends/reference/library/index.ts";
import type { LibraryWord } from "../../src/kernel/scalar.ts";
import {
  besselI,
  besselIe,
  erfc,
  erfcx,
  errorOf,
  errorOfErfinv,
  logGamma,
} from "./library-reference.ts";

/** `count` points from `from` to `to`, evenly over the interval, at an irrational pace. */
function points(from: number, to: number, count: number): readonly number[] {
  return Array.from(
    { length: count },
    (_, i) => from + (to - from) * ((0.37 + i * 0.6180339887498949) % 1),
  );
}

/** `count` points from 10^from to 10^to, evenly by their logarithms. */
function sizes(from: number, to: number, count: number): readonly number[] {
  return points(from, to, count).map((x) => 10 ** x);
}

/** The largest error of `error` over `at`, with where it is. */
function worst(at: readonly number[], error: (x: number) => number): { x: number; error: number } {
  return at.map((x) => ({ x, error: error(x) })).reduce((a, b) => (b.error <= a.error ? a : b));
}

const { NaN: nan, POSITIVE_INFINITY: infinity } = Number;
const {
  besselI: I,
  besselIe: Ie,
  erfc: complement,
  erfcx: scaled,
  erfinv,
  lgamma,
  polygamma,
} = LIBRARY;

describe("largest relative errors", () => {
  it.each<[string, number, readonly number[], (x: number) => number]>([
    ["erf", 1e-15, [...points(-1.5, 1.5, 30), ...sizes(-30, 0.7, 20)], (x) => errorOf(WORDS.erf(x), { ...erfc(x), value: erfc(x).in.one - erfc(x).value })],
    ["erfc", 2e-15, [...points(-5, 6, 60), ...points(6, 26, 8)], (x) => errorOf(complement(x), erfc(x))],
    ["erfinv", 2e-15, [...points(-1, 1, 40), ...sizes(-30, -1, 10), ...sizes(-15, -1, 20).map((x) => 1 - x)], (x) => errorOfErfinv(x, erfinv(x))],
    ["erfcx", 4e-15, [...points(-4, 4, 40), ...points(-26, 16, 8)], (x) => errorOf(scaled(0, x), erfcx(0, x))],
    ["the first derivative of erfcx", 4e-15, [...points(-4, 4, 40), ...points(-26, 16, 6)], (x) => errorOf(scaled(1, x), erfcx(1, x))],
    ["the second derivative of erfcx", 4e-15, points(-4, 5, 30), (x) => errorOf(scaled(2, x), erfcx(2, x))],
    ["the fourth derivative of erfcx", 4e-15, points(-4, 5, 20), (x) => errorOf(scaled(4, x), erfcx(4, x))],
    ["besselI of order 0", 4e-15, [...points(0, 60, 30), ...sizes(-8, 1, 10), 400], (x) => errorOf(I(0, x), besselI(0, x))],
    ["besselI of order 1", 4e-15, [...points(0, 60, 30), ...sizes(-8, 1, 10), 400], (x) => errorOf(I(1, x), besselI(1, x))],
    ["besselI of order 4", 4e-15, [...points(0, 60, 30), ...sizes(-4, 1, 10)], (x) => errorOf(I(4, x), besselI(4, x))],
    ["besselIe of order 0", 4e-15, [...points(0, 60, 30), 400], (x) => errorOf(Ie(0, x), besselIe(0, x))],
    ["besselIe of order 1", 4e-15, [...points(0, 60, 30), ...sizes(-8, 1, 10), 400], (x) => errorOf(Ie(1, x), besselIe(1, x))],
    ["besselIe of order 2", 4e-15, [...points(0, 60, 30), ...sizes(-8, 1, 10)], (x) => errorOf(Ie(2, x), besselIe(2, x))],
    ["besselI of order 1 below 0", 4e-15, points(-60, 0, 15), (x) => errorOf(-I(1, x), besselI(1, -x))],
    ["besselIe of order 2 below 0", 4e-15, points(-60, 0, 15), (x) => errorOf(Ie(2, x), besselIe(2, -x))],
    ["lgamma", 4e-15, [...points(0, 4, 30), ...points(4, 30, 20), ...sizes(-30, -1, 10), ...sizes(-15, -1, 10).map((x) => 1 + x), ...sizes(-15, -1, 10).map((x) => 2 - x)], (x) => errorOf(lgamma(x), logGamma(0, x))],
    ["lgamma below 0", 4e-15, [...points(-12, 0, 40), ...sizes(-30, -1, 5).map((x) => -x)], (x) => errorOf(lgamma(x), logGamma(0, x), 1)],
    ["digamma", 4e-15, [...points(0, 4, 30), ...points(4, 30, 10), ...sizes(-15, -1, 10).map((x) => 1.4616321449683622 + x)], (x) => errorOf(polygamma(0, x), logGamma(1, x))],
    ["digamma below 0", 8e-15, points(-12, 0, 30), (x) => errorOf(polygamma(0, x), logGamma(1, x), 1)],
    ["trigamma", 4e-15, [...points(0, 4, 20), ...points(4, 30, 10)], (x) => errorOf(polygamma(1, x), logGamma(2, x))],
    ["trigamma below 0", 8e-15, points(-12, 0, 30), (x) => errorOf(polygamma(1, x), logGamma(2, x), 1)],
    ["polygamma of order 2", 4e-15, points(0, 20, 15), (x) => errorOf(polygamma(2, x), logGamma(3, x))],
    // two halves of a sum, 17 each halfway between poles, cancel
    ["polygamma of order 2 below 0", 2e-15, points(-6, 0, 20), (x) => errorOf(polygamma(2, x), logGamma(3, x), 17)],
    ["polygamma of order 3", 4e-15, points(0, 20, 15), (x) => errorOf(polygamma(3, x), logGamma(4, x))],
    ["polygamma of order 3 below 0", 8e-15, points(-6, 0, 15), (x) => errorOf(polygamma(3, x), logGamma(4, x), 1)],
  ])("of %s are below %d", (_, bound, at, error) => {
    const found = worst(at, error);

    expect(found.error, `at ${found.x}`).toBeLessThan(bound);
  }); // biome-ignore format: a table
});

describe("far out, where a power series has no end, results are those of 60 digits", () => {
  it.each<[LibraryWord, readonly number[], number]>([
    ["lgamma", [100.5], 361.4355404677776],
    ["lgamma", [1e5], 1051287.7089736569],
    ["lgamma", [1e10], 220258509288.81058],
    ["lgamma", [1e300], 6.897755278982137e302],
    ["lgamma", [-1000.25], -5912.363970042725],
    ["polygamma", [0, 1e5], 11.512920464961896],
    ["polygamma", [0, 1e-300], -9.999999999999999e299],
    ["polygamma", [0, -1000.25], 10.050097693066705],
    ["polygamma", [1, 1e8], 1.000000005e-8],
    ["polygamma", [2, 1e-80], -2.0000000000000004e240],
    ["polygamma", [170, 12.5], -1.9461244399809186e119],
    ["erfcx", [0, 1e5], 5.6418958351954685e-6],
    ["erfcx", [1, 1e5], -5.641895834631278e-11],
    ["erfcx", [5, 50], -4.3148427777497486e-9],
    ["erfcx", [9, -3], -717259059400.8523],
    ["erfcx", [30, 2], 204698025833928.4],
    ["besselI", [0, 700], 1.5295933476718737e302],
    ["besselI", [7, 1e-30], 1.550099206349207e-216],
    ["besselIe", [0, 1e6], 0.00039894233026924577],
    ["besselIe", [30, 500], 0.007250948769662577],
    ["besselIe", [1, -1e300], -3.9894228040143264e-151],
    ["erfc", [27], 5.23705e-319],
    ["erfinv", [1e-300], 8.86226925452758e-301],
  ])("%s of %j", (word, operands, expected) => {
    // polygamma of order 170 multiplies 170 quotients
    expect(Math.abs(LIBRARY[word](...operands) / expected - 1)).toBeLessThan(1e-14);
  });
});

describe("special values", () => {
  it.each<[LibraryWord, readonly (readonly [operands: readonly number[], result: number])[]]>([
    ["erfc", [[[0], 1], [[-infinity], 2], [[infinity], 0], [[30], 0], [[nan], nan]]],
    ["erfcx", [[[0, 0], 1], [[0, -27], infinity], [[0, infinity], 0], [[1, infinity], -0], [[1, -infinity], -infinity], [[2, nan], nan], [[0.5, 1], nan], [[-1, 1], nan], [[171, 1], nan]]],
    ["erfinv", [[[0], 0], [[-0], -0], [[1], infinity], [[-1], -infinity], [[1.5], nan], [[nan], nan]]],
    ["lgamma", [[[1], 0], [[2], 0], [[0], infinity], [[-3], infinity], [[infinity], infinity], [[-infinity], infinity], [[nan], nan]]],
    ["polygamma", [[[0, 0], -infinity], [[0, -0], infinity], [[0, -2], nan], [[1, -2], infinity], [[2, -2], nan], [[0, infinity], infinity], [[1, infinity], 0], [[3, nan], nan], [[171, 1], nan], [[0.5, 1], nan]]],
    ["besselI", [[[0, 0], 1], [[1, -0], -0], [[2, 0], 0], [[0, -infinity], infinity], [[1, -infinity], -infinity], [[0, nan], nan], [[0.5, 1], nan], [[31, 1], nan]]],
    ["besselIe", [[[0, 0], 1], [[1, -0], -0], [[0, infinity], 0], [[1, -infinity], -0], [[0, nan], nan], [[-1, 1], nan]]],
  ])("of %s", (word, cases) => {
    expect(cases.map(([operands]) => LIBRARY[word](...operands))).toEqual(cases.map(([, result]) => result));
  }); // biome-ignore format: a table
});
