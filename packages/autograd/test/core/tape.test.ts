import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import {
  bindAll,
  cos,
  define,
  exp,
  grad,
  jvp,
  log,
  matMul,
  max,
  pow,
  type Primitive,
  type Residual,
  record,
  sin,
  sqrt,
  sum,
  type Tensor,
  tensor,
  vjp,
  where,
} from "@tapegrad/autograd";
import { describe, expect, it } from "vitest";
import type { Node } from "../../src/core/tape.ts";
import { withTape } from "../../src/core/variable.ts";

/** What a node holds on to, as `residuals` of a primitive lists it. */
function kept(node: Node): readonly Residual[] {
  if (node.residuals === null) throw new Error("the residuals were released");
  const { primals, output, outputs } = node.residuals;
  const inputs = primals.flatMap((x, i) => (x === undefined ? [] : [i]));
  const first = output === undefined ? [] : ["output" as const];
  return [...inputs, ...first, ...(outputs === undefined ? [] : ["outputs" as const])];
}

/** The mechanism's own nodes of `f`. */
function nodesOf(f: (x: Tensor) => Tensor): readonly Node[] {
  return withTape("test", "pass", (open) => f(open.input(x))).tape.nodes;
}

const x = tensor([0.5, 1.5], { dtype: "float64" });

describe("a node", () => {
  it.each([
    ["nothing for sum and its kind", (y: Tensor) => sum(y.neg().reshape([2, 1])), [[], [], [], []]],
    ["the output for sqrt and exp", (y: Tensor) => sqrt(exp(y)), [["output"], ["output"]]],
    ["the input for sin and log", (y: Tensor) => sin(log(y)), [[0], [0]]],
    ["both inputs for mul", (y: Tensor) => y.mul(2), [[0, 1]]],
    ["the divisor and the output for div", (y: Tensor) => y.div(2), [[1, "output"]]],
    ["all it reads for pow", (y: Tensor) => pow(y, 2), [[0, 1, "output"]]],
    ["the condition for select", (y: Tensor) => where(y.greater(1), y, 0), [[], [0]]],
    ["input and output for max", (y: Tensor) => max(y, { keepDims: true }), [[0, "output"]]],
    [
      "both matrices for matMul",
      (y: Tensor) => matMul(y.reshape([1, 2]), y.reshape([2, 1])),
      [[], [], [0, 1]],
    ],
  ] as const)("keeps %s", (_, f, expected) => {
    expect(nodesOf(f).map(kept)).toEqual(expected);
  });

  it("keeps exactly what its primitive declares", () => {
    const nodes = nodesOf((y: Tensor) => {
      const z = y.mul(y).add(1).sqrt().tanh().div(y).maximum(y.sin()).sub(y.cos().exp());
      return where(z.less(y), z.pow(2), y.abs()).max().mul(z.sum());
    });

    for (const node of nodes) expect(kept(node)).toEqual(node.primitive.residuals);
  });

  it("keeps all its results where the rule reads more than the first", () => {
    const halves = define.custom({
      name: "halves",
      arity: 1,
      domain: [{ min: -1, max: 1 }],
      cases: [{ params: null }],
      residuals: ["outputs"],
      abstractEval: ([y]) => [y, y],
      kernel: () => ({
        kind: "opaque",
        run: ([y], results) => {
          for (const { data, offset } of results) data.set(y.data, offset);
        },
      }),
      vjp: ([c], { outputs: [, b] }) => [c && b],
      jvp: ([t]) => [t, t],
    });
    const { tape } = withTape("test", "pass", (open) => bindAll(halves, [open.input(x)], null));
    const [node] = tape.nodes;

    expect(kept(node)).toEqual(["outputs"]);
    expect(node.residuals?.outputs?.map((y) => y.shape)).toEqual([[2], [2]]);
  });

  it("keeps residuals one level below its tape, where the derivative is computed", () => {
    const { tape } = withTape("test", "pass", (open) => open.input(x).mul(2));

    expect(tape.nodes[0].residuals?.primals[0]).toBe(x);
  });

  it("reads only values with smaller numbers", () => {
    const tape = record((y: Tensor) => y.mul(y).sin().add(y.exp()).sum(), x);

    for (const node of tape.nodes) {
      for (const operand of node.operands) {
        if (typeof operand === "number") expect(operand).toBeLessThan(node.results[0]);
      }
    }
  });
});

