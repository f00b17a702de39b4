/** @file quasiNewton: the iteration of L-BFGS on one vector of float64, apart from where its numbers are kept. */
import {
  type CurvaturePair,
  descentDirection,
  dot,
  isCurved,
  largest,
  plusScaled,
} from "./curvature.ts";
import { type LinePoint, strongWolfe } from "./line-search.ts";

export interface QuasiNewtonSettings {
  /** The step length, or the first that the line search tries. */
  readonly learningRate: number;
  readonly maxIterations: number;
  readonly maxEvaluations: number;
  /** The largest entry of a gradient at which the iteration ends. */
  readonly gradientTolerance: number;
  /** The change of the loss, or the largest of an entry, at which it ends. */
  readonly changeTolerance: number;
  readonly historySize: number;
  readonly lineSearch: "strong-wolfe" | null;
}

/** What ended the iteration; "line search" where no lower loss was found along a direction. */
export type Ending =
  | "gradient"
  | "change"
  | "iterations"
  | "evaluations"
  | "line search"
  | "not finite";

/** The function at one vector. */
export interface Value {
  readonly loss: number;
  readonly gradient: Float64Array;
}

/** What a call of `step` did, and what ended it. */
export interface LBFGSReport {
  readonly lossBefore: number;
  readonly loss: number;
  readonly iterations: number;
  /** How often loss and gradient were computed. */
  readonly evaluations: number;
  readonly ended: Ending;
}

export interface QuasiNewtonResult extends LBFGSReport {
  readonly x: Float64Array;
  /** What was learnt of the curvature, the oldest first. */
  readonly pairs: readonly CurvaturePair[];
}

interface Point extends Value, LinePoint {
  readonly x: Float64Array;
}

type Evaluate = (x: Float64Array) => Value;

/**
 * Iterates from `start` until the gradient is small, nothing changes any more, or a limit is reached.
 *
 * @param known pairs of before, the oldest first.
 * @see Nocedal & Wright (2006), algorithm 7.5.
 */
export function quasiNewton(
  evaluate: Evaluate,
  start: Float64Array,
  known: readonly CurvaturePair[],
  settings: QuasiNewtonSettings,
): QuasiNewtonResult {
  let evaluations = 0;
  const counted: Evaluate = (x) => {
    evaluations++;
    return evaluate(x);
  };
  let point: Point = { ...counted(start), x: start, t: 0, slope: 0 };
  const lossBefore = point.loss;
  const pairs: CurvaturePair[] = [];
  let iterations = 0;
  let ended = endedAt(point, iterations, evaluations, settings);
  while (ended === null) {
    iterations++;
    const memory = [...known, ...pairs].slice(-settings.historySize);
    const next = advance(counted, point, memory, settings, settings.maxEvaluations - evaluations);
    const isFinite = Number.isFinite(next.loss) && next.gradient.every(Number.isFinite);
    if (!isFinite) ended = "not finite";
    else if (next.t === 0) ended = "line search";
    if (ended !== null) break;
    const s = plusScaled(next.x, -1, point.x);
    const pair = { s, y: plusScaled(next.gradient, -1, point.gradient) };
    if (isCurved(pair)) pairs.push(pair);
    const change = Math.min(largest(s), Math.abs(next.loss - point.loss));
    point = next;
    ended = endedAt(point, iterations, evaluations, settings);
    if (ended !== "gradient" && change <= settings.changeTolerance) ended = "change";
  }
  return { x: point.x, lossBefore, loss: point.loss, iterations, evaluations, ended, pairs };
}

function endedAt(
  { gradient }: Value,
  iterations: number,
  evaluations: number,
  settings: QuasiNewtonSettings,
): Ending | null {
  if (largest(gradient) <= settings.gradientTolerance) return "gradient";
  if (iterations >= settings.maxIterations) return "iterations";
  return evaluations >= settings.maxEvaluations ? "evaluations" : null;
}

/** One iteration: the next point, with t = 0 where there is none. */
function advance(
  evaluate: Evaluate,
  from: Point,
  memory: readonly CurvaturePair[],
  settings: QuasiNewtonSettings,
  maxEvaluations: number,
): Point {
  const { learningRate, lineSearch, changeTolerance } = settings;
  const newton = descentDirection(from.gradient, memory);
  // by rounding, or where the function has changed since, it may lead upward
  const leadsDown = dot(newton, from.gradient) < 0;
  const direction = leadsDown ? newton : descentDirection(from.gradient, []);
  const isScaled = leadsDown && memory.length > 0;
  const sum = direction.reduce((total, value) => total + Math.abs(value), 0);
  const firstStep = isScaled ? learningRate : Math.min(1, 1 / sum) * learningRate;
  const pointAt = (t: number): Point => {
    const x = plusScaled(from.x, t, direction);
    const value = evaluate(x);
    return { ...value, x, t, slope: dot(value.gradient, direction) };
  };
  if (lineSearch === null) return pointAt(firstStep);
  const start = { ...from, t: 0, slope: dot(from.gradient, direction) };
  const minInterval = changeTolerance / largest(direction);
  return strongWolfe(start, pointAt, { firstStep, maxEvaluations, minInterval });
}
