/**
 * @file WeightAverage: the average of a model's weights over its steps, and its weights exchanged for it.
 *
 * Running statistics belong to the weights under which they were taken. So those of normalisation layers cannot be
 * read while averaged weights are in place, until they have been estimated anew.
 */
import {
  add,
  cast,
  div,
  sub,
  type Tensor,
  tensor,
  ValueError,
  Variable,
  zerosLike,
} from "@tapegrad/autograd";
import { BatchNorm } from "../layers/batch-norm.ts";
import { Buffer, type Layer, type Module, Parameter } from "../module.ts";
import { loadState, snapshots } from "../state-dict.ts";
import {
  estimatePopulation,
  type PopulationOptions,
  usePopulation,
} from "../statistics/estimate-population.ts";
import { requireDecays } from "./ranges.ts";
import { averaged, biasCorrection, scaled } from "./update-rule.ts";

export interface AverageOptions {
  /** The weight of the old average; without it all weights count the same. */
  readonly decay?: number;
  /** Whether an exponential average begins at nothing, and is divided by the sum of its weights; false by default. */
  readonly biasCorrection?: boolean;
}

interface Entry {
  readonly path: string;
  readonly parameter: Parameter;
  readonly average: Variable;
}

export interface SwapOptions {
  /** "keep" leaves the running statistics of training in place, which do not fit; "refresh" by default. */
  readonly statistics?: "refresh" | "keep";
}

export interface RefreshOptions extends PopulationOptions {
  /** Which estimate of `estimatePopulation`; "pooled" by default. */
  readonly which?: "algorithm2" | "pooled";
}

/**
 * An average of the parameters of `model`: exponential with `decay` (EMA), else equal (SWA).
 *
 * - exponential: average ← decay · average + (1 - decay) · weights, from the weights when it is made; with
 *   `biasCorrection` from 0, divided by 1 - decayⁿ after n updates
 * - equal: the mean of the weights at all updates
 *
 * @throws ValueError if the decay is not from 0 to below 1, or the bias of an equal average is to be corrected.
 * @example
 * const average = averageWeights(model, { decay: 0.999 });
 * // in the step, behind optimizer.step(…): average.update();
 * average.swapIn();
 * average.refresh(batches);
 * model.forward(x, { mode: "eval" });
 * average.swapOut();
 * @see Polyak & Juditsky (1992); Izmailov, Podoprikhin, Garipov, Vetrov & Wilson (2018) for the equal average.
 */
export function averageWeights<M extends Module>(
  model: M,
  options: AverageOptions = {},
): WeightAverage<M> {
  return new WeightAverage(model, options);
}

/** Made by `averageWeights`. */
export class WeightAverage<M extends Module = Module> {
  readonly model: M;
  /** null for an equal average. */
  readonly decay: number | null;
  readonly biasCorrection: boolean;
  readonly #updates: Variable;
  readonly #entries: readonly Entry[];
  /** What was in place before `swapIn`. */
  #before: ReadonlyMap<Variable, Tensor> | null = null;
  /** By path, what cannot be read before `refresh`. */
  #stale: ReadonlyMap<string, Buffer> = new Map();

