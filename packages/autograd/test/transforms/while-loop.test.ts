/**
 * @file whileLoop: values, forward mode to any order, and the refusal of reverse mode.
 */
import {
  add,
  div,
  DTypeError,
  grad,
  GradientError,
  greater,
  jacobian,
  jvp,
  less,
  mul,
  record,
  ShapeError,
  sub,
  sum,
  type Tensor,
  tensor,
  ValueError,
  Variable,
  vmap,
  whileLoop,
} from "@tapegrad/autograd";
import { describe, expect, it } from "vitest";
import { refusalOf } from "../refusal.ts";

const wide = (values: unknown): Tensor => tensor(values as readonly number[], { dtype: "float64" });

/** √a by Newton's method, until a step changes nothing that matters. */
const root = (a: Tensor): Tensor =>
  whileLoop(
    ({ step }) => greater(mul(step, step), 1e-20),
    ({ x }) => {
      const next = div(add(x, div(a, x)), 2);
      return { x: next, step: sub(next, x) };
    },
    { x: add(mul(a, 0), 1), step: wide(1) },
  ).x;

describe("whileLoop", () => {
  it("runs as long as the condition holds, perhaps never", () => {
    const doubled = (x: Tensor): Tensor =>
      whileLoop(
        (y: Tensor) => less(y, 100),
        (y) => mul(y, 2),
        x,
      );

    expect(doubled(tensor(3)).item()).toBe(192);
    expect(doubled(tensor(300)).item()).toBe(300);
    expect(record(doubled, tensor(3)).replay(tensor(50)).item()).toBe(100);
  });

  it("is one node, and closes over what it needs", () => {
    const limit = new Variable(wide(20));
    const f = (x: Tensor, factor: Tensor): Tensor =>
      whileLoop(
        (y: Tensor) => less(y, limit.value),
        (y) => mul(y, factor),
        x,
      );

    const tape = record(f, wide(1), wide(3));

    expect(tape.output.item()).toBe(27);
    expect(String(tape)).toMatch(/%3 = whileLoop\(%0, %2, %1\)/);
    expect(jvp(f, [wide(1), wide(3)], [wide(0), wide(1)]).tangent.item()).toBe(27);
  });

  it("has derivatives in forward mode, of every order", () => {
    const along =
      (f: (x: Tensor) => Tensor) =>
      (x: Tensor): Tensor =>
        jvp(f, [x], [wide(1)]).tangent;
    const first = along(root);
    const [second, third] = [along(first), along(along(first))];
    const a = wide(2);

    expect(root(a).item()).toBeCloseTo(Math.sqrt(2), 14);
    expect(first(a).item()).toBeCloseTo(0.5 * 2 ** -0.5, 12);
    expect(second(a).item()).toBeCloseTo(-0.25 * 2 ** -1.5, 12);
    expect(third(a).item()).toBeCloseTo(0.375 * 2 ** -2.5, 12);
    expect(jacobian(root, { mode: "forward" })(a).item()).toBe(first(a).item());
  });

  it("has no reverse mode, and names what has", () => {
    const error = refusalOf(() => grad(root)(wide(2)));

    expect(error).toBeInstanceOf(GradientError);
    expect(error.message).toContain("`scan`");
  });

  it("is no obstacle to gradients that do not go through it", () => {
    const f = (x: Tensor): Tensor => {
      const steps = whileLoop(
        (n: Tensor) => less(n, 5),
        (n) => add(n, 1),
        tensor(0, { dtype: "int32" }),
      );
      return mul(x, steps);
    };

    expect(grad(f)(wide(2)).item()).toBe(5);
  });

  it("maps: members that are done keep their values", () => {
    const members = wide([2, 1e6, 1]);

    const roots = vmap(root)(members);

    expect(roots.toArray()).toEqual([2, 1e6, 1].map((a) => root(wide(a)).item()));
    const slopes = jvp(vmap(root), [members], [wide([1, 1, 1])]).tangent;
    expect((slopes.toArray() as number[])[1]).toBeCloseTo(0.5e-3, 12);
    const shared = vmap((x: Tensor) => {
      const start = { n: tensor(0), x };
      return whileLoop(
        ({ n }) => less(n, 3),
        ({ n, x }) => ({ n: n.add(1), x: mul(x, 2) }),
        start,
      ).x;
    });
    expect(shared(members).toArray()).toEqual([16, 8e6, 8]);
  });

  it("refuses a condition that is not one bool, a carry that changes, and assignments", () => {
    const count = new Variable(wide(0));
    const x = wide([1, 2]);
    const same = (y: Tensor): Tensor => y;
    const assigning = (y: Tensor): Tensor => {
      count.assign(sum(y));
      return y;
    };

    expect(refusalOf(() => whileLoop(sum, same, x))).toBeInstanceOf(DTypeError);
    expect(refusalOf(() => whileLoop((y: Tensor) => less(y, 3), same, x))).toBeInstanceOf(
      ShapeError,
    );
    expect(refusalOf(() => whileLoop((y: Tensor) => less(sum(y), 3), sum, x))).toBeInstanceOf(
      GradientError,
    );
    expect(refusalOf(() => whileLoop((y: Tensor) => less(sum(y), 3), assigning, x))).toBeInstanceOf(
      ValueError,
    );
  });
});
