/**
 * @file What an index means for one shape: each of its entries checked, and turned into a plan for the axes that it reads.
 *
 * Nothing is read here: reading is in get-item.ts, writing in part.ts.
 */
import { flattenNested } from "../../array/nested.ts";
import type { Nested } from "../../array/ndarray.ts";
import { formatShape, type Shape, sameShape } from "../../array/shape.ts";
import { isPlainObject } from "../../array/trees.ts";
import { Tensor } from "../../core/tensor.ts";
import { DTypeError, ShapeError, ValueError } from "../../errors.ts";
import { tensor } from "../create.ts";
import { countedIndices, outOfRange } from "./indices.ts";

/** Python's `start:stop:step`: negative places count from the end, a negative step goes backwards. */
export interface Slice {
  readonly start?: number | null | undefined;
  readonly stop?: number | null | undefined;
  readonly step?: number | null | undefined;
}

/** What one place of an index may hold. A list is an array of integers, or a mask of booleans. */
export type IndexEntry = number | Slice | "..." | null | Tensor | readonly Nested[];

/** What an entry reads: one axis, none, or, for a mask, as many as it has. */
export type Plan =
  | { readonly kind: "new" }
  | { readonly kind: "integer"; readonly at: number }
  | ({ readonly kind: "slice" } & Line)
  /** int32, counted from the front, along an axis of `length`. */
  | { readonly kind: "array"; readonly indices: Tensor; readonly length: number }
  | { readonly kind: "mask"; readonly mask: Tensor };

/** Elements of one axis: `size` of them from `start` on. */
export interface Line {
  readonly start: number;
  readonly size: number;
  readonly step: number;
}

/** What a plan takes of each axis that it reads, before arrays and masks choose among it. */
export function linesOf(plan: Plan): readonly Line[] {
  switch (plan.kind) {
    case "new":
      return [];
    case "integer":
      return [{ start: plan.at, size: 1, step: 1 }];
    case "slice":
      return [plan];
    case "array":
      return [{ start: 0, size: plan.length, step: 1 }];
    case "mask":
      return plan.mask.shape.map((size) => ({ start: 0, size, step: 1 }));
  }
}

/** The shape of what the plans take: without the axes of integers, with new ones. */
export function takenShape(plans: readonly Plan[]): Shape {
  return plans.flatMap((plan) => {
    if (plan.kind === "new") return [1];
    return plan.kind === "integer" ? [] : linesOf(plan).map(({ size }) => size);
  });
}

/**
 * The plans of `index`, which together read every axis of `shape`.
 *
 * @throws DTypeError if an entry names nothing; ValueError if an integer or a step is out of range; ShapeError if there are
 *   more entries than axes, or a mask does not fit.
 */
export function planIndex(op: string, shape: Shape, index: readonly IndexEntry[]): readonly Plan[] {
  const entries = index.map((entry, place) => readEntry(op, entry, place, index));
  const taken = entries.reduce<number>((n, entry) => n + axesOf(entry), 0);
  if (taken > shape.length) {
    throw new ShapeError(op, { shape, taken }, (d) => {
      return `the index reads ${d.taken} axes, but shape ${formatShape(d.shape)} has ${d.shape.length}. Use at most one entry for each axis.`;
    });
  }
  const dots = entries.indexOf("...");
  const after = dots < 0 ? entries.length : dots;
  const whole = Array.from({ length: shape.length - taken }, (): Slice => ({}));
  const full = [...entries.slice(0, after), ...whole, ...entries.slice(after + 1)];
  let axis = 0;
  return full.map((entry) => {
    const plan = planEntry(op, shape, axis, entry);
    axis += axesOf(entry);
    return plan;
  });
}

/** An entry that has been checked, lists as tensors. */
type Entry = Exclude<IndexEntry, readonly Nested[]>;

function readEntry(
  op: string,
  entry: IndexEntry,
  place: number,
  index: readonly IndexEntry[],
): Entry {
  if (Array.isArray(entry)) return listTensor(op, entry);
  if (entry instanceof Tensor) return requireIndices(op, entry, place);
  if (entry === null || typeof entry === "number") return entry;
  if (entry === "..." && index.indexOf("...") === place) return entry;
  if (entry === "...") {
    throw new ShapeError(op, { place }, (d) => {
      return `"..." stands at place ${d.place} of the index for the second time. Use it once: it takes all axes that are left.`;
    });
  }
  if (isSlice(entry)) return entry;
  throw unknownEntry(op, entry, place);
}

const SLICE_KEYS: readonly string[] = ["start", "stop", "step"];

function isSlice(entry: unknown): entry is Slice {
  return isPlainObject(entry) && Object.keys(entry).every((key) => SLICE_KEYS.includes(key));
}

