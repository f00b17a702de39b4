/**
 * @file Points at which a derivative does not exist, is zero everywhere, or is not finite.
 */
import {
  abs,
  add,
  div,
  exp,
  floor,
  log,
  max,
  mean,
  mul,
  neg,
  relu,
  sign,
  sqrt,
  sub,
  sum,
  type Tensor,
  tensor,
  variance,
} from "@tapegrad/autograd";
import { gradcheck } from "@tapegrad/autograd/testing";
import { describe, expect, it } from "vitest";

const float64 = (value: Parameters<typeof tensor>[0]): Tensor =>
  tensor(value, { dtype: "float64" });

const normalized = (x: Tensor): Tensor => {
  const axes = { axes: 0, keepDims: true };
  return div(sub(x, mean(x, axes)), sqrt(add(variance(x, axes), 1e-5)));
};

const batch = float64([
  [1, 2],
  [3, -4],
  [0.5, 7],
  [2, 2.5],
]);

const kindsOf = (report: ReturnType<typeof gradcheck>): readonly string[] =>
  report.failures.map(({ kind }) => kind);

describe("kinks", () => {
  it("are reported with both slopes and moved off, and the rest is checked", () => {
    const report = gradcheck(relu, [float64([0, 1, -1, 2, -2])], { seed: 7 });

    expect(report.ok).toBe(true);
    expect(report.checked).toBe(5);
    expect(report.resampled).toMatchObject({ count: 1, total: 5 });
    const [kink] = report.resampled.kinks;
    expect(kink).toMatchObject({ order: 1, input: 0, index: [0] });
    expect([kink?.left, kink?.right].filter((slope) => slope === 0)).toHaveLength(1);
  });

  it("fail the check where they are more than a fifth of all entries", () => {
    const x = float64([0, 0, 0, 1]);

    expect(kindsOf(gradcheck(abs, [x], { seed: 7 }))).toEqual(["kinks"]);
    expect(gradcheck(abs, [x], { seed: 7, maxResampled: 1 }).ok).toBe(true);
  });

  it("of ties between elements are told from slopes", () => {
    const x = float64([1, 5, 5 + 1e-9, 3, 2, 0, -1, -2, 0.5, 0.25]);

    const report = gradcheck((y) => max(y), [x], { seed: 7, order: 2 });

    expect(report.ok).toBe(true);
    expect(report.resampled.kinks.map(({ index }) => index)).toEqual([[1], [2]]);
  });

  it("are found by halving where only random directions are checked", () => {
    const values = Float64Array.from({ length: 200 }, (_, i) => (i === 120 ? 0 : Math.sin(i + 1)));

    const report = gradcheck(relu, [tensor(values)], { seed: 7 });

    expect(report.ok).toBe(true);
    expect(report.resampled.kinks.map(({ index }) => index)).toEqual([[120]]);
  });
});

describe("a gradient that is zero everywhere", () => {
  it.each([
    ["of a normalised sum", (x: Tensor) => sum(normalized(x))],
    ["of a floor", floor],
    ["of a sign", sign],
  ])("%s fails unless it is declared", (_, f) => {
    expect(kindsOf(gradcheck(f, [batch], { seed: 2, maxResampled: 1 }))).toContain(
      "identicallyZero",
    );
  });

  it("of an unused input names that input", () => {
    const inputs = [float64([1, 2]), float64(3)] as const;
    const first = (x: Tensor, _y: Tensor): Tensor => mul(x, x);

    expect(gradcheck(first, inputs, { seed: 2 }).failures).toEqual([
      { kind: "identicallyZero", input: 1 },
    ]);
    expect(gradcheck(first, inputs, { seed: 2, zeroGradient: [1] }).ok).toBe(true);
    expect(gradcheck(first, inputs, { seed: 2, zeroGradient: [0] }).ok).toBe(false);
    expect(gradcheck(first, inputs, { seed: 2, zeroGradient: true }).ok).toBe(true);
  });

  it("is no failure at order 2, nor where there is nothing to depend on", () => {
    const empty = tensor(new Float64Array(0), { shape: [0, 2] });

    expect(gradcheck(neg, [float64([1, 2])], { seed: 2, order: 2 }).ok).toBe(true);
    expect(gradcheck(exp, [empty], { seed: 2, order: 2 }).ok).toBe(true);
  });
});

describe("numbers that are not finite", () => {
  it("fail with their place: in the result, in the gradient, beside the point", () => {
    const edge = (x: Tensor): Tensor => mul(sqrt(x), mul(x, x));

    const [result, gradient, beside] = [
      gradcheck(log, [float64([1, -1])], { seed: 4 }),
      gradcheck(sqrt, [float64([[1], [0]])], { seed: 4 }),
      gradcheck(edge, [float64([1, 2])], { seed: 4 }),
    ];

    expect(result.failures).toMatchObject([{ kind: "not finite", index: [1] }]);
    expect(gradient.failures).toMatchObject([
      { kind: "not finite", index: [1, 0], value: Number.POSITIVE_INFINITY },
    ]);
    expect(beside.ok).toBe(true);
  });
});
