/** @file associativeScan: all partial results of an associative operation along an axis. */
import { normalizeAxis } from "../array/shape.ts";
import { flattenTree } from "../array/trees.ts";
import { Tensor } from "../core/tensor.ts";
import { ShapeError } from "../errors.ts";
import { concatenate } from "../primitives/concatenate.ts";
import { reshape } from "../primitives/reshape.ts";
import { slice } from "../primitives/slice-pad.ts";
import type { TensorTree } from "../transforms/arguments.ts";

export interface ScanOptions {
  /** 0 by default. */
  readonly axis?: number | undefined;
  /** Whether the partial results run from the end; false by default. */
  readonly reverse?: boolean | undefined;
}

/**
 * x₀, x₀ ∘ x₁, x₀ ∘ x₁ ∘ x₂, … along `axis`, for an associative `combine`.
 *
 * - `combine(a, b)` works on tensors (in the nesting of `xs`) that hold many pairs along `axis` at once
 * - shape and dtype: those of `xs`, all of whose tensors have one length along `axis`
 * - n - 1 operations on elements, in 2 log₂ n calls; derivatives of every order follow from those of `combine`
 *
 * @throws ShapeError if the lengths along `axis` differ; AxisError if it does not exist.
 * @example
 * associativeScan((a, b) => add(a, b), tensor([1, 2, 3]));   // [1, 3, 6]
 * @see Blelloch (1990), "Prefix sums and their applications", section 1.3.
 */
export function associativeScan<T extends TensorTree>(
  combine: (a: T, b: T) => T,
  xs: T,
  options: ScanOptions = {},
): T {
  const op = "associativeScan";
  const { reverse = false } = options;
  const flat = flattenTree(xs, isTensor, (value, path) => notATensor(value, path));
  const axes = flat.leaves.map((x) => normalizeAxis(op, x.shape, options.axis ?? 0));
  const lengths = flat.leaves.map((x, i) => x.shape[axes[i]]);
  const other = lengths.find((n) => n !== lengths[0]);
  if (other !== undefined) {
    throw new ShapeError(op, { lengths }, (d) => {
      return `the tensors have lengths ${d.lengths.join(", ")} along the axis. Give them one length.`;
    });
  }
  const both = (a: Leaves, b: Leaves): Leaves => {
    const [first, second] = reverse ? [b, a] : [a, b];
    const result = combine(flat.rebuild(first) as T, flat.rebuild(second) as T);
    return flattenTree(result, isTensor, (value, path) => notATensor(value, path)).leaves;
  };
  const turn = (leaves: Leaves): Leaves =>
    reverse ? leaves.map((x, i) => every(x, axes[i], x.shape[axes[i]] - 1, -1)) : leaves;
  return flat.rebuild(turn(scan(both, turn(flat.leaves), axes))) as T;
}

type Leaves = readonly Tensor[];

const isTensor = (value: unknown): value is Tensor => value instanceof Tensor;

function notATensor(value: unknown, path: string): ShapeError {
  return new ShapeError("associativeScan", { path }, (d) => {
    return `what stands at ${d.path === "" ? "the top" : d.path} is ${typeof value}, not a tensor. Use tensors, in arrays and plain objects if several.`;
  });
}

/** Odd places are partial results of pairs; even ones follow from the odd one before and their own element. */
function scan(
  combine: (a: Leaves, b: Leaves) => Leaves,
  xs: Leaves,
  axes: readonly number[],
): Leaves {
  const [first] = xs;
  if (first === undefined || first.shape[axes[0]] < 2) return xs;
  const n = first.shape[axes[0]];
  const evens = xs.map((x, i) => every(x, axes[i], 0, 2));
  const odds = xs.map((x, i) => every(x, axes[i], 1, 2));
  const half = Math.floor(n / 2);
  const heads = evens.map((x, i) => range(x, axes[i], 0, half));
  const atOdds = scan(combine, combine(heads, odds), axes);
  const rest = evens[0].shape[axes[0]] - 1;
  const starts = evens.map((x, i) => range(x, axes[i], 0, 1));
  if (rest === 0) return joined(starts, atOdds, axes);
  const before = atOdds.map((x, i) => range(x, axes[i], 0, rest));
  const later = combine(
    before,
    evens.map((x, i) => range(x, axes[i], 1, rest)),
  );
  const atEvens = starts.map((x, i) => concatenate([x, later[i]], { axis: axes[i] }));
  return joined(atEvens, atOdds, axes);
}

/** Two lists alternately, the first one first and perhaps longer by one. */
function joined(a: Leaves, b: Leaves, axes: readonly number[]): Leaves {
  return a.map((x, i) => {
    const axis = axes[i];
    const count = b[i].shape[axis];
    const paired = (y: Tensor): Tensor => {
      const { shape } = y;
      return reshape(range(y, axis, 0, count), [
        ...shape.slice(0, axis),
        count,
        1,
        ...shape.slice(axis + 1),
      ]);
    };
    const pairs = concatenate([paired(x), paired(b[i])], { axis: axis + 1 });
    const { shape } = x;
    const flat = reshape(pairs, [...shape.slice(0, axis), 2 * count, ...shape.slice(axis + 1)]);
    if (shape[axis] === count) return flat;
    return concatenate([flat, range(x, axis, count, 1)], { axis });
  });
}

function range(x: Tensor, axis: number, start: number, length: number): Tensor {
  return slice(x, {
    starts: x.shape.map((_, i) => (i === axis ? start : 0)),
    sizes: x.shape.map((n, i) => (i === axis ? length : n)),
  });
}

/** The elements from `start` on in steps of `step`, to the end. */
function every(x: Tensor, axis: number, start: number, step: number): Tensor {
  const length = x.shape[axis];
  const count = step > 0 ? Math.ceil((length - start) / step) : start + 1;
  return slice(x, {
    starts: x.shape.map((_, i) => (i === axis ? start : 0)),
    sizes: x.shape.map((n, i) => (i === axis ? count : n)),
    steps: x.shape.map((_, i) => (i === axis ? step : 1)),
  });
}
