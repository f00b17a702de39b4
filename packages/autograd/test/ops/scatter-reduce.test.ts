/** scatterReduce against loops over the values, at points where a sum in place of a choice would not do. */
import {
  scatterReduce,
  type ScatterReduceOptions,
  type Tensor,
  tensor,
  vjp,
} from "@tapegrad/autograd";
import fc from "fast-check";
import { describe, expect, it } from "vitest";

type Reduce = ScatterReduceOptions["reduce"];

const int32 = (...values: readonly number[]): Tensor => tensor(values, { dtype: "int32" });
const float64 = (...values: readonly number[]): Tensor => tensor(values, { dtype: "float64" });
const plain = (x: Tensor): readonly number[] => Array.from(x.toTypedArray());

interface Problem {
  readonly self: readonly number[];
  readonly places: readonly number[];
  readonly values: readonly number[];
  readonly cotangent: readonly number[];
  readonly includeSelf: boolean;
}

/** Few different values, so that they tie, and those that are not numbers to add or multiply without care. */
const element = fc.constantFrom(0, -0, 0.1, -0.1, 0.3, 2, -3, Infinity, -Infinity, Number.NaN);

const problems: fc.Arbitrary<Problem> = fc
  .record({ slots: fc.integer({ min: 1, max: 4 }), count: fc.integer({ min: 1, max: 7 }) })
  .chain(({ slots, count }) =>
    fc.record({
      self: fc.array(element, { minLength: slots, maxLength: slots }),
      places: fc.array(fc.nat({ max: slots - 1 }), { minLength: count, maxLength: count }),
      values: fc.array(element, { minLength: count, maxLength: count }),
      cotangent: fc.array(fc.double({ min: -2, max: 2, noNaN: true }), {
        minLength: slots,
        maxLength: slots,
      }),
      includeSelf: fc.boolean(),
    }),
  );

function run(reduce: Reduce, { self, places, values, cotangent, includeSelf }: Problem) {
  const { output, pullback } = vjp(
    (x: Tensor, v: Tensor) => scatterReduce(x, int32(...places), v, { reduce, includeSelf }),
    float64(...self),
    float64(...values),
  );
  const [xBar, vBar] = pullback(float64(...cotangent));
  return { output: plain(output), xBar: plain(xBar), vBar: plain(vBar) };
}

/** What takes part in each slot: itself (index -1), if it is included or alone, and values by index. */
function membersOf({ self, places, values, includeSelf }: Problem) {
  return self.map((own, slot) => {
    const found = places.flatMap((place, i) => (place === slot ? [{ i, value: values[i] }] : []));
    return includeSelf || found.length === 0 ? [{ i: -1, value: own }, ...found] : found;
  });
}

/** By definition: an extreme is one of its values, bit for bit, and those that are equal to it share its cotangent. */
function extreme(problem: Problem, better: (...values: number[]) => number) {
  const xBar = problem.self.map(() => 0);
  const vBar = problem.values.map(() => 0);
  const output = membersOf(problem).map((members, slot) => {
    const best = better(...members.map(({ value }) => value));
    const tied = members.filter(({ value }) => value === best);
    for (const { i } of tied) {
      if (i < 0) xBar[slot] = problem.cotangent[slot] / tied.length;
      else vBar[i] = problem.cotangent[slot] / tied.length;
    }
    return best;
  });
  return { output, xBar, vBar };
}

/** The product of a slot, and for each member that of the others. */
function product(problem: Problem) {
  const xBar = problem.self.map(() => 0);
  const vBar = problem.values.map(() => 0);
  const output = membersOf(problem).map((members, slot) => {
    members.forEach(({ i }, k) => {
      const others = members.filter((_, m) => m !== k);
      const slope = others.reduce((all, { value }) => all * value, problem.cotangent[slot]);
      if (i < 0) xBar[slot] = slope;
      else vBar[i] = slope;
    });
    return members.reduce((all, { value }) => all * value, 1);
  });
  return { output, xBar, vBar };
}

/** Slots whose derivatives are products of numbers: elsewhere an infinity may meet a 0. */
const finiteSlots = (problem: Problem): readonly boolean[] =>
  membersOf(problem).map((members) => members.every(({ value }) => Number.isFinite(value)));

describe("scatterReduce", () => {
  it.each([
    ["amax", Math.max],
    ["amin", Math.min],
  ] as const)(
    "%s is one of the values, to the last bit, NaN and infinities among them",
    (reduce, better) => {
      fc.assert(
        fc.property(problems, (problem) => {
          const expected = extreme(problem, better);

          const found = run(reduce, problem);

          expect(found.output.map((v) => v + 0)).toEqual(expected.output.map((v) => v + 0));
          membersOf(problem).forEach((_, slot) => {
            if (Number.isNaN(expected.output[slot])) return;
            expect(found.xBar[slot]).toBeCloseTo(expected.xBar[slot], 12);
            problem.places.forEach((place, i) => {
              if (place === slot) expect(found.vBar[i]).toBeCloseTo(expected.vBar[i], 12);
            });
          });
        }),
        { numRuns: 40 },
      );
    },
  );

  it("prod has the derivatives of each slot, whatever stands in another", () => {
    fc.assert(
      fc.property(problems, (problem) => {
        const expected = product(problem);

        const found = run("prod", problem);

        finiteSlots(problem).forEach((isFinite, slot) => {
          if (!isFinite) return;
          expect(found.output[slot]).toBeCloseTo(expected.output[slot], 12);
          expect(found.xBar[slot]).toBeCloseTo(expected.xBar[slot], 12);
          problem.places.forEach((place, i) => {
            if (place === slot) expect(found.vBar[i]).toBeCloseTo(expected.vBar[i], 12);
          });
        });
      }),
      { numRuns: 40 },
    );
  });

  it.each(["amax", "amin"] as const)("%s of -0 is -0", (reduce) => {
    const found = scatterReduce(float64(-0), int32(0, 0), float64(-0, -0), { reduce });

    expect(found.item()).toBe(-0);
  });

  it("keeps the dtype: means of int32 are rounded down, as in PyTorch", () => {
    const mean = (reduce: Reduce, ...values: readonly number[]): Tensor =>
      scatterReduce(int32(0), int32(0, 0), int32(...values), { reduce, includeSelf: false });

    expect(String(mean("mean", 3, 4))).toBe("tensor([3], int32[1])");
    expect(String(mean("mean", -3, -4))).toBe("tensor([-4], int32[1])");
    expect(String(mean("mean", 2 ** 30, 2 ** 30 - 1))).toBe("tensor([1073741823], int32[1])");
    expect(String(mean("amax", 3, 3))).toBe("tensor([3], int32[1])");
    expect(String(mean("amin", 3, -(2 ** 31)))).toBe("tensor([-2147483648], int32[1])");
    const bools = scatterReduce(tensor([true, false]), int32(0), tensor([false]), {
      reduce: "prod",
    });
    expect(bools.dtype).toBe("bool");
    expect(bools.toArray()).toEqual([false, false]);
  });
});
