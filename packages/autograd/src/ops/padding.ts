/** @file pad: more elements around a tensor, or fewer: a constant, or what is inside, mirrored, repeated or continued. */
import { formatShape } from "../array/shape.ts";
import { requireTensor } from "../core/bind.ts";
import type { Tensor } from "../core/tensor.ts";
import { ShapeError, ValueError } from "../errors.ts";
import { gather } from "../primitives/gather-scatter-add.ts";
import { pad as padConstant, slice } from "../primitives/slice-pad.ts";
import { tensor } from "./create.ts";

export interface PadOptions {
  /** How many elements are put before each axis; negative ones are cut off. */
  readonly before: readonly number[];
  /** As `before`, after each axis. */
  readonly after: readonly number[];
  /** For mode "constant"; 0 by default. */
  readonly value?: number | undefined;
  /**
   * "constant" by default. "reflect" mirrors at the outer elements, which are not repeated; "replicate" repeats them;
   * "circular" goes on from the other end.
   */
  readonly mode?: "constant" | "reflect" | "replicate" | "circular" | undefined;
}

/** Which element stands at place i, which may lie outside, of an axis of length n. */
const PLACES: Readonly<Record<string, (i: number, n: number) => number>> = {
  reflect: (i, n) => (i < 0 ? -i : i >= n ? 2 * (n - 1) - i : i),
  replicate: (i, n) => Math.min(n - 1, Math.max(0, i)),
  circular: (i, n) => ((i % n) + n) % n,
};

/**
 * `x` with elements put around it, or cut off.
 *
 * - shape: each axis grows by `before + after`; dtype: that of `x`
 * - derivative: linear in `x`, the transposed map
 *
 * @throws ShapeError if the options do not have one entry for each axis; ValueError if an entry is out of its range or the mode
 *   not known.
 * @example
 * pad(tensor([1, 2, 3]), { before: [1], after: [1], mode: "reflect" });   // [2, 1, 2, 3, 2]
 */
export function pad(x: Tensor, options: PadOptions): Tensor {
  const { before, after, value = 0, mode = "constant" } = options;
  const { shape, rank } = requireTensor("pad", x);
  if (before.length !== rank || after.length !== rank) {
    throw new ShapeError("pad", { shape, before, after }, (d) => {
      return `${formatShape(d.before)} before and ${formatShape(d.after)} after do not fit shape ${formatShape(d.shape)}, which has rank ${rank}. Give one entry for each axis.`;
    });
  }
  const bad = [...before, ...after].find((n) => !Number.isInteger(n));
  if (bad !== undefined) {
    throw new ValueError("pad", { count: bad }, ({ count }) => {
      return `cannot put ${count} elements beside an axis. Use integers; negative ones are cut off.`;
    });
  }
  if (mode !== "constant") {
    const place = PLACES[mode];
    if (place === undefined) {
      throw new ValueError("pad", { mode }, (d) => {
        return `the mode ${JSON.stringify(d.mode)} is not known. Use one of constant, ${Object.keys(PLACES).join(", ")}.`;
      });
    }
    return shape.reduce(
      (y, _, axis) => around(y, axis, before[axis], after[axis], mode),
      kept(x, options),
    );
  }
  const put = (n: number): number => Math.max(0, n);
  return padConstant(kept(x, options), { before: before.map(put), after: after.map(put), value });
}

/**
 * `x` with one number around it, the sides listed as PyTorch does: before and after the last axis, then the last but one, …
 *
 * - axes without an entry stay as they are; negative numbers cut off
 * - derivative: as `pad`
 *
 * @throws ShapeError if the sides are no pairs, or more than `x` has axes; ValueError if an entry is no integer.
 * @example
 * constantPadNd(tensor([[1], [2]]), [1, 0], { value: 9 });   // [[9, 1], [9, 2]]
 */
export function constantPadNd(
  x: Tensor,
  sides: readonly number[],
  options: { readonly value?: number | undefined } = {},
): Tensor {
  const { shape, rank } = requireTensor("constantPadNd", x);
  if (sides.length % 2 !== 0 || sides.length > 2 * rank) {
    throw new ShapeError("constantPadNd", { sides, shape }, (d) => {
      return `${formatShape(d.sides)} does not list pairs for axes of shape ${formatShape(d.shape)}. Give two numbers for each axis, the last axis first.`;
    });
  }
  const side = (end: 0 | 1) => shape.map((_, axis) => sides[2 * (rank - 1 - axis) + end] ?? 0);
  return pad(x, { before: side(0), after: side(1), value: options.value });
}

/** What is left where the numbers are negative. */
function kept(x: Tensor, { before, after }: PadOptions): Tensor {
  const cut = (n: number): number => Math.max(0, -n);
  return slice(x, {
    starts: before.map(cut),
    sizes: x.shape.map((n, axis) => Math.max(0, n - cut(before[axis]) - cut(after[axis]))),
  });
}

function around(x: Tensor, axis: number, first: number, last: number, mode: string): Tensor {
  const [before, after] = [Math.max(0, first), Math.max(0, last)];
  const n = x.shape[axis];
  if (before === 0 && after === 0) return x;
  const most = mode === "reflect" ? n - 1 : mode === "circular" ? n : Number.POSITIVE_INFINITY;
  const length = n + before + after;
  if (n === 0 || before > most || after > most || !(length >= 0)) {
    throw new ValueError("pad", { mode, axis, before, after, length: n }, (d) => {
      return `mode "${d.mode}" cannot put ${d.before} elements before and ${d.after} after axis ${d.axis}, which has ${d.length}. Use less padding, or another mode.`;
    });
  }
  const places = Int32Array.from({ length }, (_, i) => PLACES[mode](i - before, n));
  return gather(x, tensor(places), { axis });
}
