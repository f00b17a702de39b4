/** @file PlateauScheduler: lowers learning rates when a metric no longer improves. */
import { Tensor, tensor, ValueError, Variable } from "@tapegrad/autograd";
import { scalar } from "../optim/optimizer.ts";
import { requireNotNegative, requireRange } from "../optim/ranges.ts";
import { loadState, snapshots } from "../state-dict.ts";
import type { ScheduledOptimizer } from "./scheduler.ts";

export interface PlateauOptions {
  /** Whether a better metric is smaller or larger; "min" by default. */
  readonly mode?: "min" | "max";
  /** What the rate is multiplied by; 0.1 by default. */
  readonly factor?: number;
  /** How many steps without improvement are borne; 10 by default. */
  readonly patience?: number;
  /** How much better counts as better, as a part of the best metric or absolutely; 1e-4 by default. */
  readonly threshold?: number;
  /** "relative" by default. */
  readonly thresholdMode?: "relative" | "absolute";
  /** How many steps after a reduction are not counted; 0 by default. */
  readonly cooldown?: number;
  /** The least rate, for all groups or one for each; 0 by default. */
  readonly min?: number | readonly number[];
  /** Smaller changes of a rate are left out; 1e-8 by default. */
  readonly epsilon?: number;
}

type Settings = Required<PlateauOptions>;

const DEFAULTS: Settings = {
  mode: "min",
  factor: 0.1,
  patience: 10,
  threshold: 1e-4,
  thresholdMode: "relative",
  cooldown: 0,
  min: 0,
  epsilon: 1e-8,
};

/**
 * Multiplies learning rates by `factor` after more than `patience` steps without a better metric.
 *
 * - a metric that is NaN is not better
 * - it is told the metric between steps of the optimiser, outside of compiled functions
 *
 * @throws ValueError if an option is out of range.
 * @example
 * const scheduler = new PlateauScheduler(optimizer, { factor: 0.5, patience: 2 });
 * scheduler.step(mseLoss(model.forward(x), y));   // of the validation data
 */
export class PlateauScheduler {
  readonly optimizer: ScheduledOptimizer;
  readonly #settings: Settings;
  readonly #best: Variable;
  readonly #badSteps: Variable;
  readonly #cooldown: Variable;

  constructor(optimizer: ScheduledOptimizer, options: PlateauOptions = {}) {
    this.optimizer = optimizer;
    this.#settings = checked({ ...DEFAULTS, ...options }, optimizer.groups.length);
    const worst = this.#settings.mode === "min" ? Infinity : -Infinity;
    this.#best = new Variable(scalar(worst), { name: "best" });
    this.#badSteps = new Variable(count(0), { name: "badSteps" });
    this.#cooldown = new Variable(count(0), { name: "cooldown" });
  }

  /** Takes the metric of one more step; a tensor must have one element. */
  step(metric: number | Tensor): void {
    const { patience, cooldown } = this.#settings;
    const value = metric instanceof Tensor ? metric.item() : metric;
    const isBetter = this.#isBetter(value);
    const waiting = this.#cooldown.value.item();
    const bad = isBetter || waiting > 0 ? 0 : this.#badSteps.value.item() + 1;
    const reduces = bad > patience;
    if (isBetter) this.#best.assign(scalar(value));
    this.#badSteps.assign(count(reduces ? 0 : bad));
    this.#cooldown.assign(count(reduces ? cooldown : Math.max(0, waiting - 1)));
    if (reduces) this.#reduce();
  }

  #isBetter(value: number): boolean {
    const { mode, threshold, thresholdMode } = this.#settings;
    const best = this.#best.value.item();
    const sign = mode === "min" ? -1 : 1;
    const bound =
      thresholdMode === "relative" ? best * (1 + sign * threshold) : best + sign * threshold;
    return mode === "min" ? value < bound : value > bound;
  }

  #reduce(): void {
    const { factor, min, epsilon } = this.#settings;
    this.optimizer.groups.forEach(({ learningRate }, i) => {
      const old = learningRate.value.item();
      const least = typeof min === "number" ? min : min[i];
      const next = Math.max(old * factor, least);
      if (old - next > epsilon) learningRate.assign(scalar(next));
    });
  }

  /** The best metric and the counts, by name. */
  variables(): ReadonlyMap<string, Variable> {
    const all = [this.#best, this.#badSteps, this.#cooldown];
    return new Map(all.map((variable) => [variable.name, variable]));
  }

  /** Snapshots of all variables by name. */
  stateDict(): Record<string, Tensor> {
    return snapshots(this.variables());
  }

  /**
   * Assigns all variables, or none. The rates are part of the optimiser's state.
   *
   * @throws ValueError if a name is missing or unknown; ShapeError if a shape or dtype differs; DTypeError if a
   *   value is no tensor.
   */
  loadStateDict(values: Readonly<Record<string, Tensor>>): void {
    loadState(this.variables(), values, "scheduler");
  }
}

function count(value: number): Tensor {
  return tensor(value, { dtype: "int32" });
}

function checked(settings: Settings, groups: number): Settings {
  const op = "PlateauScheduler";
  const { mode, thresholdMode, factor, patience, cooldown, min, threshold, epsilon } = settings;
  requireRange(op, "factor", factor, factor >= 0 && factor < 1, "a number from 0 to below 1");
  for (const [name, value] of Object.entries({ patience, cooldown })) {
    requireRange(
      op,
      name,
      value,
      Number.isSafeInteger(value) && value >= 0,
      "an integer from 0 up",
    );
  }
  requireNotNegative(op, { threshold, epsilon });
  requireChoice("mode", mode, ["min", "max"]);
  requireChoice("thresholdMode", thresholdMode, ["relative", "absolute"]);
  const least = typeof min === "number" ? [min] : min;
  for (const value of least) requireNotNegative(op, { min: value });
  if (typeof min === "number" || min.length === groups) return settings;
  throw new ValueError(op, { found: min.length, expected: groups }, (d) => {
    return `got ${d.found} least rates for ${d.expected} groups of parameters. Pass one for each group, or one for all.`;
  });
}

function requireChoice(name: string, value: string, choices: readonly string[]): void {
  if (choices.includes(value)) return;
  throw new ValueError("PlateauScheduler", { name, value }, (d) => {
    return `${d.name} is ${JSON.stringify(d.value)}. Use ${choices.map((c) => `"${c}"`).join(" or ")}.`;
  });
}
