/**
 * @file interpolate: images, signals and volumes in another size.
 *
 * Every mode is a product of maps along single axes. Along one axis each result is a weighted sum of a few
 * elements, the taps, whose places and weights depend on the sizes alone. So the derivative follows from that
 * of `gather`.
 */
import { formatShape, type Shape } from "../../array/shape.ts";
import { requireTensor } from "../../core/bind.ts";
import type { Tensor } from "../../core/tensor.ts";
import { ShapeError, ValueError } from "../../errors.ts";
import { add } from "../../primitives/add.ts";
import { cast } from "../../primitives/cast.ts";
import { gather } from "../../primitives/gather-scatter-add.ts";
import { mul } from "../../primitives/mul.ts";
import { reshape } from "../../primitives/reshape.ts";
import { tensor } from "../create.ts";
import { adaptiveAvgPool1d, adaptiveAvgPool2d, adaptiveAvgPool3d } from "../pooling/adaptive.ts";

/** How elements between the given ones are found; "area" takes means, as adaptive pooling does. */
export type InterpolationMode =
  | "nearest"
  | "nearest-exact"
  | "linear"
  | "bilinear"
  | "trilinear"
  | "bicubic"
  | "area";

export interface InterpolateOptions {
  /** The lengths of the axes after N and C, or one for all. Either this or `scaleFactor` is given. */
  readonly size?: number | readonly number[] | undefined;
  /** By what the lengths are multiplied (rounded down). */
  readonly scaleFactor?: number | readonly number[] | undefined;
  /** "nearest" by default. */
  readonly mode?: InterpolationMode | undefined;
  /** Whether the centres of the first and last elements stay in place rather than the outer edges; for linear and cubic. */
  readonly alignCorners?: boolean | undefined;
  /** Whether coordinates follow the sizes, as if `scaleFactor` had not been given; false by default. */
  readonly recomputeScaleFactor?: boolean | undefined;
}

/** For how many axes a mode is meant; null for any of one to three. */
const MODES: Readonly<
  Record<InterpolationMode, { readonly axes: number | null; readonly taps: Taps }>
> = {
  nearest: { axes: null, taps: (i, { scale }) => single(Math.floor(i * scale)) },
  "nearest-exact": { axes: null, taps: (i, { scale }) => single(Math.floor((i + 0.5) * scale)) },
  linear: { axes: 1, taps: linearTaps },
  bilinear: { axes: 2, taps: linearTaps },
  trilinear: { axes: 3, taps: linearTaps },
  bicubic: { axes: 2, taps: cubicTaps },
  area: { axes: null, taps: linearTaps },
};

/**
 * `x` [N, C, …] in another size, by sampling between its elements.
 *
 * - shape: [N, C, ...size], one to three axes; dtype: that of `x`, floating
 * - "nearest" takes element ⌊i · scale⌋; "linear", "bilinear" and "trilinear" weigh the two neighbours along every
 *   axis; "bicubic" four by Keys' kernel with a = -0.75; "area" averages, as `adaptiveAvgPool2d`
 * - derivative: linear in `x`, the transposed map
 *
 * @throws ShapeError if the rank does not fit the mode or a size is no length; ValueError if an option is not known.
 * @example
 * interpolate(tensor([[[1, 3]]]), { size: 4 });   // [[[1, 1, 3, 3]]]
 * @see The options are those of PyTorch's `interpolate`; Keys (1981), equation 4, for the cubic kernel.
 */
export function interpolate(x: Tensor, options: InterpolateOptions): Tensor {
  const op = "interpolate";
  const { mode = "nearest", alignCorners = false, recomputeScaleFactor = false } = options;
  const known = MODES[mode];
  const { shape } = requireTensor(op, x);
  const spatial = shape.slice(2);
  if (known === undefined) {
    throw new ValueError(op, { mode }, (d) => {
      return `the mode ${JSON.stringify(d.mode)} is not known. Use one of ${Object.keys(MODES).join(", ")}.`;
    });
  }
  if (
    spatial.length < 1 ||
    spatial.length > 3 ||
    (known.axes ?? spatial.length) !== spatial.length
  ) {
    throw new ShapeError(op, { shape, mode }, (d) => {
      return `mode "${d.mode}" is not for shape ${formatShape(d.shape)}. Use [N, C, length] for linear, [N, C, H, W] for bilinear and bicubic, [N, C, D, H, W] for trilinear, and any of them for the others.`;
    });
  }
  const sizes = sizesOf(op, spatial, options);
  if (mode === "area") return pooled(x, sizes);
  const factors = recomputeScaleFactor ? undefined : eachOf(options.scaleFactor, spatial.length);
  return sizes.reduce((y, size, i) => {
    const length = spatial[i];
    const scale = alignCorners
      ? size > 1
        ? (length - 1) / (size - 1)
        : 0
      : factors === undefined
        ? length / size
        : 1 / factors[i];
    return resampled(y, 2 + i, size, known.taps, { length, scale, alignCorners });
  }, x);
}

