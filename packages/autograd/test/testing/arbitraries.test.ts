import {
  add,
  allPrimitives,
  mul,
  neg,
  type Shape,
  type Tensor,
  tensor,
  vjp,
  zeros,
} from "@tapegrad/autograd";
import { LAYOUTS, laidOut, primitiveLaws, relaid, sampleProblem } from "@tapegrad/autograd/testing";
import {
  broadcastablePairs,
  primitiveProblems,
  repeatedInputs,
  shapes,
  tensors,
  tensorsInDomain,
  unusedInputs,
} from "@tapegrad/autograd/testing/arbitraries";
import fc from "fast-check";
import { describe, expect, it } from "vitest";

const SAMPLES = 300;

/** What `arbitrary` generates, under a seed of its own. */
const sampled = <T>(arbitrary: fc.Arbitrary<T>): readonly T[] =>
  fc.sample(arbitrary, { numRuns: SAMPLES, seed: 7 });

const strideOf = (x: Tensor): readonly number[] => x.toNdarray().stride;

describe("shapes", () => {
  it("are scalars, empty, of size 1 and larger ones", () => {
    const found = sampled(shapes());

    expect(found.some((shape) => shape.length === 0)).toBe(true);
    expect(found.some((shape) => shape.includes(0))).toBe(true);
    expect(found.some((shape) => shape.includes(1))).toBe(true);
    expect(found.some((shape) => shape.length === 3 && !shape.includes(0))).toBe(true);
  });

  it("keep to their bounds", () => {
    const bounds = { minRank: 1, maxRank: 2, minLength: 2, maxLength: 4 };
    fc.assert(
      fc.property(shapes(bounds), (shape) => {
        expect(shape.length === 1 || shape.length === 2).toBe(true);
        expect(shape.every((length) => length >= 2 && length <= 4)).toBe(true);
      }),
    );
  });
});

describe("broadcastablePairs", () => {
  it("broadcast to the common shape that they come with", () => {
    fc.assert(
      fc.property(broadcastablePairs(), ([a, b, common]) => {
        expect(add(zeros(a), zeros(b)).shape).toEqual(common);
      }),
    );
  });

  it("stretch on either side, and miss leading axes on either side", () => {
    const found = sampled(broadcastablePairs({ minLength: 2 }));
    const stretches = (from: Shape, common: Shape): boolean =>
      from.some((length, i) => length < (common[common.length - from.length + i] ?? length));

    expect(found.some(([a, , common]) => stretches(a, common))).toBe(true);
    expect(found.some(([, b, common]) => stretches(b, common))).toBe(true);
    expect(found.some(([a, b]) => a.length < b.length)).toBe(true);
    expect(found.some(([a, b]) => b.length < a.length)).toBe(true);
  });
});

describe("tensors", () => {
  it("come in every layout, sharing memory that holds more than they do", () => {
    const found = sampled(tensors({ shape: [2, 3] })).map((x) => strideOf(x).join());

    expect(new Set(found)).toEqual(new Set(["3,1", "6,2", "1,2", "-3,-1"]));
  });

  it("hold numbers of their domain only, whatever lies between", () => {
    const domain = { min: 0.5, max: 2 };
    fc.assert(
      fc.property(tensors({ shape: shapes(), domain, dtype: "float32" }), (x) => {
        expect(x.dtype).toBe("float32");
        expect(x.toTypedArray().every((value) => value >= 0.5 && value <= 2)).toBe(true);
      }),
    );
  });

  it("of int32 and bool hold whole numbers, and zeros and ones", () => {
    const ints = sampled(tensors({ shape: [2], dtype: "int32", domain: { min: -2, max: 2 } }));
    const bools = sampled(tensors({ shape: [2], dtype: "bool" }));

    expect(new Set(ints.flatMap((x) => [...x.toTypedArray()]))).toEqual(new Set([-2, -1, 0, 1, 2]));
    expect(new Set(bools.flatMap((x) => [...x.toTypedArray()]))).toEqual(new Set([0, 1]));
  });

  it("often tie and often are zero, so that kinks are met", () => {
    const found = sampled(tensorsInDomain([2], { min: -3, max: 3 })).map((x) => x.toTypedArray());

    expect(found.filter(([a, b]) => a === b).length).toBeGreaterThan(SAMPLES / 50);
    expect(found.filter(([a]) => a === 0).length).toBeGreaterThan(SAMPLES / 50);
  });
});

describe("repeatedInputs and unusedInputs", () => {
  it("give one tensor twice, whose gradient is the sum of both parts", () => {
    fc.assert(
      fc.property(repeatedInputs(), ([a, b]) => {
        expect(b).toBe(a);
        const [cotangent] = vjp((x) => mul(x, x), a).pullback(a);
        expect(cotangent.toTypedArray()).toEqual(mul(mul(a, a), 2).toTypedArray());
      }),
    );
  });

  it("give one to use and one to leave, whose gradient is zeros of its own shape", () => {
    fc.assert(
      fc.property(unusedInputs(), ([used, unused]) => {
        const [, cotangent] = vjp((x, _y) => neg(x), used, unused).pullback(used);
        expect(cotangent.shape).toEqual(unused.shape);
        expect(cotangent.toTypedArray().every((value) => value === 0)).toBe(true);
      }),
    );
  });
});

describe("problems of primitives", () => {
  it.each(allPrimitives)("of $name are ones that it accepts, in both dtypes", (primitive) => {
    const accepts = primitiveLaws[0];
    for (const dtype of ["float64", "float32"] as const) {
      for (const problem of fc.sample(primitiveProblems(primitive, { dtype }), 10)) {
        accepts?.check(primitive, problem);
      }
    }
  });

  it("are the same for the same seed, without fast-check", () => {
    const texts = (seed: number): readonly string[] =>
      allPrimitives.map((primitive) => sampleProblem(primitive, seed).inputs.join(" "));

    expect(texts(3)).toEqual(texts(3));
    expect(texts(3)).not.toEqual(texts(4));
  });
});

describe("laidOut", () => {
  it.each(LAYOUTS)("%s keeps every element, its shape and its dtype", (layout) => {
    for (const dtype of ["float32", "float64", "int32", "bool"] as const) {
      const x = tensor([0, 1, 1, 0, 1, 0], { shape: [3, 2], dtype });

      const moved = relaid(x, layout);

      expect(moved.dtype).toBe(dtype);
      expect(moved.toArray()).toEqual(x.toArray());
    }
    expect(laidOut([], { shape: [2, 0], dtype: "float64" }, layout).toArray()).toEqual([[], []]);
    expect(laidOut([5], { shape: [], dtype: "float64" }, layout).item()).toBe(5);
  });
});