  /** For the library's own use: call `averageWeights`. */
  constructor(model: M, { decay, biasCorrection: corrects = false }: AverageOptions) {
    requireAverage(decay, corrects);
    this.model = model;
    this.decay = decay ?? null;
    this.biasCorrection = corrects;
    this.#updates = new Variable(tensor(0, { dtype: "int32" }), { name: "updates" });
    this.#entries = [...model.state()].flatMap(([path, parameter]) => {
      if (!(parameter instanceof Parameter)) return [];
      const initial = corrects ? zerosLike(parameter.value) : parameter.value;
      return [{ path, parameter, average: new Variable(initial, { name: `${path}.average` }) }];
    });
  }

  /** How many updates the average has seen. */
  get updates(): number {
    return this.#updates.value.item();
  }

  /** Takes the present weights into the average: once a step for EMA, once an epoch or so for SWA. */
  update(): void {
    this.#requireOut("update");
    const updates = add(this.#updates.value, 1);
    const share = div(1, cast(updates, "float64"));
    this.#updates.assign(updates);
    for (const { parameter, average } of this.#entries) {
      const decay = this.decay ?? sub(1, share);
      average.assign(averaged(average.value, parameter.value, decay));
    }
  }

  /**
   * The averaged weights by path, corrected if they are to be.
   *
   * @throws ValueError if there was no update.
   */
  weights(): ReadonlyMap<string, Tensor> {
    if (this.updates === 0) {
      throw new ValueError("averageWeights", {}, () => {
        return "the average has seen no weights. Call `update()` after steps of the optimiser first.";
      });
    }
    const { decay } = this;
    const correction =
      decay !== null && this.biasCorrection
        ? div(1, biasCorrection(decay, cast(this.#updates.value, "float64")))
        : null;
    const weights = this.#entries.map(({ path, average }) => {
      const value = average.value;
      return [path, correction === null ? value : scaled(value, correction)] as const;
    });
    return new Map(weights);
  }

  /**
   * Puts the averaged weights into the model. Running statistics of normalisation layers that are not frozen can then
   * not be read before `refresh`.
   *
   * @throws ValueError if they are in place already, or there was no update.
   */
  swapIn(options: SwapOptions = {}): void {
    this.#requireOut("swapIn");
    const weights = this.weights();
    const running = runningStatistics(this.model);
    const parameters = this.#entries.map(({ parameter }) => parameter);
    const changed = [...parameters, ...running.values()];
    this.#before = new Map(changed.map((variable) => [variable, variable.value]));
    if (options.statistics !== "keep") this.#stale = running;
    this.#entries.forEach(({ path, parameter }) => {
      parameter.assign(weights.get(path) ?? parameter.value);
    });
    this.#invalidate();
  }

  /**
   * Estimates the running statistics anew, under the averaged weights, which are in place.
   *
   * @param batches of the training data, as for `estimatePopulation`.
   * @throws ValueError if they are not in place; what `estimatePopulation` and `usePopulation` throw. Then nothing
   *   has changed.
   */
  refresh(
    this: WeightAverage<Layer>,
    batches: Iterable<Tensor>,
    { which = "pooled", ...options }: RefreshOptions = {},
  ): void {
    const before = this.#requireIn("refresh");
    const running = runningStatistics(this.model);
    if (running.size === 0) return;
    // the layers run, and read the old values
    for (const [, buffer] of this.#stale) buffer.assign(before.get(buffer) ?? buffer.value);
    try {
      const estimates = estimatePopulation(this.model, batches, options);
      usePopulation(estimates, which);
      const refreshed = estimates.flatMap(({ layer, domain }) => {
        const { runningMean, runningVariance } = layer.statistics(domain);
        return [runningMean, runningVariance];
      });
      this.#stale = new Map([...this.#stale].filter(([, buffer]) => !refreshed.includes(buffer)));
    } finally {
      this.#invalidate();
    }
  }

  /** Puts back what `swapIn` replaced. @throws ValueError if averaged weights are not in place. */
  swapOut(): void {
    for (const [variable, value] of this.#requireIn("swapOut")) variable.assign(value);
    this.#before = null;
    this.#stale = new Map();
  }

  /** The averages and the number of updates, by name. */
  variables(): ReadonlyMap<string, Variable> {
    const averages = this.#entries.map(
      ({ path, average }) => [`weights.${path}`, average] as const,
    );
    return new Map([["updates", this.#updates], ...averages]);
  }

  /** Snapshots of all variables by name. */
  stateDict(): Record<string, Tensor> {
    return snapshots(this.variables());
  }

  /**
   * Assigns all variables, or none.
   *
   * @throws ValueError if a name is missing or unknown; ShapeError if a shape or dtype differs; DTypeError if a
   *   value is no tensor.
   */
  loadStateDict(values: Readonly<Record<string, Tensor>>): void {
    loadState(this.variables(), values, "average");
  }

  #invalidate(): void {
    for (const [path, buffer] of this.#stale) buffer.invalidate(() => staleStatistics(path));
  }

  #requireOut(op: string): void {
    if (this.#before === null) return;
    throw new ValueError(op, {}, () => {
      return "the averaged weights are in the model already. Call `swapOut()` first.";
    });
  }

  #requireIn(op: string): ReadonlyMap<Variable, Tensor> {
    if (this.#before !== null) return this.#before;
    throw new ValueError(op, {}, () => {
      return "the averaged weights are not in the model. Call `swapIn()` first.";
    });
  }
}

/** Running means and variances by path, but those that are frozen: layers trained with them as constants. */
function runningStatistics(model: Module): ReadonlyMap<string, Buffer> {
  const frozen = new Set<Variable>();
  for (const module of model.modules().values()) {
    if (!(module instanceof BatchNorm && module.statisticsFrozen)) continue;
    for (const variable of module.state().values()) frozen.add(variable);
  }
  const found = new Map<string, Buffer>();
  for (const [path, variable] of model.state()) {
    const isRunning = /(^|\.)running(Mean|Variance)$/.test(path) && !frozen.has(variable);
    if (isRunning && variable instanceof Buffer) found.set(path, variable);
  }
  return found;
}

function staleStatistics(path: string): ValueError {
  return new ValueError("swapIn", { path }, (d) => {
    return `${d.path} was taken under other weights than the averaged ones that are in the model. Call \`refresh(batches)\` on the average before the model runs, or \`swapOut()\`; \`swapIn({ statistics: "keep" })\` uses it all the same.`;
  });
}

function requireAverage(decay: number | undefined, corrects: boolean): void {
  if (decay !== undefined) {
    requireDecays("averageWeights", { decay });
    return;
  }
  if (!corrects) return;
  throw new ValueError("averageWeights", {}, () => {
    return "an equal average has no bias to correct. Give a `decay`, or leave `biasCorrection` out.";
  });
}
