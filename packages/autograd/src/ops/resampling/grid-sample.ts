/**
 * @file gridSample: images read at places that are values themselves, so that both have a derivative.
 */
import { formatShape, type Shape } from "../../array/shape.ts";
import { requireTensor } from "../../core/bind.ts";
import type { Tensor } from "../../core/tensor.ts";
import { ShapeError, ValueError } from "../../errors.ts";
import { abs } from "../../primitives/abs.ts";
import { add } from "../../primitives/add.ts";
import { cast } from "../../primitives/cast.ts";
import { equal, less, lessEqual } from "../../primitives/compare.ts";
import { div } from "../../primitives/div.ts";
import { floor } from "../../primitives/floor.ts";
import { maximum } from "../../primitives/maximum.ts";
import { minimum } from "../../primitives/minimum.ts";
import { mul } from "../../primitives/mul.ts";
import { reshape } from "../../primitives/reshape.ts";
import { slice } from "../../primitives/slice-pad.ts";
import { stopGradient } from "../../primitives/stop-gradient.ts";
import { sub } from "../../primitives/sub.ts";
import { broadcastTo } from "../../primitives/sum-broadcast-to.ts";
import { takeFromPlanes } from "../../primitives/take-add-planes.ts";
import { where } from "../../primitives/where.ts";

export interface GridSampleOptions {
  /** "bilinear" (in volumes: trilinear) by default; "bicubic" for images only. */
  readonly mode?: "bilinear" | "nearest" | "bicubic" | undefined;
  /** What lies outside: 0, the nearest edge, or the mirror image. "zeros" by default. */
  readonly paddingMode?: "zeros" | "border" | "reflection" | undefined;
  /** Whether -1 and 1 are the centres of the first and last elements rather than the outer edges; false by default. */
  readonly alignCorners?: boolean | undefined;
}

/** One coordinate of all places, and the axis that it counts along. */
interface Coordinate {
  /** In elements, from the centre of the first. */
  readonly at: Tensor;
  readonly length: number;
}

/**
 * `x` [N, C, H, W] at the places `grid` [N, p, q, 2], (horizontal, vertical) from -1 to 1: [N, C, p, q]; volumes
 * [N, C, D, H, W] at [N, r, p, q, 3].
 *
 * - derivative: by the image, and by the places through the weights; none by the places for "nearest", nor where
 *   "border" or "reflection" brought them to an edge
 *
 * @throws ShapeError if the shapes do not fit; ValueError if an option is not known.
 * @see Jaderberg et al. (2015), section 3.3; the options are those of PyTorch's `grid_sample`.
 */
export function gridSample(x: Tensor, grid: Tensor, options: GridSampleOptions = {}): Tensor {
  const { mode = "bilinear", paddingMode = "zeros", alignCorners = false } = options;
  const spatial = requireGrid(x, requireTensor("gridSample", grid).shape, mode);
  requireKnown("mode", mode, ["bilinear", "nearest", "bicubic"]);
  requireKnown("paddingMode", paddingMode, ["zeros", "border", "reflection"]);
  const places = spatial.map((length, i): Coordinate => {
    // the last coordinate of the grid counts along the first spatial axis
    const given = entry(grid, spatial.length - 1 - i);
    const at = alignCorners
      ? mul(add(given, 1), (length - 1) / 2)
      : div(sub(mul(add(given, 1), length), 1), 2);
    return { at, length };
  });
  const read = reader(x, spatial, paddingMode, alignCorners);
  // cubic weights are those of the places as they are: each of the sixteen is brought inside by itself
  if (mode === "bicubic") return weighted(read, places.map(cubicTaps));
  const inside = places.map(({ at, length }) => ({
    at: brought(at, length, paddingMode, alignCorners),
    length,
  }));
  return weighted(read, inside.map(mode === "nearest" ? nearestTaps : linearTaps));
}

/** A neighbour along one axis, and its weight. */
interface Tap {
  readonly index: Tensor;
  readonly weight: Tensor | null;
}

function nearestTaps({ at }: Coordinate): readonly Tap[] {
  // half to even
  const below = floor(at);
  const rest = sub(at, below);
  const isOdd = equal(sub(below, mul(2, floor(div(below, 2)))), 1);
  const up = where(equal(rest, 0.5), isOdd, less(0.5, rest));
  return [{ index: stopGradient(add(below, cast(up, at.dtype))), weight: null }];
}

function linearTaps({ at }: Coordinate): readonly Tap[] {
  const below = stopGradient(floor(at));
  const rest = sub(at, below);
  return [
    { index: below, weight: sub(1, rest) },
    { index: add(below, 1), weight: rest },
  ];
}

function cubicTaps({ at }: Coordinate): readonly Tap[] {
  const below = stopGradient(floor(at));
  const t = sub(at, below);
  const distances = [add(t, 1), t, sub(1, t), sub(2, t)];
  return distances.map((x, k) => ({
    index: add(below, k - 1),
    weight: keys(x, k === 1 || k === 2),
  }));
}

