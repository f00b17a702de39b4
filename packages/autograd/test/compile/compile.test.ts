import { describe, expect, it } from "vitest";
import {
  bernoulli,
  cast,
  compile,
  type CompiledProgram,
  type DType,
  equal,
  gather,
  grad,
  GradientError,
  jvp,
  normal,
  randomKey,
  record,
  scatterAdd,
  where,
  splitKey,
  type Tensor,
  tensor,
  transaction,
  transpose,
  uniform,
  ValueError,
  Variable,
  vjp,
  zeros,
} from "../../src/index.ts";
import { refusalOf } from "../refusal.ts";

const variable = (value: number | number[], name = "v"): Variable =>
  new Variable(tensor(value), { name });
const int32 = (...values: readonly number[]): Tensor => tensor(values, { dtype: "int32" });

describe("a variable of a compiled function", () => {
  it("is read and assigned at every call", () => {
    const counter = variable(0);
    const next = compile(() => {
      counter.assign(counter.value.add(1));
      return counter.value.mul(10);
    });

    expect([next(), next(), next()].map((y) => y.item())).toEqual([10, 20, 30]);
    expect(counter.value.item()).toBe(3);
  });

  it("can be assigned from outside between calls", () => {
    const v = variable([1, 2]);
    const double = compile(() => v.assign(v.value.mul(2)));

    double();
    v.assign(tensor([10, 20]));
    double();
    double();

    expect(v.value.toArray()).toEqual([40, 80]);
  });

  it("is shared by several programs, and by eager code", () => {
    const v = variable([1]);
    const [add, mul] = [
      compile((x: Tensor) => v.assign(v.value.add(x))),
      compile((x: Tensor) => v.assign(v.value.mul(x))),
    ];

    add(tensor([2]));
    mul(tensor([5]));
    v.assign(v.value.sub(1));
    add(tensor([6]));

    expect(v.value.toArray()).toEqual([20]);
  });

  it("gives snapshots: what was read before a call stays what it was", () => {
    const v = variable([1, 2]);
    const double = compile(() => v.assign(v.value.mul(2)));

    const seen = [v.value];
    double();
    seen.push(v.value);
    double();
    seen.push(v.value);

    expect(seen.map((x) => x.toArray())).toEqual([[1, 2], [2, 4], [4, 8]]); // biome-ignore format: rows
    expect(v.value).toBe(seen[2]);
  });

  it("changes places with another", () => {
    const [a, b] = [variable([1, 2], "a"), variable([3, 4], "b")];
    const swap = compile(() => {
      const before = a.value;
      a.assign(b.value);
      b.assign(before);
    });

    swap();
    expect([a.value.toArray(), b.value.toArray()]).toEqual([[3, 4], [1, 2]]); // biome-ignore format: rows
    swap();
    expect([a.value.toArray(), b.value.toArray()]).toEqual([[1, 2], [3, 4]]); // biome-ignore format: rows
  });

  it("is read as it was before, where its old value is returned or assigned elsewhere", () => {
    const [a, b] = [variable([1, 2], "a"), variable([0, 0], "b")];
    const shift = compile(() => {
      const before = a.value;
      a.assign(before.mul(2));
      b.assign(before);
      return before;
    });

    const first = shift();
    const second = shift();

    expect([first.toArray(), second.toArray()]).toEqual([[1, 2], [2, 4]]); // biome-ignore format: rows
    expect([a.value.toArray(), b.value.toArray()]).toEqual([[4, 8], [2, 4]]); // biome-ignore format: rows
  });

  it("takes a transposed value of itself", () => {
    const v = new Variable(tensor([[1, 2], [3, 4]])); // biome-ignore format: a matrix
    const turn = compile(() => v.assign(transpose(v.value)));

    turn();

    expect(v.value.toArray()).toEqual([[1, 3], [2, 4]]); // biome-ignore format: a matrix
  });

  it("takes an argument, a constant, and the value of another variable", () => {
    const [a, b, c] = [variable([1]), variable([2]), variable([3])];
    const f = compile((x: Tensor) => {
      a.assign(x);
      b.assign(zeros([1]));
      c.assign(a.value);
    });

    f(tensor([7]));

    expect([a, b, c].map((v) => v.value.toArray())).toEqual([[7], [0], [7]]);
  });

  it("may be made while the function is traced, as the velocities of an optimiser are", () => {
    const step = (w: Variable): (() => Tensor) => {
      let velocity: Variable | null = null;
      return () => {
        const tape = record(() => w.value.mul(w.value).sum());
        velocity ??= new Variable(zeros([2]), { name: "velocity" });
        velocity.assign(velocity.value.mul(0.5).add(tape.gradient(w)));
        w.assign(w.value.sub(velocity.value.mul(0.25)));
        return tape.output;
      };
    };
    const [a, b] = [variable([1, 2]), variable([1, 2])];
    const [eager, compiled] = [step(a), compile(step(b))];

    for (let i = 0; i < 4; i++) expect(compiled().item()).toBe(eager().item());
    expect(b.value.toArray()).toEqual(a.value.toArray());
  });

  it("holds a random key that advances", () => {
    const draws = (key: Variable) => () => {
      const [next, use] = splitKey(key.value);
      key.assign(next);
      return [uniform(use, [5]), cast(bernoulli(use, [5], 0.3), "int32")];
    };
    const [a, b] = [new Variable(randomKey(7)), new Variable(randomKey(7))];
    const [eager, compiled] = [draws(a), compile(draws(b))];

    const seen = new Set<string>();
    for (let i = 0; i < 3; i++) {
      const found = compiled().map((x) => x.toArray());
      expect(found).toEqual(eager().map((x) => x.toArray()));
      seen.add(String(found));
    }
    expect(seen.size).toBe(3);
  });

  it("of size 0 takes part", () => {
    const v = new Variable(zeros([0, 3]));
    const f = compile(() => {
      v.assign(v.value.mul(2));
      return v.value.sum({ axes: 0 });
    });

    expect(f().toArray()).toEqual([0, 0, 0]);
    expect(v.value.shape).toEqual([0, 3]);
  });
});

