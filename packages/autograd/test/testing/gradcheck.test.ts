import {
  add,
  bind,
  define,
  div,
  exp,
  floor,
  gather,
  matMul,
  max,
  mean,
  moments,
  mul,
  type Primitive,
  randomKey,
  scalarKernel,
  softmax,
  sqrt,
  stopGradient,
  sub,
  sum,
  tanh,
  type Tensor,
  tensor,
  transpose,
  uniform,
  variance,
  where,
} from "@tapegrad/autograd";
import { gradcheck } from "@tapegrad/autograd/testing";
import { tensors } from "@tapegrad/autograd/testing/arbitraries";
import fc from "fast-check";
import { describe, expect, it } from "vitest";

const float64 = (value: Parameters<typeof tensor>[0]): Tensor =>
  tensor(value, { dtype: "float64" });

const normalized = (x: Tensor): Tensor => {
  const axes = { axes: 0, keepDims: true };
  return div(sub(x, mean(x, axes)), sqrt(add(variance(x, axes), 1e-5)));
};

const batch = float64([
  [1, 2],
  [3, -4],
  [0.5, 7],
  [2, 2.5],
]);

const kindsOf = (report: ReturnType<typeof gradcheck>): readonly string[] =>
  report.failures.map(({ kind }) => kind);

describe("gradcheck", () => {
  it("passes composites at order 3, in every mix of modes", () => {
    const options = { order: 3, seed: 11 } as const;

    const reports = [
      gradcheck((x) => softmax(x), [float64([1, 2, 3])], options),
      gradcheck(normalized, [float64([[1], [3], [-2]])], options),
      gradcheck(matMul, [float64([[1, 2]]), float64([[0], [3]])], options),
    ];

    expect(reports.filter(({ ok }) => !ok).map(String)).toEqual([]);
  });

  it("compares no order below `from`, and says how to repeat that", () => {
    const f = (x: Tensor): Tensor => softmax(x);
    const x = float64([1, 2, 3]);

    const all = gradcheck(f, [x], { order: 3, seed: 11 });
    const highest = gradcheck(f, [x], { order: 3, from: 3, seed: 11 });

    expect([all.checked, highest.checked]).toEqual([9, 3]);
    expect(String(highest)).toContain("{ order: 3, from: 3, mode: ");
  });

  it("raises no false alarm, whatever the layout of the input and the seed", () => {
    const inputs = tensors({ shape: [3, 2], domain: { min: -2, max: 2 } });
    fc.assert(
      fc.property(inputs, fc.nat(), (x, seed) => {
        const report = gradcheck((y) => tanh(matMul(y, transpose(y))), [x], {
          order: 2,
          seed,
          method: "directional",
          zeroGradient: true,
        });

        expect(String(report)).toContain("passed");
      }),
      { numRuns: 20 },
    );
  });

  it("checks every result of a nesting and leaves out those without derivative", () => {
    const report = gradcheck(
      (x) => ({ ...moments(x), rest: [exp(x), floor(x), max(x)], places: gather(x, zero) }),
      [float64([1.5, 2.5, 0.25])],
      { seed: 3 },
    );

    expect(report.ok).toBe(true);
  });

  const zero = tensor([0], { dtype: "int32" });

  it("passes int32 and bool inputs through as constants", () => {
    const mask = tensor([true, false]);
    const [x, y] = [float64([1, 2]), float64([3, 4])];

    const report = gradcheck((m, a, b) => mul(where(m, a, b), a), [mask, x, y], { seed: 3 });

    expect(report.ok).toBe(true);
    expect(report.checked).toBe(4);
  });

  it("repeats itself exactly for the same seed, and looks elsewhere for another", () => {
    const run = (seed: number): string =>
      String(gradcheck(normalized, [batch], { seed, method: "directional" }));

    expect(run(5)).toBe(run(5));
    expect(run(5)).not.toBe(run(6));
  });

  it("carries the seed that it chose", () => {
    const report = gradcheck(tanh, [float64(0.5)]);

    const again = gradcheck(tanh, [float64(0.5)], { seed: report.seed });

    expect(again).toEqual(report);
  });

  it("leaves the inputs as they were, and reports a function that does not", () => {
    const data = Float64Array.of(1, 2);
    const x = tensor(data);
    const vandal = (y: Tensor): Tensor => {
      data[0] = 7;
      return mul(y, y);
    };

    expect(gradcheck((y) => mul(y, y), [x], { seed: 1 }).ok).toBe(true);
    expect([...data]).toEqual([1, 2]);
    expect(kindsOf(gradcheck(vandal, [x], { seed: 1 }))).toContain("mutated");
  });

  it("names what is not deterministic", () => {
    let seed = 0;
    const noisy = (x: Tensor): Tensor => {
      seed += 1;
      return mul(x, uniform(randomKey(seed), x.shape, { dtype: "float64" }));
    };

    expect(kindsOf(gradcheck(noisy, [float64([1, 2])], { seed: 1 }))).toEqual([
      "not deterministic",
    ]);
  });
});

