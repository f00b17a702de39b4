import {
  DTypeError,
  grad,
  GradientError,
  matMul,
  max,
  sum,
  type Tensor,
  tensor,
  ValueError,
  Variable,
  valueAndGrad,
} from "@tapegrad/autograd";
import { describe, expect, it } from "vitest";
import { refusalOf } from "../refusal.ts";

const square = (x: Tensor): Tensor => x.mul(x);

describe("grad", () => {
  it("has the nesting, shapes and dtypes of the argument", () => {
    type Params = { layers: { w: Tensor; b: Tensor }[]; scale: Tensor };
    const params: Params = {
      layers: [
        { w: tensor([1, 2]), b: tensor(3) },
        { w: tensor([[4]], { dtype: "float64" }), b: tensor(5) },
      ],
      scale: tensor(2),
    };
    const f = ({ layers: [first, second], scale }: Params): Tensor =>
      first.w.sum().mul(first.b).add(second.w.sum().cast("float32").mul(second.b)).mul(scale);

    const gradient = grad(f)(params);

    expect(gradient.layers[0].w.toArray()).toEqual([6, 6]);
    expect(gradient.layers[0].b.item()).toBe(6);
    expect(gradient.layers[1].w.aval).toEqual({ shape: [1, 1], dtype: "float64" });
    expect(gradient.layers[1].w.toArray()).toEqual([[10]]);
    expect(gradient.layers[1].b.item()).toBe(8);
    expect(gradient.scale.item()).toBe(3 * 3 + 4 * 5);
  });

  it("keeps the keys in their order, and tuples as tuples", () => {
    const gradient = grad(({ b, a }: { b: Tensor; a: readonly [Tensor, Tensor] }) =>
      b.mul(a[0]).sub(a[1]),
    )({ b: tensor(2), a: [tensor(3), tensor(5)] });

    expect(Object.keys(gradient)).toEqual(["b", "a"]);
    expect([gradient.b, ...gradient.a].map((x) => x.item())).toEqual([3, 2, -1]);
  });

  it("adds up where one tensor stands at two places only if they are one argument", () => {
    const x = tensor(3);

    expect(grad((y: Tensor) => y.mul(y))(x).item()).toBe(6);
    expect(grad(([y, z]: readonly [Tensor, Tensor]) => y.mul(z))([x, x]).map(String)).toEqual([
      "tensor(3, float32[])",
      "tensor(3, float32[])",
    ]);
  });

  it("differentiates by the argument at `argument`, and takes the others as they are", () => {
    const f = (x: Tensor, labels: readonly string[], y: Tensor): Tensor =>
      x.mul(y).mul(y).mul(labels.length);

    const byX = grad(f)(tensor(2), ["a", "b"], tensor(3));
    const byY = grad(f, { argument: 2 })(tensor(2), ["a", "b"], tensor(3));

    expect([byX.item(), byY.item()]).toEqual([18, 24]);
  });

  it("gives zeros where the function does not use the argument, or is constant", () => {
    const constant = (...xs: readonly Tensor[]): Tensor => tensor(xs.length);
    const ofSecond = (...[, y]: readonly [Tensor, Tensor]): Tensor => square(y);
    const ofUsed = (p: { used: Tensor; not: Tensor }): Tensor => square(p.used);

    const partly = grad(ofUsed)({ used: tensor(3), not: tensor([[1]], { dtype: "float64" }) });

    expect(grad(constant)(tensor([1, 2])).toArray()).toEqual([0, 0]);
    expect(grad(ofSecond)(tensor([1, 2]), tensor(1)).toArray()).toEqual([0, 0]);
    expect(partly.not.aval).toEqual({ shape: [1, 1], dtype: "float64" });
    expect(partly.not.toArray()).toEqual([[0]]);
  });

  it("is 1 for the identity", () => {
    expect(grad((x: Tensor) => x)(tensor(5)).item()).toBe(1);
  });

  it("takes a tensor that the function closes over for a constant", () => {
    const y = tensor(10);

    expect(grad((x: Tensor) => x.mul(y).add(y))(tensor(2)).item()).toBe(10);
  });

  it("leaves its argument as it was", () => {
    const x = tensor([1, 2]);
    const params = Object.freeze({ x });

    grad((p: { x: Tensor }) => square(p.x).sum())(params);

    expect(params.x).toBe(x);
    expect(x.toArray()).toEqual([1, 2]);
  });

  it("follows JavaScript's control flow, per call", () => {
    const power = (x: Tensor, n: number): Tensor => (n === 0 ? tensor(1) : x.mul(power(x, n - 1)));
    const derivative = grad(power);

    expect([0, 1, 2, 5].map((n) => derivative(tensor(2), n).item())).toEqual([0, 1, 4, 80]);
  });

  it.each([
    [-1, 1],
    [1, 1],
    [0.5, 1],
    [0, 0],
  ])("refuses argument %d of %i", (argument, count) => {
    const f = (...xs: readonly Tensor[]): Tensor => xs[0];
    const args = Array.from({ length: count }, () => tensor(1));

    const error = refusalOf(() => grad(f, { argument })(...args));

    expect(error).toBeInstanceOf(ValueError);
    expect(error.details).toEqual({ argument, count });
  });

  it.each([
    ["int32", tensor(1, { dtype: "int32" })],
    ["bool", tensor(true)],
  ])("refuses to differentiate by %s", (dtype, x) => {
    const error = refusalOf(() => grad(({ a }: { a: Tensor }) => a.mul(1.5))({ a: x }));

    expect(error).toBeInstanceOf(DTypeError);
    expect(error.details).toEqual({ path: ".a", dtype });
  });

  it.each([
    ["a vector", () => tensor([1, 2])],
    ["one number in an axis", () => tensor([1])],
    ["an integer", () => tensor(1, { dtype: "int32" })],
    ["a nesting", () => [tensor(1)] as unknown as Tensor],
    ["nothing", () => undefined as unknown as Tensor],
  ])("refuses a function that returns %s", (_, f) => {
    expect(refusalOf(() => grad((x: Tensor) => x && f())(tensor(1)))).toBeInstanceOf(GradientError);
  });

  it.each([
    ["a number", 3],
    ["a class", new Variable(tensor(1))],
    ["null", null],
  ])("refuses to differentiate by %s", (_, x) => {
    const f = (y: unknown): Tensor => tensor(y === null ? 1 : 2);

    expect(refusalOf(() => grad(f)(x))).toBeInstanceOf(GradientError);
  });
});

