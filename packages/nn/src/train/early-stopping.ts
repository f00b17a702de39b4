/** @file EarlyStopping: tells when a value has not got better for a while. */
import { ValueError } from "@tapegrad/autograd";
import { requireCount } from "../layers/layer-options.ts";

export interface EarlyStoppingOptions {
  /** The name of a value of the evaluation, or "loss", the mean of the losses of an epoch. */
  readonly monitor: string;
  /** Whether small or large values are good. */
  readonly goal: "min" | "max";
  /** How many evaluations in a row may be no better than the best one. */
  readonly patience: number;
  /** By how much a value must be better than the best one to count; 0 by default. */
  readonly minDelta?: number;
  /** Whether the variables of the best evaluation are put back at the end; true by default. */
  readonly restoreBest?: boolean;
}

/** The best value so far, and where it was. */
export interface Best {
  readonly value: number;
  readonly step: number;
  readonly epoch: number;
}

/** What is known between two evaluations: plain data, for a checkpoint. */
export interface EarlyStoppingState {
  readonly best: Best | null;
  /** Evaluations in a row that were no better. */
  readonly waited: number;
}

/**
 * Follows one value of the evaluations. NaN is never better.
 *
 * @throws ValueError if an option is out of range, or the value was not evaluated.
 * @see Prechelt (1998), "Early stopping - but when?".
 */
export class EarlyStopping {
  readonly options: EarlyStoppingOptions;
  #state: EarlyStoppingState = { best: null, waited: 0 };

  constructor(options: EarlyStoppingOptions) {
    const { goal, minDelta = 0 } = options;
    requireCount("EarlyStopping", "patience", options.patience);
    if (goal !== "min" && goal !== "max") {
      throw new ValueError("EarlyStopping", { goal }, (d) => {
        return `goal is ${JSON.stringify(d.goal)}. Use "min" for losses and "max" for accuracies.`;
      });
    }
    if (!(minDelta >= 0 && Number.isFinite(minDelta))) {
      throw new ValueError("EarlyStopping", { minDelta }, (d) => {
        return `minDelta is ${d.minDelta}. Use a number of at least 0.`;
      });
    }
    this.options = options;
  }

  get state(): EarlyStoppingState {
    return this.#state;
  }

  /** Whether training should stop. */
  get isOver(): boolean {
    return this.#state.waited >= this.options.patience;
  }

  /** Takes the values of an evaluation in; true if it is the best. */
  update(values: Readonly<Record<string, number>>, step: number, epoch: number): boolean {
    const { monitor, goal, minDelta = 0 } = this.options;
    const value = values[monitor];
    if (value === undefined) {
      throw new ValueError("EarlyStopping", { monitor, names: Object.keys(values) }, (d) => {
        return `there is no value ${JSON.stringify(d.monitor)} among ${d.names.join(", ")}. Monitor one of them, or return it from \`evaluate\`.`;
      });
    }
    const { best, waited } = this.#state;
    const gain = best === null ? Number.POSITIVE_INFINITY : (value - best.value) * SIGN[goal];
    // NaN is no best, though it is the first
    const isBest = !Number.isNaN(value) && gain > minDelta;
    this.#state = isBest
      ? { best: { value, step, epoch }, waited: 0 }
      : { best, waited: waited + 1 };
    return isBest;
  }

  /** Goes on from a state that `state` gave. */
  restore(state: EarlyStoppingState): void {
    this.#state = state;
  }
}

const SIGN = { min: -1, max: 1 } as const;
