/**
 * @file Indexing by anything: integers, slices, "...", new axes, integer arrays and masks, and what an index names
 * read, replaced or added to.
 *
 * Integers, slices and new axes are views. Integer arrays broadcast against one another, and their axes stand where the
 * first of them was, or in front where there is an axis between them. A mask stands for the places where it is true, so
 * it needs its numbers: only filling with one number does not.
 */
import { broadcastShapes } from "../../array/broadcast.ts";
import { formatShape, type Shape, sizeOf } from "../../array/shape.ts";
import { requireTensor } from "../../core/bind.ts";
import { Tensor } from "../../core/tensor.ts";
import { ShapeError, ValueError } from "../../errors.ts";
import { add } from "../../primitives/add.ts";
import { cast } from "../../primitives/cast.ts";
import { less } from "../../primitives/compare.ts";
import { gather } from "../../primitives/gather-scatter-add.ts";
import { mul } from "../../primitives/mul.ts";
import { reshape } from "../../primitives/reshape.ts";
import { slice } from "../../primitives/slice-pad.ts";
import { broadcastTo } from "../../primitives/sum-broadcast-to.ts";
import { transpose } from "../../primitives/transpose.ts";
import { where } from "../../primitives/where.ts";
import { arange, tensor } from "../create.ts";
import { nonzero } from "../searching.ts";
import { addAt, setAt } from "./write-at.ts";

/** Python's `start:stop:step`: negative places count from the end, a negative step goes backwards. */
export interface Slice {
  readonly start?: number | null | undefined;
  readonly stop?: number | null | undefined;
  readonly step?: number | null | undefined;
}

/** What one place of an index may hold. */
export type IndexEntry = number | Slice | "..." | null | Tensor | readonly IndexEntry[];

/** How an index reads one axis of the tensor, before arrays take part. */
interface AxisPlan {
  readonly start: number;
  readonly size: number;
  readonly step: number;
  /** Whether the axis goes away: it was indexed by an integer. */
  readonly dropped: boolean;
  /** int32, where an array indexes it. */
  readonly array: Tensor | null;
}

/** An axis of `x`, or a new one. */
type Plan = AxisPlan | "new";

/**
 * The part of `x` that an index names.
 *
 * - derivative: the cotangents of an element add up
 *
 * @throws ValueError if an integer or a step is out of range; ShapeError if there are too many places, or arrays that do not
 *   broadcast.
 * @example
 * getItem(tensor([[1, 2], [3, 4]]), [{ step: -1 }, 0]);   // [3, 1]
 */
export function getItem(x: Tensor, index: IndexEntry | readonly IndexEntry[]): Tensor {
  const plans = plansOf(
    requireTensor("getItem", x),
    Array.isArray(index) ? index : [index as IndexEntry],
  );
  return readArrays(readBasic(x, plans), arraysOf(plans));
}

/** A part of a tensor, to be read or to be written into a copy. */
export class Part {
  readonly #x: Tensor;
  readonly #index: readonly IndexEntry[];

  constructor(x: Tensor, index: readonly IndexEntry[]) {
    this.#x = x;
    this.#index = index;
  }

