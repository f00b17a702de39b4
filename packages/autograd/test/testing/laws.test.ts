/**
 * @file The laws about values and rules, each with a primitive that breaks it.
 */
import {
  add,
  alikeFloating,
  define,
  type Kernel,
  mul,
  type Primitive,
  scalarKernel,
  type Tensor,
} from "@tapegrad/autograd";
import { type PrimitiveLaw, primitiveLaws, sampleProblem } from "@tapegrad/autograd/testing";
import { describe, expect, it } from "vitest";
import { flatCopy } from "../../src/array/strided-array.ts";

type Opaque = Extract<Kernel, { readonly kind: "opaque" }>;

/** A primitive that copies its input by a routine of its own. */
function copying(run: Opaque["run"]): Primitive<null> {
  return define.linear({
    name: "copying",
    arity: 1,
    domain: [{ min: -3, max: 3 }],
    cases: [{ params: null }],
    abstractEval: ([x]) => x,
    kernel: () => ({ kind: "opaque", run }),
    transpose: (cotangent) => cotangent,
  });
}

const elementwise = {
  arity: 1,
  domain: [{ min: -3, max: 3 }],
  cases: [{ params: null }],
  abstractEval: ([x]: readonly [Tensor["aval"]]) => x,
} as const;

/** What the first of `count` problems that breaks `law` brings to light; null if none does. */
function verdict(law: string, primitive: Primitive, count = 20): string | null {
  const found = primitiveLaws.find(({ name }) => name.includes(law)) as PrimitiveLaw;
  for (let seed = 0; seed < count; seed++) {
    try {
      found.check(primitive, sampleProblem(primitive, seed));
    } catch (error) {
      return String(error);
    }
  }
  return null;
}