function pooled(x: Tensor, sizes: readonly number[]): Tensor {
  const pools = [adaptiveAvgPool1d, adaptiveAvgPool2d, adaptiveAvgPool3d];
  return pools[sizes.length - 1](x, sizes);
}

function sizesOf(op: string, spatial: Shape, options: InterpolateOptions): readonly number[] {
  const sizes = eachOf(options.size, spatial.length);
  const factors = eachOf(options.scaleFactor, spatial.length);
  const asked = sizes ?? factors?.map((factor, i) => Math.floor(spatial[i] * factor));
  const isLength = (n: number): boolean => Number.isSafeInteger(n) && n >= 1;
  const one = (sizes === undefined) !== (factors === undefined);
  if (one && asked?.length === spatial.length && asked.every(isLength)) return asked;
  const { size, scaleFactor } = options;
  throw new ShapeError(op, { spatial, size, scaleFactor }, (d) => {
    return `axes of lengths ${formatShape(d.spatial)} cannot be brought to size ${JSON.stringify(d.size)} by scale factor ${JSON.stringify(d.scaleFactor)}. Give one of the two, with an entry for each axis, so that every length is at least 1.`;
  });
}

function eachOf(
  value: number | readonly number[] | undefined,
  count: number,
): readonly number[] | undefined {
  if (typeof value !== "number") return value;
  return Array.from({ length: count }, () => value);
}

interface Axis {
  readonly length: number;
  /** The distance of neighbouring results in elements of the input. */
  readonly scale: number;
  readonly alignCorners: boolean;
}

/** Places (clamped to the axis by the caller) and weights of result `i`. */
type Taps = (i: number, axis: Axis) => readonly (readonly [place: number, weight: number])[];

function single(place: number): readonly (readonly [number, number])[] {
  return [[place, 1]];
}

/** Where the centre of result `i` lies among the elements. */
function centerOf(i: number, { scale, alignCorners }: Axis): number {
  return alignCorners ? i * scale : (i + 0.5) * scale - 0.5;
}

function linearTaps(i: number, axis: Axis): readonly (readonly [number, number])[] {
  const at = Math.max(0, centerOf(i, axis));
  const t = at - Math.floor(at);
  return [
    [Math.floor(at), 1 - t],
    [Math.floor(at) + 1, t],
  ];
}

function cubicTaps(i: number, axis: Axis): readonly (readonly [number, number])[] {
  const at = centerOf(i, axis);
  const t = at - Math.floor(at);
  return [t + 1, t, 1 - t, 2 - t].map((x, k) => [Math.floor(at) + k - 1, cubic(x)]);
}

/** Keys' kernel with a = -0.75, for x of 0 to 2. */
export function cubic(x: number): number {
  const a = -0.75;
  if (x <= 1) return ((a + 2) * x - (a + 3)) * x * x + 1;
  return ((a * x - 5 * a) * x + 8 * a) * x - 4 * a;
}

function resampled(x: Tensor, axis: number, size: number, taps: Taps, along: Axis): Tensor {
  const all = Array.from({ length: size }, (_, i) => taps(i, along));
  const clamped = (place: number): number => Math.min(Math.max(place, 0), along.length - 1);
  const aligned = x.shape.map((_, i) => (i === axis ? size : 1));
  const terms = all[0].map((_, k) => {
    const places = Int32Array.from(all, (list) => clamped(list[k][0]));
    const elements = gather(x, tensor(places), { axis });
    const weights = Float64Array.from(all, (list) => list[k][1]);
    if (weights.every((w) => w === 1)) return elements;
    return mul(elements, reshape(cast(tensor(weights), x.dtype), aligned));
  });
  return terms.reduce(add);
}

/** As `interpolate` with mode "nearest". */
export function upsampleNearest(
  x: Tensor,
  options: Pick<InterpolateOptions, "size" | "scaleFactor">,
): Tensor {
  return interpolate(x, { ...options, mode: "nearest" });
}

/** As `interpolate` with mode "bilinear" and aligned corners. */
export function upsampleBilinear(
  x: Tensor,
  options: Pick<InterpolateOptions, "size" | "scaleFactor">,
): Tensor {
  return interpolate(x, { ...options, mode: "bilinear", alignCorners: true });
}