function unknownEntry(op: string, entry: unknown, place: number): DTypeError {
  return new DTypeError(op, { place, found: describe(entry) }, (d) => {
    return `${d.found} at place ${d.place} of the index names nothing. Use integers, slices { start, stop, step }, "...", null, lists, int32 tensors or masks.`;
  });
}

function describe(entry: unknown): string {
  if (typeof entry === "string") return JSON.stringify(entry);
  if (isPlainObject(entry)) return `{ ${Object.keys(entry).join(", ")} }`;
  return typeof entry === "boolean" || typeof entry === "number"
    ? String(entry)
    : `a value of type ${typeof entry}`;
}

/** Floats are refused: to cut them off would hide a mistake. */
function requireIndices(op: string, entry: Tensor, place: number): Tensor {
  if (entry.dtype === "int32" || (entry.dtype === "bool" && entry.rank > 0)) return entry;
  if (entry.dtype === "bool") {
    throw new ShapeError(op, { place }, (d) => {
      return `the mask at place ${d.place} is a scalar, which stands for no axis. Give it an axis, or choose by \`where\`.`;
    });
  }
  throw new DTypeError(op, { dtype: entry.dtype, place }, (d) => {
    return `the tensor at place ${d.place} is ${d.dtype}, but indices are int32 and masks bool. Convert it first: \`cast(indices, "int32")\`.`;
  });
}

/** Integers as int32, booleans as a mask. */
function listTensor(op: string, list: readonly Nested[]): Tensor {
  const { shape, data, dtype } = flattenNested(op, list);
  if (dtype === "bool") return tensor(Uint8Array.from(data), { shape, dtype });
  const bad = (list as readonly unknown[])
    .flat(Number.POSITIVE_INFINITY)
    .find((item) => typeof item !== "number" || item !== (item | 0));
  if (bad !== undefined) {
    throw new DTypeError(op, { found: describe(bad) }, (d) => {
      return `a list of indices holds ${d.found}. Use integers of 32 bits only, or booleans only.`;
    });
  }
  return tensor(Int32Array.from(data), { shape });
}

function axesOf(entry: Entry): number {
  if (entry === null || entry === "...") return 0;
  return entry instanceof Tensor && entry.dtype === "bool" ? entry.rank : 1;
}

function planEntry(op: string, shape: Shape, axis: number, entry: Entry): Plan {
  if (entry === null) return { kind: "new" };
  const length = shape[axis];
  if (entry instanceof Tensor) {
    if (entry.dtype !== "bool") {
      return { kind: "array", indices: countedIndices(op, entry, { length, axis }), length };
    }
    requireMask(op, shape, entry, axis);
    return { kind: "mask", mask: entry };
  }
  if (typeof entry !== "number") return planSlice(op, entry as Slice, axis, length);
  if (!Number.isInteger(entry) || entry < -length || entry >= length) {
    throw outOfRange(op, entry, { length, axis }, null);
  }
  return { kind: "integer", at: entry < 0 ? entry + length : entry };
}

/** Python's rule: bounds beyond the ends are the ends. */
function planSlice(op: string, slice: Slice, axis: number, length: number): Plan {
  const step = slice.step ?? 1;
  const bounds = [slice.start ?? 0, slice.stop ?? 0];
  if (step === 0 || ![...bounds, step].every(Number.isInteger)) {
    throw new ValueError(op, { ...slice, axis }, () => {
      const given = Object.entries(slice).filter(([, value]) => typeof value === "number");
      const text = given.map(([name, value]) => `${name}: ${value}`).join(", ");
      return `the slice { ${text} } of axis ${axis} names no elements. Use integers, and a step that is not 0.`;
    });
  }
  const [low, high] = step > 0 ? [0, length] : [-1, length - 1];
  const bound = (place: number | null | undefined, otherwise: number): number => {
    if (place === null || place === undefined) return otherwise;
    return Math.min(high, Math.max(low, place < 0 ? place + length : place));
  };
  const from = bound(slice.start, step > 0 ? 0 : length - 1);
  const to = bound(slice.stop, step > 0 ? length : -1);
  const size = Math.max(0, Math.ceil((to - from) / step));
  return { kind: "slice", start: size === 0 ? 0 : from, size, step };
}

function requireMask(op: string, shape: Shape, mask: Tensor, axis: number): void {
  const found = shape.slice(axis, axis + mask.rank);
  if (sameShape(mask.shape, found)) return;
  throw new ShapeError(op, { mask: mask.shape, shape, axis }, (d) => {
    return `a mask of shape ${formatShape(d.mask)} does not fit shape ${formatShape(d.shape)} from axis ${d.axis} on. Use one bool for each element of the axes that it stands for.`;
  });
}
