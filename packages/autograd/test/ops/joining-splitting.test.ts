/** Tensors put together and cut into parts: each operator against a line about indices (grids.ts), values and cotangents. */
import {
  blockDiag,
  cartesianProd,
  chunk,
  columnStack,
  combinations,
  dstack,
  hstack,
  meshgrid,
  narrow,
  select,
  split,
  stack,
  tensorSplit,
  unbind,
  vstack,
} from "@tapegrad/autograd";
import fc from "fast-check";
import { describe, it } from "vitest";
import { along, chosen, joined, mapped, mod, parts, range, stretched } from "../grids.ts";
import { anyAxis, type Case, check, dim, many, one, shapesOf, solid } from "./grid-cases.ts";

const CASES: Readonly<Record<string, fc.Arbitrary<Case>>> = {
  narrow: solid(1, 3).chain((shape) =>
    fc
      .tuple(anyAxis(shape), fc.nat({ max: 2 }), fc.nat({ max: 3 }))
      .map(([{ given, axis }, from, most]) => {
        const start = Math.min(from, shape[axis]);
        const length = Math.min(most, shape[axis] - start);
        return one(
          shape,
          (x) => narrow(x, { axis: given, start, length }),
          (x) => along(x, axis, length, (i) => start + i),
        );
      }),
  ),
  select: solid(1, 3).chain((shape) =>
    fc.tuple(anyAxis(shape), fc.integer({ min: -3, max: 2 })).map(([{ given, axis }, index]) => {
      const place = index < 0 ? Math.max(index, -shape[axis]) : Math.min(index, shape[axis] - 1);
      return one(
        shape,
        (x) => select(x, place, { axis: given }),
        (x) => chosen(x, axis, mod(place, shape[axis])),
      );
    }),
  ),
  split: shapesOf(1, 3).chain((shape) =>
    fc.tuple(anyAxis(shape), dim).map(([{ given, axis }, size]) => {
      const n = shape[axis];
      const sizes =
        n === 0 ? [0] : range(Math.ceil(n / size)).map((k) => Math.min(size, n - k * size));
      return one(
        shape,
        (x) => split(x, size, { axis: given }),
        (x) => parts(x, axis, sizes),
      );
    }),
  ),
  chunk: fc.tuple(fc.nat({ max: 7 }), fc.integer({ min: 1, max: 5 })).map(([n, count]) => {
    const size = Math.ceil(n / count);
    const sizes =
      n === 0
        ? range(count).map(() => 0)
        : range(Math.ceil(n / size)).map((k) => Math.min(size, n - k * size));
    return one(
      [n],
      (x) => chunk(x, count),
      (x) => parts(x, 0, sizes),
    );
  }),
  tensorSplit: fc.tuple(fc.nat({ max: 7 }), fc.integer({ min: 1, max: 5 })).map(([n, count]) => {
    const sizes = range(count).map((k) => Math.ceil((n - k) / count));
    return one(
      [n],
      (x) => tensorSplit(x, count),
      (x) =>
        parts(
          x,
          0,
          sizes.map((size) => Math.max(0, size)),
        ),
    );
  }),
  "tensorSplit at places": fc
    .tuple(dim, fc.array(fc.nat({ max: 4 }), { maxLength: 3 }))
    .map(([n, places]) =>
      one(
        [n],
        (x) => tensorSplit(x, places),
        (x) =>
          [...places, n].map((end, k) => {
            const from = Math.min(n, places[k - 1] ?? 0);
            return along(x, 0, Math.max(0, Math.min(n, end) - from), (i) => from + i);
          }),
      ),
    ),
  unbind: shapesOf(1, 3).chain((shape) =>
    anyAxis(shape).map(({ given, axis }) =>
      one(
        shape,
        (x) => unbind(x, { axis: given }),
        (x) => range(shape[axis]).map((i) => chosen(x, axis, i)),
      ),
    ),
  ),
  stack: shapesOf(0, 2).chain((shape) =>
    fc.nat({ max: shape.length }).map((axis) =>
      many(
        [shape, shape],
        (a, b) => stack([a, b], { axis }),
        (a, b) => joined([stretched(a, axis, 1), stretched(b, axis, 1)], axis),
      ),
    ),
  ),
  "hstack, vstack, dstack, columnStack of vectors": dim.map((n) =>
    many(
      [[n], [n]],
      (a, b) => [hstack([a, b]), vstack([a, b]), dstack([a, b]), columnStack([a, b])],
      (a, b) => [
        joined([a, b], 0),
        mapped([2, n], ([k, i]) => [a, b][k].at([i])),
        mapped([1, n, 2], ([, i, k]) => [a, b][k].at([i])),
        mapped([n, 2], ([i, k]) => [a, b][k].at([i])),
      ],
    ),
  ),
  "hstack, vstack, dstack, columnStack of matrices": fc.tuple(dim, dim).map(([n, m]) =>
    many(
      [
        [n, m],
        [n, m],
      ],
      (a, b) => [hstack([a, b]), vstack([a, b]), dstack([a, b]), columnStack([a, b])],
      (a, b) => [
        joined([a, b], 1),
        joined([a, b], 0),
        mapped([n, m, 2], ([i, j, k]) => [a, b][k].at([i, j])),
        joined([a, b], 1),
      ],
    ),
  ),
  blockDiag: fc.tuple(dim, dim, dim, dim).map(([a, b, c, d]) =>
    many(
      [
        [a, b],
        [c, d],
      ],
      (x, y) => blockDiag([x, y]),
      (x, y) =>
        mapped([a + c, b + d], ([i, j]) => {
          if (i < a) return j < b ? x.at([i, j]) : null;
          return j < b ? null : y.at([i - a, j - b]);
        }),
    ),
  ),
  meshgrid: fc.tuple(dim, dim, dim).map(([a, b, c]) =>
    many(
      [[a], [b], [c]],
      (...x) => [...meshgrid(x), ...meshgrid(x, { indexing: "xy" })],
      (...x) => [
        ...x.map((v, k) => mapped([a, b, c], (index) => v.at([index[k]]))),
        ...x.map((v, k) => mapped([b, a, c], ([j, i, l]) => v.at([[i, j, l][k]]))),
      ],
    ),
  ),
  cartesianProd: fc.tuple(dim, dim).map(([a, b]) =>
    many(
      [[a], [b]],
      (x, y) => cartesianProd([x, y]),
      (x, y) =>
        mapped([a * b, 2], ([row, k]) => (k === 0 ? x.at([Math.floor(row / b)]) : y.at([row % b]))),
    ),
  ),
  combinations: fc.tuple(dim, fc.boolean()).map(([n, withReplacement]) => {
    const rows = range(n).flatMap((i) =>
      range(n)
        .filter((j) => (withReplacement ? j >= i : j > i))
        .map((j) => [i, j]),
    );
    return one(
      [n],
      (x) => combinations(x, { withReplacement }),
      (x) => mapped([rows.length, 2], ([row, k]) => x.at([rows[row][k]])),
    );
  }),
};

describe("elements and cotangents come from the places that the definition says:", () => {
  it.each(Object.entries(CASES))("%s", (_, cases) => {
    fc.assert(fc.property(cases, check), { numRuns: 12 });
  });
});
