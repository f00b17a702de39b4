import {
  grad,
  GradientError,
  matMul,
  onesLike,
  record,
  type Tape,
  type Tensor,
  tensor,
  Variable,
} from "@tapegrad/autograd";
import { describe, expect, it } from "vitest";
import { refusalOf } from "../refusal.ts";

const variable = (value: number, name = "w"): Variable => new Variable(tensor(value), { name });
const named = (tape: Tape, name: string): number =>
  tape.nodes.filter((node) => node.primitive.name === name).length;

describe("record", () => {
  it("runs the function once and gives its output, which is no longer traced", () => {
    let runs = 0;

    const tape = record((x: Tensor) => {
      runs++;
      return { twice: x.mul(2), list: [x] };
    }, tensor(3));

    expect(runs).toBe(1);
    expect([tape.output.twice.item(), tape.output.list[0].item()]).toEqual([6, 3]);
    expect(tape.output.twice.tape).toBeNull();
  });

  it("has its arguments as inputs, in their nesting", () => {
    const tape = record(
      (p: { a: Tensor; b: Tensor }, x: Tensor) => p.a.mul(p.b).mul(x),
      { a: tensor(2), b: tensor(3) },
      tensor(5),
    );

    const [p, x] = tape.gradient(tape.inputs);

    expect([p.a.item(), p.b.item(), x.item()]).toEqual([15, 10, 6]);
  });

  it("has the variables that were read as inputs, in the order of reading", () => {
    const [v, w, unread] = [variable(2, "v"), variable(3, "w"), variable(4, "unread")];

    const tape = record(() => w.value.mul(v.value).add(w.value));

    expect(tape.variables).toEqual([w, v]);
    expect(tape.variables).not.toContain(unread);
  });

  it("may be given no argument, and may return a constant", () => {
    const tape = record(() => tensor([1, 2]));

    expect([tape.output.toArray(), tape.nodes, tape.variables]).toEqual([[1, 2], [], []]);
  });

  it("may return an argument or a variable as it came", () => {
    const v = variable(7);

    const tape = record((x: Tensor) => [x, v.value], tensor(5));

    expect(tape.output.map((y) => y.item())).toEqual([5, 7]);
    expect(tape.gradient([v], { cotangent: [tensor(1), tensor(10)] })[0].item()).toBe(10);
  });

  it("takes int32 arguments, whose gradient is zeros of their dtype", () => {
    const tape = record(
      (x: Tensor, n: Tensor) => x.mul(n.cast("float32")).sum(),
      tensor([1, 2]),
      tensor([3, 4], { dtype: "int32" }),
    );

    const [xBar, nBar] = tape.gradient(tape.inputs);

    expect(xBar.toArray()).toEqual([3, 4]);
    expect([nBar.dtype, nBar.toArray()]).toEqual(["int32", [0, 0]]);
  });

  it("gives an int32 argument zeros even where it is the output itself", () => {
    const n = tensor([3, 4], { dtype: "int32" });
    const tape = record((x: Tensor) => x, n);

    const [nBar] = tape.gradient(tape.inputs, { cotangent: onesLike(n) });

    expect(nBar.toArray()).toEqual([0, 0]);
  });

  it("refuses an argument that is no tensor", () => {
    expect(refusalOf(() => record((x: Tensor) => x, 3 as unknown as Tensor))).toBeInstanceOf(
      GradientError,
    );
  });
});