describe("valueAndGrad", () => {
  it("gives both from one run", () => {
    let runs = 0;
    const f = (x: Tensor): Tensor => {
      runs++;
      return square(x).sum();
    };

    const { value, gradient } = valueAndGrad(f)(tensor([1, 2]));

    expect([value.item(), gradient.toArray(), runs]).toEqual([5, [2, 4], 1]);
    expect(value.tape).toBeNull();
  });

  it("takes `argument` as grad does", () => {
    const f = (x: Tensor, w: { m: Tensor }): Tensor => matMul(x, w.m).sum();

    const { value, gradient } = valueAndGrad(f, { argument: 1 })(tensor([1, 2]), {
      m: tensor([[1], [1]]),
    });

    expect(value.item()).toBe(3);
    expect(gradient.m.toArray()).toEqual([[1], [2]]);
  });
});

describe("a value of dtype int32 or bool on the way", () => {
  it("carries no cotangent, and the rest of the function does", () => {
    // floor(x) by way of int32 is a constant to the derivative
    const f = (x: Tensor): Tensor => x.cast("int32").cast("float32").mul(x);

    expect(grad(f)(tensor(2.5)).item()).toBe(2);
  });

  it("chooses without being differentiated", () => {
    const f = (x: Tensor): Tensor => x.greater(0).cast("float32").mul(x).sum();

    expect(grad(f)(tensor([-1, 2])).toArray()).toEqual([0, 1]);
  });

  it("may stand beside the argument in arithmetic", () => {
    const counts = tensor([1, 2, 3], { dtype: "int32" });

    expect(grad((x: Tensor) => x.mul(counts).sum())(tensor([1, 1, 1])).toArray()).toEqual([
      1, 2, 3,
    ]);
  });
});

describe("a cotangent", () => {
  it("adds up over every use of a value", () => {
    const f = (x: Tensor): Tensor => {
      const y = x.mul(2);
      return sum(y.mul(y).add(y).add(max(y)));
    };

    // y = 2x, f = Σ y² + Σ y + n max y
    expect(grad(f)(tensor([1, 3])).toArray()).toEqual([2 * (4 + 1), 2 * (12 + 1 + 2)]);
  });

  it("is summed over the axes that were broadcast", () => {
    const f = (row: Tensor, matrix: Tensor): Tensor => row.mul(matrix).sum();
    const matrix = tensor([
      [1, 2],
      [3, 4],
    ]);

    expect(grad(f)(tensor([1, 1]), matrix).toArray()).toEqual([4, 6]);
    expect(grad(f)(tensor([[1], [1]]), matrix).toArray()).toEqual([[3], [7]]);
    expect(grad(f)(tensor(1), matrix).item()).toBe(10);
  });
});
