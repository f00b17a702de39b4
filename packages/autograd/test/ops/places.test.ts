/** Elements read and replaced at places: each operator against a line about indices (grids.ts), values and cotangents. */
import {
  asStrided,
  gather,
  indexCopy,
  indexFill,
  maskedFill,
  maskedScatter,
  maskedSelect,
  selectScatter,
  take,
  takeAlongAxis,
  unfold,
} from "@tapegrad/autograd";
import fc from "fast-check";
import { describe, it } from "vitest";
import { either, type Index, mapped, picked, range, stretched } from "../grids.ts";
import { anyAxis, bool, type Case, check, dim, int32, many, one, solid } from "./grid-cases.ts";

const CASES: Readonly<Record<string, fc.Arbitrary<Case>>> = {
  unfold: solid(1, 3).chain((shape) =>
    fc.tuple(anyAxis(shape), dim, dim).map(([{ given, axis }, most, step]) => {
      const size = Math.min(most, shape[axis]);
      const count = Math.floor((shape[axis] - size) / step) + 1;
      const to = [...shape.map((n, k) => (k === axis ? count : n)), size];
      return one(
        shape,
        (x) => unfold(x, { axis: given, size, step }),
        (x) =>
          mapped(to, (index) =>
            x.at(
              shape.map((_, k) => (k === axis ? index[k] * step + index[shape.length] : index[k])),
            ),
          ),
      );
    }),
  ),
  asStrided: fc
    .record({
      size: solid(0, 2),
      stride: fc.array(fc.nat({ max: 2 }), { minLength: 2, maxLength: 2 }),
      offset: fc.nat({ max: 3 }),
    })
    .map(({ size, stride, offset }) =>
      one(
        [3, 4],
        (x) => asStrided(x, { size, stride: stride.slice(0, size.length), offset }),
        (x) =>
          mapped(size, (index) => {
            const place = index.reduce((sum, i, axis) => sum + i * stride[axis], offset);
            return x.at([Math.floor(place / 4), place % 4]);
          }),
      ),
    ),
  selectScatter: solid(1, 3).chain((shape) =>
    anyAxis(shape).map(({ given, axis }) => {
      const index = -1;
      return many(
        [shape, shape.filter((_, k) => k !== axis)],
        (x, v) => selectScatter(x, v, index, { axis: given }),
        (x, v) => either(stretched(v, axis, shape[axis]), x, (at) => at[axis] === shape[axis] - 1),
      );
    }),
  ),
  "gather, take and takeAlongAxis": fc
    .tuple(dim, dim, fc.array(fc.nat({ max: 5 }), { minLength: 6, maxLength: 6 }))
    .map(([n, m, numbers]) => {
      const rows = numbers.slice(0, 4).map((i) => i % n);
      const places = numbers.map((i) => i % (n * m));
      const each = range(2 * m).map((k) => numbers[k % 6] % n);
      return one(
        [n, m],
        (x) => [
          gather(x, int32(rows)),
          take(x, int32(places, [2, 3])),
          takeAlongAxis(
            x,
            int32(
              each.map((i) => i - n),
              [2, m],
            ),
          ),
        ],
        (x) => [
          picked(x, 0, rows),
          mapped([2, 3], ([i, j]) =>
            x.at([Math.floor(places[3 * i + j] / m), places[3 * i + j] % m]),
          ),
          mapped([2, m], ([i, j]) => x.at([each[i * m + j], j])),
        ],
      );
    }),
  "indexCopy, indexFill": fc
    .tuple(dim, dim, fc.array(fc.nat({ max: 2 }), { maxLength: 4 }))
    .map(([n, m, numbers]) => {
      const rows = numbers.map((i) => i % n);
      return many(
        [[n, m], [rows.length, m], []],
        (x, v, one) => [indexCopy(x, int32(rows), v), indexFill(x, int32(rows), one)],
        (x, v, one) => [
          mapped([n, m], ([i, j]) =>
            rows.includes(i) ? v.at([rows.lastIndexOf(i), j]) : x.at([i, j]),
          ),
          mapped([n, m], ([i, j]) => (rows.includes(i) ? one.at([]) : x.at([i, j]))),
        ],
      );
    }),
  "maskedFill, maskedSelect, maskedScatter": fc
    .array(fc.boolean(), { minLength: 6, maxLength: 6 })
    .map((mask) => {
      const on = range(6).filter((i) => mask[i]);
      const isOn = ([i, j]: Index): boolean => mask[3 * i + j];
      const own = bool(mask, [2, 3]);
      return many(
        [[2, 3], [on.length + 1], []],
        (x, v, one) => [maskedFill(x, own, one), maskedSelect(x, own), maskedScatter(x, own, v)],
        (x, v, one) => [
          either(
            mapped([2, 3], () => one.at([])),
            x,
            isOn,
          ),
          mapped([on.length], ([k]) => x.at([Math.floor(on[k] / 3), on[k] % 3])),
          either(
            mapped([2, 3], ([i, j]) => v.at([on.indexOf(3 * i + j)])),
            x,
            isOn,
          ),
        ],
      );
    }),
};

describe("elements and cotangents come from the places that the definition says:", () => {
  it.each(Object.entries(CASES))("%s", (_, cases) => {
    fc.assert(fc.property(cases, check), { numRuns: 12 });
  });
});
