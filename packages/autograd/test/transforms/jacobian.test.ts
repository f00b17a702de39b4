import {
  bind,
  compile,
  concatenate,
  define,
  DTypeError,
  exp,
  grad,
  GradientError,
  jacobian,
  type JacobianMode,
  matMul,
  record,
  scalarKernel,
  sin,
  softmax,
  type Tensor,
  tensor,
  ValueError,
  Variable,
} from "@tapegrad/autograd";
import { assertGradcheck } from "@tapegrad/autograd/testing";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { distance } from "../closeness.ts";
import { refusalOf } from "../refusal.ts";

const MODES: readonly JacobianMode[] = ["forward", "reverse"];
const wide = (values: readonly number[], shape = [values.length]): Tensor =>
  tensor(values, { dtype: "float64", shape });
const vectors = fc
  .array(fc.double({ min: -2, max: 2, noNaN: true }), { minLength: 6, maxLength: 6 })
  .map((values) => wide(values));

/** Functions of six numbers, by the kinds of their derivatives. */
const FUNCTIONS: Readonly<Record<string, (x: Tensor) => Tensor>> = {
  "a number": (x) => sin(x).mul(x).sum(),
  "one row": (x) => softmax(x),
  "a matrix": (x) => matMul(x.reshape([3, 2]), exp(x).reshape([2, 3])),
  "more numbers than it takes": (x) => concatenate([x, x.mul(x), sin(x)]),
  "a part of what it takes": (x) => x.reshape([2, 3]).max({ axes: 1 }),
};

/** The negative of `x`, by a primitive that counts the walks that come through it. */
function counting(): { f: (x: Tensor) => Tensor; walks: Record<JacobianMode, number> } {
  const walks = { forward: 0, reverse: 0 };
  const primitive = define.custom({
    name: "counting",
    arity: 1,
    domain: [{ min: -1, max: 1 }],
    cases: [{ params: null }],
    residuals: [],
    abstractEval: ([x]) => x,
    kernel: () => scalarKernel("neg", 1),
    vjp: ([cotangent]) => {
      walks.reverse++;
      return [cotangent?.neg() ?? null];
    },
    jvp: ([tangent]) => {
      walks.forward++;
      return [tangent?.neg() ?? null];
    },
  });
  return { f: (x) => bind(primitive, [x], null), walks };
}

describe.each(MODES)("jacobian in %s mode", (mode) => {
  it("has the axes of the result before those of the argument", () => {
    const x = wide([1, 2, 3, 4, 5, 6], [2, 3]);

    const y = jacobian((z: Tensor) => z.mul(z).sum({ axes: 0 }), { mode })(x);

    // ∂y[k] / ∂x[i, j] = 2 x[i, j] where k = j
    const expected = [0, 1, 2].map((k) => [1, 2, 3, 4, 5, 6].map((v, at) => at % 3 === k ? 2 * v : 0)); // biome-ignore format: a table
    expect(y.shape).toEqual([3, 2, 3]);
    expect([...y.toTypedArray()]).toEqual(expected.flat());
  });

  it("nests the argument inside of the result", () => {
    type Params = { w: Tensor; rest: readonly [Tensor] };
    const f = ({ w, rest: [b] }: Params) => ({ y: w.mul(b), parts: [b, b.sum()] as const });
    const params: Params = { w: tensor([1, 2]), rest: [tensor([3, 5])] };

    const blocks = jacobian(f, { mode })(params);

    expect(blocks.y.w.toArray()).toEqual([[3, 0], [0, 5]]); // biome-ignore format: a matrix
    expect(blocks.y.rest[0].toArray()).toEqual([[1, 0], [0, 2]]); // biome-ignore format: a matrix
    expect(blocks.parts[0].w.toArray()).toEqual([[0, 0], [0, 0]]); // biome-ignore format: a matrix
    expect(blocks.parts[0].rest[0].toArray()).toEqual([[1, 0], [0, 1]]); // biome-ignore format: a matrix
    expect(blocks.parts[1].w.toArray()).toEqual([0, 0]);
    expect(blocks.parts[1].rest[0].toArray()).toEqual([1, 1]);
  });

  it("has the dtype of the result", () => {
    const f = (x: Tensor) => [x.cast("float64").mul(2), x];

    const blocks = jacobian(f, { mode })(tensor([1]));

    expect(blocks.map((y) => y.dtype)).toEqual(["float64", "float32"]);
  });

  it("takes the argument at `argument`, and the others as they are", () => {
    const f = (x: Tensor, names: readonly string[], y: Tensor): Tensor =>
      x.mul(y).mul(names.length);

    const byY = jacobian(f, { mode, argument: 2 })(tensor([1, 2]), ["a", "b"], tensor(3));

    expect(byY.toArray()).toEqual([2, 4]);
  });

  it("is zeros where the result is constant, and empty where either is", () => {
    const constant = jacobian((x: Tensor) => tensor([x.size, 2]), { mode });
    const empty = jacobian((x: Tensor) => [x, x.sum()], { mode })(tensor([]));

    expect(constant(tensor(3)).toArray()).toEqual([0, 0]);
    expect(empty.map((y) => y.shape)).toEqual([[0, 0], [0]]);
    expect(jacobian((x: Tensor) => x.mul(tensor([])), { mode })(tensor(2)).shape).toEqual([0]);
  });

  it("agrees with the other mode", () => {
    const other = MODES.find((name) => name !== mode) ?? mode;
    fc.assert(
      fc.property(vectors, fc.constantFrom(...Object.values(FUNCTIONS)), (x, f) => {
        const expected = jacobian(f, { mode: other })(x);

        const found = jacobian(f, { mode })(x);

        expect(found.shape).toEqual([...f(x).shape, 6]);
        expect(distance(found, expected.toTypedArray())).toBeLessThanOrEqual(1e-12);
      }),
      { numRuns: 25 },
    );
  });

  it.each(Object.entries(FUNCTIONS))("has derivatives of its own, of %s", (_, f) => {
    // squared, so that no derivative is zero everywhere
    const g = (x: Tensor): Tensor => jacobian(f, { mode })(x).add(x.mul(x));

    assertGradcheck(g, [wide([0.3, -0.7, 1.2, 0.1, -1.4, 0.8])], { seed: 5 });
  });

  it("runs the function once, and one walk for each unit vector", () => {
    const { f, walks } = counting();
    let runs = 0;

    jacobian(
      (x: Tensor) => {
        runs++;
        return f(x).reshape([3, 2]).sum({ axes: 0 });
      },
      { mode },
    )(tensor([1, 2, 3, 4, 5, 6]));

    expect(runs).toBe(1);
    expect(walks).toEqual(mode === "forward" ? { forward: 6, reverse: 0 } : { forward: 0, reverse: 2 }); // biome-ignore format: one line
  });

  it("is what compile and record see", () => {
    const f = (x: Tensor): Tensor => jacobian((y: Tensor) => sin(y).mul(y.sum()), { mode })(x);
    const x = wide([0.5, -1]);

    const expected = f(x).toTypedArray();

    expect(distance(compile(f)(x), expected)).toBeLessThanOrEqual(1e-14);
    expect(distance(record(f, x).replay(x), expected)).toBe(0);
  });

  it("keeps what the function assigns, once", () => {
    const calls = new Variable(tensor(0));
    const f = (x: Tensor): Tensor => {
      calls.assign(calls.value.add(1));
      return x.mul(x);
    };

    jacobian(f, { mode })(tensor([1, 2, 3]));

    expect(calls.value.item()).toBe(1);
  });
});

