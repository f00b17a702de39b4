/**
 * @file Derivatives by differences: central ones, extrapolated to step 0, with an estimate of their
 * error, and one-sided ones beside them, which tell a kink from a curve.
 *
 * Central differences D(h) differ from the derivative by a series in h², so values for h, h/2, h/4, … can
 * be extrapolated by Neville's scheme. Which entry of the table to trust follows from how much it differs
 * from its neighbours: C. J. F. Ridders, "Accurate computation of F'(x) and F'(x) F''(x)", Advances in
 * Engineering Software 4 (1982). The steps are powers of two, so that x + h is rounded rarely.
 */

/** A derivative by differences, and how far it can be trusted. */
export interface Difference {
  readonly value: number;
  /** Estimated distance from the true derivative; Infinity where the function is not finite beside the point. */
  readonly error: number;
  /** The part of `error` that rounding in the function's values causes. */
  readonly rounding: number;
  /** One-sided slopes at the smallest step. */
  readonly left: number;
  readonly right: number;
  /** The one-sided slopes stay apart, or grow without bound, as the step shrinks. */
  readonly kink: boolean;
}

export interface DifferenceOptions {
  /** How much rounding may change a value of the function; by default 4 units in the last place of f(0). */
  readonly noise?: number;
  /** Stop as soon as the estimated error is below this; 0 by default, which finds the best possible. */
  readonly target?: number;
  /** The value in the middle, where it is already known. */
  readonly center?: number;
}

const LEVELS = 6;
const STARTS: readonly number[] = [2 ** -5, 2 ** -12, 2 ** -19];
const CONFIRM = 2 ** -8;
const NOTHING: Found = {
  value: Number.NaN,
  error: Number.POSITIVE_INFINITY,
  rounding: Number.POSITIVE_INFINITY,
  left: Number.NaN,
  right: Number.NaN,
  step: Number.POSITIVE_INFINITY,
  kink: null,
};

/**
 * First steps to try at the coordinate `x`: fractions of |x|, which keep to its side of 0; then of `unit`,
 * for functions that do not care for 0, where |x| is so small that rounding would win. At x = 0 only the latter.
 *
 * @example
 * stepsAt(0.01);   // [2^-12, 2^-5, 2^-19, 2^-12, …]
 */
export function stepsAt(x: number, unit = 1): readonly number[] {
  const isUsable = (scale: number): boolean => scale > 1e-290;
  const scales = new Set([Math.abs(x), unit, 1].filter(isUsable).map(powerOfTwo));
  return STARTS.flatMap((start) => [...scales].map((scale) => start * scale));
}

function powerOfTwo(x: number): number {
  return 2 ** Math.floor(Math.log2(x));
}

/**
 * f'(x) for a function of one number.
 *
 * @example
 * derivative(Math.sqrt, 0.01).value;   // 5, to twelve digits
 */
export function derivative(
  f: (x: number) => number,
  x: number,
  options: DifferenceOptions = {},
): Difference {
  return differenceAlong((t) => f(x + t), stepsAt(x), options);
}

/**
 * The derivative at t = 0 of a function of one number, from the first of `starts` that reaches the target,
 * or else the one with the smallest error.
 *
 * @param starts first steps to try; those at which rounding alone exceeds the target come last.
 */
export function differenceAlong(
  f: (t: number) => number,
  starts: readonly number[],
  options: DifferenceOptions = {},
): Difference {
  const { center = f(0), target = 0 } = options;
  const { noise = 4 * Number.EPSILON * Math.abs(center) } = options;
  const isNoisy = (start: number): boolean => roundingOf(noise, start) > target;
  const ordered = [...starts.filter((h) => !isNoisy(h)), ...starts.filter(isNoisy)];
  let best = NOTHING;
  let kinked: Found = NOTHING;
  for (const start of ordered) {
    if (roundingOf(noise, start) >= best.error) continue;
    const found = extrapolate({ f, center, noise, target }, start);
    if (found.kink === null) {
      if (found.error < best.error) best = found;
      if (best.error <= target) break;
    } else {
      const isSure = isSameKink(kinked, found);
      kinked = found;
      if (isSure) break;
    }
  }
  return differenceOf(isRefuted(kinked, best, target) ? best : kinked);
}

/** A table's best entry, and the slopes at its smallest step. */
interface Found extends Omit<Difference, "kink"> {
  readonly step: number;
  /** How the slopes fail to settle: they stay apart, or they grow. */
  readonly kink: "gap" | "growth" | null;
}

/** The same gap at steps a hundred times apart, or one that has grown by just that factor: a kink, or a jump. */
function isSameKink(before: Found, now: Found): boolean {
  if (before.kink === null || now.kink === null) return false;
  const isNear = (a: number, b: number): boolean => Math.abs(a - b) <= 0.01 * Math.abs(a);
  const [wide, narrow] = [gapOf(before), gapOf(now)];
  return isNear(wide, narrow) || isNear(wide * before.step, narrow * now.step);
}