describe("tape.gradient", () => {
  it("comes in the nesting in which the variables are given", () => {
    const [v, w] = [variable(2), variable(3)];
    const tape = record(() => v.value.mul(w.value));
    const retain = { retain: true };

    const single = tape.gradient(v, retain);
    const list = tape.gradient([w, v], retain);
    const object = tape.gradient({ layer: { v }, w: [w, w] }, retain);

    expect(single.item()).toBe(3);
    expect(list.map((g) => g.item())).toEqual([2, 3]);
    expect(object.layer.v.item()).toBe(3);
    expect(object.w.map((g) => g.item())).toEqual([2, 2]);
    expect(tape.gradient([])).toEqual([]);
  });

  it("mixes variables and inputs", () => {
    const w = variable(3);
    const tape = record((x: Tensor) => x.mul(w.value), tensor(5));

    const { byX, byW } = tape.gradient({ byX: tape.inputs[0], byW: w });

    expect([byX.item(), byW.item()]).toEqual([3, 5]);
  });

  it("is zeros of its shape and dtype for a variable that was not read", () => {
    const unread = new Variable(tensor([[1, 2]], { dtype: "float64" }));
    const tape = record((x: Tensor) => x.mul(x), tensor(3));

    const [zeros] = tape.gradient([unread]);

    expect([zeros.dtype, zeros.toArray()]).toEqual(["float64", [[0, 0]]]);
  });

  it("is zeros for an int32 variable", () => {
    const steps = new Variable(tensor([2], { dtype: "int32" }));
    const tape = record(() => steps.value.cast("float32").mul(3).sum());

    const [zeros] = tape.gradient([steps]);

    expect([zeros.dtype, zeros.toArray()]).toEqual(["int32", [0]]);
  });

  it("takes a cotangent for an output that is no scalar", () => {
    const tape = record((x: Tensor) => ({ y: x.mul(x), z: x.sum() }), tensor([1, 2]));

    const [xBar] = tape.gradient(tape.inputs, {
      cotangent: { z: tensor(100), y: tensor([1, 10]) },
    });

    expect(xBar.toArray()).toEqual([102, 140]);
  });

  it("needs a cotangent for an output that is no scalar", () => {
    const vector = record((x: Tensor) => x, tensor([1, 2]));
    const nested = record((x: Tensor) => [x], tensor(1));

    for (const tape of [vector, nested]) {
      expect(refusalOf(() => tape.gradient(tape.inputs))).toBeInstanceOf(GradientError);
    }
  });

  it("refuses a cotangent unlike the output", () => {
    const tape = record((x: Tensor) => x, tensor([1, 2]));

    const error = refusalOf(() => tape.gradient(tape.inputs, { cotangent: tensor(1) }));

    expect(error).toBeInstanceOf(GradientError);
    expect(error).toMatchObject({ op: "gradient", details: { path: "" } });
  });

  it("releases what it needs, unless asked to retain it", () => {
    const tape = record((x: Tensor) => x.mul(x), tensor(3));

    const first = tape.gradient(tape.inputs, { retain: true })[0];
    const second = tape.gradient(tape.inputs)[0];
    const third = refusalOf(() => tape.gradient(tape.inputs));

    expect([first.item(), second.item()]).toEqual([6, 6]);
    expect(third).toBeInstanceOf(GradientError);
    expect(third.details).toEqual({ primitive: "mul" });
  });

  it("still prints and replays after it was released", () => {
    const tape = record((x: Tensor) => x.mul(x), tensor(3));
    tape.gradient(tape.inputs);

    expect(String(tape)).toBe("%0 = input : float32[]\n%1 = mul(%0, %0) : float32[]");
    expect(tape.replay(tensor(5)).item()).toBe(25);
  });

  it("is by the values at entry: a variable that is assigned inside counts as it was read", () => {
    const w = variable(3);

    const tape = record(() => {
      const loss = w.value.mul(w.value);
      w.assign(w.value.sub(1));
      return loss;
    });

    expect([tape.gradient(w).item(), w.value.item()]).toEqual([6, 2]);
  });

  it("refuses a tensor that is no input of this tape", () => {
    let inside = tensor(0);
    const tape = record((x: Tensor) => {
      inside = x.mul(2);
      return inside.mul(3);
    }, tensor(1));
    const other = record((x: Tensor) => x, tensor(1));

    for (const stranger of [tensor(1), inside, tape.output, other.inputs[0]]) {
      expect(refusalOf(() => tape.gradient(stranger))).toBeInstanceOf(GradientError);
    }
  });

  it("refuses what is neither a variable nor a tensor", () => {
    const tape = record((x: Tensor) => x, tensor(1));

    expect(refusalOf(() => tape.gradient({ w: 3 }))).toMatchObject({ details: { path: ".w" } });
  });

  it("never computes the cotangent of what was not asked for", () => {
    const w = new Variable(tensor([[1, 2], [3, 4]])); // biome-ignore format: a matrix
    const x = tensor([[5, 6]]);
    /** The products of a forward and a backward walk, counted on a tape around both. */
    const products = (of: (tape: Tape<readonly [Tensor], Tensor>) => unknown): number =>
      named(
        record((y: Tensor) => {
          const tape = record((z: Tensor) => matMul(z, w.value).sum(), y);
          of(tape);
          return tape.output;
        }, x),
        "matMul",
      );

    expect(products((tape) => tape.gradient([w]))).toBe(2);
    expect(products((tape) => tape.gradient(tape.inputs))).toBe(2);
    expect(products((tape) => tape.gradient([w, tape.inputs]))).toBe(3);
    expect(products((tape) => tape.gradient([]))).toBe(1);
  });

  it("computes no logarithm for a power whose exponent is a number", () => {
    const tape = record((x: Tensor) => grad((y: Tensor) => y.pow(3))(x), tensor(2));

    expect(tape.output.item()).toBe(12);
    expect(named(tape, "log")).toBe(0);
  });
});

