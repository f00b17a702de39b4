/** @file populations: what the batches of a training set say about the inputs of a network's BatchNorm layers. */
import { type Tensor, tensor } from "@tapegrad/autograd";
import {
  type BatchNorm,
  estimatePopulation,
  type ForwardOptions,
  type Layer,
  Module,
  type Population,
} from "@tapegrad/nn";

/** The two estimates of the library, and two that are too small. */
export const POPULATIONS = [
  "algorithm 2",
  "pooled",
  "mean of 1/m variances",
  "mean of σ, squared",
] as const;
export type PopulationName = (typeof POPULATIONS)[number];

/** Tells of the batch statistics of a model's layers, while others hear of them too. */
class Overheard extends Module implements Layer {
  readonly model: Layer;
  readonly #hear: NonNullable<ForwardOptions["onStatistics"]>;

  constructor(model: Layer, hear: NonNullable<ForwardOptions["onStatistics"]>) {
    super();
    this.model = model;
    this.#hear = hear;
  }

  forward(x: Tensor, options: ForwardOptions = {}): Tensor {
    return this.model.forward(x, {
      ...options,
      onStatistics: (layer, statistics) => {
        this.#hear(layer, statistics);
        options.onStatistics?.(layer, statistics);
      },
    });
  }
}

/** Estimates for each of `norms`, by the present weights, which stay as they are. */
export function populations(
  model: Layer,
  norms: readonly BatchNorm[],
  batches: Iterable<Tensor>,
): Record<PopulationName, readonly Population[]> {
  const variances = norms.map((): Float64Array[] => []);
  const overheard = new Overheard(model, (layer, statistics) => {
    const at = norms.indexOf(layer as BatchNorm);
    if (at >= 0) variances[at].push(Float64Array.from(statistics.variance.toTypedArray()));
  });
  const estimates = new Map(estimatePopulation(overheard, batches).map((e) => [e.layer, e]));
  const own = norms.map((norm) => {
    const found = estimates.get(norm);
    if (found === undefined) throw new Error("a layer of the list was not run");
    return found;
  });
  const averaged = (of: (values: readonly number[]) => number): readonly Population[] =>
    own.map(({ algorithm2: { mean } }, i) => ({
      mean,
      variance: tensor(variances[i][0].map((_, c) => of(variances[i].map((batch) => batch[c])))),
    }));
  return {
    "algorithm 2": own.map(({ algorithm2 }) => algorithm2),
    pooled: own.map(({ pooled }) => pooled),
    "mean of 1/m variances": averaged(meanOf),
    "mean of σ, squared": averaged((values) => meanOf(values.map(Math.sqrt)) ** 2),
  };
}

const meanOf = (values: readonly number[]): number =>
  values.reduce((total, value) => total + value, 0) / values.length;
