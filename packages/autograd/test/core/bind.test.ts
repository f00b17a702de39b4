import {
  add,
  bindAll,
  DTypeError,
  grad,
  jvp,
  matMul,
  mean,
  mul,
  record,
  where,
  sin,
  softmax,
  sum,
  Tensor,
  tensor,
  Variable,
  vjp,
} from "@tapegrad/autograd";
import { describe, expect, it } from "vitest";
import { withTape } from "../../src/core/variable.ts";
import { mulPrimitive } from "../../src/primitives/mul.ts";
import { refusalOf } from "../refusal.ts";

const abstract = (shape: readonly number[], dtype: "float32" | "float64" | "bool" = "float32") =>
  new Tensor({ shape, dtype }, null);

describe("bind on abstract tensors", () => {
  it.each([
    ["an elementwise operation", () => sin(abstract([2])), [2]],
    ["a broadcast", () => add(abstract([2, 1]), abstract([3])), [2, 3]],
    ["an eager operand beside it", () => mul(tensor([1, 2]), abstract([2])), [2]],
    ["a number beside it", () => abstract([2]).mul(3), [2]],
    ["a view", () => abstract([2, 3]).transpose(), [3, 2]],
    ["a reduction", () => sum(abstract([2, 3]), { axes: 1 }), [2]],
    ["a product", () => matMul(abstract([2, 3]), abstract([3, 4])), [2, 4]],
    ["a composite", () => softmax(abstract([2, 3])), [2, 3]],
    ["a choice", () => where(abstract([2], "bool"), abstract([2]), 0), [2]],
  ])("computes shapes and no numbers: %s", (_, call, shape) => {
    const y = call();

    expect([y.shape, y.array, y.tape]).toEqual([shape, null, null]);
  });

  it("predicts the shape and dtype of the eager result", () => {
    const f = (x: Tensor): Tensor => mean(x.mul(x.sum({ axes: 1, keepDims: true })), { axes: 0 });

    const [eager, predicted] = [f(tensor([[1, 2]], { dtype: "float64" })), f(abstract([1, 2], "float64"))]; // biome-ignore format: side by side

    expect(predicted.aval).toEqual(eager.aval);
  });

  it("differentiates, and records, replays and updates variables", () => {
    const w = new Variable(abstract([3]));
    const x = abstract([2, 3]);
    const loss = (): Tensor => matMul(x, w.value).mul(matMul(x, w.value)).sum();

    const tape = record(() => {
      const inner = record(loss);
      const [gradient] = inner.gradient([w]);
      w.assign(w.value.sub(gradient.mul(0.1)));
      return inner.output;
    });

    expect(tape.output.aval).toEqual({ shape: [], dtype: "float32" });
    expect([w.value.shape, w.value.array]).toEqual([[3], null]);
    expect(tape.nodes.some((node) => node.primitive.name === "matMul")).toBe(true);
    expect(grad((y: Tensor) => y.mul(y).sum())(abstract([4])).shape).toEqual([4]);
    expect(jvp((y: Tensor) => sin(y), [abstract([4])], [abstract([4])]).tangent.array).toBeNull();
  });
});

describe("bind on traced tensors", () => {
  it("records on the innermost tape first, then on the outer ones", () => {
    const outer = record((x: Tensor) => {
      const inner = record((y: Tensor) => y.mul(x), x);
      expect(inner.nodes).toHaveLength(1);
      return inner.output;
    }, tensor(3));

    expect(outer.nodes.map((node) => node.primitive.name)).toEqual(["mul"]);
  });

  it("does not record on a tape that none of the operands belongs to", () => {
    const outer = record((x: Tensor) => {
      const inner = record((y: Tensor) => x.mul(x).add(y), tensor(1));
      expect(inner.nodes.map((node) => node.primitive.name)).toEqual(["add"]);
      return inner.output;
    }, tensor(3));

    expect(outer.nodes.map((node) => node.primitive.name)).toEqual(["mul", "add"]);
  });

  it("keeps a constant operand as it is and numbers the others", () => {
    const constant = tensor(7);

    const { tape } = withTape("test", "pass", (open) => open.input(tensor(3)).mul(constant));

    expect(tape.nodes[0].operands).toEqual([0, constant]);
  });

  it("gives the derivative of a pullback that is called inside another transform", () => {
    const { pullback } = vjp((x: Tensor) => x.mul(x), tensor(3));

    // ȳ ↦ 2x ȳ is linear in ȳ
    expect(grad((yBar: Tensor) => pullback(yBar)[0])(tensor(1)).item()).toBe(6);
  });
});

describe("bind on anything else", () => {
  it.each([
    ["a number", 3],
    ["an array", [1, 2]],
    ["null", null],
    ["undefined", undefined],
    ["an object", {}],
  ])("throws for %s", (_, value) => {
    const error = refusalOf(() => sin(value as unknown as Tensor));

    expect(error).toBeInstanceOf(DTypeError);
    expect(error.op).toBe("sin");
  });

  it("throws for the wrong number of inputs", () => {
    expect(() => bindAll(mulPrimitive, [tensor(1)], null)).toThrow(/^internal: /);
  });
});