/** Keys' kernel with a = -0.75 at a distance x: of a neighbour, or of one further away. */
function keys(x: Tensor, isNear: boolean): Tensor {
  const a = -0.75;
  if (isNear) return add(mul(mul(sub(mul(x, a + 2), a + 3), x), x), 1);
  return sub(mul(add(mul(sub(mul(x, a), 5 * a), x), 8 * a), x), 4 * a);
}

type Read = (indices: readonly Tensor[]) => Tensor;

/** Σ over all combinations of taps of the product of their weights times what is read there. */
function weighted(read: Read, axes: readonly (readonly Tap[])[]): Tensor {
  const combine = (depth: number, indices: readonly Tensor[]): Tensor => {
    if (depth === axes.length) return read(indices);
    const terms = axes[depth].map(({ index, weight }) => {
      const inner = combine(depth + 1, [...indices, index]);
      return weight === null ? inner : mul(inner, channeled(weight));
    });
    return terms.reduce(add);
  };
  return combine(0, []);
}

/** [N, …] as [N, 1, …]. */
function channeled(x: Tensor): Tensor {
  return reshape(x, [x.shape[0], 1, ...x.shape.slice(1)]);
}

/** Reads all channels at indices along each axis, floating numbers without a fraction. */
function reader(x: Tensor, spatial: Shape, paddingMode: string, alignCorners: boolean): Read {
  const [samples, channels] = x.shape;
  const count = spatial.reduce((n, length) => n * length, 1);
  const planes = reshape(x, [samples, channels, 1, count]);
  return (indices) => {
    const inside = indices.map((index, i) => {
      if (paddingMode === "zeros") return index;
      // a neighbour of a place inside may lie one step outside
      return brought(index, spatial[i], paddingMode, alignCorners);
    });
    const valid = inside.map((index, i) => {
      return where(lessEqual(0, index), less(index, spatial[i]), false);
    });
    const flat = inside.reduce<Tensor | null>((sum, index, i) => {
      // NaN and far numbers are read at 0, and masked
      const safe = cast(where(valid[i], index, 0), "int32");
      return sum === null ? safe : add(mul(sum, spatial[i]), safe);
    }, null);
    if (flat === null) return x;
    const out = flat.shape;
    const positions = broadcastTo(
      reshape(flat, [samples, 1, 1, flat.size / Math.max(1, samples)]),
      [samples, channels, 1, flat.size / Math.max(1, samples)],
    );
    const found = reshape(takeFromPlanes(planes, positions), [samples, channels, ...out.slice(1)]);
    if (paddingMode !== "zeros") return found;
    const all = valid.reduce((a, b) => where(a, b, false));
    return where(channeled(all), found, 0);
  };
}

/** A coordinate brought inside, as the padding says. */
function brought(at: Tensor, length: number, mode: string, alignCorners: boolean): Tensor {
  if (mode === "zeros") return at;
  const mirrored = mode === "border" ? at : reflected(at, length, alignCorners);
  return clipped(mirrored, length - 1);
}

/** Between 0 and `last`; no derivative at the edges and beyond. */
function clipped(x: Tensor, last: number): Tensor {
  const isInside = where(less(0, x), less(x, last), false);
  return where(isInside, x, stopGradient(minimum(maximum(x, 0), last)));
}

/** Mirrored at the centres of the outer elements, or at their edges. */
function reflected(x: Tensor, length: number, alignCorners: boolean): Tensor {
  const low = alignCorners ? 0 : -0.5;
  const span = alignCorners ? length - 1 : length;
  if (span === 0) return mul(x, 0);
  const distance = abs(sub(x, low));
  const flips = stopGradient(floor(div(distance, span)));
  const extra = sub(distance, mul(flips, span));
  const isEven = equal(sub(flips, mul(2, floor(div(flips, 2)))), 0);
  return add(where(isEven, extra, sub(span, extra)), low);
}

/** Entry `k` of the last axis. */
function entry(grid: Tensor, k: number): Tensor {
  const last = grid.rank - 1;
  const starts = grid.shape.map((_, axis) => (axis === last ? k : 0));
  const sizes = grid.shape.map((n, axis) => (axis === last ? 1 : n));
  return reshape(slice(grid, { starts, sizes }), grid.shape.slice(0, -1));
}

function requireGrid(x: Tensor, grid: Shape, mode: string): Shape {
  const { shape } = requireTensor("gridSample", x);
  const spatial = shape.slice(2);
  const count = spatial.length;
  const fits =
    (count === 2 || (count === 3 && mode !== "bicubic")) &&
    grid.length === count + 2 &&
    grid[0] === shape[0] &&
    grid[count + 1] === count &&
    spatial.every((n) => n > 0);
  if (fits) return spatial;
  throw new ShapeError("gridSample", { shape, grid, mode }, (d) => {
    return `an input of shape ${formatShape(d.shape)} cannot be read at places of shape ${formatShape(d.grid)} in mode "${d.mode}". Use [N, C, H, W] with [N, p, q, 2], or [N, C, D, H, W] with [N, r, p, q, 3] (not bicubic).`;
  });
}

function requireKnown(option: string, value: string, known: readonly string[]): void {
  if (known.includes(value)) return;
  throw new ValueError("gridSample", { option, value }, (d) => {
    return `the ${d.option} ${JSON.stringify(d.value)} is not known. Use one of ${known.join(", ")}.`;
  });
}
