/**
 * @file One order of a gradcheck at one point: φ, its analytic gradient, and differences of φ along any
 * direction, judged by how large the gradient and the rounding in φ are.
 */
import { sameAval } from "../array/aval.ts";
import type { Tensor } from "../core/tensor.ts";
import { type Difference, differenceAlong } from "./differences.ts";
import { Findings } from "./findings.ts";
import type { Functional, Letter } from "./functionals.ts";
import { type Direction, largest, norm, type Point, unravel } from "./point.ts";
import type { GradcheckMode } from "./report.ts";
import { tolerances } from "./tolerances.ts";

/** What is checked, apart from where. */
export interface Setup {
  /** Differentiable inputs to <c, f(x)>. */
  readonly phi: Functional;
  /** Σ |cᵢ f(x)ᵢ|, which tells how much φ is rounded. */
  magnitude(x: readonly Tensor[]): number;
  /** Positions of the differentiable inputs among the inputs of gradcheck. */
  readonly positions: readonly number[];
  readonly order: number;
  /** The lowest order to check. */
  readonly from: number;
  readonly mode: GradcheckMode;
  readonly seed: number;
  readonly tolerance: number;
  readonly directional: boolean;
  /** Whether the gradient of an input (counted among the differentiable ones) may be zero. */
  mayBeZero(input: number): boolean;
}

export interface Stage {
  readonly setup: Setup;
  readonly point: Point;
  readonly findings: Findings;
  readonly order: number;
  /** φ of the order before, by `word`; its derivative is what this stage checks. */
  readonly phi: Functional;
  readonly word: readonly Letter[];
  /** ∇φ, flat, by input. */
  readonly analytic: readonly Float64Array[];
  readonly center: number;
  /** How ∇φ is computed. */
  readonly gradient: (phi: Functional, x: readonly Tensor[]) => readonly Tensor[];
  /** The sum of the magnitudes whose sum φ is. */
  readonly magnitude: number;
  /** The rounding in the entries of the gradient by each input, where it was measured. */
  readonly doubt: readonly number[] | null;
}

/** The products of the analytic gradient with `direction`, entry by entry. */
export function terms(stage: Stage, direction: Direction): readonly number[] {
  return direction.map(({ input, at, amount }) => stage.analytic[input][at] * amount);
}

/** The sum of `values`. */
export function total(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0);
}

/** How large an analytic derivative along `direction` counts as 1. */
export function scaleAlong(stage: Stage, direction: Direction): number {
  if (direction.length !== 1) return norm(terms(stage, direction));
  const [{ input, amount }] = direction;
  return largest(stage.analytic[input]) * Math.abs(amount);
}

/** How much rounding changes one value of φ. */
function noiseOf({ center, magnitude }: Stage): number {
  return Math.max(
    4 * Number.EPSILON * Math.max(Math.abs(center), magnitude),
    tolerances.float64.underflow,
  );
}

/**
 * `stage` with its rounding as it shows when x moves a little: of φ, whose terms may cancel inside f, and of
 * the gradient. Null if it is no more than was assumed.
 */
export function remeasured(stage: Stage): Stage | null {
  const { setup, point, phi, gradient, analytic } = stage;
  const direction = point.direction(setup.seed, 512, [...point.tensors.keys()]);
  const doubt = analytic.map(() => 0);
  let noise = 0;
  for (const distance of NEARBY) {
    const points = SAMPLES.map((k) => point.shifted(direction, k * distance));
    noise = Math.max(noise, jitter(points.map((x) => phi(x).item())));
    const gradients = points.map((x) => gradient(phi, x).map((g) => g.toTypedArray()));
    analytic.forEach((entries, input) => {
      const jitters = Array.from(entries, (_, at) => jitter(gradients.map((g) => g[input][at])));
      doubt[input] = Math.max(doubt[input], 8 * largest(jitters));
    });
  }
  const magnitude = Math.max(stage.magnitude, noise / Number.EPSILON);
  const isMore =
    magnitude > 8 * stage.magnitude ||
    doubt.some((rounding, input) => rounding > 1e-13 * largest(analytic[input]));
  return isMore ? { ...stage, magnitude, doubt, findings: new Findings() } : null;
}

/** Units in the last place of x, and of a part of x that a sum with larger numbers would leave. */
const NEARBY: readonly number[] = [Number.EPSILON, -(2 ** 24) * Number.EPSILON];
/** All on one side of x, so that a jump at x is not taken for noise. */
const SAMPLES: readonly number[] = [8, 9, 10, 11, 12, 13, 14];

/** What is left of equidistant values where anything smooth has been taken away, by their third differences. */
function jitter(values: readonly number[]): number {
  const thirds = values.slice(3).map((d, i) => d - values[i] + 3 * (values[i + 1] - values[i + 2]));
  return 2 * largest(thirds);
}