describe("where a call fails", () => {
  it("in the function, variables stay, and the next call traces again", () => {
    const v = variable(1);
    let fails = true;
    const f = compile(() => {
      v.assign(v.value.add(1));
      if (fails) throw new Error("planted");
    });

    expect(() => f()).toThrow("planted");
    expect(v.value.item()).toBe(1);
    fails = false;
    f();
    expect(v.value.item()).toBe(2);
  });

  it.each<[string, (x: Tensor, index: Tensor) => Tensor]>([
    ["gather", (x, index) => gather(x, index)],
    ["scatterAdd", (x, index) => scatterAdd(x, index, { size: 2 })],
  ])("at an index of %s, the error is the eager one and variables stay", (_, f) => {
    const [v, w] = [variable([1, 2]), variable([5])];
    const step = (x: Tensor, index: Tensor): Tensor => {
      w.assign(w.value.add(1));
      v.assign(v.value.add(f(x, index)));
      return v.value;
    };
    const compiled = compile(step);
    const [x, index] = [tensor([1, 2]), int32(1, 2)];

    const error = refusalOf(() => compiled(x, index));

    expect(error).toBeInstanceOf(ValueError);
    expect(error.message).toBe(refusalOf(() => transaction(() => step(x, index))).message);
    expect([v.value.toArray(), w.value.toArray()]).toEqual([[1, 2], [5]]);
    expect(compiled(x, int32(1, 0)).toArray()).toEqual([3, 3]);
    expect(w.value.toArray()).toEqual([6]);
  });

  it("where there is nothing to gather from", () => {
    const f = (x: Tensor, index: Tensor): Tensor => gather(x, index);
    const call = (g: typeof f): string => refusalOf(() => g(zeros([0]), int32(0))).message;

    expect(call(compile(f))).toBe(call(f));
  });

  it("by being asynchronous, or by returning what is no tensor, it is refused", () => {
    const wrong = (value: unknown): Tensor => value as Tensor;

    expect(refusalOf(() => compile(() => wrong(Promise.resolve()))())).toBeInstanceOf(
      GradientError,
    );
    expect(refusalOf(() => compile(() => wrong({ loss: 3 }))()).message).toMatchInlineSnapshot(
      `"compile: the result at .loss is a number, not a tensor. Return tensors, in arrays and plain objects if several."`,
    );
  });

  it("because the function looks at a number, it says what to do", () => {
    const f = compile((x: Tensor) => (x.item() > 0 ? x : x.neg()));
    const error = refusalOf(() => f(tensor(1)));

    expect(error).toBeInstanceOf(ValueError);
    expect(error.message).toMatchInlineSnapshot(
      `"item: a tensor of shape [] has no numbers while a function is compiled or traced without data. Return it, and read it outside; choose between values by an operation, not by an if."`,
    );
    expect(compile((x: Tensor) => where(x.greater(0), x, x.neg()))(tensor(-2)).item()).toBe(2);
  });
});

