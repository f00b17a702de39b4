/** What is written and added at indices, against a loop over the indices. Derivatives: shapes-derivatives.test.ts. */
import {
  indexAdd,
  put,
  scatter,
  scatterAdd,
  scatterReduce,
  type Tensor,
  tensor,
} from "@tapegrad/autograd";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { indexSpace } from "../numpy-indexing.ts";

type Shape = readonly number[];

interface Problem {
  readonly shape: Shape;
  readonly axis: number;
  /** Of the rank of the tensor, and no longer than it outside of the axis. */
  readonly indexShape: Shape;
  readonly indices: readonly number[];
  readonly x: readonly number[];
  readonly values: readonly number[];
}

const sizeOf = (shape: Shape): number => shape.reduce((size, n) => size * n, 1);
const placeOf = (shape: Shape, index: Shape): number =>
  shape.reduce((place, n, axis) => place * n + index[axis], 0);
const dim = fc.integer({ min: 1, max: 3 });
/** Eighths, whose sums and halves are exact. */
const numbers = (count: number): fc.Arbitrary<number[]> =>
  fc.array(
    fc.integer({ min: -64, max: 64 }).map((n) => n / 8),
    { minLength: count, maxLength: count },
  );

const problems: fc.Arbitrary<Problem> = fc
  .array(dim, { minLength: 1, maxLength: 3 })
  .chain((shape) =>
    fc.tuple(fc.constant(shape), fc.nat({ max: shape.length - 1 }), fc.tuple(dim, dim, dim)),
  )
  .chain(([shape, axis, drawn]) => {
    const indexShape = shape.map((n, k) => (k === axis ? drawn[k] : Math.min(n, drawn[k])));
    const count = sizeOf(indexShape);
    const index = fc.integer({ min: -shape[axis], max: shape[axis] - 1 });
    return fc.record({
      shape: fc.constant(shape),
      axis: fc.constant(axis),
      indexShape: fc.constant(indexShape),
      indices: fc.array(index, { minLength: count, maxLength: count }),
      x: numbers(sizeOf(shape)),
      values: numbers(count),
    });
  });

/** For each index, in row-major order, the place that it names and its value. */
function writes({
  shape,
  axis,
  indexShape,
  indices,
  values,
}: Problem): readonly [number, number][] {
  return indexSpace(indexShape).map((at, k) => {
    const named = indices[k] < 0 ? indices[k] + shape[axis] : indices[k];
    return [
      placeOf(
        shape,
        at.map((i, a) => (a === axis ? named : i)),
      ),
      values[k],
    ];
  });
}

const float64 = (data: readonly number[], shape: Shape): Tensor =>
  tensor(Float64Array.from(data), { shape });
const int32 = (data: readonly number[], shape: Shape): Tensor =>
  tensor(Int32Array.from(data), { shape });
const text = (x: Tensor | readonly number[]): string =>
  ("dtype" in x ? x.toTypedArray() : x).join(", ");

/** A loop that changes a copy. */
function looped(x: readonly number[], change: (copy: number[]) => void): readonly number[] {
  const copy = [...x];
  change(copy);
  return copy;
}

describe("elements are written where a loop would write them by", () => {
  it("scatter, scatterAdd and scatterReduce", () => {
    fc.assert(
      fc.property(problems, fc.boolean(), (problem, includeSelf) => {
        const { shape, axis, indexShape } = problem;
        const [x, values] = [float64(problem.x, shape), float64(problem.values, indexShape)];
        const indices = int32(problem.indices, indexShape);
        const pairs = writes(problem);
        const set = looped(problem.x, (y) => {
          for (const [place, value] of pairs) y[place] = value;
        });
        const sums = looped(problem.x, (y) => {
          for (const [place, value] of pairs) y[place] += value;
        });
        const parts = problem.x.map((own, place) => {
          const found = pairs.filter(([at]) => at === place).map(([, value]) => value);
          return includeSelf || found.length === 0 ? [own, ...found] : found;
        });
        const totals = parts.map((part) => part.reduce((sum, value) => sum + value, 0));
        const means = totals.map((total, place) => total / parts[place].length);

        expect(text(scatter(x, indices, values, { axis }))).toBe(text(set));
        expect(text(scatterAdd(x, indices, values, { axis }))).toBe(text(sums));
        const reduced = (reduce: "sum" | "mean"): Tensor =>
          scatterReduce(x, indices, values, { axis, reduce, includeSelf });
        expect(text(reduced("sum"))).toBe(text(totals));
        expect(text(reduced("mean"))).toBe(text(means));
      }),
      { numRuns: 50 },
    );
  });

  it("put and indexAdd", () => {
    fc.assert(
      fc.property(
        problems,
        numbers(9),
        fc.integer({ min: -2, max: 2 }),
        (problem, slices, alpha) => {
          const { shape, axis } = problem;
          const x = float64(problem.x, shape);
          const size = sizeOf(shape);
          const places = problem.indices.map((i, k) => ((i + 3 * k + 9) % size) - (k % 2) * size);
          const named = places.map((place) => (place + size) % size);
          const [flat, values] = [[places.length], problem.values];
          const set = looped(problem.x, (y) => {
            for (const [k, place] of named.entries()) y[place] = values[k];
          });
          const sums = looped(problem.x, (y) => {
            for (const [k, place] of named.entries()) y[place] += values[k];
          });
          const along = problem.indices.slice(0, 3);
          const wide = shape.map((n, k) => (k === axis ? along.length : n));
          const added = looped(problem.x, (y) => {
            indexSpace(wide).forEach((at, k) => {
              const own = at.map((i, a) =>
                a === axis ? (along[i] + shape[axis]) % shape[axis] : i,
              );
              y[placeOf(shape, own)] += alpha * slices[k % 9];
            });
          });
          const block = float64(
            Array.from({ length: sizeOf(wide) }, (_, k) => slices[k % 9]),
            wide,
          );

          expect(text(put(x, int32(places, flat), float64(values, flat)))).toBe(text(set));
          const accumulated = put(x, int32(places, flat), float64(values, flat), {
            accumulate: true,
          });
          expect(text(accumulated)).toBe(text(sums));
          const found = indexAdd(x, int32(along, [along.length]), block, { axis, alpha });
          expect(text(found)).toBe(text(added));
        },
      ),
      { numRuns: 50 },
    );
  });
});
