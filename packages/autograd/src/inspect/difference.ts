/**
 * @file By how much two arrays of numbers differ: absolutely, relatively, and in units in the last place.
 */
import { isFloating, type DType } from "../array/dtype.ts";
import { formatExactly } from "../array/format.ts";
import { sizeOf } from "../array/shape.ts";
import { flatCopy } from "../array/strided-array.ts";
import { arrayOf, type Tensor } from "../core/tensor.ts";
import { ValueError } from "../errors.ts";

/**
 * How far numbers x and y may be apart and still count as the same: the sum of what is given here. If nothing is,
 * only the same bits are the same; a NaN is like any other.
 */
export interface Tolerance {
  readonly absolute?: number;
  /** In units of max(|x|, |y|). */
  readonly relative?: number;
  /** In units in the last place of max(|x|, |y|), in the coarser dtype; 1 for integers. */
  readonly ulps?: number;
}

/** How two tensors of one shape differ: all largest values are over the elements that do. */
export interface Difference {
  readonly count: number;
  /** How many of them differ. */
  readonly differing: number;
  /** The largest |a − b|; Infinity where one of them is, or is NaN. */
  readonly absolute: number;
  /** The largest |a − b| / max(|a|, |b|). */
  readonly relative: number;
  /** The largest |a − b| in units in the last place of the larger one, in the coarser dtype; null for integers. */
  readonly ulps: number | null;
  /** Where |a − b| is largest first, and both numbers there. */
  readonly index: readonly number[];
  readonly a: number;
  readonly b: number;
}

/** null where nothing differs. @throws ValueError if one of them is abstract. */
export function differenceOf(
  op: string,
  a: Tensor,
  b: Tensor,
  tolerance: Tolerance,
): Difference | null {
  const isSame = sameness(tolerance, coarser(a, b));
  const [left, right] = [a, b].map((x) => flatCopy(arrayOf(op, x), x.dtype));
  let [differing, absolute, relative, ulps, at] = [0, -1, 0, 0, 0];
  left.forEach((x, i) => {
    const y = right[i];
    if (isSame(x, y)) return;
    differing++;
    const distance = distanceOf(x, y);
    if (distance > absolute) [absolute, at] = [distance, i];
    const size = Math.max(Math.abs(x), Math.abs(y));
    relative = Math.max(relative, size === 0 ? 0 : ratio(distance, size));
    ulps = Math.max(ulps, ratio(distance, unitInLastPlace(size, coarser(a, b))));
  });
  if (differing === 0) return null;
  return {
    count: left.length,
    differing,
    absolute,
    relative,
    ulps: isFloating(a.dtype) ? ulps : null,
    index: indexAt(a.shape, at),
    a: left[at],
    b: right[at],
  };
}

/** `2 of 6 elements differ, by up to 0.25 (relative 0.1, 2.1e+6 ulp): 2.5 and 2.25 at [0, 1]` */
export function formatDifference(difference: Difference, dtypes: readonly [DType, DType]): string {
  const { count, differing, absolute, relative, ulps, index, a, b } = difference;
  const sizes = [
    `relative ${rounded(relative)}`,
    ...(ulps === null ? [] : [`${rounded(ulps)} ulp`]),
  ];
  const numbers = `${formatExactly(a, dtypes[0])} and ${formatExactly(b, dtypes[1])}`;
  const place = index.length === 0 ? "" : ` at [${index.join(", ")}]`;
  return `${differing} of ${count} ${count === 1 ? "element differs" : "elements differ"}, by up to ${rounded(absolute)} (${sizes.join(", ")}): ${numbers}${place}`;
}

/** Two digits; a power of ten where zeros would be counted. */
function rounded(x: number): string {
  const isLong = x !== 0 && Number.isFinite(x) && (x < 1e-4 || x >= 1e5);
  return isLong ? x.toExponential(1) : String(Number(x.toPrecision(2)));
}

/** @throws ValueError unless all of it are numbers of at least 0. */
export function requireTolerance(op: string, tolerance: Tolerance): Tolerance {
  for (const name of ["absolute", "relative", "ulps"] as const) {
    const value = tolerance[name];
    if (value === undefined || value >= 0) continue;
    throw new ValueError(op, { name, value }, (d) => {
      return `the option ${d.name} is ${d.value}, which is no distance. Use a number of at least 0.`;
    });
  }
  return tolerance;
}

function sameness(
  { absolute, relative, ulps }: Tolerance,
  dtype: DType,
): (x: number, y: number) => boolean {
  if (absolute === undefined && relative === undefined && ulps === undefined) return Object.is;
  return (x, y) => {
    const distance = distanceOf(x, y);
    if (distance === Infinity) return Object.is(x, y);
    const size = Math.max(Math.abs(x), Math.abs(y));
    const units = ulps === undefined ? 0 : ulps * unitInLastPlace(size, dtype);
    return distance <= (absolute ?? 0) + (relative ?? 0) * size + units;
  };
}

/** |x − y|, and Infinity where one of them is not finite. */
function distanceOf(x: number, y: number): number {
  return Number.isFinite(x) && Number.isFinite(y) ? Math.abs(x - y) : Infinity;
}

/** distance / unit, and Infinity where the distance is. */
function ratio(distance: number, unit: number): number {
  return distance === Infinity ? Infinity : distance / unit;
}

function coarser(a: Tensor, b: Tensor): DType {
  return a.dtype === "float32" ? a.dtype : b.dtype;
}

const bits = new DataView(new ArrayBuffer(8));

/** The distance of the floating numbers of this size, which is finite, from one another; 1 for integers. */
function unitInLastPlace(size: number, dtype: DType): number {
  if (!isFloating(dtype)) return 1;
  bits.setFloat64(0, size);
  const exponent = ((bits.getUint16(0) >> 4) & 0x7ff) - 1023;
  return dtype === "float32"
    ? 2 ** (Math.max(exponent, -126) - 23)
    : 2 ** (Math.max(exponent, -1022) - 52);
}

/** The index of the element that is `at` in row-major order. */
function indexAt(shape: readonly number[], at: number): readonly number[] {
  return shape.map((length, axis) => Math.floor(at / sizeOf(shape.slice(axis + 1))) % length);
}