  /** The part itself. @throws as `getItem`. */
  get(): Tensor {
    return getItem(this.#x, this.#index);
  }

  /** The whole tensor with `values`, which broadcast to the part; of several for one place the last stands. @throws as `getItem`. */
  set(values: Tensor | number): Tensor {
    const mask = this.#mask();
    if (mask !== null && (typeof values === "number" || values.rank === 0)) {
      return where(mask, valueLike(values, this.#x), this.#x);
    }
    const places = this.#places();
    return setAt("at", this.#x, places, this.#spread(values, places.shape));
  }

  /** The whole tensor with `values`, which broadcast to the part, added; those of one place add up. @throws as `getItem`. */
  add(values: Tensor | number): Tensor {
    const mask = this.#mask();
    if (mask !== null && (typeof values === "number" || values.rank === 0)) {
      return where(mask, add(this.#x, valueLike(values, this.#x)), this.#x);
    }
    const places = this.#places();
    return addAt(this.#x, places, this.#spread(values, places.shape));
  }

  /** A mask over leading axes that is the whole index, in a shape that broadcasts; else null. */
  #mask(): Tensor | null {
    const [mask] = this.#index;
    if (this.#index.length !== 1 || !(mask instanceof Tensor) || mask.dtype !== "bool") return null;
    requireMask(this.#x.shape, mask, 0);
    return reshape(mask, [...mask.shape, ...this.#x.shape.slice(mask.rank).map(() => 1)]);
  }

  /** Where the part lies: the same index applied to the positions of all elements. */
  #places(): Tensor {
    return getItem(reshape(arange(this.#x.size), this.#x.shape), this.#index);
  }

  #spread(values: Tensor | number, shape: Shape): Tensor {
    const { dtype } = this.#x;
    const given = typeof values === "number" ? tensor(values, { dtype }) : cast(values, dtype);
    return broadcastTo(given, shape);
  }
}

function valueLike(value: Tensor | number, x: Tensor): Tensor | number {
  return typeof value === "number" ? value : cast(value, x.dtype);
}

/** The part of `x` that the index names, for `get`, `set` and `add`. */
export function at(x: Tensor, ...index: readonly IndexEntry[]): Part {
  return new Part(requireTensor("at", x), index);
}

function plansOf(x: Tensor, index: readonly IndexEntry[]): readonly Plan[] {
  const { shape } = x;
  const entries = index.map((entry) => (Array.isArray(entry) ? listTensor(entry) : entry));
  const taken = entries.reduce<number>((n, entry) => n + axesOf(entry as IndexEntry), 0);
  const dots = entries.indexOf("...");
  if (taken > shape.length || (entries.indexOf("...", dots + 1) > dots && dots >= 0)) {
    throw new ShapeError("getItem", { shape, taken }, (d) => {
      return `the index reads ${d.taken} axes of shape ${formatShape(d.shape)}, which has ${d.shape.length}, or holds "..." twice. Use at most one place for each axis.`;
    });
  }
  const whole = Array.from({ length: shape.length - taken }, (): IndexEntry => ({}));
  const full =
    dots < 0
      ? [...entries, ...whole]
      : [...entries.slice(0, dots), ...whole, ...entries.slice(dots + 1)];
  let axis = 0;
  return full.flatMap((entry): readonly Plan[] => {
    if (entry === null) return ["new"];
    const plans = planAxes(shape, axis, entry as IndexEntry);
    axis += plans.length;
    return plans;
  });
}

function axesOf(entry: IndexEntry): number {
  if (entry === null || entry === "...") return 0;
  return entry instanceof Tensor && entry.dtype === "bool" ? entry.rank : 1;
}

function planAxes(shape: Shape, axis: number, entry: IndexEntry): readonly AxisPlan[] {
  const length = shape[axis];
  if (typeof entry === "number") {
    if (!Number.isInteger(entry) || entry < -length || entry >= length)
      throw outside(entry, axis, length);
    const start = entry < 0 ? entry + length : entry;
    return [{ start, size: 1, step: 1, dropped: true, array: null }];
  }
  if (!(entry instanceof Tensor)) return [sliceOf(entry as Slice, axis, length)];
  const all = { start: 0, step: 1, dropped: false } as const;
  if (entry.dtype !== "bool") return [{ ...all, size: length, array: indicesOf(entry, length) }];
  requireMask(shape, entry, axis);
  const places = nonzero(entry);
  const count = places.shape[0];
  return entry.shape.map((n, k) => {
    const column = reshape(slice(places, { starts: [0, k], sizes: [count, 1] }), [count]);
    return { ...all, size: n, array: column };
  });
}

/** Python's rule: bounds beyond the ends are the ends. */
function sliceOf({ start, stop, step }: Slice, axis: number, length: number): AxisPlan {
  const by = step ?? 1;
  if (!Number.isInteger(by) || by === 0) {
    throw new ValueError("getItem", { step: by, axis }, (d) => {
      return `a slice of axis ${d.axis} has step ${d.step}. Use an integer that is not 0.`;
    });
  }
  const [low, high] = by > 0 ? [0, length] : [-1, length - 1];
  const bound = (place: number | null | undefined, otherwise: number): number => {
    if (place === null || place === undefined) return otherwise;
    return Math.min(high, Math.max(low, place < 0 ? place + length : place));
  };
  const from = bound(start, by > 0 ? 0 : length - 1);
  const to = bound(stop, by > 0 ? length : -1);
  const size = Math.max(0, Math.ceil((to - from) / by));
  return { start: size === 0 ? 0 : from, size, step: by, dropped: false, array: null };
}

/** int32 indices from the front; one out of range becomes the length, which gather refuses. */
function indicesOf(entry: Tensor, length: number): Tensor {
  const given = entry.dtype === "int32" ? entry : cast(entry, "int32");
  const counted = where(less(given, 0), add(given, length), given);
  return counted;
}

function listTensor(list: readonly IndexEntry[]): Tensor {
  const nested = list as never;
  const flat = list.flat(8);
  return tensor(nested, typeof flat[0] === "boolean" ? {} : { dtype: "int32" });
}

function requireMask(shape: Shape, mask: Tensor, axis: number): void {
  const found = shape.slice(axis, axis + mask.rank);
  if (mask.rank === found.length && mask.shape.every((n, i) => n === found[i])) return;
  throw new ShapeError("getItem", { mask: mask.shape, shape, axis }, (d) => {
    return `a mask of shape ${formatShape(d.mask)} does not fit shape ${formatShape(d.shape)} from axis ${d.axis} on. Use one bool for each element of the axes that it stands for.`;
  });
}

function outside(index: number, axis: number, length: number): ValueError {
  return new ValueError("getItem", { index, axis, length }, (d) => {
    return `index ${d.index} does not exist along axis ${d.axis}, which has length ${d.length}. Use an integer from ${-d.length} to ${d.length - 1}.`;
  });
}

/** Slices and integers taken, new axes put in; arrays still to come. */
function readBasic(x: Tensor, plans: readonly Plan[]): Tensor {
  const axes = plans.filter((plan) => plan !== "new");
  const block = slice(x, {
    starts: axes.map(({ start }) => start),
    sizes: axes.map(({ size }) => size),
    steps: axes.map(({ step }) => step),
  });
  const shape = plans.flatMap((plan) => (plan === "new" ? [1] : plan.dropped ? [] : [plan.size]));
  return reshape(block, shape);
}

/** The arrays of an index, by the axis of what readBasic gives. */
function arraysOf(plans: readonly Plan[]): ReadonlyMap<number, Tensor> {
  const kept = plans.filter((plan) => plan === "new" || !plan.dropped);
  return new Map(
    kept.flatMap((plan, axis) =>
      plan === "new" || plan.array === null ? [] : [[axis, plan.array]],
    ),
  );
}

function readArrays(x: Tensor, arrays: ReadonlyMap<number, Tensor>): Tensor {
  const axes = [...arrays.keys()];
  if (axes.length === 0) return x;
  const common = [...arrays.values()]
    .map((array) => array.shape)
    .reduce((a, b) => broadcastShapes("getItem", a, b));
  const rest = x.shape.map((_, axis) => axis).filter((axis) => !arrays.has(axis));
  const front = transpose(x, [...axes, ...rest]);
  const lengths = axes.map((axis) => x.shape[axis]);
  const tail = rest.map((axis) => x.shape[axis]);
  const flat = reshape(front, [sizeOf(lengths), ...tail]);
  const places = [...arrays.values()].reduce<Tensor | null>((sum, array, k) => {
    // one index out of range makes the whole place one
    const safe = inRange(array, lengths[k], sizeOf(lengths));
    return sum === null ? safe : add(mul(sum, lengths[k]), safe);
  }, null);
  if (places === null) return x;
  const found = reshape(gather(flat, reshape(broadcastTo(places, common), [-1])), [
    ...common,
    ...tail,
  ]);
  const isAdjacent = axes.every((axis, i) => i === 0 || axis === axes[i - 1] + 1);
  if (!isAdjacent) return found;
  // the axes of the arrays go where the first of them was
  const before = axes[0];
  const own = common.map((_, i) => i);
  const others = tail.map((_, i) => common.length + i);
  return transpose(found, [...others.slice(0, before), ...own, ...others.slice(before)]);
}

function inRange(array: Tensor, length: number, beyond: number): Tensor {
  return where(where(less(array, 0), false, less(array, length)), array, beyond);
}
