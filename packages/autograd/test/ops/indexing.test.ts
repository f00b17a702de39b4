/** Indexing against NumPy's rules, spelled out as loops in numpy-indexing.ts, and what can be seen at a glance. */
import {
  at,
  compile,
  diagEmbed,
  diagonalScatter,
  getItem,
  indexFill,
  maskedFill,
  maskedScatter,
  maskedSelect,
  type Slice,
  takeAlongAxis,
  Tensor,
  tensor,
  tril,
  triu,
  vjp,
  zeros,
} from "@tapegrad/autograd";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  added,
  type Block,
  gathered,
  type OraclePart,
  partOf,
  read,
  Refused,
  written,
} from "../numpy-indexing.ts";
import { refusalOf } from "../refusal.ts";
import { blocks, entriesOf, type IndexProblem, indexProblems } from "./index-problems.ts";

const float64 = ({ shape, data }: Block<number>): Tensor =>
  tensor(Float64Array.from(data), { shape });
/** As text, in which 0 and -0 are alike, and which is compared a hundred times faster than an array. */
const text = (x: Tensor | readonly number[]): string =>
  (x instanceof Tensor ? x.toTypedArray() : x).join(", ");

/** The part that the oracle finds; null where it refuses the index. */
function expectedPart({ x, index }: IndexProblem): OraclePart | null {
  try {
    return partOf(x.shape, index);
  } catch (error) {
    if (error instanceof Refused) return null;
    throw error;
  }
}

interface Update {
  readonly problem: IndexProblem;
  readonly part: OraclePart;
  readonly values: Block<number>;
  readonly cotangent: Block<number>;
}

/** Values that broadcast to the part: some axes of length 1, some missing. */
const updates: fc.Arbitrary<Update> = indexProblems
  .map((problem) => ({ problem, part: expectedPart(problem) }))
  .filter((found): found is { problem: IndexProblem; part: OraclePart } => found.part !== null)
  .chain(({ problem, part }) =>
    fc
      .tuple(
        fc.nat({ max: part.shape.length }),
        fc.array(fc.boolean(), { minLength: 9, maxLength: 9 }),
        fc.boolean(),
      )
      .chain(([missing, single, isWhole]) => {
        const some = part.shape.slice(missing).map((n, i) => (single[i] ? 1 : n));
        return fc.record({
          problem: fc.constant(problem),
          part: fc.constant(part),
          values: blocks(isWhole ? part.shape : some),
          cotangent: blocks(problem.x.shape),
        });
      }),
  );

describe("indexing agrees with loops over the index space:", () => {
  it("a part is read, or its index refused", () => {
    let refused = 0;
    fc.assert(
      fc.property(
        indexProblems,
        fc.infiniteStream(fc.double({ min: -2, max: 2, noNaN: true })),
        (problem, numbers) => {
          const part = expectedPart(problem);
          const x = float64(problem.x);
          const entries = entriesOf(problem);
          if (part === null) {
            refused++;
            refusalOf(() => getItem(x, entries));
            return;
          }
          const cotangent = part.places.map(() => numbers.next().value);

          const { output, pullback } = vjp((y: Tensor) => getItem(y, entries), x);
          const [xBar] = pullback(float64({ shape: part.shape, data: cotangent }));

          expect(output.shape).toEqual(part.shape);
          expect(text(output)).toBe(text(read(problem.x.data, part)));
          const sums = problem.x.data.map(() => 0);
          part.places.forEach((place, i) => {
            sums[place] += cotangent[i];
          });
          expect(text(xBar)).toBe(text(sums));
        },
      ),
      { numRuns: 600 },
    );
    // one index in five is invalid; compiled, a twentieth of the draws are made
    expect(refused).toBeGreaterThan(0);
  });

  it("a part is set, and of several values for an element the last stands", () => {
    fc.assert(
      fc.property(updates, ({ problem, part, values, cotangent }) => {
        const { output, pullback } = vjp(
          (x: Tensor, v: Tensor) => at(x, ...entriesOf(problem)).set(v),
          float64(problem.x),
          float64(values),
        );
        const [xBar, vBar] = pullback(float64(cotangent));

        expect(text(output)).toBe(text(written(problem.x.data, part, values)));
        const isKept = problem.x.data.map((_, place) => !part.places.includes(place));
        expect(text(xBar)).toBe(text(cotangent.data.map((c, place) => (isKept[place] ? c : 0))));
        const isLast = (i: number): boolean => part.places.lastIndexOf(part.places[i]) === i;
        expectClose(vBar, gathered(cotangent.data, part, values.shape, isLast));
      }),
      { numRuns: 300 },
    );
  });

  it("a part is added to, and several values for an element add up", () => {
    fc.assert(
      fc.property(updates, ({ problem, part, values, cotangent }) => {
        const { output, pullback } = vjp(
          (x: Tensor, v: Tensor) => at(x, ...entriesOf(problem)).add(v),
          float64(problem.x),
          float64(values),
        );
        const [xBar, vBar] = pullback(float64(cotangent));

        expectClose(output, added(problem.x.data, part, values));
        expect(text(xBar)).toBe(text(cotangent.data));
        expectClose(
          vBar,
          gathered(cotangent.data, part, values.shape, () => true),
        );
      }),
      { numRuns: 300 },
    );
  });
});

