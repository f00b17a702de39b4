import {
  exp,
  grad,
  jvp,
  mul,
  pow,
  record,
  sin,
  stopGradient,
  type Tensor,
  tensor,
  vjp,
} from "@tapegrad/autograd";
import { describe, expect, it } from "vitest";
import { distance } from "../closeness.ts";

type Scalar = (x: Tensor) => Tensor;

const one = tensor(1, { dtype: "float64" });

/** Four ways to differentiate a function of one number; each gives such a function again. */
const MODES = {
  grad: (f: Scalar): Scalar => grad(f),
  jvp:
    (f: Scalar): Scalar =>
    (x) =>
      jvp(f, [x], [one]).tangent,
  vjp:
    (f: Scalar): Scalar =>
    (x) =>
      vjp(f, x).pullback(one)[0],
  record:
    (f: Scalar): Scalar =>
    (x) => {
      const tape = record(f, x);
      return tape.gradient(tape.inputs)[0];
    },
} satisfies Record<string, (f: Scalar) => Scalar>;

type Mode = keyof typeof MODES;

/** All sequences of `order` modes, the outermost first. */
function mixes(order: number): readonly (readonly Mode[])[] {
  if (order === 0) return [[]];
  const names = Object.keys(MODES) as Mode[];
  return mixes(order - 1).flatMap((rest) => names.map((name) => [name, ...rest]));
}

const differentiated = (f: Scalar, modes: readonly Mode[]): Scalar =>
  modes.reduceRight((g, mode) => MODES[mode](g), f);

const number = (value: number): Tensor => tensor(value, { dtype: "float64" });

/** A function, a point, and its derivatives of order 0 to 4 there. */
const FUNCTIONS: readonly (readonly [string, Scalar, number, readonly number[]])[] = [
  [
    "x⁵ - 3x³ + 2x",
    (x) => x.mul(x).mul(x).mul(x).mul(x).sub(x.mul(x).mul(x).mul(3)).add(x.mul(2)),
    1.5,
    [
      1.5 ** 5 - 3 * 1.5 ** 3 + 3,
      5 * 1.5 ** 4 - 9 * 1.5 ** 2 + 2,
      20 * 1.5 ** 3 - 18 * 1.5,
      60 * 1.5 ** 2 - 18,
      120 * 1.5,
    ],
  ],
  [
    "sin x",
    sin,
    0.7,
    [Math.sin(0.7), Math.cos(0.7), -Math.sin(0.7), -Math.cos(0.7), Math.sin(0.7)],
  ],
  ["exp 2x", (x) => exp(mul(x, 2)), -0.3, [1, 2, 4, 8, 16].map((n) => n * Math.exp(-0.6))],
  ["x⁴ by pow", (x) => pow(x, 4), 1.2, [1.2 ** 4, 4 * 1.2 ** 3, 12 * 1.2 ** 2, 24 * 1.2, 24]],
  ["1 / x", (x) => x.pow(-1), 2, [1 / 2, -1 / 4, 2 / 8, -6 / 16, 24 / 32]],
];

describe.each(FUNCTIONS)("the derivatives of %s", (_, f, point, expected) => {
  it.each([0, 1, 2, 3, 4])("of order %i are exact to 1e-13 in every mix of modes", (order) => {
    for (const modes of mixes(order)) {
      const error = distance(differentiated(f, modes)(number(point)), [expected[order]]);

      expect({ modes, exact: error <= 1e-13 }).toEqual({ modes, exact: true });
    }
  });
});

describe("the derivative of x in powers by hand", () => {
  it("of order 5 and beyond vanishes for a polynomial of degree 4", () => {
    const quartic = (x: Tensor): Tensor => x.mul(x).mul(x).mul(x);

    const fifth = differentiated(quartic, ["grad", "jvp", "grad", "jvp", "grad"]);

    expect(fifth(number(1.7)).item()).toBe(0);
  });
});

const PAIRS = mixes(2).map(([outer, inner]) => [outer, inner] as const);

/**
 * The classical cases in which tangents or cotangents of two levels are confused. The first is that of
 * Siskind & Pearlmutter (2005), "Perturbation confusion and referential transparency".
 */
describe.each(PAIRS)("%s of a function that uses %s", (outerMode, innerMode) => {
  const outer = MODES[outerMode];
  const inner = MODES[innerMode];

  it.each<readonly [string, Scalar, number, number]>([
    ["d/dx x · (d/dy x + y at y = 1)", (x) => x.mul(inner((y) => x.add(y))(one)), 1, 1],
    ["d/dx x · (d/dy x · y at y = 1)", (x) => x.mul(inner((y) => x.mul(y))(one)), 3, 6],
    ["d/dx (d/dy x · y² at y = x)", (x) => inner((y) => x.mul(y).mul(y))(x), 3, 12],
    ["d/dx (d/dy x² at y = x)", (x) => inner(() => x.mul(x))(x), 3, 0],
    [
      "d/dx x · (d/dy y · (d/dz x · y · z at z = y) at y = x)",
      (x) => x.mul(inner((y) => y.mul(inner((z) => x.mul(y).mul(z))(y)))(x)),
      2,
      24,
    ],
    [
      "d/dx (d/dy sin(x y) at y = 2)",
      (x) => inner((y) => sin(x.mul(y)))(number(2)),
      0.5,
      Math.cos(1) - Math.sin(1),
    ],
  ])("keeps the levels apart: %s", (_, f, point, expected) => {
    const value = outer(f)(number(point));

    expect(distance(value, [expected])).toBeLessThanOrEqual(1e-14);
  });
});

describe("stopGradient", () => {
  it.each(
    mixes(1)
      .concat(mixes(2), mixes(3))
      .map((modes) => [modes.join(" of "), modes] as const),
  )("makes x · stop(x)² a linear function of x to %s", (_, modes) => {
    const f = (x: Tensor): Tensor => x.mul(stopGradient(x.mul(x)));

    const value = differentiated(f, modes)(number(3));

    expect(value.item()).toBe(modes.length === 1 ? 9 : 0);
  });

  it("stops the inner derivative too where it stands around it", () => {
    const f = (x: Tensor): Tensor => stopGradient(grad((y: Tensor) => y.mul(y).mul(x))(x)).mul(x);

    // stop(2x · x) · x
    expect(grad(f)(number(3)).item()).toBe(18);
  });

  it("keeps the value", () => {
    expect(stopGradient(tensor([1, 2])).toArray()).toEqual([1, 2]);
  });
});

describe("a vector's second derivatives", () => {
  it("agree between forward over reverse and reverse over reverse", () => {
    const f = (x: Tensor): Tensor => sin(x).mul(x).sum().mul(exp(x).sum());
    const x = tensor([0.3, -0.8, 1.1], { dtype: "float64" });
    const v = tensor([1, -2, 0.5], { dtype: "float64" });

    const forward = jvp(grad(f), [x], [v]).tangent;
    const reverse = grad((y: Tensor) => grad(f)(y).mul(v).sum())(x);
    const pulled = vjp(grad(f), x).pullback(v)[0];

    expect(distance(reverse, forward.toTypedArray())).toBeLessThanOrEqual(1e-14);
    expect(distance(pulled, forward.toTypedArray())).toBeLessThanOrEqual(1e-14);
  });
});