describe("the law", () => {
  it("of avals finds a prediction that does not come true", () => {
    const hopeful: Primitive<null> = {
      ...copying(() => undefined),
      abstractEval: ([x]) => ({ shape: x.shape, dtype: x.dtype }),
      kernel: () => ({ kind: "view", transform: { type: "reshape", shape: [1, 1] } }),
    };

    expect(
      verdict("predicts", { ...hopeful, cases: [{ params: null, shapes: [[1]] }] }),
    ).toMatchInlineSnapshot(
      `"ContractError: copying: given numbers, the results are float64[1,1], but abstractEval predicts float64[1]. Make the two agree."`,
    );
  });

  it("of layouts finds a kernel that ignores strides", () => {
    const careless = copying(([x], [y]) => {
      for (let i = 0; i < y.data.length; i++) y.data[i] = x.data[i] ?? 0;
    });

    expect(verdict("layout", careless)).toMatch(/copying: \w+ inputs give .* Read every element/);
  });

  it("of inputs finds a kernel that writes into them", () => {
    const greedy = copying(([x], [y]) => {
      y.data.set(x.data.slice(0, y.data.length));
      x.data.fill(0);
    });

    expect(verdict("leaves", greedy)).toMatch(/copying: it wrote into the memory of float64/);
  });

  it("of misfits finds unequal shapes that are accepted, and errors that are not the library's", () => {
    const base = {
      ...elementwise,
      name: "first",
      arity: 2,
      kernel: () => scalarKernel("add", 2),
    } as const;
    const lenient = define.linear({ ...base, abstractEval: ([a]) => a, transpose: (c) => c });
    const clumsy = define.linear({
      ...base,
      abstractEval: ([a, b]) => {
        if (a.shape.length !== b.shape.length) throw new TypeError("undefined is not a shape");
        return a;
      },
      transpose: (c) => c,
    });

    expect(verdict("refuses", lenient)).toMatchInlineSnapshot(
      `"ContractError: first: shapes [0] and [0, 2] were accepted, though any equal shapes will do. Compare them in abstractEval."`,
    );
    expect(verdict("refuses", clumsy)).toMatchInlineSnapshot(
      `"ContractError: first: inputs float64[0,2], float64[0] raised TypeError: undefined is not a shape, which is no error of the library. Check them in abstractEval."`,
    );
  });

  it("of float32 finds a kernel that is exact in float64 alone", () => {
    const rough = copying(([x], [y]) => {
      const wide = x.data instanceof Float64Array;
      for (let i = 0; i < y.data.length; i++)
        y.data[i] = (x.data[x.offset] ?? 0) * (wide ? 1 : 1.001);
    });

    const scalars = { ...rough, cases: [{ params: null, shapes: [[]] }] };

    expect(verdict("the same in float32", scalars)).toMatch(/Round once, at the end/);
  });

  it("of params finds a function, and what JSON makes something else of", () => {
    const base = copying(() => undefined) as Primitive;
    const withParams = (params: unknown): Primitive => ({ ...base, cases: [{ params }] });

    expect(verdict("survive JSON", withParams({ body: { run: () => 1 } }))).toMatchInlineSnapshot(
      `"ContractError: copying: the param at ".body.run" is a function, so its tapes cannot be saved. Use numbers, texts, arrays and plain objects."`,
    );
    expect(verdict("survive JSON", withParams({ axes: new Set([1]) }))).toMatch(
      /an object of class Set/,
    );
    expect(verdict("survive JSON", withParams({ axes: new Array(2) }))).toMatch(/is undefined/);
    expect(
      verdict("survive JSON", withParams({ value: [Number.NaN, -0, -Infinity, 0.1], ok: null })),
    ).toBeNull();
  });

  it("of residuals finds one that is kept in vain, and one that is missing", () => {
    const exponential = {
      ...elementwise,
      name: "exponential",
      kernel: () => scalarKernel("exp", 1),
    };
    const hoarding = define.withPartials({
      ...exponential,
      residuals: [0, "output"],
      partials: [({ output }) => output],
    });
    const lacking: Primitive<null> = { ...hoarding, residuals: [0] };

    expect(verdict("residuals", hoarding)).toMatchInlineSnapshot(
      `"ContractError: exponential: the rule never reads residual 0, which the tape keeps alive for it. Do not declare it."`,
    );
    expect(verdict("residuals", lacking)).not.toBeNull();
  });

  it("of linearity finds a map that is not linear, and a transpose that is not its adjoint", () => {
    const curved = define.linear({
      ...elementwise,
      name: "curved",
      kernel: () => scalarKernel("exp", 1),
      transpose: (c) => c,
    });
    const slanted = define.linear({
      ...elementwise,
      name: "slanted",
      kernel: () => scalarKernel("neg", 1),
      transpose: (c) => c,
    });

    expect(verdict("is linear", curved)).toMatch(
      /which is αAx \+ Ay\. Declare it with another kind/,
    );
    expect(verdict("is linear", slanted)).toMatch(/but <Aᵀ c, y> is .* Correct the transpose/);
  });

  it("of differences finds a slope where the record says that there is none", () => {
    const flattened = define.flat({
      ...elementwise,
      name: "flattened",
      kernel: () => scalarKernel("exp", 1),
    });

    expect(verdict("agree with differences", flattened)).toMatch(/mismatch/);
    expect(verdict("no derivative where it says so", flattened)).toBeNull();
  });

  it("of zero cotangents finds a rule that is not linear in them", () => {
    const affine = define.custom({
      ...elementwise,
      name: "affine",
      kernel: () => scalarKernel("neg", 1),
      residuals: [],
      vjp: ([c]) => [c && add(mul(c, -1), 1e-9)],
      jvp: ([t]) => [t && mul(t, -1)],
    });

    expect(verdict("zeros to zeros", affine)).toMatch(/A derivative is linear/);
  });

  it("of mapping finds a kernel that mixes members, and a rule that counts elements", () => {
    const mixing = define.linear({
      ...elementwise,
      name: "mixing",
      kernel: () => ({
        kind: "opaque",
        memberAxis: "first",
        run: ([x], [y]) => {
          const values = flatCopy(x, "float64");
          y.data.set(values.map((_, i) => values[values.length - 1 - i]));
        },
      }),
      transpose: (c) => c,
    });
    const counting = define.custom({
      ...elementwise,
      name: "counting",
      kernel: () => scalarKernel("neg", 1),
      residuals: [],
      vjp: ([c]) => [c && mul(c, -1 / c.size)],
      jvp: ([t]) => [t && mul(t, -1 / t.size)],
    });

    expect(verdict("maps over", mixing)).toMatch(
      /mapped over input 0, a value is .* by themselves/,
    );
    expect(verdict("maps over", counting)).toMatch(/mapped over input 0, a cotangent is/);
  });

  it("of all others lets a right primitive pass", () => {
    const right = define.withPartials({
      ...elementwise,
      name: "right",
      kernel: () => scalarKernel("exp", 1),
      residuals: ["output"],
      partials: [({ output }) => output],
      abstractEval: alikeFloating("right"),
    });

    expect(
      primitiveLaws.map(({ name }) => verdict(name, right, 5)).filter((text) => text !== null),
    ).toEqual([]);
  });
});