describe("the results", () => {
  it("are new tensors at every call", () => {
    const f = compile((x: Tensor) => x.mul(2));

    const [first, second] = [f(tensor([1])), f(tensor([2]))];

    expect([first.toArray(), second.toArray()]).toEqual([[2], [4]]);
    expect(first.toTypedArray().buffer).not.toBe(second.toTypedArray().buffer);
  });

  it("have the nesting that the function returns, and may be one tensor twice, or an argument", () => {
    const f = compile((x: Tensor, y: Tensor) => {
      const sum = x.add(y);
      return { sum, list: [sum, x, tensor(3)], empty: zeros([0, 2]) };
    });

    const { sum, list, empty } = f(tensor([1]), tensor([2]));

    expect([sum, ...list].map((x) => x.toArray())).toEqual([[3], [3], [1], 3]);
    expect(empty.shape).toEqual([0, 2]);
  });

  it("are undefined where the function returns nothing", () => {
    const f: () => void = compile(() => undefined);

    expect(f()).toBeUndefined();
  });

  it("are the same bits at every call", () => {
    const x = normal(randomKey(3), [37, 19]);
    const f = compile((y: Tensor) => [y.exp().sum({ axes: 0 }), y.tanh().matMul(transpose(y))]);

    const [first, second] = [f(x), f(x)];

    expect(first.map((y) => y.toTypedArray())).toEqual(second.map((y) => y.toTypedArray()));
  });

  it("are those of a bare call, for arguments that do not lie in order", () => {
    const f = (x: Tensor): Tensor => x.mul(2).sum({ axes: 0 });
    const x = tensor([[1, 2, 3], [4, 5, 6]]); // biome-ignore format: a matrix
    const compiled = compile(f);
    const views = [transpose(x), x.slice({ starts: [1, 2], sizes: [2, 2], steps: [-1, -2] })];

    for (const view of [...views, zeros([3, 2]).add(5)]) {
      expect(compiled(view).toArray()).toEqual(f(view).toArray());
    }
  });
});

describe.each<DType>(["float32", "float64", "int32", "bool"])("in %s", (dtype) => {
  const x = cast(tensor([0, 1, -3, 2]), dtype);
  const y = cast(tensor([[2], [0], [1]]), dtype);

  it.each<[string, (x: Tensor, y: Tensor) => Tensor]>([
    ["arguments come out as they went in", (a) => a],
    ["views", (_a, b) => transpose(b).add(0).reshape([3])],
    ["comparisons", (a, b) => a.less(b)],
    ["equality", (a, b) => equal(a, b)],
    ["choices", (a, b) => where(cast(b, "bool"), a, b)],
    ["conversions to float32", (a) => cast(a, "float32")],
    ["conversions to float64", (a) => cast(a, "float64")],
    ["conversions to int32", (a) => cast(a, "int32")],
    ["conversions to bool", (a) => cast(a, "bool")],
    ["the largest", (a, b) => (dtype === "bool" ? cast(a, "int32") : a).maximum(cast(b, "int32"))],
    ["sums", (a) => cast(a, "int32").sum()],
    ["gathering", (a) => gather(a, int32(3, 0))],
  ])("%s", (_, f) => {
    const [eager, compiled] = [f(x, y), compile(f)(x, y)];

    expect(compiled.aval).toEqual(eager.aval);
    expect(compiled.toArray()).toEqual(eager.toArray());
  });

  it("a variable keeps its numbers", () => {
    const v = new Variable(x);
    const swap = compile((z: Tensor) => {
      const before = v.value;
      v.assign(z);
      return before;
    });
    const other = cast(tensor([1, 0, 0, 1]), dtype);

    expect(swap(other).toArray()).toEqual(x.toArray());
    expect(v.value.toArray()).toEqual(other.toArray());
  });
});

