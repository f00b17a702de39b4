import {
  DTypeError,
  grad,
  GradientError,
  jvp,
  record,
  ShapeError,
  type Tensor,
  tensor,
  transaction,
  Variable,
  valueAndGrad,
  vjp,
} from "@tapegrad/autograd";
import { describe, expect, it } from "vitest";
import { refusalOf } from "../refusal.ts";

const counter = (value = 1): Variable => new Variable(tensor(value), { name: "counter" });

describe("a variable", () => {
  it("holds a tensor under a name", () => {
    const v = new Variable(tensor([1, 2], { dtype: "int32" }), { name: "steps" });

    expect([v.name, v.aval, v.value.toArray()]).toEqual([
      "steps",
      { shape: [2], dtype: "int32" },
      [1, 2],
    ]);
    expect(new Variable(tensor(1)).name).toBe("variable");
  });

  it("gives snapshots: what was read before an assignment stays what it was", () => {
    const v = counter(1);

    const before = v.value;
    v.assign(tensor(2));

    expect([before.item(), v.value.item()]).toEqual([1, 2]);
  });

  it.each([
    ["shape", tensor([1])],
    ["dtype", tensor(1, { dtype: "float64" })],
  ])("refuses a value of another %s, and keeps its own", (_, value) => {
    const v = counter(1);

    const error = refusalOf(() => v.assign(value));

    expect(error).toBeInstanceOf(ShapeError);
    expect(error.details).toEqual({ variable: "counter", found: value.aval, expected: v.aval });
    expect(v.value.item()).toBe(1);
  });

  it("refuses what is no tensor", () => {
    const number = 3 as unknown as Tensor;

    expect(refusalOf(() => counter().assign(number))).toBeInstanceOf(DTypeError);
    expect(refusalOf(() => new Variable(number))).toBeInstanceOf(DTypeError);
  });

  it("cannot be made of a value that is being recorded", () => {
    const f = (x: Tensor): Tensor => new Variable(x.mul(2)).value;

    expect(refusalOf(() => grad(f)(tensor(1)))).toBeInstanceOf(GradientError);
  });

  it("can be made of a traced value once its transform has ended", () => {
    let inside = tensor(0);
    record((x: Tensor) => {
      inside = x.mul(2);
      return inside;
    }, tensor(3));

    expect(new Variable(inside).value.item()).toBe(6);
  });
});

describe("a variable inside one recording", () => {
  it("reads as its new value once it was assigned, and is an input only as it was before", () => {
    const v = counter(3);

    const tape = record(() => {
      const before = v.value;
      v.assign(before.mul(10));
      return v.value.add(before);
    });

    expect(tape.output.item()).toBe(33);
    expect(tape.variables).toEqual([v]);
    expect(tape.gradient([v])[0].item()).toBe(11);
  });

  it("is no input at all where it is assigned first", () => {
    const v = counter(3);

    const tape = record((x: Tensor) => {
      v.assign(x.mul(2));
      return v.value.mul(v.value);
    }, tensor(5));

    expect(tape.variables).toEqual([]);
    expect(tape.gradient(tape.inputs)[0].item()).toBe(40);
  });

  it("is one input, however often it is read", () => {
    const v = counter(3);

    const tape = record(() => v.value.mul(v.value));

    expect(tape.nodes[0].operands).toEqual([0, 0]);
    expect(tape.gradient([v])[0].item()).toBe(6);
  });

  it("holds what was assigned last, and outside only when the recording has returned", () => {
    const v = counter(1);
    const other = counter(0);

    record(() => {
      v.assign(tensor(2));
      v.assign(v.value.add(5));
      other.assign(v.value);
      return v.value;
    });

    expect([v.value.item(), other.value.item()]).toEqual([7, 7]);
    expect(v.value.tape).toBeNull();
  });
});

