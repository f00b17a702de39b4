/**
 * @file cond: which function runs, and that its derivatives are those of the function chosen.
 */
import {
  add,
  bind,
  cond,
  define,
  DTypeError,
  exp,
  grad,
  GradientError,
  greater,
  hessian,
  jvp,
  log,
  mul,
  neg,
  type Primitive,
  record,
  ShapeError,
  sin,
  stack,
  sum,
  type Tensor,
  tensor,
  ValueError,
  Variable,
  vmap,
} from "@tapegrad/autograd";
import { assertGradcheck } from "@tapegrad/autograd/testing";
import { describe, expect, it } from "vitest";
import { refusalOf } from "../refusal.ts";

const wide = (values: unknown): Tensor => tensor(values as readonly number[], { dtype: "float64" });

/** log(x) w where x is positive, else x² w: the logarithm of a negative number would show. */
const chosen = (x: Tensor, w: Tensor): Tensor =>
  cond(
    greater(x, 0),
    (x: Tensor) => mul(log(x), w),
    (x: Tensor) => mul(mul(x, x), w),
    x,
  );
const [up, down, w] = [wide(2), wide(-3), wide(5)];

describe("cond", () => {
  it("calls the function that the predicate chooses", () => {
    const calls: number[] = [];
    const times = (factor: number) => (x: Tensor) => {
      calls.push(factor);
      return x.mul(factor);
    };
    const f = (p: boolean): number => cond(tensor(p), times(2), times(3), tensor(7)).item();

    expect([f(true), f(false)]).toEqual([14, 21]);
    expect(calls).toEqual([2, 3]);
  });

  it("is one node, which chooses anew in a replay", () => {
    const tape = record(chosen, up, w);

    expect(tape.nodes.map(({ primitive }) => primitive.name)).toEqual(["compare", "cond"]);
    expect(tape.output.item()).toBe(Math.log(2) * 5);
    expect(tape.replay(down, w).item()).toBe(45);
  });

  it("has the derivatives of the function chosen, to the third order, and no other", () => {
    const expected = [
      [up, 5 / 2, -5 / 4, 10 / 8],
      [down, -30, 10, 0],
    ] as const;
    const second = grad((x: Tensor) => grad(chosen)(x, w));
    for (const [x, first, curvature, third] of expected) {
      expect(grad(chosen)(x, w).item()).toBe(first);
      expect(jvp(chosen, [x, w], [wide(1), wide(0)]).tangent.item()).toBe(first);
      expect(hessian(chosen)(x, w).item()).toBe(curvature);
      expect(second(x).item()).toBe(curvature);
      expect(grad(second)(x).item()).toBe(third);
      expect(grad(chosen, { argument: 1 })(x, w).item()).toBe(chosen(x, wide(1)).item());
    }
  });

  it("passes gradcheck of order 2 in every mix of modes, closing over what it differentiates by", () => {
    const f = (p: Tensor, q: Tensor): Tensor =>
      cond(
        greater(sum(p), 0),
        (x: { a: Tensor }) => ({ y: [sin(mul(x.a, q))] }),
        () => ({ y: [exp(mul(p, p))] }),
        { a: p },
      ).y[0];

    for (const sign of [1, -1]) {
      assertGradcheck(f, [wide([0.5, 0.2]).mul(sign), wide([1, -2])], {
        order: 2,
        mode: "both",
        zeroGradient: sign < 0,
      });
    }
  });

  it("runs only the function chosen, forward and backward", () => {
    const runs: string[] = [];
    const noting = (name: string): Primitive<null> =>
      define.linear({
        name,
        arity: 1,
        domain: [{ min: -3, max: 3 }],
        cases: [{ params: null }],
        abstractEval: ([x]) => x,
        kernel: () => ({
          kind: "opaque",
          run: ([x], [y]) => {
            runs.push(name);
            y.data[y.offset] = x.data[x.offset];
          },
        }),
        transpose: (c) => bind(noting(`${name} backward`), [c], null),
      });
    const f = (x: Tensor): Tensor =>
      cond(
        greater(x, 0),
        (y: Tensor) => bind(noting("first"), [y], null),
        (y: Tensor) => bind(noting("second"), [y], null),
        x,
      );

    grad(f)(up);
    const first = new Set(runs.splice(0));
    grad(grad((x: Tensor) => mul(f(x), f(x))))(down);

    expect(first).toEqual(new Set(["first", "first backward"]));
    expect(runs.length).toBeGreaterThan(2);
    expect(runs.filter((name) => name.startsWith("first"))).toEqual([]);
  });

  it("lets integers through, and gives operands of the other function zeros", () => {
    const f = (x: Tensor, y: Tensor): Tensor =>
      cond(
        greater(x, 0),
        (n: Tensor) => add(x, n),
        () => y,
        tensor(3, { dtype: "int32" }),
      );

    expect(grad(f)(up, w).item()).toBe(1);
    expect(grad(f, { argument: 1 })(up, w).item()).toBe(0);
    expect(grad(f, { argument: 1 })(down, w).item()).toBe(1);
  });

  it("nests", () => {
    const f = (x: Tensor): Tensor =>
      cond(
        greater(x, 0),
        (y: Tensor) => cond(greater(y, 1), (z: Tensor) => mul(z, z), neg, y),
        (y: Tensor) => mul(y, 10),
        x,
      );

    expect([2, 0.5, -1].map((x) => grad(f)(wide(x)).item())).toEqual([4, -1, 10]);
    expect([2, 0.5, -1].map((x) => hessian(f)(wide(x)).item())).toEqual([2, 0, 0]);
  });

  it("maps: one choice for all members, or one for each by where", () => {
    const members = wide([1, 4, -3]);
    const shared = (x: Tensor): Tensor =>
      cond(
        greater(w, 0),
        (y: Tensor) => mul(y, w),
        (y: Tensor) => y,
        x,
      );

    const each = vmap((x: Tensor) => chosen(x, w));
    expect(each(members).toArray()).toEqual([0, Math.log(4) * 5, 45]);
    // the logarithm of -3 is computed, and not chosen
    expect(grad((x: Tensor) => sum(each(x)))(members).toArray()).toEqual([5, 1.25, -30]);
    expect(vmap(grad(chosen), { inAxes: [0, null] })(members, w).toArray()).toEqual([5, 1.25, -30]);
    const names = record((w: Tensor) => {
      const scaled = (x: Tensor): Tensor => cond(greater(w, 0), (y: Tensor) => mul(y, w), neg, x);
      return vmap(scaled)(members);
    }, w).nodes.map(({ primitive }) => primitive.name);
    expect(names).toEqual(["compare", "cond"]);
    expect(vmap(shared)(members).toArray()).toEqual([5, 20, -15]);
  });

  it("refuses what does not fit", () => {
    const recorded = (f: (x: Tensor) => unknown): Error => refusalOf(() => record(f, up));
    const count = new Variable(wide(0));
    const assigning = (x: Tensor): Tensor => {
      count.assign(x);
      return x;
    };

    expect(refusalOf(() => cond(up, neg, neg, up))).toBeInstanceOf(DTypeError);
    expect(refusalOf(() => cond(greater(wide([1]), 0), neg, neg, up))).toBeInstanceOf(ShapeError);
    expect(recorded((x) => cond(greater(x, 0), neg, (y: Tensor) => stack([y]), x))).toBeInstanceOf(
      GradientError,
    );
    expect(recorded((x) => cond(greater(x, 0), assigning, neg, x))).toBeInstanceOf(ValueError);
    expect(count.value.item()).toBe(0);
  });
});