/** What looks like a kink from afar may be a curve that is steep nearby: smaller steps see through it. */
function isRefuted(kinked: Found, best: Found, target: number): boolean {
  if (kinked.kink === null) return true;
  const [measure, least] = kinked.kink === "gap" ? [gapOf, 0.25] : [steepest, 2];
  const isSharp = best.error <= Math.max(16 * target, 2 * best.rounding);
  const isSeen = best.step < kinked.step && 16 * best.rounding < measure(kinked);
  return isSharp && isSeen && measure(best) < least * measure(kinked);
}

function differenceOf({ value, error, rounding, left, right, kink }: Found): Difference {
  return { value, error, rounding, left, right, kink: kink !== null };
}

interface Sampled {
  readonly f: (t: number) => number;
  readonly center: number;
  readonly noise: number;
  readonly target: number;
}

/** The error of an extrapolated difference whose smallest step is `h`. */
function roundingOf(noise: number, h: number): number {
  return (2 * noise) / h;
}

interface Slopes {
  readonly h: number;
  /** The magnitude of the values beside the middle, which are rounded too. */
  readonly size: number;
  readonly left: number;
  readonly right: number;
}

function slopesAt({ f, center }: Sampled, h: number): Slopes {
  const [behind, ahead] = [f(-h), f(h)];
  const size = Math.max(Math.abs(behind), Math.abs(ahead));
  return { h, size, left: (center - behind) / h, right: (ahead - center) / h };
}

const isFiniteSlope = ({ left, right }: Slopes): boolean => Number.isFinite(left + right);

/** Ridders' table for the steps start, start/2, …: the entry with the smallest estimated error. */
function extrapolate(sampled: Sampled, start: number): Found {
  let row: readonly number[] = [];
  let best = { value: Number.NaN, error: Number.POSITIVE_INFINITY, rounding: 0 };
  const seen: Slopes[] = [];
  let { noise } = sampled;
  for (let level = 0; level < LEVELS && best.error > sampled.target; level++) {
    const slopes = slopesAt(sampled, start * 2 ** -level);
    if (!isFiniteSlope(slopes)) {
      row = [];
      continue;
    }
    seen.push(slopes);
    noise = Math.max(noise, 4 * Number.EPSILON * slopes.size);
    const next = neville(row, (slopes.left + slopes.right) / 2);
    const { value, error } = trusted(row, next);
    const rounding = roundingOf(noise, slopes.h);
    if (error < best.error) best = { value, error: Math.max(error, rounding), rounding };
    row = next;
  }
  const last = seen.at(-1);
  if (last === undefined) return NOTHING;
  const { left, right } = last;
  const aware = { ...sampled, noise };
  const isOpen = looksLikeKink(aware, seen);
  const kink = isOpen ? kinkNearby(aware, last) : null;
  // a kink close by splits the slopes: their mean converges, to nothing
  const error = isOpen ? Math.max(best.error, gapOf(last) / 2) : best.error;
  return { ...best, error, left, right, step: last.h, kink };
}

/** The next row of the table, after the row `previous` of the double step. */
function neville(previous: readonly number[], difference: number): readonly number[] {
  const row = [difference];
  previous.forEach((coarse, j) => {
    row.push(row[j] + (row[j] - coarse) / (4 ** (j + 1) - 1));
  });
  return row;
}

/** The entry of `row` that differs least from the two it was made of. */
function trusted(
  previous: readonly number[],
  row: readonly number[],
): { readonly value: number; readonly error: number } {
  let best = { value: row[0], error: Number.POSITIVE_INFINITY };
  for (let j = 1; j < row.length; j++) {
    const error = Math.max(Math.abs(row[j] - row[j - 1]), Math.abs(row[j] - previous[j - 1]));
    if (error < best.error) best = { value: row[j], error };
  }
  return best;
}

/** A slope that does not settle: one-sided ones that stay apart, or any that grows as the step shrinks. */
function looksLikeKink({ noise, target }: Sampled, seen: readonly Slopes[]): boolean {
  const [before, last] = seen.slice(-2);
  if (last === undefined) return false;
  const threshold = Math.max(4 * target, 16 * roundingOf(noise, last.h * CONFIRM));
  // half the step halves the gap of a curve, and changes its slope hardly
  const open = gapOf(last) > threshold && gapOf(last) > 0.75 * gapOf(before);
  return open || (steepest(last) > threshold && steepest(last) > 1.5 * steepest(before));
}

/** Whether that is still so at a step so much smaller that a curve would have settled. */
function kinkNearby(sampled: Sampled, last: Slopes): Found["kink"] {
  const near = slopesAt(sampled, last.h * CONFIRM);
  if (!isFiniteSlope(near)) return null;
  if (gapOf(near) > 0.5 * gapOf(last) + roundingOf(sampled.noise, near.h)) return "gap";
  return steepest(near) > (0.5 / CONFIRM) * steepest(last) ? "growth" : null;
}

type Sides = Pick<Slopes, "left" | "right">;

function gapOf({ left, right }: Sides): number {
  return Math.abs(right - left);
}

function steepest({ left, right }: Sides): number {
  return Math.max(Math.abs(left), Math.abs(right));
}