describe("a variable inside grad, vjp and jvp", () => {
  const v = counter(3);
  const f = (x: Tensor): Tensor => x.mul(v.value);

  it("is a constant where nothing is recorded around them", () => {
    expect(grad(f)(tensor(2)).item()).toBe(3);
    expect(vjp(f, tensor(2)).pullback(tensor(1))[0].item()).toBe(3);
    expect(jvp(f, [tensor(2)], [tensor(1)]).tangent.item()).toBe(3);
  });

  it.each([
    ["grad", (x: Tensor) => grad(f)(x)],
    ["vjp", (x: Tensor) => vjp(f, x).pullback(tensor(1))[0]],
    ["jvp", (x: Tensor) => jvp(f, [x], [tensor(1)]).tangent],
  ])("is an input of the record around %s, which can differentiate by it", (_, derivative) => {
    const tape = record(derivative, tensor(2));

    expect(tape.variables).toEqual([v]);
    expect(tape.gradient([v])[0].item()).toBe(1);
  });

  it("is assigned when they return", () => {
    const calls = counter(0);
    const counting = (x: Tensor): Tensor => {
      calls.assign(calls.value.add(1));
      return x.mul(x);
    };

    valueAndGrad(counting)(tensor(2));
    vjp(counting, tensor(2));
    jvp(counting, [tensor(2)], [tensor(1)]);
    grad(grad(counting))(tensor(2));

    expect(calls.value.item()).toBe(4);
  });
});

describe("scopes inside scopes", () => {
  it("hand their assignments outward", () => {
    const v = counter(1);
    const seen: number[] = [];

    transaction(() => {
      record(() => {
        grad((x: Tensor) => {
          v.assign(v.value.add(x));
          return x;
        })(tensor(10));
        seen.push(v.value.item());
        return v.value;
      });
      seen.push(v.value.item());
    });
    seen.push(v.value.item());

    expect(seen).toEqual([11, 11, 11]);
  });

  it("let an inner record read what the outer one assigned, and differentiate by it", () => {
    const v = counter(2);

    const tape = record((x: Tensor) => {
      v.assign(v.value.mul(x));
      const inner = record(() => v.value.mul(v.value));
      // d(v²)/dv at v = 2x
      return inner.gradient([v])[0];
    }, tensor(5));

    expect(tape.output.item()).toBe(20);
    expect(tape.gradient(tape.inputs)[0].item()).toBe(4);
  });

  it("make a variable read by an inner record an input of the outer one too", () => {
    const v = counter(3);

    const tape = record(() => {
      const inner = record(() => v.value.mul(v.value));
      return inner.gradient([v])[0].mul(inner.output);
    });

    // 2v · v²
    expect(tape.output.item()).toBe(54);
    expect(tape.gradient([v])[0].item()).toBe(54);
  });
});

describe("a transaction", () => {
  it("returns what its function returns, and keeps what that assigned", () => {
    const v = counter(1);

    const result = transaction(() => {
      v.assign(tensor(2));
      return { any: "value" };
    });

    expect([result, v.value.item()]).toEqual([{ any: "value" }, 2]);
  });

  it("reads what was assigned inside it", () => {
    const v = counter(1);

    const inside = transaction(() => {
      v.assign(tensor(2));
      return v.value.item();
    });

    expect(inside).toBe(2);
  });

  it("drops every assignment where its function throws", () => {
    const [v, w] = [counter(1), counter(2)];

    expect(() =>
      transaction(() => {
        v.assign(tensor(9));
        transaction(() => w.assign(tensor(9)));
        throw new Error("planted");
      }),
    ).toThrow("planted");

    expect([v.value.item(), w.value.item()]).toEqual([1, 2]);
  });

  it("keeps its own where only an inner one throws", () => {
    const [v, w] = [counter(1), counter(2)];

    transaction(() => {
      v.assign(tensor(9));
      try {
        transaction(() => {
          v.assign(tensor(8));
          w.assign(tensor(8));
          throw new Error("planted");
        });
      } catch {
        // the outer step goes on
      }
    });

    expect([v.value.item(), w.value.item()]).toEqual([9, 2]);
  });

  it("holds an eager step back until its loss was seen", () => {
    const w = counter(1);
    const step = (): void => {
      const tape = record(() => w.value.mul(w.value));
      w.assign(w.value.sub(tape.gradient([w])[0]));
      if (tape.output.item() < 2) throw new Error("rejected");
    };

    expect(() => transaction(step)).toThrow("rejected");

    expect(w.value.item()).toBe(1);
  });
});
