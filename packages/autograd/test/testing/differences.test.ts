import { derivative, differenceAlong, stepsAt } from "@tapegrad/autograd/testing";
import fc from "fast-check";
import { describe, expect, it } from "vitest";

const smooth: readonly (readonly [string, (x: number) => number, (x: number) => number, number])[] =
  [
    ["sqrt near 0.01", Math.sqrt, (x) => 0.5 / Math.sqrt(x), 0.01],
    ["sqrt near 1e-8", Math.sqrt, (x) => 0.5 / Math.sqrt(x), 1e-8],
    ["log near 0.1", Math.log, (x) => 1 / x, 0.1],
    ["x^-2 near 0.1", (x) => x ** -2, (x) => -2 * x ** -3, 0.1],
    ["exp at 0", Math.exp, Math.exp, 0],
    ["exp near 0", Math.exp, Math.exp, 1e-9],
    ["exp at a denormal", Math.exp, Math.exp, 5e-324],
    ["exp at 20", Math.exp, Math.exp, 20],
    ["sin at 100", Math.sin, Math.cos, 100],
    ["tanh at -3", Math.tanh, (x) => 1 - Math.tanh(x) ** 2, -3],
    ["x³ at 1e6", (x) => x ** 3, (x) => 3 * x ** 2, 1e6],
  ];

describe("derivative", () => {
  it.each(smooth)("reaches 1e-9 for %s", (_, f, slope, x) => {
    const { value, error, kink } = derivative(f, x);

    const distance = Math.abs(value - slope(x));
    expect(distance).toBeLessThanOrEqual(1e-9 * Math.abs(slope(x)));
    expect(distance).toBeLessThanOrEqual(error);
    expect(kink).toBe(false);
  });

  it("reaches 1e-9 for products of powers and exponentials, wherever they are", () => {
    const points = fc.double({ min: 0.01, max: 20, noNaN: true });
    const powers = fc.double({ min: -3, max: 3, noNaN: true });
    fc.assert(
      fc.property(points, powers, (x, p) => {
        const { value } = derivative((t) => t ** p * Math.exp(-t), x);

        const terms = [p * x ** (p - 1), x ** p].map((term) => term * Math.exp(-x));
        const [growth, decay] = terms;
        expect(Math.abs(value - (growth - decay))).toBeLessThanOrEqual(
          1e-9 * (Math.abs(growth) + Math.abs(decay)),
        );
      }),
    );
  });

  it("keeps to its side of 0 where x is near", () => {
    const asked: number[] = [];

    derivative(
      (x) => {
        asked.push(x);
        return Math.log(x);
      },
      0.001,
      { target: 1e-6 },
    );

    expect(Math.min(...asked)).toBeGreaterThan(0);
  });

  it.each([
    ["abs at 0", Math.abs, 0, -1, 1],
    ["abs at a denormal", Math.abs, 5e-324, -1, 1],
    ["relu at 0", (x: number) => Math.max(x, 0), 0, 0, 1],
    ["abs(x - 1) at 1", (x: number) => Math.abs(x - 1), 1, -1, 1],
  ])("tells the kink of %s, with both slopes", (_, f, x, left, right) => {
    expect(derivative(f, x)).toMatchObject({ kink: true, left, right });
  });

  it.each([
    ["floor at 2", Math.floor, 2],
    ["sign at 0", Math.sign, 0],
    ["a step at 1", (x: number) => Number(x >= 1), 1],
  ])("tells the jump of %s from a slope", (_, f, x) => {
    expect(derivative(f, x).kink).toBe(true);
  });

  it("sees no kink in a steep curve beside one", () => {
    const { value, kink } = derivative(Math.abs, 1e-4);

    expect(kink).toBe(false);
    expect(value).toBe(1);
  });

  it("has no value where the function is not finite on both sides", () => {
    const { value, error } = derivative(Math.sqrt, 0);

    expect(value).toBeNaN();
    expect(error).toBe(Number.POSITIVE_INFINITY);
  });
});

describe("differenceAlong", () => {
  it("stops as soon as the target is reached", () => {
    let calls = 0;
    const square = (t: number): number => {
      calls += 1;
      return (1 + t) ** 2;
    };

    const { error } = differenceAlong(square, stepsAt(1), { target: 1e-8, center: 1 });

    expect(error).toBeLessThanOrEqual(1e-8);
    expect(calls).toBe(4);
  });
});

describe("stepsAt", () => {
  it("begins with a fraction of |x|, and at 0 with a fraction of the unit", () => {
    expect(stepsAt(0.01)[0]).toBe(2 ** -12);
    expect(stepsAt(-0.01)[0]).toBe(2 ** -12);
    expect(stepsAt(0)[0]).toBe(2 ** -5);
    expect(stepsAt(0, 1024)[0]).toBe(2 ** 5);
  });
});
