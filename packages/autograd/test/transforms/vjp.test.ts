import {
  argMax,
  DTypeError,
  GradientError,
  matMul,
  onesLike,
  type Tensor,
  tensor,
  vjp,
  zerosLike,
} from "@tapegrad/autograd";
import { describe, expect, it } from "vitest";
import { refusalOf } from "../refusal.ts";

const items = (tensors: readonly Tensor[]): number[] => tensors.map((x) => x.item());

describe("vjp", () => {
  it("pulls a cotangent back to every argument", () => {
    const a = tensor([[1, 2], [3, 4]]); // biome-ignore format: a matrix
    const b = tensor([[1], [10]]);

    const { output, pullback } = vjp((x, y) => matMul(x, y), a, b);
    const [aBar, bBar] = pullback(tensor([[1], [2]]));

    expect(output.toArray()).toEqual([[21], [43]]);
    expect(aBar.toArray()).toEqual([
      [1, 10],
      [2, 20],
    ]);
    expect(bBar.toArray()).toEqual([[7], [10]]);
  });

  it("takes and gives any nesting", () => {
    const f = (p: { w: Tensor; b: Tensor }, [x, y]: readonly [Tensor, Tensor]) => ({
      product: p.w.mul(x),
      rest: [p.b.add(y), { w: p.w }] as const,
    });

    const { output, pullback } = vjp(f, { w: tensor(2), b: tensor(3) }, [tensor(5), tensor(7)]);
    const [pBar, listBar] = pullback({
      product: tensor(1),
      rest: [tensor(10), { w: tensor(100) }],
    });

    expect([output.product.item(), output.rest[0].item(), output.rest[1].w.item()]).toEqual([
      10, 10, 2,
    ]);
    expect([pBar.w.item(), pBar.b.item()]).toEqual([105, 10]);
    expect(items(listBar)).toEqual([2, 10]);
  });

  it("may be pulled back again, with other cotangents", () => {
    const { pullback } = vjp((x) => x.mul(x), tensor(3));

    expect(items([...pullback(tensor(1)), ...pullback(tensor(-2))])).toEqual([6, -12]);
  });

  it("is linear in the cotangent of an output that stands twice", () => {
    const { pullback } = vjp((x) => {
      const y = x.mul(x);
      return [y, y.mul(2), y] as const;
    }, tensor(3));

    expect(items(pullback([tensor(1), tensor(10), tensor(100)]))).toEqual([6 * (1 + 20 + 100)]);
  });

  it("passes the cotangent of an argument that is returned as it came", () => {
    const { output, pullback } = vjp((x, y) => [y, x] as const, tensor(1), tensor(2));

    expect(items(output)).toEqual([2, 1]);
    expect(items(pullback([tensor(10), tensor(20)]))).toEqual([20, 10]);
  });

  it("gives zeros to an argument that is not used", () => {
    const { pullback } = vjp((...[x]) => x.mul(2), tensor(1), tensor([1, 2]));

    const [, unused] = pullback(tensor(1));

    expect(unused.toArray()).toEqual([0, 0]);
  });

  it("has constant outputs, whose cotangent reaches nobody", () => {
    const constant = tensor([5, 6]);

    const { output, pullback } = vjp((x) => [constant, x.mul(2)] as const, tensor(1));

    expect(output[0].toArray()).toEqual([5, 6]);
    expect(items(pullback([onesLike(constant), tensor(3)]))).toEqual([6]);
  });

  it("has int32 outputs, whose cotangent is looked at for its shape only", () => {
    const f = (x: Tensor) => ({ values: x.mul(2), best: argMax(x) });

    const { output, pullback } = vjp(f, tensor([1, 5, 2]));
    const [xBar] = pullback({ values: tensor([1, 0, 1]), best: onesLike(output.best) });

    expect(output.best.item()).toBe(1);
    expect(xBar.toArray()).toEqual([2, 0, 2]);
  });

  it("finds each cotangent by its key, whatever the order of keys", () => {
    const { pullback } = vjp((x) => ({ double: x.mul(2), triple: x.mul(3) }), tensor(1));

    const [xBar] = pullback({ triple: tensor(100), double: tensor(1) });

    expect(xBar.item()).toBe(302);
  });

  it("has zeros for cotangents that are zero", () => {
    const { output, pullback } = vjp((x) => x.exp(), tensor([1, 2]));

    expect(pullback(zerosLike(output))[0].toArray()).toEqual([0, 0]);
  });

  it.each([
    ["shape", tensor([1])],
    ["dtype", tensor(1, { dtype: "float64" })],
  ])("refuses a cotangent of another %s than the output", (_, cotangent) => {
    const { pullback } = vjp((x) => ({ y: x }), tensor(1));

    const error = refusalOf(() => pullback({ y: cotangent }));

    expect(error).toBeInstanceOf(GradientError);
    expect(error).toMatchObject({
      op: "pullback",
      details: { found: cotangent.aval, expected: tensor(1).aval, path: ".y" },
    });
  });

  it.each([
    ["fewer tensors", { y: tensor(1) }],
    ["more tensors", { y: tensor(1), z: tensor(1), more: tensor(1) }],
    ["other keys", { y: tensor(1), other: tensor(1) }],
    ["another nesting", [tensor(1), tensor(1)]],
  ])("refuses a cotangent with %s than the output", (_, cotangent) => {
    type Pair = { y: Tensor; z: Tensor };
    const { pullback } = vjp((x): Pair => ({ y: x, z: x }), tensor(1));

    expect(refusalOf(() => pullback(cotangent as unknown as Pair))).toBeInstanceOf(GradientError);
  });

  it("refuses int32 arguments, by their place", () => {
    const error = refusalOf(() => vjp((x) => x, [tensor(1), tensor(1, { dtype: "int32" })]));

    expect(error).toBeInstanceOf(DTypeError);
    expect(error.details).toEqual({ path: "[0][1]", dtype: "int32" });
  });
});
