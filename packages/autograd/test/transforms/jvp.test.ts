import {
  argMax,
  bind,
  concatenate,
  define,
  DTypeError,
  gather,
  GradientError,
  jvp,
  matMul,
  maximum,
  where,
  scalarKernel,
  sin,
  stopGradient,
  softmax,
  type Tensor,
  tensor,
  vjp,
} from "@tapegrad/autograd";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { distance } from "../closeness.ts";
import { refusalOf } from "../refusal.ts";

describe("jvp", () => {
  it("gives the value and the derivative along the tangents", () => {
    const { output, tangent } = jvp(
      (x, y) => x.mul(y),
      [tensor(3), tensor(5)],
      [tensor(1), tensor(10)],
    );

    expect([output.item(), tangent.item()]).toEqual([15, 5 + 30]);
  });

  it("takes and gives any nesting", () => {
    const f = (p: { a: Tensor; b: Tensor }) => ({ sum: p.a.add(p.b), parts: [p.a.mul(2)] });

    const { tangent } = jvp(
      f,
      [{ a: tensor(1), b: tensor(2) }],
      [{ a: tensor(10), b: tensor(20) }],
    );

    expect([tangent.sum.item(), tangent.parts[0].item()]).toEqual([30, 20]);
  });

  it("finds each tangent by its key, whatever the order of keys", () => {
    const f = (p: { a: Tensor; b: Tensor }): Tensor => p.a.mul(p.b);

    const { tangent } = jvp(f, [{ a: tensor(2), b: tensor(5) }], [{ b: tensor(0), a: tensor(1) }]);

    expect(tangent.item()).toBe(5);
  });

  it("is zeros for constant outputs and for outputs of dtype int32 or bool", () => {
    const f = (x: Tensor) => [tensor([7, 8]), argMax(x), x.greater(1), x] as const;

    const { output, tangent } = jvp(f, [tensor([1, 3])], [tensor([10, 20])]);

    expect(tangent.map((t) => t.toArray())).toEqual([[0, 0], 0, [false, false], [10, 20]]);
    expect(tangent.map((t) => t.dtype)).toEqual(output.map((y) => y.dtype));
  });

  it("does not pass through int32 and bool on the way", () => {
    const f = (x: Tensor): Tensor => x.cast("int32").cast("float32").mul(x);

    expect(jvp(f, [tensor(2.5)], [tensor(1)]).tangent.item()).toBe(2);
  });

  it("computes no tangent that the result does not need", () => {
    let tangents = 0;
    const counting = define.custom({
      name: "counting",
      arity: 1,
      domain: [{ min: -1, max: 1 }],
      cases: [{ params: null }],
      residuals: [],
      abstractEval: ([x]) => x,
      kernel: () => scalarKernel("neg", 1),
      vjp: ([cotangent]) => [cotangent?.neg() ?? null],
      jvp: ([tangent]) => {
        tangents++;
        return [tangent?.neg() ?? null];
      },
    });
    const f = (x: Tensor): Tensor => bind(counting, [x], null);

    jvp((x) => [stopGradient(f(x)), f(x.sin()).less(1), x], [tensor(1)], [tensor(1)]);
    const unneeded = tangents;
    jvp(f, [tensor(1)], [tensor(1)]);

    expect([unneeded, tangents]).toEqual([0, 1]);
  });

  it("is refused for tangents unlike the primals", () => {
    const error = refusalOf(() => jvp((x) => x, [tensor([1, 2])], [tensor(1)]));

    expect(error).toBeInstanceOf(GradientError);
    expect(error).toMatchObject({ op: "jvp", details: { path: "[0]" } });
  });

  it("is refused for primals of dtype int32", () => {
    const n = tensor(1, { dtype: "int32" });

    expect(refusalOf(() => jvp((x) => x, [n], [n]))).toBeInstanceOf(DTypeError);
  });
});

/** One program for each kind of derivative, and some that mix them. */
const PROGRAMS: Readonly<Record<string, (x: Tensor) => Tensor>> = {
  partials: (x) => sin(x).div(x.exp().add(1)),
  linear: (x) => x.reshape([2, 3]).transpose().sum({ axes: 1 }).sub(1).neg(),
  "linear in some inputs": (x) =>
    where(x.greater(0), x.mul(3), gather(x, tensor([0, 0, 5, 2, 1, 1], { dtype: "int32" }))),
  bilinear: (x) => matMul(x.reshape([2, 3]), x.reshape([3, 2])),
  custom: (x) => x.reshape([2, 3]).max({ axes: 1 }).mul(x.max()),
  "several tangents at one node": (x) =>
    concatenate([x, tensor([1, 2], { dtype: "float64" }), x.mul(x)]),
  "constants beside": (x) => maximum(x, 0.25).mul(2).pow(2),
  softmax: (x) => softmax(x.reshape([3, 2])),
};

describe("forward and reverse mode", () => {
  const vectors = fc.array(fc.double({ min: -2, max: 2, noNaN: true }), {
    minLength: 6,
    maxLength: 6,
  });

  it.each(Object.entries(PROGRAMS))("are transposes of each other: %s", (_, f) => {
    fc.assert(
      fc.property(vectors, vectors, fc.nat(), (point, direction, salt) => {
        const [x, t] = [point, direction].map((v) => tensor(v, { dtype: "float64" }));
        const { output, pullback } = vjp(f, x);
        const seed = Float64Array.from({ length: output.size }, (_, i) => Math.cos(salt + i));
        const cotangent = tensor(seed, { shape: output.shape });

        const { tangent } = jvp(f, [x], [t]);
        const [xBar] = pullback(cotangent);

        // ⟨ȳ, J ẋ⟩ = ⟨Jᵀ ȳ, ẋ⟩
        const left = tangent.mul(cotangent).sum();
        const right = xBar.mul(t).sum().item();
        expect(distance(left, [right])).toBeLessThanOrEqual(1e-12);
      }),
      { numRuns: 40 },
    );
  });
});
