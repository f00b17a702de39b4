/** @file Cases of operators that move elements, how they are drawn, and the one check of them all. */
import { type Tensor, tensor, vjp } from "@tapegrad/autograd";
import fc from "fast-check";
import { expect } from "vitest";
import { type Grid, type Index, listed, numberedAll, sizeOf } from "../grids.ts";

/** A call, the shapes of its tensors, and the elements of its results by their numbers. */
export interface Case {
  readonly shapes: readonly Index[];
  readonly call: (...x: readonly Tensor[]) => Tensor | readonly Tensor[];
  readonly expected: readonly Grid[];
}

export const dim: fc.Arbitrary<number> = fc.integer({ min: 1, max: 3 });

/** Shapes with an axis of length 0 now and then. */
export function shapesOf(minRank: number, maxRank: number): fc.Arbitrary<Index> {
  const length = fc.oneof({ weight: 9, arbitrary: dim }, { weight: 1, arbitrary: fc.constant(0) });
  return fc.array(length, { minLength: minRank, maxLength: maxRank });
}

/** Shapes that hold something. */
export function solid(minRank: number, maxRank: number): fc.Arbitrary<Index> {
  return fc.array(dim, { minLength: minRank, maxLength: maxRank });
}

export function axisOf(shape: Index): fc.Arbitrary<number> {
  return fc.nat({ max: shape.length - 1 });
}

/** An axis as users write it, and counted from the front. */
export function anyAxis(shape: Index): fc.Arbitrary<{ given: number; axis: number }> {
  return fc.tuple(axisOf(shape), fc.boolean()).map(([axis, behind]) => {
    return { given: behind ? axis - shape.length : axis, axis };
  });
}

export function int32(values: Index, shape: Index = [values.length]): Tensor {
  return tensor(Int32Array.from(values), { shape });
}

export function bool(values: readonly boolean[], shape: Index): Tensor {
  return tensor(Uint8Array.from(values, Number), { shape, dtype: "bool" });
}

type Expected = Grid | readonly Grid[];

/** A case of one tensor. */
export function one(shape: Index, call: Case["call"], expected: (x: Grid) => Expected): Case {
  return many([shape], call, expected);
}

/** A case of several tensors, whose elements are numbered on from one to the next. */
export function many(
  shapes: readonly Index[],
  call: Case["call"],
  expected: (...x: readonly Grid[]) => Expected,
): Case {
  const found = expected(...numberedAll(shapes));
  return { shapes, call, expected: "shape" in found ? [found] : found };
}

/** Distinct numbers, so that no two places can be exchanged unseen; their sums are exact. */
const element = (i: number): number => 1 + ((i * 37) % 101) / 128;

const block = (shape: Index, first: number): Tensor => {
  const data = Float64Array.from({ length: sizeOf(shape) }, (_, i) => element(first + i));
  return tensor(data, { shape });
};

const text = (x: Tensor | readonly number[]): string =>
  ("dtype" in x ? x.toTypedArray() : x).join(", ");

/** Values come from the elements that the grids name, and cotangents go back to them. */
export function check({ shapes, call, expected }: Case): void {
  const sizes = shapes.map(sizeOf);
  const firsts = sizes.map((_, k) => sizes.slice(0, k).reduce((sum, n) => sum + n, 0));
  const inputs = shapes.map((shape, k) => block(shape, firsts[k]));
  const cotangents = expected.map(({ shape }, k) => block(shape, 1000 * (k + 1)));
  const several = (...x: readonly Tensor[]): readonly Tensor[] => {
    const y = call(...x);
    return "dtype" in y ? [y] : y;
  };

  const { output, pullback } = vjp(several, ...inputs);
  const found = pullback(cotangents);

  const sums = sizes.flatMap((size) => new Array<number>(size).fill(0));
  expect(output.length).toBe(expected.length);
  expected.forEach((grid, k) => {
    const sources = listed(grid);
    expect(output[k].shape).toEqual(grid.shape);
    expect(text(output[k])).toBe(text(sources.map((i) => (i === null ? 0 : element(i)))));
    const bars = cotangents[k].toTypedArray();
    sources.forEach((i, place) => {
      if (i !== null) sums[i] += bars[place];
    });
  });
  const barText = sizes.map((size, k) => text(sums.slice(firsts[k], firsts[k] + size)));
  expect(found.map(text)).toEqual(barText);
}
