import { inspect } from "node:util";
import {
  DTypeError,
  full,
  grad,
  jvp,
  record,
  ShapeError,
  Tensor,
  tensor,
  transpose,
  ValueError,
  vjp,
} from "@tapegrad/autograd";
import { describe, expect, it } from "vitest";
import { settle } from "../../src/core/tensor.ts";
import { refusalOf } from "../refusal.ts";

const ABSTRACT = new Tensor({ shape: [2], dtype: "float32" }, null);

describe("a tensor", () => {
  it("is one class in three states: eager, abstract and traced", () => {
    const eager = tensor([1, 2]);
    let traced = eager;
    record((x: Tensor) => {
      traced = x;
      return x;
    }, eager);

    expect([eager, ABSTRACT, traced].every((x) => x instanceof Tensor)).toBe(true);
    expect([eager.array !== null, eager.tape]).toEqual([true, null]);
    expect([ABSTRACT.array, ABSTRACT.tape]).toEqual([null, null]);
    expect([traced.array, traced.index, traced.below]).toEqual([null, 0, eager]);
  });

  it("knows its shape, rank, size and dtype without its numbers", () => {
    const x = new Tensor({ shape: [2, 3], dtype: "int32" }, null);

    expect([x.shape, x.rank, x.size, x.dtype]).toEqual([[2, 3], 2, 6, "int32"]);
  });
});

describe("reading a tensor", () => {
  it("gives the one number, whatever the rank", () => {
    expect([tensor(3), tensor([[4]]), tensor(true)].map((x) => x.item())).toEqual([3, 4, 1]);
  });

  it.each([[[]], [[1, 2]]])("refuses to choose one number of %j", (values) => {
    const x = tensor(values);

    const error = refusalOf(() => x.item());

    expect(error).toBeInstanceOf(ShapeError);
    expect(error.details).toEqual({ shape: x.shape });
  });

  it("gives copies: writing into them changes nothing", () => {
    const x = tensor([[1, 2], [3, 4]]); // biome-ignore format: a matrix

    x.toTypedArray().fill(9);
    (x.toArray() as number[][])[0][0] = 9;

    expect(x.toArray()).toEqual([
      [1, 2],
      [3, 4],
    ]);
  });

  it("gives the elements of a view in its own order", () => {
    const x = transpose(tensor([[1, 2], [3, 4]])); // biome-ignore format: a matrix

    expect([...x.toTypedArray()]).toEqual([1, 3, 2, 4]);
    expect([...full([3], 7).toTypedArray()]).toEqual([7, 7, 7]);
  });

  it("refuses where a function is traced without data", () => {
    const calls = [
      () => new Tensor({ shape: [], dtype: "float32" }, null).item(),
      () => ABSTRACT.toArray(),
      () => ABSTRACT.toTypedArray(),
      () => ABSTRACT.toNdarray(),
    ];

    for (const call of calls) expect(refusalOf(call)).toBeInstanceOf(ValueError);
  });

  it("works while it is traced, so that ordinary control flow may depend on values", () => {
    const absolute = (x: Tensor): Tensor => (x.item() < 0 ? x.neg() : x);

    expect(grad(absolute)(tensor(-3)).item()).toBe(-1);
    expect(jvp(absolute, [tensor(-3)], [tensor(1)]).tangent.item()).toBe(-1);
    expect(record(absolute, tensor(-3)).output.item()).toBe(3);
  });
});

describe("JavaScript operators on a tensor", () => {
  const x = tensor(3);
  const number = x as unknown as number;

  it.each([
    ["x * 2", () => number * 2],
    ["x + 1", () => number + 1],
    ["x > 0", () => number > 0],
    ["-x", () => -number],
    ["x <= 3", () => number <= 3],
    ["Math.sqrt(x)", () => Math.sqrt(number)],
    ["x ** 2", () => number ** 2],
  ])("throw, since a number would leave the tape in silence: %s", (_, call) => {
    expect(refusalOf(call)).toBeInstanceOf(DTypeError);
  });

  it("leave texts alone", () => {
    expect(`${x as unknown as string}`).toBe("tensor(3, float32[])");
    expect(String(x)).toBe("tensor(3, float32[])");
    expect(inspect({ x })).toBe("{ x: tensor(3, float32[]) }");
  });
});

describe("the text of a tensor", () => {
  it("says where there are no numbers", () => {
    expect(String(ABSTRACT)).toBe("tensor(abstract, float32[2])");
  });

  it("shows the value of a traced tensor, however deep", () => {
    const texts: string[] = [];

    grad((x: Tensor) => {
      texts.push(String(x));
      return grad((y: Tensor) => {
        texts.push(String(y.mul(2)));
        return y.mul(x);
      })(x);
    })(tensor(5));

    expect(texts).toEqual(["tensor(5, float32[])", "tensor(10, float32[])"]);
  });
});

describe("a traced tensor that escapes its transform", () => {
  /** What `run` makes of a function that lets its intermediate value out. */
  function escaped(run: (f: (x: Tensor) => Tensor) => unknown): Tensor {
    let intermediate: Tensor | undefined;
    run((x) => {
      intermediate = x.mul(2);
      return intermediate.mul(intermediate);
    });
    if (intermediate === undefined) throw new Error("the function did not run");
    return intermediate;
  }

  it.each([
    ["grad", (f: (x: Tensor) => Tensor) => grad(f)(tensor(3))],
    ["vjp", (f: (x: Tensor) => Tensor) => vjp(f, tensor(3))],
    ["jvp", (f: (x: Tensor) => Tensor) => jvp(f, [tensor(3)], [tensor(1)])],
    ["record", (f: (x: Tensor) => Tensor) => record(f, tensor(3))],
  ])("of %s is its value, and operations on it record nothing", (_, run) => {
    const x = escaped(run);

    const y = x.add(1);

    expect(settle(x).tape).toBeNull();
    expect([x.item(), y.item(), y.tape]).toEqual([6, 7, null]);
  });

  it("is a constant to a later transform", () => {
    const x = escaped((f) => grad(f)(tensor(3)));

    expect(grad((y: Tensor) => y.mul(x))(tensor(1)).item()).toBe(6);
  });

  it("of an inner transform is still a value of the outer one", () => {
    const f = (x: Tensor): Tensor => {
      let inner = x;
      grad((y: Tensor) => {
        inner = y.mul(x);
        return inner;
      })(x);
      return inner;
    };

    // inner is x · x there
    expect(grad(f)(tensor(3)).item()).toBe(6);
  });
});