describe("a compiled function inside", () => {
  const cube = compile((x: Tensor) => x.mul(x).mul(x));
  const runs = (program: CompiledProgram, call: () => unknown): boolean => {
    const { run } = program;
    let count = 0;
    program.run = (...args) => {
      count++;
      return run.apply(program, args);
    };
    call();
    return count > 0;
  };

  it.each<[string, (x: Tensor) => Tensor, number]>([
    ["a compiled function", compile((x: Tensor) => cube(x).add(1)), 28],
    ["record", (x) => record((y: Tensor) => cube(y), x).output, 27],
    ["grad", (x) => grad((y: Tensor) => cube(y))(x), 27],
    ["grad of grad", (x) => grad(grad((y: Tensor) => cube(y)))(x), 18],
    ["vjp", (x) => vjp((y: Tensor) => cube(y), x).pullback(tensor(2))[0], 54],
    ["jvp", (x) => jvp((y: Tensor) => cube(y), [x], [tensor(2)]).tangent, 54],
    ["a transaction", (x) => transaction(() => cube(x)), 27],
  ])("%s is that function itself", (_, f, expected) => {
    let result = tensor(0);
    const ran = runs(cube.programFor(tensor(3)), () => {
      result = f(tensor(3));
    });

    expect([result.item(), ran]).toEqual([expected, false]);
  });

  it("nothing, runs its program", () => {
    expect(runs(cube.programFor(tensor(3)), () => cube(tensor(3)))).toBe(true);
  });

  it("a transaction that fails leaves variables", () => {
    const v = variable(1);
    const next = compile(() => v.assign(v.value.add(1)));

    expect(() =>
      transaction(() => {
        next();
        throw new Error("planted");
      }),
    ).toThrow("planted");
    expect(v.value.item()).toBe(1);
  });

  it("a gradient that is compiled as a whole", () => {
    const f = compile((x: Tensor) => grad((y: Tensor) => grad((z: Tensor) => cube(z))(y))(x));

    expect(f(tensor(3)).item()).toBe(18);
  });
});

describe("programFor", () => {
  it("gives the program that will run, with its stages, memory and units", () => {
    const f = compile((x: Tensor) => x.exp().sum());
    const program = f.programFor(zeros([100]));

    expect(String(program)).toMatchInlineSnapshot(`
      "%0 = argument 0 : float32[100]
      %1 = exp(%0) : float32[100]
      %2 = sum(%1, axes=[0]) : float32[1]
      %3 = reshape(%2, shape=[]) : float32[]
      return %3"
    `);
    expect(program.stages.map(({ pass }) => pass)).toMatchInlineSnapshot(`
      [
        "traced",
        "dead code",
        "views",
        "common subexpressions",
        "reshapes",
        "views",
        "exact algebra",
        "products and sums",
        "exact algebra",
        "views",
        "common subexpressions",
        "copies",
        "events",
        "dead code",
      ]
    `);
    expect(program.unitCount).toBe(1);
    expect(program.memory.arenaBytes).toBeGreaterThanOrEqual(404);
    expect(program.moduleBytes).toBeGreaterThan(100);
  });
});
