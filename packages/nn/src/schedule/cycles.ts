/** @file Schedules that rise and fall: warm restarts, cycles, and the one cycle. */
import { requireDecays, requireNotNegative, requireRange } from "../optim/ranges.ts";
import { betweenByCosine, requireSteps } from "./decays.ts";
import type { Schedule, Schedules } from "./schedule.ts";

export interface WarmRestartsOptions {
  /** The length of the first period. */
  readonly steps: number;
  /** How many times longer each period is than the one before: an integer, 1 by default. */
  readonly growth?: number;
  /** The rate at the end of a period; 0 by default. */
  readonly min?: number;
}

/**
 * A cosine from base to `min`, again and again.
 *
 * @throws ValueError if `min` is negative, or a number of steps or the growth is no count.
 * @see Loshchilov & Hutter (2017), equation 5.
 */
export function warmRestarts(options: WarmRestartsOptions): Schedule {
  const { steps, growth = 1, min = 0 } = options;
  requireNotNegative("warmRestarts", { min });
  requireSteps("warmRestarts", { steps, growth });
  return (step, base) => {
    let [since, period] = [step, steps];
    if (growth === 1) since = step % steps;
    for (; since >= period; period *= growth) since -= period;
    return betweenByCosine(base, min, since / period);
  };
}

/** The range of a momentum, which is largest where the rate is least. */
export interface MomentumRange {
  readonly min: number;
  readonly max: number;
}

/** How high a cycle is, as a part of the first: of its number, from 1, and the step. */
export type CycleHeight = (cycle: number, step: number) => number;

export interface CyclicOptions {
  /** The least rate; the optimiser's by default. */
  readonly min?: number;
  readonly max: number;
  /** Steps from the least rate to the largest; 2000 by default. */
  readonly up?: number;
  /** Steps back; as many by default. */
  readonly down?: number;
  /**
   * The height of a cycle as a part of the first: all the same for "triangular" (the default), half of the one before for
   * "triangular2", gamma^step for "exponential"; or a function of the number of the cycle, from 1, and of the step.
   */
  readonly shape?: "triangular" | "triangular2" | "exponential" | CycleHeight;
  /** Of "exponential"; 1 by default. */
  readonly gamma?: number;
  /** { min: 0.8, max: 0.9 } by default; null leaves the momentum as it is. */
  readonly momentum?: MomentumRange | null;
}

/**
 * Triangles between `min` and `max`, and the momentum against them.
 *
 * @throws ValueError if an option is out of range.
 * @see Smith (2017), section 3.
 */
export function cyclic(options: CyclicOptions): Schedules {
  const { min, max, up = 2000, down = up, momentum = { min: 0.8, max: 0.9 } } = options;
  requireNotNegative("cyclic", { max, ...(min === undefined ? {} : { min }) });
  requireNotNegative("cyclic", { gamma: options.gamma ?? 1 });
  requireSteps("cyclic", { up, down });
  requireMomentum("cyclic", momentum);
  const heightOf = heights(options);
  const height = (step: number): number => {
    const cycle = 1 + Math.floor(step / (up + down));
    const at = step % (up + down);
    const triangle = at <= up ? at / up : (up + down - at) / down;
    return triangle * heightOf(cycle, step);
  };
  const learningRate: Schedule = (step, base) => {
    const least = min ?? base;
    return least + (max - least) * height(step);
  };
  if (momentum === null) return { learningRate };
  return {
    learningRate,
    momentum: (step) => momentum.max - (momentum.max - momentum.min) * height(step),
  };
}

function heights({ shape = "triangular", gamma = 1 }: CyclicOptions): CycleHeight {
  if (typeof shape === "function") return shape;
  if (shape === "triangular2") return (cycle) => 1 / 2 ** (cycle - 1);
  return shape === "exponential" ? (_, step) => gamma ** step : () => 1;
}

export interface OneCycleOptions {
  readonly max: number;
  /** The length of the cycle; the last value stays. */
  readonly steps: number;
  /** The part of the cycle in which the rate rises; 0.3 by default. */
  readonly rising?: number;
  /** The first rate is max / divisor; 25 by default. */
  readonly divisor?: number;
  /** The last rate is the first / finalDivisor; 10000 by default. */
  readonly finalDivisor?: number;
  /** "cosine" by default. */
  readonly anneal?: "cosine" | "linear";
  /** Whether the rate falls to the first as fast as it rose, before it falls to the last; false by default. */
  readonly threePhases?: boolean;
  /** { min: 0.85, max: 0.95 } by default; null leaves the momentum as it is. */
  readonly momentum?: MomentumRange | null;
}

/** The end of a phase, and what is reached there. */
interface Knot {
  readonly at: number;
  readonly rate: number;
  readonly momentum: number;
}

/**
 * One rise from max / divisor to `max` and a fall far below, and the momentum against it.
 *
 * @throws ValueError if an option is out of range.
 * @see Smith & Topin (2018), section 2.
 */
export function oneCycle(options: OneCycleOptions): Schedules {
  const { momentum = { min: 0.85, max: 0.95 }, anneal = "cosine" } = options;
  const knots = knotsOf(options, momentum ?? { min: 0, max: 0 });
  requireMomentum("oneCycle", momentum);
  const along = (of: (knot: Knot) => number): Schedule => {
    return (step) => {
      const end = knots.findIndex((knot, i) => i > 0 && step < knot.at);
      const [from, to] = [knots.at(end - 1), knots.at(end)];
      // behind the last knot
      if (end < 0 || from === undefined || to === undefined) return of(knots[knots.length - 1]);
      const part = (step - from.at) / (to.at - from.at);
      if (anneal === "cosine") return betweenByCosine(of(from), of(to), part);
      return of(from) + (of(to) - of(from)) * part;
    };
  };
  const learningRate = along((knot) => knot.rate);
  return momentum === null
    ? { learningRate }
    : { learningRate, momentum: along((knot) => knot.momentum) };
}

function knotsOf(options: OneCycleOptions, momentum: MomentumRange): readonly Knot[] {
  const { max, steps, rising = 0.3, divisor = 25, finalDivisor = 1e4 } = options;
  const { threePhases = false } = options;
  requireSteps("oneCycle", { steps });
  requireNotNegative("oneCycle", { max });
  requireRange("oneCycle", "rising", rising, rising >= 0 && rising <= 1, "a number from 0 to 1");
  for (const [name, value] of Object.entries({ divisor, finalDivisor })) {
    requireRange("oneCycle", name, value, value > 0, "a positive number");
  }
  const first = max / divisor;
  const top = rising * steps - 1;
  return [
    { at: 0, rate: first, momentum: momentum.max },
    { at: top, rate: max, momentum: momentum.min },
    ...(threePhases ? [{ at: 2 * rising * steps - 2, rate: first, momentum: momentum.max }] : []),
    { at: steps - 1, rate: first / finalDivisor, momentum: momentum.max },
  ];
}

function requireMomentum(op: string, momentum: MomentumRange | null): void {
  if (momentum === null) return;
  requireDecays(op, { "momentum.min": momentum.min, "momentum.max": momentum.max });
}
