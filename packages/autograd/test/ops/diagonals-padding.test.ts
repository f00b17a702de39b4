/** Triangles, diagonals and what is put around: each operator against a line about indices (grids.ts), values and cotangents. */
import {
  constantPadNd,
  diag,
  diagEmbed,
  diagflat,
  diagonal,
  diagonalScatter,
  pad,
  tril,
  triu,
} from "@tapegrad/autograd";
import fc from "fast-check";
import { describe, it } from "vitest";
import { along, either, type Grid, type Index, mapped, mod, nothing, range } from "../grids.ts";
import { axisOf, type Case, check, dim, many, one, solid } from "./grid-cases.ts";

const CASES: Readonly<Record<string, fc.Arbitrary<Case>>> = {
  "tril, triu": fc.tuple(solid(2, 3), fc.integer({ min: -3, max: 3 })).map(([shape, offset]) => {
    const above = (index: Index): number => (index.at(-1) ?? 0) - (index.at(-2) ?? 0);
    return one(
      shape,
      (x) => [tril(x, { offset }), triu(x, { offset })],
      (x) => [
        either(x, nothing(shape), (index) => above(index) <= offset),
        either(x, nothing(shape), (index) => above(index) >= offset),
      ],
    );
  }),
  diagonal: fc.tuple(solid(2, 3), fc.integer({ min: -3, max: 3 })).map(([shape, offset]) => {
    const [rows, columns, ...rest] = shape;
    const on = range(rows).filter((i) => i + offset >= 0 && i + offset < columns);
    return one(
      shape,
      (x) => diagonal(x, { offset }),
      (x) =>
        mapped([...rest, on.length], (index) => {
          const i = on[index[rest.length]];
          return x.at([i, i + offset, ...index.slice(0, -1)]);
        }),
    );
  }),
  "diagEmbed, diagflat, diag": fc
    .tuple(dim, dim, fc.integer({ min: -2, max: 2 }))
    .map(([a, n, offset]) => {
      const to = n + Math.abs(offset);
      const onto = ([i, j]: Index): number | null => (j - i === offset ? Math.min(i, j) : null);
      return many(
        [[a, n], [n]],
        (x, v) => [diagEmbed(x, { offset }), diagflat(v, { offset }), diag(v, { offset })],
        (x, v) => {
          const square = mapped([to, to], (index) => {
            const k = onto(index);
            return k === null ? null : v.at([k]);
          });
          const embedded = mapped([a, to, to], ([batch, ...index]) => {
            const k = onto(index);
            return k === null ? null : x.at([batch, k]);
          });
          return [embedded, square, square];
        },
      );
    }),
  "diag of a matrix": fc
    .tuple(dim, dim, fc.integer({ min: -2, max: 2 }))
    .map(([rows, columns, offset]) => {
      const on = range(rows).filter((i) => i + offset >= 0 && i + offset < columns);
      return one(
        [rows, columns],
        (x) => diag(x, { offset }),
        (x) => mapped([on.length], ([k]) => x.at([on[k], on[k] + offset])),
      );
    }),
  "diagonal and diagonalScatter of two axes": fc
    .tuple(
      fc.tuple(dim, dim, dim),
      fc.shuffledSubarray([0, 1, 2], { minLength: 3 }),
      fc.integer({ min: -2, max: 2 }),
    )
    .map(([shape, [axis1, axis2, other], offset]) => {
      const on = range(shape[axis1]).filter((i) => i + offset >= 0 && i + offset < shape[axis2]);
      const options = { offset, axis1, axis2: axis2 - 3 };
      return many(
        [shape, [shape[other], on.length]],
        (x, v) => [diagonal(x, options), diagonalScatter(x, v, options)],
        (x, v) => [
          mapped([shape[other], on.length], ([batch, k]) => {
            const place = new Map([
              [axis1, on[k]],
              [axis2, on[k] + offset],
              [other, batch],
            ]);
            return x.at(range(3).map((axis) => place.get(axis) ?? 0));
          }),
          mapped(shape, (index) => {
            const isOn = index[axis2] - index[axis1] === offset;
            return isOn ? v.at([index[other], on.indexOf(index[axis1])]) : x.at(index);
          }),
        ],
      );
    }),
  pad: solid(1, 3).chain((shape) =>
    fc
      .tuple(
        axisOf(shape),
        fc.constantFrom("constant", "reflect", "replicate", "circular"),
        fc.integer({ min: -1, max: 2 }),
        fc.integer({ min: 0, max: 2 }),
      )
      .map(([axis, mode, first, last]) => {
        const n = shape[axis];
        const most =
          mode === "reflect"
            ? n - 1 - (first < 0 ? 1 : 0)
            : mode === "circular"
              ? n - (first < 0 ? 1 : 0)
              : 2;
        const isSafe = n > 1 || mode === "constant";
        const before = isSafe ? Math.min(first, Math.max(0, most)) : 0;
        const after = isSafe ? Math.min(last, Math.max(0, most)) : 0;
        const kept = Math.max(0, n + Math.min(0, before));
        const cut = (x: Grid): Grid => along(x, axis, kept, (i) => i - Math.min(0, before));
        const put = Math.max(0, before);
        const from: Readonly<Record<typeof mode, (i: number, n: number) => number | null>> = {
          constant: (i, m) => (i < 0 || i >= m ? null : i),
          reflect: (i, m) => (m === 1 ? 0 : Math.abs(mod(i + m - 1, 2 * m - 2) - (m - 1))),
          replicate: (i, m) => Math.min(m - 1, Math.max(0, i)),
          circular: mod,
        };
        const sides = (value: number) => shape.map((_, k) => (k === axis ? value : 0));
        return one(
          shape,
          (x) => pad(x, { before: sides(before), after: sides(after), mode }),
          (x) => along(cut(x), axis, kept + put + after, (i, m) => from[mode](i - put, m)),
        );
      }),
  ),
  constantPadNd: fc
    .tuple(dim, dim, fc.array(fc.nat({ max: 2 }), { minLength: 4, maxLength: 4 }))
    .map(([n, m, sides]) =>
      one(
        [n, m],
        (x) => constantPadNd(x, sides),
        (x) =>
          mapped([n + sides[2] + sides[3], m + sides[0] + sides[1]], ([i, j]) => {
            const [row, column] = [i - sides[2], j - sides[0]];
            return row >= 0 && row < n && column >= 0 && column < m ? x.at([row, column]) : null;
          }),
      ),
    ),
};

describe("elements and cotangents come from the places that the definition says:", () => {
  it.each(Object.entries(CASES))("%s", (_, cases) => {
    fc.assert(fc.property(cases, check), { numRuns: 12 });
  });
});