describe("jacobian", () => {
  it.each([
    ["forward where more comes out than goes in", [2], 3, { forward: 2, reverse: 0 }],
    ["forward where as much comes out", [2], 1, { forward: 2, reverse: 0 }],
    ["reverse where less comes out", [2, 2], 0.5, { forward: 0, reverse: 2 }],
  ] as const)("walks %s", (_, shape, times, expected) => {
    const { f, walks } = counting();
    const g = (x: Tensor): Tensor => {
      const y = f(x);
      return times < 1 ? y.sum({ axes: 0 }) : concatenate(Array.from({ length: times }, () => y));
    };

    jacobian(g)(
      tensor(
        Array.from({ length: shape.length * 2 }, () => 1),
        { shape: [...shape] },
      ),
    );

    expect(walks).toEqual(expected);
  });

  it("of a Jacobian is the tensor of second derivatives", () => {
    const f = (x: Tensor): Tensor => x.mul(x).mul(x);

    const second = jacobian(jacobian(f, { mode: "reverse" }), { mode: "forward" })(wide([2, 3]));

    expect(second.toArray()).toEqual([[[12, 0], [0, 0]], [[0, 0], [0, 18]]]); // biome-ignore format: a tensor
  });

  it("may be summed and differentiated like any function", () => {
    const trace = (x: Tensor): Tensor => jacobian((y: Tensor) => y.mul(y).mul(y))(x).sum();

    expect(grad(trace)(tensor([1, 2])).toArray()).toEqual([6, 12]);
  });

  it("refuses modes, arguments and results that do not exist", () => {
    const f = (x: Tensor): Tensor => x;
    const n = tensor(1, { dtype: "int32" });
    const wrong = "backward" as JacobianMode;

    expect(refusalOf(() => jacobian(f, { mode: wrong }))).toBeInstanceOf(ValueError);
    expect(refusalOf(() => jacobian(f, { argument: 1 as 0 })(tensor(1)))).toBeInstanceOf(
      ValueError,
    );
    expect(refusalOf(() => jacobian(f)(n))).toBeInstanceOf(DTypeError);
    expect(refusalOf(() => jacobian((x: Tensor) => [x, n])(tensor(1)))).toBeInstanceOf(DTypeError);
    expect(refusalOf(() => jacobian(async (x: Tensor) => x)(tensor(1)))).toBeInstanceOf(
      GradientError,
    );
  });
});
