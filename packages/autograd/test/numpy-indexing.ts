/**
 * @file NumPy's indexing, by loops over the index space: which element of a tensor stands at each place of a part, and
 * what follows from it for reading, writing and derivatives.
 *
 * It is an oracle: it imports nothing from the library. One rule differs from NumPy's, as PyTorch's does: an integer, also
 * an array without axes, has no say in where the axes of arrays go.
 * @see https://numpy.org/doc/stable/user/basics.indexing.html
 */

/** An array by its shape and its elements in row-major order. */
export interface Block<T> {
  readonly shape: readonly number[];
  readonly data: readonly T[];
}

export type OracleEntry =
  | number
  | null
  | "..."
  | { readonly start?: number; readonly stop?: number; readonly step?: number }
  | { readonly array: Block<number> }
  | { readonly mask: Block<boolean> };

/** A part: its shape, and for each of its elements the place in row-major order of the tensor. */
export interface OraclePart {
  readonly shape: readonly number[];
  readonly places: readonly number[];
}

/** An index that NumPy does not take. */
export class Refused extends Error {}

/** What one axis of the tensor, or a new one, contributes. */
type Reader =
  | { readonly kind: "fixed"; readonly at: number }
  | { readonly kind: "kept"; readonly indices: readonly number[]; readonly isNew: boolean }
  | { readonly kind: "array"; readonly array: Block<number> };

export function partOf(shape: readonly number[], index: readonly OracleEntry[]): OraclePart {
  const readers = readersOf(shape, index);
  const arrays = readers.flatMap((reader) => (reader.kind === "array" ? [reader.array] : []));
  const common = arrays.reduce<readonly number[]>((all, { shape }) => broadcast(all, shape), []);
  const slots = readers.filter(({ kind }) => kind !== "fixed");
  const first = slots.findIndex(({ kind }) => kind === "array");
  const last = slots.findLastIndex(({ kind }) => kind === "array");
  const isTogether = slots.slice(first, last + 1).every(({ kind }) => kind === "array");
  // in which order the axes of the part come: "arrays" stands for the common axes
  const rest = slots.flatMap((slot) => (slot.kind === "kept" ? [slot] : []));
  const at = arrays.length > 0 && isTogether ? first : 0;
  const lengths = rest.map(({ indices }) => indices.length);
  const part =
    arrays.length === 0 ? lengths : [...lengths.slice(0, at), ...common, ...lengths.slice(at)];
  const places = indexSpace(part).map((place) => {
    const inArrays = place.slice(at, at + common.length);
    const inRest = [...place.slice(0, at), ...place.slice(at + common.length)];
    let k = 0;
    const source = readers.flatMap((reader): readonly number[] => {
      if (reader.kind === "fixed") return [reader.at];
      if (reader.kind === "array") return [elementOf(reader.array, inArrays)];
      const found = reader.indices[inRest[k++]];
      return reader.isNew ? [] : [found];
    });
    return source.reduce((flat, i, axis) => flat * shape[axis] + i, 0);
  });
  return { shape: part, places };
}

/** x[index] */
export function read(x: readonly number[], { places }: OraclePart): number[] {
  return places.map((place) => x[place]);
}

/** x[index] = values: the last value for a place stands. */
export function written(
  x: readonly number[],
  { shape, places }: OraclePart,
  values: Block<number>,
): number[] {
  const result = [...x];
  const space = indexSpace(shape);
  places.forEach((place, i) => {
    result[place] = elementOf(values, space[i]);
  });
  return result;
}

/** x[index] += values, each of them. */
export function added(
  x: readonly number[],
  { shape, places }: OraclePart,
  values: Block<number>,
): number[] {
  const result = [...x];
  const space = indexSpace(shape);
  places.forEach((place, i) => {
    result[place] += elementOf(values, space[i]);
  });
  return result;
}

/** Where each element of the part went: for every value the cotangents of what it became, or was added to. */
export function gathered(
  cotangent: readonly number[],
  { shape, places }: OraclePart,
  values: readonly number[],
  stands: (i: number) => boolean,
): number[] {
  const result = new Array<number>(sizeOf(values)).fill(0);
  const space = indexSpace(shape);
  places.forEach((place, i) => {
    if (stands(i)) result[placeOf(values, space[i])] += cotangent[place];
  });
  return result;
}