/** How much of the analytic derivative along `direction` is rounding, where that was measured. */
export function doubtAlong({ doubt }: Stage, direction: Direction): number {
  if (doubt === null) return 0;
  return direction.reduce((sum, { input, amount }) => sum + doubt[input] * Math.abs(amount), 0);
}

/** The derivative of φ along `direction`, by differences. */
export function probe(stage: Stage, direction: Direction): Difference {
  const { phi, point, setup, center } = stage;
  const noise = noiseOf(stage);
  const steps = point.steps(direction);
  const target = Math.max(
    (setup.tolerance / 16) * scaleAlong(stage, direction),
    (2 ** 12 * noise) / point.scale(direction),
  );
  const value = (t: number): number => phi(point.shifted(direction, t)).item();
  const found = differenceAlong(value, steps, { noise, target, center });
  const gap = Math.abs(total(terms(stage, direction)) - found.value);
  if (found.kink || gap <= allowed(stage, direction, found)) return found;
  // Two entries of a table may agree by chance: before a derivative is called wrong, the best difference counts.
  const best = differenceAlong(value, steps, { noise, center });
  return best.kink || !Number.isFinite(best.value) ? found : best;
}

/** How far the derivative along `direction` may lie from `difference`. */
export function allowed(stage: Stage, direction: Direction, difference: Difference): number {
  const { tolerance } = stage.setup;
  const rounding = 4 * difference.rounding + doubtAlong(stage, direction);
  return tolerance * scaleAlong(stage, direction) + rounding;
}

/** Records the entries of `direction` on whose account φ has a kink along it. */
export function recordKinks(stage: Stage, direction: Direction, difference: Difference): void {
  const { setup, point, findings, order } = stage;
  if (direction.length > 1) {
    const middle = direction.length >> 1;
    const halves = [direction.slice(0, middle), direction.slice(middle)].map((half) => {
      return [half, probe(stage, half)] as const;
    });
    const kinked = halves.filter(([, { kink }]) => kink);
    for (const [half, found] of kinked) recordKinks(stage, half, found);
    if (kinked.length > 0) return;
  }
  for (const { input, at, amount } of direction) {
    const index = unravel(at, point.tensors[input].shape);
    const [left, right] = [difference.left / amount, difference.right / amount];
    findings.kink({ order, input: setup.positions[input], index, left, right });
  }
}

/** The entry of `direction` at which the two derivatives differ most, found by halving, and its difference. */
export function blamed(
  stage: Stage,
  direction: Direction,
): { readonly entry: Direction; readonly found: Difference } {
  const gap = (part: Direction): number => {
    return Math.abs(total(terms(stage, part)) - probe(stage, part).value);
  };
  const entry = worstEntry(direction, gap).map((move) => ({ ...move, amount: 1 }));
  return { entry, found: probe(stage, entry) };
}

/** `direction`, halved until the entry with the largest `error` is left. */
export function worstEntry(
  direction: Direction,
  error: (direction: Direction) => number,
): Direction {
  if (direction.length === 1) return direction;
  const middle = direction.length >> 1;
  const [first, second] = [direction.slice(0, middle), direction.slice(middle)];
  return worstEntry(error(first) >= error(second) ? first : second, error);
}

/** Whether `difference` is a derivative; records why not. */
export function isUsable(stage: Stage, direction: Direction, difference: Difference): boolean {
  if (difference.kink) {
    recordKinks(stage, direction, difference);
    return false;
  }
  if (Number.isFinite(difference.value)) return true;
  const { setup, point, findings, order } = stage;
  const [{ input, at }] = direction;
  const what = `the difference quotient of order ${order} of input ${setup.positions[input]}`;
  const index = direction.length === 1 ? unravel(at, point.tensors[input].shape) : null;
  findings.failures.push({ kind: "not finite", what, index, value: difference.value });
  return false;
}

/** Whether the gradients have the avals of the inputs and finite entries. */
export function isSound(
  setup: Setup,
  point: Point,
  findings: Findings,
  order: number,
  mode: string,
  gradients: readonly Tensor[],
): boolean {
  const before = findings.failures.length;
  gradients.forEach((gradient, input) => {
    const what = `the gradient of order ${order} of input ${setup.positions[input]} by ${mode} mode`;
    const expected = point.tensors[input].aval;
    if (!sameAval(gradient.aval, expected)) {
      findings.failures.push({ kind: "wrong aval", what, found: gradient.aval, expected });
      return;
    }
    const values = gradient.toTypedArray();
    const at = values.findIndex((value) => !Number.isFinite(value));
    if (at < 0) return;
    const index = unravel(at, expected.shape);
    findings.failures.push({ kind: "not finite", what, index, value: values[at] });
  });
  return findings.failures.length === before;
}
