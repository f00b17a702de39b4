/**
 * @file strongWolfe: a step length along a direction, at which the function is low enough and flat enough.
 *
 * Plain numbers; what is evaluated is given. A value that is NaN or infinite counts as too high.
 */

/** The function along the direction: its value and slope at `t`, and what else the caller keeps of that point. */
export interface LinePoint {
  readonly t: number;
  readonly loss: number;
  readonly slope: number;
}

export interface WolfeOptions {
  readonly firstStep: number;
  /** How many evaluations there may be. */
  readonly maxEvaluations: number;
  /** The search ends where the interval is shorter. */
  readonly minInterval: number;
}

/** c₁: how much of the fall that the slope promises is asked for. */
const SUFFICIENT = 1e-4;
/** c₂: how much of the slope may be left. */
const CURVATURE = 0.9;
/** How far the first phase goes from one length to the next, at least and at most. */
const GROWTH = { least: 1.1, most: 10 };

/**
 * Searches from `start`, at t = 0, where the slope must be negative.
 *
 * @param evaluate the function at a step length.
 * @returns the first point that meets the strong Wolfe conditions, or the best one when evaluations are used up: `start`
 *   itself where none was lower.
 * @see Nocedal & Wright (2006), algorithms 3.5 and 3.6; (3.59) for the interpolation.
 */
export function strongWolfe<P extends LinePoint>(
  start: P,
  evaluate: (t: number) => P,
  options: WolfeOptions,
): P {
  const isHigh = (point: P): boolean =>
    !(point.loss <= start.loss + SUFFICIENT * point.t * start.slope);
  const isFlat = (point: P): boolean => Math.abs(point.slope) <= -CURVATURE * start.slope;
  let left = options.maxEvaluations;
  const zoom = (first: P, second: P): P => {
    let [low, high] = [first, second];
    while (left > 0 && Math.abs(high.t - low.t) > options.minInterval) {
      left--;
      const point = evaluate(between(low, high));
      if (isHigh(point) || point.loss >= low.loss) high = point;
      else {
        if (isFlat(point)) return point;
        if (point.slope * (high.t - low.t) >= 0) high = low;
        low = point;
      }
    }
    return low;
  };
  let [previous, t] = [start, options.firstStep];
  while (left > 0) {
    left--;
    const point = evaluate(t);
    if (isHigh(point) || (previous !== start && point.loss >= previous.loss)) {
      return zoom(previous, point);
    }
    if (isFlat(point)) return point;
    if (point.slope >= 0) return zoom(point, previous);
    t = beyond(previous, point);
    previous = point;
  }
  return previous;
}

/** A length between two points, by a cubic, but not near an end. */
function between(low: LinePoint, high: LinePoint): number {
  const [a, b] = low.t < high.t ? [low.t, high.t] : [high.t, low.t];
  const margin = 0.1 * (b - a);
  const t = cubicMinimum(low, high);
  return Number.isFinite(t) ? Math.min(Math.max(t, a + margin), b - margin) : (a + b) / 2;
}

/** A length beyond the second of two points. */
function beyond(previous: LinePoint, point: LinePoint): number {
  const [least, most] = [point.t * GROWTH.least, point.t * GROWTH.most];
  const t = cubicMinimum(previous, point);
  return t > point.t ? Math.min(Math.max(t, least), most) : most;
}

/** Where the cubic through values and slopes of two points is least; NaN where it has no minimum. */
function cubicMinimum(a: LinePoint, b: LinePoint): number {
  const d1 = a.slope + b.slope - (3 * (a.loss - b.loss)) / (a.t - b.t);
  const d2 = Math.sign(b.t - a.t) * Math.sqrt(d1 * d1 - a.slope * b.slope);
  return b.t - (b.t - a.t) * ((b.slope + d2 - d1) / (b.slope - a.slope + 2 * d2));
}
