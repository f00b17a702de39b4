/** Axes joined, divided, exchanged and stretched; elements in another order: each operator against a line about indices (grids.ts), values and cotangents. */
import {
  broadcastTensors,
  expand,
  expandDims,
  fill,
  flatten,
  flip,
  fliplr,
  flipud,
  movedim,
  repeatInterleave,
  reshape,
  roll,
  rot90,
  squeeze,
  sumToSize,
  type Tensor,
  tensor,
  tile,
  transpose,
  unflatten,
  vjp,
} from "@tapegrad/autograd";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  along,
  flipped,
  type Grid,
  mapped,
  mod,
  permuted,
  picked,
  range,
  reshaped,
  sizeOf,
  stretched,
  times,
} from "../grids.ts";
import {
  anyAxis,
  axisOf,
  type Case,
  check,
  dim,
  many,
  one,
  shapesOf,
  solid,
} from "./grid-cases.ts";

const CASES: Readonly<Record<string, fc.Arbitrary<Case>>> = {
  reshape: shapesOf(0, 3).map((shape) => {
    const to = [...shape].reverse();
    return one(
      shape,
      (x) => reshape(x, to),
      (x) => reshaped(x, to),
    );
  }),
  "reshape with -1": solid(1, 3).map((shape) =>
    one(
      shape,
      (x) => reshape(x, [1, -1]),
      (x) => reshaped(x, [1, sizeOf(shape)]),
    ),
  ),
  flatten: solid(2, 4).chain((shape) =>
    fc.tuple(axisOf(shape), axisOf(shape)).map(([a, b]) => {
      const [start, end] = [Math.min(a, b), Math.max(a, b)];
      const to = [
        ...shape.slice(0, start),
        sizeOf(shape.slice(start, end + 1)),
        ...shape.slice(end + 1),
      ];
      return one(
        shape,
        (x) => flatten(x, { start, end }),
        (x) => reshaped(x, to),
      );
    }),
  ),
  unflatten: fc.tuple(dim, dim, dim).map(([a, b, c]) =>
    one(
      [c, a * b],
      (x) => unflatten(x, -1, [a, b]),
      (x) => reshaped(x, [c, a, b]),
    ),
  ),
  expandDims: shapesOf(0, 3).chain((shape) =>
    fc.nat({ max: shape.length }).map((axis) =>
      one(
        shape,
        (x) => expandDims(x, axis),
        (x) => stretched(x, axis, 1),
      ),
    ),
  ),
  squeeze: shapesOf(0, 3).map((shape) => {
    const wide = [1, ...shape, 1];
    const to = wide.filter((n) => n !== 1);
    return one(
      wide,
      (x) => squeeze(x),
      (x) => reshaped(x, to),
    );
  }),
  transpose: shapesOf(1, 4).chain((shape) =>
    fc.shuffledSubarray([...range(shape.length)], { minLength: shape.length }).map((order) =>
      one(
        shape,
        (x) => transpose(x, order),
        (x) => permuted(x, order),
      ),
    ),
  ),
  "transpose of two axes": solid(2, 4).chain((shape) =>
    fc.tuple(axisOf(shape), axisOf(shape)).map(([a, b]) => {
      const order = range(shape.length).map((k) => (k === a ? b : k === b ? a : k));
      return one(
        shape,
        (x) => transpose(x, a, b),
        (x) => permuted(x, order),
      );
    }),
  ),
  movedim: solid(1, 4).chain((shape) =>
    fc.tuple(axisOf(shape), axisOf(shape)).map(([from, to]) => {
      const order = range(shape.length).filter((k) => k !== from);
      order.splice(to, 0, from);
      return one(
        shape,
        (x) => movedim(x, from, to),
        (x) => permuted(x, order),
      );
    }),
  ),
  expand: shapesOf(0, 2).map((shape) =>
    one(
      shape,
      (x) => expand(x, [2, ...shape.map(() => -1)]),
      (x) => stretched(x, 0, 2),
    ),
  ),
  broadcastTensors: fc.tuple(dim, dim).map(([n, m]) =>
    many(
      [[n, 1], [m]],
      (a, b) => broadcastTensors([a, b]),
      (a, b) => [along(a, 1, m, () => 0), stretched(b, 0, n)],
    ),
  ),
  fill: shapesOf(0, 3).map((shape) =>
    many(
      [shape, []],
      (x, v) => fill(x, v),
      (_, v) => mapped(shape, () => v.at([])),
    ),
  ),
  flip: shapesOf(1, 4).chain((shape) =>
    fc.subarray([...range(shape.length)]).map((axes) =>
      one(
        shape,
        (x) => flip(x, { axes }),
        (x) => axes.reduce(flipped, x),
      ),
    ),
  ),
  "fliplr, flipud": shapesOf(2, 3).map((shape) =>
    one(
      shape,
      (x) => [fliplr(x), flipud(x)],
      (x) => [flipped(x, 1), flipped(x, 0)],
    ),
  ),
  roll: shapesOf(1, 3).chain((shape) =>
    fc
      .record({
        axes: fc.array(axisOf(shape), { maxLength: 3 }),
        by: fc.array(fc.integer({ min: -5, max: 5 }), { minLength: 3, maxLength: 3 }),
      })
      .map(({ axes, by }) =>
        one(
          shape,
          (x) => roll(x, by.slice(0, axes.length), { axes }),
          (x) =>
            axes.reduce(
              (y, axis, k) => along(y, axis, shape[axis], (i, n) => mod(i - by[k], n)),
              x,
            ),
        ),
      ),
  ),
  "roll of all elements": fc
    .tuple(shapesOf(0, 3), fc.integer({ min: -9, max: 9 }))
    .map(([shape, by]) =>
      one(
        shape,
        (x) => roll(x, by),
        (x) =>
          reshaped(
            along(reshaped(x, [sizeOf(shape)]), 0, sizeOf(shape), (i, n) => mod(i - by, n)),
            shape,
          ),
      ),
    ),
  rot90: fc
    .tuple(shapesOf(2, 3), fc.integer({ min: -5, max: 5 }), fc.boolean())
    .map(([shape, quarters, isBack]) => {
      const axes: [number, number] = isBack ? [1, 0] : [0, -2 + (shape.length === 2 ? 1 : 0)];
      const [a, b] = axes.map((axis) => mod(axis, shape.length));
      const order = range(shape.length).map((k) => (k === a ? b : k === b ? a : k));
      // a quarter turn: row i is column n - 1 - i
      const turned = (x: Grid): Grid => permuted(flipped(x, b), order);
      return one(
        shape,
        (x) => rot90(x, { quarters, axes }),
        (x) => times(mod(quarters, 4), turned, x),
      );
    }),
  tile: fc
    .tuple(shapesOf(0, 3), fc.array(fc.nat({ max: 2 }), { maxLength: 3 }))
    .map(([shape, repeats]) => {
      const rank = Math.max(shape.length, repeats.length);
      const all = [...Array<number>(rank - repeats.length).fill(1), ...repeats];
      return one(
        shape,
        (x) => tile(x, repeats),
        (x) =>
          all.reduce(
            (y, count, axis) => along(y, axis, count * y.shape[axis], (i, n) => i % n),
            times(rank - shape.length, (y) => stretched(y, 0, 1), x),
          ),
      );
    }),
  repeatInterleave: shapesOf(1, 3).chain((shape) =>
    fc
      .tuple(anyAxis(shape), fc.array(fc.nat({ max: 2 }), { minLength: 3, maxLength: 3 }))
      .map(([{ given, axis }, counts]) => {
        const repeats = counts.slice(0, shape[axis]);
        const places = repeats.flatMap((count, i) => Array<number>(count).fill(i));
        return one(
          shape,
          (x) => repeatInterleave(x, repeats, { axis: given }),
          (x) => picked(x, axis, places),
        );
      }),
  ),
};

describe("sumToSize", () => {
  it("adds up what broadcastTo would stretch", () => {
    const x = tensor([
      [1, 2],
      [3, 4],
    ]);

    expect(sumToSize(x, [2]).toArray()).toEqual([4, 6]);
    expect(sumToSize(x, [2, 1]).toArray()).toEqual([[3], [7]]);
    expect(sumToSize(x, []).toArray()).toBe(10);
    expect(sumToSize(x, [2, 2])).toBe(x);
    const { pullback } = vjp((y: Tensor) => sumToSize(y, [2, 1]), x);
    expect(pullback(tensor([[5], [6]]))[0].toArray()).toEqual([
      [5, 5],
      [6, 6],
    ]);
  });
});

describe("elements and cotangents come from the places that the definition says:", () => {
  it.each(Object.entries(CASES))("%s", (_, cases) => {
    fc.assert(fc.property(cases, check), { numRuns: 12 });
  });
});
