/** @file Arbitrary indices, most of them valid, with the tensors that they index. */
import { type IndexEntry, type Tensor, tensor } from "@tapegrad/autograd";
import fc from "fast-check";
import type { Block, OracleEntry } from "../numpy-indexing.ts";

export interface IndexProblem {
  readonly x: Block<number>;
  readonly index: readonly OracleEntry[];
  /** Whether arrays and masks are written as lists, rather than as tensors. */
  readonly asLists: boolean;
}

/** The index as a user writes it. */
export function entriesOf({ index, asLists }: IndexProblem): readonly IndexEntry[] {
  return index.map((entry) => {
    if (typeof entry !== "object" || entry === null) return entry;
    if ("array" in entry) {
      const { shape, data } = entry.array;
      const indices = tensor(Int32Array.from(data), { shape });
      return asLists && shape.length > 0 ? listOf(indices) : indices;
    }
    if (!("mask" in entry)) return entry;
    const { shape, data } = entry.mask;
    const mask = tensor(Uint8Array.from(data, Number), { shape, dtype: "bool" });
    // an empty list has lost its dtype
    return asLists && data.length > 0 ? listOf(mask) : mask;
  });
}

function listOf(x: Tensor): IndexEntry {
  return x.toArray() as IndexEntry;
}

export const real: fc.Arbitrary<number> = fc.double({ min: -9, max: 9, noNaN: true });

export function blocks(shape: readonly number[]): fc.Arbitrary<Block<number>> {
  const size = shape.reduce((product, n) => product * n, 1);
  return fc.array(real, { minLength: size, maxLength: size }).map((data) => ({ shape, data }));
}

/** Few lengths of 0, which leave nothing to be wrong. */
const lengths = fc.oneof(
  { weight: 12, arbitrary: fc.integer({ min: 1, max: 4 }) },
  { weight: 1, arbitrary: fc.constant(0) },
);

function integers(length: number): fc.Arbitrary<number> {
  return length === 0 ? fc.constant(0) : fc.integer({ min: -length, max: length - 1 });
}

function slices(length: number): fc.Arbitrary<OracleEntry> {
  const bound = fc.integer({ min: -length - 2, max: length + 2 });
  const step = fc.constantFrom(1, 2, 3, -1, -2, -3);
  return fc.record({ start: bound, stop: bound, step }, { requiredKeys: [] });
}

/** Shapes that broadcast to `common`. */
function shapesOfArrays(common: readonly number[]): fc.Arbitrary<readonly number[]> {
  return fc
    .tuple(fc.nat({ max: common.length }), fc.array(fc.boolean(), { minLength: 3, maxLength: 3 }))
    .map(([missing, single]) => common.slice(missing).map((n, i) => (single[i] ? 1 : n)));
}

function arrays(length: number, common: readonly number[]): fc.Arbitrary<OracleEntry> {
  return shapesOfArrays(common).chain((shape) => {
    const size = length === 0 ? 0 : shape.reduce((product, n) => product * n, 1);
    return fc
      .array(integers(length), { minLength: size, maxLength: size })
      .map((data) => ({ array: { shape: length === 0 ? [0] : shape, data } }));
  });
}

function masks(shape: readonly number[]): fc.Arbitrary<OracleEntry> {
  const size = shape.reduce((product, n) => product * n, 1);
  return fc
    .array(fc.boolean(), { minLength: size, maxLength: size })
    .map((data) => ({ mask: { shape, data } }));
}

/** Entries for the axes from `axis` on, in which a mask may take several. */
function entries(
  shape: readonly number[],
  axis: number,
  common: readonly number[],
): fc.Arbitrary<readonly OracleEntry[]> {
  if (axis === shape.length) return fc.constant([]);
  const length = shape[axis];
  const one = fc.oneof(
    { weight: 2, arbitrary: integers(length) },
    { weight: 4, arbitrary: slices(length) },
    { weight: 6, arbitrary: arrays(length, common) },
    { weight: 1, arbitrary: masks(shape.slice(axis, axis + 1)) },
    { weight: 1, arbitrary: masks(shape.slice(axis, axis + 2)) },
  );
  return one.chain((entry) => {
    const next =
      axis +
      (typeof entry === "object" && entry !== null && "mask" in entry
        ? entry.mask.shape.length
        : 1);
    return entries(shape, next, common).map((rest) => [entry, ...rest]);
  });
}

/** What users write beside that: entries left out, at the end or for "...", new axes; and now and then a mistake. */
function edited(index: readonly OracleEntry[], rank: number): fc.Arbitrary<readonly OracleEntry[]> {
  const place = fc.nat({ max: index.length });
  const put = (at: number, entry: OracleEntry, instead = 0): readonly OracleEntry[] => [
    ...index.slice(0, at),
    entry,
    ...index.slice(at + instead),
  ];
  const bad = fc.constantFrom<OracleEntry>(
    rank === 0 ? 0 : 9,
    -9,
    { step: 0 },
    { array: { shape: [5], data: [0, 0, 0, 0, 0] } },
    { array: { shape: [2], data: [0, -7] } },
    { mask: { shape: [6], data: [true, false, true, false, true, false] } },
  );
  return fc.oneof(
    { weight: 8, arbitrary: fc.constant(index) },
    { weight: 2, arbitrary: place.map((at) => index.slice(0, at)) },
    { weight: 4, arbitrary: place.map((at) => put(at, null)) },
    {
      weight: 4,
      arbitrary: fc.tuple(place, fc.nat({ max: 2 })).map(([at, n]) => put(at, "...", n)),
    },
    { weight: 2, arbitrary: fc.tuple(place, bad).map(([at, entry]) => put(at, entry, 1)) },
    { weight: 1, arbitrary: place.map((at) => put(at, 0)) },
    { weight: 1, arbitrary: place.map((at) => [...put(at, "..."), "..." as const]) },
  );
}

/** Tensors of up to four axes. */
export const indexProblems: fc.Arbitrary<IndexProblem> = fc
  .record({
    // arrays that stand apart, with axes before them, need four
    shape: fc
      .constantFrom(0, 1, 2, 3, 3, 4, 4, 4)
      .chain((rank) => fc.array(lengths, { minLength: rank, maxLength: rank })),
    common: fc.constantFrom<readonly number[]>([2], [3], [2, 3], [2, 1], [], [0]),
    asLists: fc.boolean(),
  })
  .chain(({ shape, common, asLists }) =>
    fc.record({
      x: blocks(shape),
      index: entries(shape, 0, common).chain((index) => edited(index, shape.length)),
      asLists: fc.constant(asLists),
    }),
  );
