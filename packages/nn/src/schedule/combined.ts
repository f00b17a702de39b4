/** @file Schedules made of schedules. */
import { ValueError } from "@tapegrad/autograd";
import { linear, requireSteps } from "./decays.ts";
import type { Schedule } from "./schedule.ts";

export interface SequentialOptions {
  readonly schedules: readonly Schedule[];
  /** The steps at which the next one begins, ascending: one less than there are schedules. */
  readonly milestones: readonly number[];
}

/**
 * One schedule after the other; each counts its own steps from its milestone.
 *
 * @throws ValueError if the numbers of schedules and milestones do not fit, or milestones do not ascend.
 * @example
 * const rate = schedules.sequential({
 *   schedules: [schedules.constant({ factor: 0.1, steps: 5 }), schedules.cosine({ steps: 95 })],
 *   milestones: [5],
 * });
 * [0, 5, 100].map((step) => rate(step, 1));   // [0.1, 1, 0]
 */
export function sequential(options: SequentialOptions): Schedule {
  const { schedules, milestones } = options;
  const ascends = milestones.every((milestone, i) => milestone > (i === 0 ? 0 : milestones[i - 1]));
  if (schedules.length !== milestones.length + 1 || !ascends) {
    throw new ValueError("sequential", { count: schedules.length, milestones }, (d) => {
      return `got ${d.count} schedules and milestones [${d.milestones.join(", ")}]. Use ascending milestones above 0, one less than there are schedules.`;
    });
  }
  return (step, base) => {
    const index = milestones.filter((milestone) => milestone <= step).length;
    return schedules[index](step - (index === 0 ? 0 : milestones[index - 1]), base);
  };
}

/** Each schedule applied to the rate that the one before gives: factors are multiplied. */
export function chained(...schedules: readonly Schedule[]): Schedule {
  return (step, base) => schedules.reduce((rate, schedule) => schedule(step, rate), base);
}

export interface WarmUpOptions {
  /** The number of steps before the full rate. */
  readonly steps: number;
  /** The factor at step 0; 1 / (steps + 1) by default, so that the first step moves something already. */
  readonly start?: number;
  /** What follows, from its own step 0; the full rate by default. */
  readonly after?: Schedule;
}

/**
 * A linear rise to base, then another schedule.
 *
 * @throws ValueError if `start` is negative, or `steps` is no count.
 * @example
 * schedules.warmUp({ steps: 100, after: schedules.cosine({ steps: 900 }) });
 * @see Goyal et al. (2017), section 2.2.
 */
export function warmUp(options: WarmUpOptions): Schedule {
  const { steps, start = 1 / (steps + 1), after = (_, base) => base } = options;
  requireSteps("warmUp", { steps });
  return sequential({ schedules: [linear({ start, steps }), after], milestones: [steps] });
}