describe("tape.replay", () => {
  it("computes the same nodes for other arguments", () => {
    const tape = record(
      (p: { a: Tensor }, [x]: readonly [Tensor]) => ({ y: p.a.mul(x).sum() }),
      { a: tensor([1, 2]) },
      [tensor([3, 4])] as const,
    );

    const { y } = tape.replay({ a: tensor([10, 20]) }, [tensor([1, 1])]);

    expect(y.item()).toBe(30);
    expect(tape.output.y.item()).toBe(11);
  });

  it("reads the variables as they are now, and repeats no assignment", () => {
    const w = variable(2);
    const tape = record((x: Tensor) => {
      w.assign(w.value.mul(x));
      return w.value.add(1);
    }, tensor(5));

    const again = tape.replay(tensor(7));

    expect([tape.output.item(), again.item(), w.value.item()]).toEqual([11, 71, 10]);
  });

  it("keeps the branch that was taken, and constants", () => {
    const k = tensor(100);
    const tape = record((x: Tensor) => (x.item() > 0 ? x.mul(k) : x), tensor(1));

    expect(tape.replay(tensor(-2)).item()).toBe(-200);
  });

  it("gives back outputs that are constants or arguments", () => {
    const tape = record((x: Tensor) => [x, tensor(5)] as const, tensor(1));

    expect(tape.replay(tensor(2)).map((y) => y.item())).toEqual([2, 5]);
  });

  it("can be differentiated", () => {
    const tape = record((x: Tensor) => x.mul(x).mul(x), tensor(1));

    expect(grad((x: Tensor) => tape.replay(x))(tensor(2)).item()).toBe(12);
  });

  it("finds arguments by their key", () => {
    const tape = record((p: { a: Tensor; b: Tensor }) => p.a.sub(p.b), {
      a: tensor(1),
      b: tensor(2),
    });

    expect(tape.replay({ b: tensor(1), a: tensor(10) }).item()).toBe(9);
  });

  it("refuses arguments unlike those of the recording", () => {
    const tape = record((x: Tensor) => x, tensor([1, 2]));

    const error = refusalOf(() => tape.replay(tensor([1, 2, 3])));

    expect(error).toBeInstanceOf(GradientError);
    expect(error).toMatchObject({ op: "replay", details: { path: "[0]" } });
  });
});

describe("record in a training step", () => {
  it("descends without rewriting the model as a function", () => {
    const w = new Variable(tensor([0, 0], { dtype: "float64" }), { name: "w" });
    const x = tensor([[1, 0], [0, 1], [1, 1]], { dtype: "float64" }); // biome-ignore format: rows
    const y = tensor([2, -1, 1], { dtype: "float64" });

    for (let step = 0; step < 200; step++) {
      const tape = record(() => matMul(x, w.value).sub(y).square().sum());
      w.assign(w.value.sub(tape.gradient(w).mul(0.2)));
    }

    const [first, second] = w.value.toArray() as number[];
    expect(Math.abs(first - 2)).toBeLessThan(1e-9);
    expect(Math.abs(second + 1)).toBeLessThan(1e-9);
  });

  it("may stand inside another record with its gradient and update", () => {
    const w = variable(3);
    const step = record((rate: Tensor) => {
      const inner = record(() => w.value.mul(w.value));
      w.assign(w.value.sub(inner.gradient(w).mul(rate)));
      return w.value.mul(w.value);
    }, tensor(0.5));

    // w ← w - rate · 2w is 0 at rate ½; d(w_new²)/d rate = 2 w_new · -2w = 0, d/dw = 2 w_new (1 - 2 rate) = 0
    expect([step.output.item(), w.value.item()]).toEqual([0, 0]);
    w.assign(tensor(1));
    expect(step.replay(tensor(0.25)).item()).toBe(0.25);
  });
});
