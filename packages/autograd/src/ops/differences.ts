/** @file Differences and integrals of values at points along an axis. */
import { formatShape, normalizeAxis } from "../array/shape.ts";
import { requireTensor } from "../core/bind.ts";
import type { Tensor } from "../core/tensor.ts";
import { ShapeError, ValueError } from "../errors.ts";
import { add } from "../primitives/add.ts";
import { concatenate } from "../primitives/concatenate.ts";
import { notEqual } from "../primitives/compare.ts";
import { div } from "../primitives/div.ts";
import { mul } from "../primitives/mul.ts";
import { reshape } from "../primitives/reshape.ts";
import { slice } from "../primitives/slice-pad.ts";
import { sub } from "../primitives/sub.ts";
import { sum } from "../primitives/sum-broadcast-to.ts";
import { cumsum } from "./cumulative.ts";

/** `length` elements along `axis` from `start` on. */
function range(x: Tensor, axis: number, start: number, length: number): Tensor {
  return slice(x, {
    starts: x.shape.map((_, i) => (i === axis ? start : 0)),
    sizes: x.shape.map((n, i) => (i === axis ? length : n)),
  });
}

export interface DiffOptions {
  /** How often; 1 by default. */
  readonly n?: number | undefined;
  /** The last by default. */
  readonly axis?: number | undefined;
  /** Put before and after `x` along the axis first. */
  readonly prepend?: Tensor | undefined;
  readonly append?: Tensor | undefined;
}

/** Differences of neighbours along `axis`, `n` times. @throws AxisError; ValueError if n is no count. */
export function diff(x: Tensor, options: DiffOptions = {}): Tensor {
  const { n = 1, prepend, append } = options;
  const axis = normalizeAxis("diff", requireTensor("diff", x).shape, options.axis ?? -1);
  if (!Number.isSafeInteger(n) || n < 0) {
    throw new ValueError("diff", { n }, (d) => {
      return `differences cannot be taken ${d.n} times. Use an integer of 0 or more.`;
    });
  }
  if (n === 0) return x;
  const parts = [prepend, x, append].filter((part) => part !== undefined);
  let y = concatenate(parts, { axis });
  for (let k = 0; k < n && y.shape[axis] > 0; k++) {
    const length = y.shape[axis] - 1;
    const [later, earlier] = [range(y, axis, 1, length), range(y, axis, 0, length)];
    y = y.dtype === "bool" ? notEqual(later, earlier) : sub(later, earlier);
  }
  return y;
}

export interface TrapezoidOptions {
  /** Where the values lie: [n] for the axis, or the shape of `y`. At equal distances by default. */
  readonly x?: Tensor | undefined;
  /** The distance of neighbours without `x`; 1 by default. */
  readonly dx?: number | undefined;
  /** The last by default. */
  readonly axis?: number | undefined;
}

/** The integral of values along `axis` by the trapezoidal rule. @throws AxisError; ShapeError if x does not fit. */
export function trapezoid(y: Tensor, options: TrapezoidOptions = {}): Tensor {
  const { areas, axis } = trapezoids("trapezoid", y, options);
  return sum(areas, { axes: axis });
}

/** The integrals up to every value but the first, as `trapezoid`. */
export function cumulativeTrapezoid(y: Tensor, options: TrapezoidOptions = {}): Tensor {
  const { areas, axis } = trapezoids("cumulativeTrapezoid", y, options);
  return cumsum(areas, { axis });
}

function trapezoids(
  op: string,
  y: Tensor,
  { x, dx = 1, axis: at = -1 }: TrapezoidOptions,
): { readonly areas: Tensor; readonly axis: number } {
  const axis = normalizeAxis(op, requireTensor(op, y).shape, at);
  const length = Math.max(0, y.shape[axis] - 1);
  if (y.shape[axis] === 0) return { areas: y, axis };
  const heights = mul(0.5, add(range(y, axis, 0, length), range(y, axis, 1, length)));
  if (x === undefined) return { areas: mul(heights, dx), axis };
  const points = alongAxis(op, x, y, axis);
  const own = points.rank - y.rank + axis;
  const widths = sub(range(points, own, 1, length), range(points, own, 0, length));
  const areas = mul(heights, widths);
  return { areas, axis: areas.rank - y.rank + axis };
}

/** Points of one axis in a shape that broadcasts against `y`. */
function alongAxis(op: string, x: Tensor, y: Tensor, axis: number): Tensor {
  if (x.rank === 1 && y.rank > 1) {
    if (x.shape[0] === y.shape[axis])
      return reshape(
        x,
        y.shape.map((n, i) => (i === axis ? n : 1)),
      );
  } else if (x.rank >= 1 && x.shape[x.rank - y.rank + axis] === y.shape[axis]) return x;
  throw new ShapeError(op, { x: x.shape, y: y.shape, axis }, (d) => {
    return `points of shape ${formatShape(d.x)} do not fit values of shape ${formatShape(d.y)} along axis ${d.axis}. Use one point for each value along it.`;
  });
}