/** Sums in another order: a few units in the last place of numbers up to 100. */
function expectClose(found: Tensor, expected: readonly number[]): void {
  const errors = Array.from(found.toTypedArray(), (value, i) => Math.abs(value - expected[i]));
  expect(errors.length).toBe(expected.length);
  expect(Math.max(0, ...errors)).toBeLessThan(1e-12);
}

describe("at a glance:", () => {
  const x = tensor([
    [1, 2, 3],
    [4, 5, 6],
  ]);
  const int32 = (...values: readonly number[]): Tensor => tensor(values, { dtype: "int32" });

  it("an integer has no say in where the axes of arrays go, also not in a tensor", () => {
    const y = zeros([2, 3, 4, 5]);

    expect(y.at(0, {}, [1, 2]).get().shape).toEqual([3, 2, 5]);
    expect(y.at(tensor(0, { dtype: "int32" }), {}, [1, 2]).get().shape).toEqual([3, 2, 5]);
    expect(y.at([0, 1], {}, [1, 2]).get().shape).toEqual([2, 3, 5]);
  });

  it("lists may be masks", () => {
    expect(x.at([true, false]).get().toArray()).toEqual([[1, 2, 3]]);
    expect(x.at("...", [true, false, true]).set(0).toArray()).toEqual([
      [0, 2, 0],
      [0, 5, 0],
    ]);
  });

  it.each<[string, () => unknown, string]>([
    ["a float tensor", () => x.at(tensor([0.5])), "DTypeError"],
    ["a list with a fraction", () => x.at([0.5]), "DTypeError"],
    ["text", () => x.at("first" as "..."), "DTypeError"],
    ["a boolean", () => x.at(true as unknown as number), "DTypeError"],
    ["nothing", () => x.at(undefined as unknown as null), "DTypeError"],
    ["an object that is no slice", () => x.at({ begin: 0 } as Slice), "DTypeError"],
    ["a fraction in a slice", () => x.at({ start: 0.5 }), "ValueError"],
    ["a scalar mask", () => x.at(tensor(true)), "ShapeError"],
    ["two ellipses", () => x.at("...", "..."), "ShapeError"],
  ])("%s is refused", (_, call, name) => {
    const error = refusalOf(call);

    expect(error.name).toBe(name);
    expect(error.op).toBe("at");
  });

  it("an index out of range is named as it was written", () => {
    const y = zeros([3, 6]);

    expect(refusalOf(() => y.at([0, 1], [2, -7])).details).toEqual({
      index: -7,
      at: [1],
      axis: 1,
      length: 6,
    });
    expect(refusalOf(() => takeAlongAxis(y, tensor([[6]], { dtype: "int32" }))).details).toEqual({
      index: 6,
      at: [0, 0],
      axis: 0,
      length: 3,
    });
  });

  it("two masks name pairs, and a whole axis may be written backwards", () => {
    const y = zeros([2, 2]);
    const none = [false, false];

    expect(y.at([true, true], [true, true]).set(1).toArray()).toEqual([[1, 0], [0, 1]]); // biome-ignore format: rows
    expect(y.at([false, true], [true, false]).add(1).toArray()).toEqual([[0, 0], [1, 0]]); // biome-ignore format: rows
    expect(y.at(none, none).set(1).toArray()).toEqual(y.toArray());
    expect(
      zeros([3])
        .at({ step: -1 })
        .set(tensor([1, 2, 3]))
        .toArray(),
    ).toEqual([3, 2, 1]);
  });

  it("one number where a mask is, and blocks, can be compiled", () => {
    const mask = tensor([true, false, true]);
    const places = (m: Tensor): Tensor => x.at(-1, m).set(0);
    const block = (v: Tensor): Tensor => x.at({ step: -1 }, 1).add(v);

    expect(compile(places)(mask).toArray()).toEqual(places(mask).toArray());
    expect(compile(places)(mask).toArray()).toEqual([
      [1, 2, 3],
      [0, 5, 0],
    ]);
    expect(compile(block)(tensor([10, 20])).toArray()).toEqual([
      [1, 22, 3],
      [4, 15, 6],
    ]);
  });

  it("keeps the dtype of what is written", () => {
    const bools = tensor([
      [true, true],
      [true, false],
    ]);
    const mask = tensor([true, false]);

    const found: readonly [Tensor, unknown][] = [
      [tril(bools), [[true, false], [true, false]]],
      [triu(bools), [[true, true], [false, false]]],
      [maskedFill(bools, mask, 0), [[false, true], [false, false]]],
      [indexFill(bools, int32(0), 0), [[false, false], [true, false]]],
      [bools.at(0, mask).set(0), [[false, true], [true, false]]],
      [bools.at(1).add(1), [[true, true], [true, true]]],
      [bools.at([1, 1], 1).add(1), [[true, true], [true, true]]],
      [diagEmbed(mask), [[true, false], [false, false]]],
      [diagonalScatter(bools, mask), [[true, true], [true, false]]],
    ]; // biome-ignore format: a row each
    for (const [tensor, expected] of found) {
      expect(tensor.dtype).toBe("bool");
      expect(tensor.toArray()).toEqual(expected);
    }
    expect(maskedFill(int32(1, 2), mask, 7.5).toArray()).toEqual([7, 2]);
    expect(maskedFill(int32(1, 2), mask, 7.5).dtype).toBe("int32");
  });

  it("values that are no tensor are refused under the name of the update", () => {
    expect(refusalOf(() => x.at(0).set([1, 2, 3] as unknown as number))).toMatchObject({
      op: "at",
      name: "DTypeError",
    });
  });

  it("a mask that has to be counted is refused by whoever counts it", () => {
    const mask = tensor([true, false, true]);

    for (const [op, read] of [
      ["at", (m: Tensor) => x.at(0, m).get()],
      ["at", (m: Tensor) => x.at(0, m).set(tensor([1]))],
      ["maskedSelect", (m: Tensor) => maskedSelect(x, m)],
    ] as const) {
      expect(refusalOf(() => compile(read)(mask)).op).toBe(op);
    }
  });

  it("values of a mask run out, or are not asked for", () => {
    const nobody = tensor([false, false]);

    expect(maskedScatter(tensor([1, 2]), nobody, zeros([0])).toArray()).toEqual([1, 2]);
    const few = refusalOf(() => maskedScatter(tensor([1, 2]), tensor([true, true]), zeros([1])));
    expect(few.details).toEqual({ count: 2, values: [1] });
  });
});