describe("an intermediate array that no rule declared", () => {
  it("is collected while the tape is alive", async () => {
    setFlagsFromString("--expose-gc");
    const collect = runInNewContext("gc") as () => void;
    const arrays: WeakRef<object>[] = [];
    const watch = (y: Tensor): Tensor => {
      if (y.below?.array) arrays.push(new WeakRef(y.below.array.data));
      return y;
    };
    const size = 1000;

    // neg and add need nothing; sin keeps its input
    const tape = record(
      (y: Tensor) => watch(sin(watch(watch(y.neg()).add(1)))).sum(),
      tensor(new Float64Array(size)),
    );
    for (let turn = 0; turn < 10 && arrays[0].deref() !== undefined; turn++) {
      await new Promise(setImmediate);
      collect();
    }

    const alive = arrays.map((ref) => ref.deref() !== undefined);
    expect(alive).toEqual([false, true, false]);
    expect(tape.nodes).toHaveLength(5);
  });
});

describe("a closed tape", () => {
  it("records nothing more, although its tensors are still used", () => {
    let inside: Tensor = x;
    const tape = record((y: Tensor) => {
      inside = y;
      return y.sum();
    }, x);

    inside.mul(2).sin();

    // sum is the primitive and a reshape
    expect(tape.nodes).toHaveLength(2);
  });
});

/** sin and cos at once: a primitive with two results, whose rules read both of its residuals. */
const sinCosPrimitive: Primitive<null> = define.custom({
  name: "sinCos",
  arity: 1,
  domain: [{ min: -3, max: 3 }],
  cases: [{ params: null }],
  residuals: [0],
  abstractEval: ([y]) => [y, y],
  kernel: () => ({
    kind: "opaque",
    run: ([input], [sine, cosine]) => {
      for (let i = 0; i < input.shape[0]; i++) {
        const value = input.data[input.offset + i * input.stride[0]];
        sine.data[sine.offset + i] = Math.sin(value);
        cosine.data[cosine.offset + i] = Math.cos(value);
      }
    },
  }),
  vjp: ([sBar, cBar], { primals: [y] }) => {
    const fromSin = sBar?.mul(cos(y)) ?? null;
    const fromCos = cBar?.mul(sin(y).neg()) ?? null;
    return [fromSin && fromCos ? fromSin.add(fromCos) : (fromSin ?? fromCos)];
  },
  jvp: ([t], { primals: [y] }) => [t?.mul(cos(y)) ?? null, t?.mul(sin(y).neg()) ?? null],
});

describe("a primitive with two results", () => {
  const both = (y: Tensor): readonly Tensor[] => bindAll(sinCosPrimitive, [y], null);
  const close = (y: Tensor): number[] => [...y.toTypedArray()].map((v) => Number(v.toFixed(12)));
  const expected = (f: (v: number) => number): number[] =>
    [0.5, 1.5].map((v) => Number(f(v).toFixed(12)));

  it("numbers both values", () => {
    const tape = record((y: Tensor) => {
      const [s, c] = both(y);
      return s.div(c);
    }, x);

    expect(String(tape)).toMatchInlineSnapshot(`
      "%0 = input : float64[2]
      %1, %2 = sinCos(%0) : float64[2], float64[2]
      %3 = div(%1, %2) : float64[2]"
    `);
  });

  it("pulls back from either result, or both", () => {
    const first = grad((y: Tensor) => both(y)[0].sum())(x);
    const second = grad((y: Tensor) => both(y)[1].sum())(x);
    const product = grad((y: Tensor) => both(y)[0].mul(both(y)[1]).sum())(x);

    expect(close(first)).toEqual(expected(Math.cos));
    expect(close(second)).toEqual(expected((v) => -Math.sin(v)));
    expect(close(product)).toEqual(expected((v) => Math.cos(2 * v)));
  });

  it("pushes a tangent into both results", () => {
    const { tangent } = jvp(both, [x], [tensor([1, 1], { dtype: "float64" })]);

    expect(close(tangent[0])).toEqual(expected(Math.cos));
    expect(close(tangent[1])).toEqual(expected((v) => -Math.sin(v)));
  });

  it("gives outputs of which one may be left without cotangent", () => {
    const { pullback } = vjp((y: Tensor) => both(y)[1], x);

    const [xBar] = pullback(tensor([1, 0], { dtype: "float64" }));

    expect(close(xBar)).toEqual([Number((-Math.sin(0.5)).toFixed(12)), 0]);
  });

  it("is replayed as one", () => {
    const tape = record((y: Tensor) => both(y)[1], x);

    expect(close(tape.replay(tensor([0, Math.PI], { dtype: "float64" })))).toEqual([1, -1]);
  });
});