export interface GradientEstimateOptions {
  /** Distances for all axes, or for each axis a distance or the coordinates [n]; 1 by default. */
  readonly spacing?: number | readonly (number | Tensor)[] | undefined;
  /** All axes by default. */
  readonly axes?: number | readonly number[] | undefined;
  /** The order of accuracy at the ends, 1 or 2; 1 by default. */
  readonly edgeOrder?: 1 | 2 | undefined;
}

/**
 * Derivatives along axes of a function whose values are given: by second-order central differences inside, one-sided ones
 * at the ends. (Not the gradient of a program: that is `grad`.)
 *
 * @throws ShapeError if there are too few values or the spacing does not fit; AxisError if an axis does not exist.
 * @example
 * gradient(tensor([1, 4, 9]));   // [3, 4, 5]
 * @see Fornberg (1988), table 1 for points at equal distances; for others, the weights of the parabola through three points.
 */
export function gradient(x: Tensor, options: GradientEstimateOptions = {}): readonly Tensor[] {
  const op = "gradient";
  const { edgeOrder = 1, spacing = 1 } = options;
  const { shape } = requireTensor(op, x);
  const given = options.axes ?? shape.map((_, axis) => axis);
  const axes = (typeof given === "number" ? [given] : given).map((axis) => {
    return normalizeAxis(op, shape, axis);
  });
  const list = typeof spacing === "number" ? axes.map(() => spacing) : spacing;
  return axes.map((axis, i) => {
    const n = shape[axis];
    const step = list[i];
    const fits = typeof step === "number" || (step?.rank === 1 && step.shape[0] === n);
    if (n < edgeOrder + 1 || !fits) {
      throw new ShapeError(op, { shape, axis, edgeOrder }, (d) => {
        return `${n} values along axis ${d.axis} of shape ${formatShape(d.shape)} have no estimate with this spacing and order ${d.edgeOrder} at the ends. Use at least ${d.edgeOrder + 1} values, and a distance or ${n} coordinates for each axis.`;
      });
    }
    return alongOne(x, axis, step, edgeOrder);
  });
}

function alongOne(x: Tensor, axis: number, spacing: number | Tensor, edgeOrder: 1 | 2): Tensor {
  const n = x.shape[axis];
  const at = (i: number): Tensor => range(x, axis, i, 1);
  // distances of neighbours: numbers, or tensors that broadcast
  const gaps =
    typeof spacing === "number"
      ? null
      : reshape(
          sub(range(spacing, 0, 1, n - 1), range(spacing, 0, 0, n - 1)),
          x.shape.map((_, i) => (i === axis ? n - 1 : 1)),
        );
  const gap = (start: number, length: number): Tensor | number =>
    gaps === null ? (spacing as number) : range(gaps, axis, start, length);
  const ends = [0, n - 1].map((end) =>
    edge(end === 0 ? [at(0), at(1)] : [at(n - 1), at(n - 2)], end),
  );
  function edge([own, next]: readonly Tensor[], end: number): Tensor {
    const first = gap(end === 0 ? 0 : n - 2, 1);
    const sign = end === 0 ? 1 : -1;
    const slope = div(mul(sign, sub(next, own)), first);
    if (edgeOrder === 1) return slope;
    // the slope at the end of the parabola through three points: it continues the change of slopes
    const second = gap(end === 0 ? 1 : Math.max(0, n - 3), 1);
    const third = at(end === 0 ? 2 : n - 3);
    const nextSlope = div(mul(sign, sub(third, next)), second);
    const total = typeof first === "number" ? 2 * first : add(first, second);
    const bend = div(sub(nextSlope, slope), total);
    return sub(slope, mul(bend, first));
  }
  if (n === 2) return concatenate(ends, { axis });
  const [before, here, after] = [
    range(x, axis, 0, n - 2),
    range(x, axis, 1, n - 2),
    range(x, axis, 2, n - 2),
  ];
  const inner = interior(before, here, after, gap(0, n - 2), gap(1, n - 2));
  return concatenate([ends[0], inner, ends[1]], { axis });
}

/** The slope in the middle of the parabola through three points: the mean of both slopes, the nearer one counting more. */
function interior(
  before: Tensor,
  here: Tensor,
  after: Tensor,
  left: Tensor | number,
  right: Tensor | number,
): Tensor {
  if (typeof left === "number") return div(sub(after, before), 2 * left);
  const slopes = [div(sub(here, before), left), div(sub(after, here), right)];
  const weighted = add(mul(slopes[0], right), mul(slopes[1], left));
  return div(weighted, add(left, right));
}