/** The square, whose rules may be given. */
function squareWith(rules: {
  readonly vjp?: (c: Tensor, x: Tensor) => Tensor;
  readonly jvp?: (t: Tensor, x: Tensor) => Tensor;
}): (x: Tensor) => Tensor {
  const right = (t: Tensor, x: Tensor): Tensor => mul(t, mul(x, 2));
  const { vjp = right, jvp = right } = rules;
  const square: Primitive<null> = define.custom({
    name: "square",
    arity: 1,
    domain: [{ min: -3, max: 3 }],
    cases: [{ params: null }],
    residuals: [0],
    abstractEval: ([x]) => x,
    kernel: () => SQUARE,
    vjp: ([c], { primals: [x] }) => [c && vjp(c, x)],
    jvp: ([t], { primals: [x] }) => [t && jvp(t, x)],
  });
  return (x) => bind(square, [x], null);
}

const SQUARE = { ...scalarKernel("mul", 2), expression: squareExpression() };

function squareExpression(): ReturnType<typeof scalarKernel>["expression"] {
  const x = { kind: "input", index: 0 } as const;
  return { kind: "apply", op: "mul", operands: [x, x] };
}

describe("modes", () => {
  const x = float64([1, 2, 3]);
  const wrong = (t: Tensor, y: Tensor): Tensor => mul(t, mul(y, 2.1));
  const options = { seed: 9 } as const;

  it("let the right rules pass", () => {
    expect(gradcheck(squareWith({}), [x], { ...options, order: 3 }).ok).toBe(true);
  });

  it("each find their own rule wrong and do not look at the other", () => {
    const [badPullback, badTangent] = [squareWith({ vjp: wrong }), squareWith({ jvp: wrong })];
    const verdict = (f: (y: Tensor) => Tensor, mode: "reverse" | "forward"): boolean =>
      gradcheck(f, [x], { ...options, mode }).ok;

    expect(verdict(badPullback, "reverse")).toBe(false);
    expect(verdict(badPullback, "forward")).toBe(true);
    expect(verdict(badTangent, "reverse")).toBe(true);
    expect(verdict(badTangent, "forward")).toBe(false);
  });

  it("disagree at the entry that is to blame", () => {
    const third = float64([0, 0, 1]);
    const offAtLast = (t: Tensor, y: Tensor): Tensor => mul(t, mul(y, add(third, 2)));

    const { failures } = gradcheck(squareWith({ jvp: offAtLast }), [x], options);

    expect(failures).toMatchObject([
      { kind: "modes disagree", order: 1, mode: "forward", reference: "reverse", index: [2] },
    ]);
  });

  it("are mixed at order 2, where a detached tangent shows in two of the mixes", () => {
    const detached = (t: Tensor, y: Tensor): Tensor => mul(t, mul(stopGradient(y), 2));

    const { failures } = gradcheck(squareWith({ jvp: detached }), [x], { ...options, order: 2 });

    expect(failures.map((failure) => ("mode" in failure ? failure.mode : ""))).toEqual([
      "reverse over forward",
      "forward over forward",
    ]);
  });

  it("find a cotangent of the wrong shape before it is broadcast away", () => {
    const { failures } = gradcheck(
      squareWith({ vjp: (c, y) => sum(mul(c, y), { keepDims: true }) }),
      [x],
      options,
    );

    expect(failures).toMatchObject([{ kind: "wrong aval", found: { shape: [1] } }]);
  });
});

describe("the directional method", () => {
  const values = Float64Array.from({ length: 400 }, (_, i) => Math.cos(3 * i));
  const large = tensor(values, { shape: [20, 20] });

  it("is chosen for large inputs and compares one number for each input and order", () => {
    const report = gradcheck((x) => tanh(matMul(x, x)), [large], { seed: 1, order: 2 });

    expect(report.ok).toBe(true);
    expect(report.checked).toBe(2);
  });

  it("names the entry of a mistake that is in one of four hundred", () => {
    const spoiled = Float64Array.from({ length: 400 }, (_, i) => (i === 137 ? 2.002 : 2));
    const factors = tensor(spoiled, { shape: [20, 20] });

    const report = gradcheck(squareWith({ vjp: (c, x) => mul(c, mul(x, factors)) }), [large], {
      seed: 1,
      mode: "reverse",
    });

    expect(report.failures[0]).toMatchObject({ kind: "mismatch", input: 0, index: [6, 17] });
  });

  it("can be asked for, or refused, by name", () => {
    const small = float64([1, 2, 3]);
    const checked = (method: "full" | "directional"): number =>
      gradcheck(exp, [small], { seed: 1, method }).checked;

    expect([checked("full"), checked("directional")]).toEqual([3, 1]);
  });
});

describe("batch normalisation", () => {
  it("without its variance path is caught, though a constant cotangent is blind to it", () => {
    const detached = (x: Tensor): Tensor => {
      const axes = { axes: 0, keepDims: true };
      const scale = sqrt(add(stopGradient(variance(x, axes)), 1e-5));
      return div(sub(x, mean(x, axes)), scale);
    };

    const weighed = gradcheck(detached, [batch], { seed: 1 });
    const summed = gradcheck((x) => sum(detached(x)), [batch], { seed: 1, zeroGradient: true });

    expect(kindsOf(weighed)).toEqual(["mismatch", "inner product"]);
    expect(summed.ok).toBe(true);
  });
});
