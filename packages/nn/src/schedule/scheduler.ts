/**
 * @file Scheduler: gives an optimiser's learning rates, and momenta, the values of a schedule.
 *
 * The rates are variables that compiled steps read, so a schedule runs between steps and nothing is compiled again.
 */
import { type Tensor, tensor, ValueError, Variable } from "@tapegrad/autograd";
import { type ParameterGroup, scalar } from "../optim/optimizer.ts";
import { loadState, snapshots } from "../state-dict.ts";
import type { Schedule, Schedules } from "./schedule.ts";

/** A schedule of learning rates, or of rates and momenta. */
export type AnySchedule = Schedule | Schedules;

/**
 * Applies a schedule: its value at step 0 at once, and the next with every `step()`.
 *
 * - base rates and momenta are those that the optimiser has when the scheduler is made
 * - `step` is called between steps of the optimiser, outside of compiled functions; in a transaction it is rolled back
 * - with an array, each group of parameters has a schedule of its own
 *
 * @throws ValueError if there is not one schedule for each group, a momentum is scheduled that a group does not have,
 *   or a schedule gives a number that is negative or not finite.
 * @example
 * const scheduler = new Scheduler(optimizer, schedules.cosine({ steps: 1000 }));
 * for (const batch of batches) {
 *   step(batch);
 *   scheduler.step();
 * }
 */
export class Scheduler {
  readonly optimizer: ScheduledOptimizer;
  readonly #schedules: readonly Schedules[];
  readonly #step: Variable;
  readonly #bases: readonly { readonly learningRate: Variable; readonly momentum: Variable }[];

  constructor(optimizer: ScheduledOptimizer, schedule: AnySchedule | readonly AnySchedule[]) {
    const { groups } = optimizer;
    this.optimizer = optimizer;
    this.#schedules = schedulesOf(groups, schedule);
    this.#step = new Variable(tensor(0, { dtype: "int32" }), { name: "step" });
    this.#bases = groups.map(({ learningRate, momentum }) => ({
      learningRate: new Variable(learningRate.value, { name: "baseLearningRate" }),
      momentum: new Variable(momentum?.value ?? scalar(0), { name: "baseMomentum" }),
    }));
    this.#apply(0);
  }

  /** The number of steps that were taken. */
  get stepCount(): number {
    return this.#step.value.item();
  }

  /** Takes the next step. */
  step(): void {
    const next = this.stepCount + 1;
    this.#apply(next);
    this.#step.assign(tensor(next, { dtype: "int32" }));
  }

  /** The step and the base rates, by name. */
  variables(): ReadonlyMap<string, Variable> {
    const found = new Map([["step", this.#step]]);
    this.#bases.forEach(({ learningRate, momentum }, i) => {
      found.set(`groups.${i}.baseLearningRate`, learningRate);
      found.set(`groups.${i}.baseMomentum`, momentum);
    });
    return found;
  }

  /** Snapshots of all variables by name. */
  stateDict(): Record<string, Tensor> {
    return snapshots(this.variables());
  }

  /**
   * Assigns all variables, or none, and gives the optimiser the rates of that step.
   *
   * @throws ValueError if a name is missing or unknown; ShapeError if a shape or dtype differs; DTypeError if a
   *   value is no tensor.
   */
  loadStateDict(values: Readonly<Record<string, Tensor>>): void {
    loadState(this.variables(), values, "scheduler");
    this.#apply(this.stepCount);
  }

  #apply(step: number): void {
    const updates = this.#schedules.flatMap(({ learningRate, momentum }, i) => {
      const [group, base] = [this.optimizer.groups[i], this.#bases[i]];
      return [
        valueOf(learningRate, group.learningRate, base.learningRate, step),
        valueOf(momentum, group.momentum, base.momentum, step),
      ];
    });
    for (const update of updates) update?.variable.assign(scalar(update.value));
  }
}

/** What a scheduler needs of an optimiser. */
export interface ScheduledOptimizer {
  readonly groups: readonly Pick<ParameterGroup, "learningRate" | "momentum">[];
}

function schedulesOf(
  groups: ScheduledOptimizer["groups"],
  given: AnySchedule | readonly AnySchedule[],
): readonly Schedules[] {
  const list: readonly AnySchedule[] = isList(given) ? given : groups.map(() => given);
  if (list.length !== groups.length) {
    throw new ValueError("Scheduler", { found: list.length, expected: groups.length }, (d) => {
      return `got ${d.found} schedules for ${d.expected} groups of parameters. Pass one for each group, or one for all.`;
    });
  }
  return list.map((item, i) => {
    const schedules = typeof item === "function" ? { learningRate: item } : item;
    if (schedules.momentum === undefined || groups[i].momentum !== null) return schedules;
    throw new ValueError("Scheduler", { group: i }, (d) => {
      return `the schedule has a momentum, but group ${d.group} has none. Make the optimiser with a momentum above 0, or the schedule with \`momentum: null\`.`;
    });
  });
}

function isList(given: AnySchedule | readonly AnySchedule[]): given is readonly AnySchedule[] {
  return Array.isArray(given);
}

interface Update {
  readonly variable: Variable;
  readonly value: number;
}

function valueOf(
  schedule: Schedule | undefined,
  variable: Variable | null,
  base: Variable,
  step: number,
): Update | null {
  if (schedule === undefined || variable === null) return null;
  const value = schedule(step, base.value.item());
  if (Number.isFinite(value) && value >= 0) return { variable, value };
  throw new ValueError("Scheduler", { step, value, name: variable.name }, (d) => {
    return `the schedule gives ${d.value} as the ${d.name} of step ${d.step}. Give a number from 0 up.`;
  });
}