function readersOf(shape: readonly number[], index: readonly OracleEntry[]): readonly Reader[] {
  if (index.filter((entry) => entry === "...").length > 1) throw new Refused("two ellipses");
  const taken = index.reduce<number>((n, entry) => n + axesOf(entry), 0);
  if (taken > shape.length) throw new Refused("too many entries");
  const full = index.includes("...") ? [...index] : [...index, "..." as const];
  const readers: Reader[] = [];
  let axis = 0;
  for (const entry of full) {
    const found =
      entry === "..."
        ? Array.from({ length: shape.length - taken }, (_, i) => range(shape[axis + i], {}))
        : readerOf(shape, axis, entry);
    readers.push(...found);
    axis += entry === "..." ? shape.length - taken : axesOf(entry);
  }
  return readers;
}

function axesOf(entry: OracleEntry): number {
  if (entry === null || entry === "...") return 0;
  return typeof entry === "object" && "mask" in entry ? entry.mask.shape.length : 1;
}

function readerOf(
  shape: readonly number[],
  axis: number,
  entry: Exclude<OracleEntry, "...">,
): readonly Reader[] {
  if (entry === null) return [{ kind: "kept", indices: [0], isNew: true }];
  if (typeof entry === "number") return [{ kind: "fixed", at: counted(entry, shape[axis]) }];
  if ("array" in entry) {
    const data = entry.array.data.map((i) => counted(i, shape[axis]));
    if (entry.array.shape.length === 0) return [{ kind: "fixed", at: data[0] }];
    return [{ kind: "array", array: { shape: entry.array.shape, data } }];
  }
  if (!("mask" in entry)) return [range(shape[axis], entry)];
  const { mask } = entry;
  mask.shape.forEach((n, k) => {
    if (n !== shape[axis + k]) throw new Refused("a mask that does not fit");
  });
  const found = indexSpace(mask.shape).filter((_, i) => mask.data[i]);
  return mask.shape.map((_, k) => {
    return { kind: "array", array: { shape: [found.length], data: found.map((i) => i[k]) } };
  });
}

function counted(index: number, length: number): number {
  if (index >= 0 && index < length) return index;
  if (index < 0 && index >= -length) return length + index;
  throw new Refused("an index out of range");
}

/** Python's slices, as its reference defines them: s[i:j:k] holds i, i + k, i + 2k, … before j. */
function range(
  length: number,
  {
    start,
    stop,
    step = 1,
  }: { readonly start?: number; readonly stop?: number; readonly step?: number },
): Reader {
  if (step === 0) throw new Refused("step 0");
  const indices: number[] = [];
  const fromFront = (place: number): number => (place < 0 ? place + length : place);
  if (step > 0) {
    const end = stop === undefined ? length : Math.min(length, fromFront(stop));
    for (let i = Math.max(0, fromFront(start ?? 0)); i < end; i += step) indices.push(i);
  } else {
    const end = stop === undefined ? -1 : Math.max(-1, fromFront(stop));
    for (let i = Math.min(length - 1, fromFront(start ?? length - 1)); i > end; i += step) {
      indices.push(i);
    }
  }
  return { kind: "kept", indices, isNew: false };
}

function broadcast(a: readonly number[], b: readonly number[]): readonly number[] {
  const rank = Math.max(a.length, b.length);
  return Array.from({ length: rank }, (_, i) => {
    const [n, m] = [a[i - rank + a.length] ?? 1, b[i - rank + b.length] ?? 1];
    if (n !== m && n !== 1 && m !== 1) throw new Refused("arrays that do not broadcast");
    return n === 1 ? m : n;
  });
}

/** All indices of a shape, in row-major order. */
export function indexSpace(shape: readonly number[]): readonly (readonly number[])[] {
  return shape.reduce<readonly (readonly number[])[]>(
    (all, length) => all.flatMap((index) => Array.from({ length }, (_, i) => [...index, i])),
    [[]],
  );
}

function sizeOf(shape: readonly number[]): number {
  return shape.reduce((size, n) => size * n, 1);
}

/** Where in row-major order of `shape`, which broadcasts, an index lies. */
function placeOf(shape: readonly number[], index: readonly number[]): number {
  const own = index.slice(index.length - shape.length);
  return shape.reduce((place, n, axis) => place * n + (n === 1 ? 0 : own[axis]), 0);
}

function elementOf<T>({ shape, data }: Block<T>, index: readonly number[]): T {
  return data[placeOf(shape, index)];
}
