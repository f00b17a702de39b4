/**
 * @file A network that keeps moving averages of several conventions at once, and is evaluated by any of them.
 *
 * Training does not depend on what is kept for evaluation, so that one training serves all conventions.
 */
import { cast, splitKey, type Tensor } from "@tapegrad/autograd";
import {
  BatchNorm,
  type BatchNormLayerOptions,
  type ForwardOptions,
  type Layer,
  Linear,
  Module,
  type Population,
  ReLU,
  Sequential,
} from "@tapegrad/nn";
import { evaluation, type Score } from "./evaluation.ts";
import { type DigitSet, PIXELS } from "./image-data.ts";
import { type PopulationName, populations } from "./populations.ts";

/** Moving averages, kept through the whole training. */
export type AverageName =
  | "decay 0.9 (PyTorch)"
  | "decay 0.9, 1/m"
  | "decay 0.99 (Keras)"
  | "decay 0.99, corrected";

const AVERAGES: Readonly<Record<AverageName, BatchNormLayerOptions>> = {
  "decay 0.9 (PyTorch)": { preset: "pytorch" },
  "decay 0.9, 1/m": { preset: "pytorch", runningVariance: "biased" },
  "decay 0.99 (Keras)": { preset: "keras" },
  "decay 0.99, corrected": { preset: "pytorch", decay: 0.99, average: "bias-corrected" },
};
export const KEPT: readonly AverageName[] = Object.keys(AVERAGES) as AverageName[];

export type Name = AverageName | PopulationName;

const UNITS = 64;
const TEST_BATCHES = 5;

/** A BatchNorm, and beside it layers that only keep running statistics of the same input. */
class ObservedNorm extends Module implements Layer {
  readonly norm: BatchNorm = new BatchNorm(UNITS);
  readonly observers: readonly BatchNorm[] = KEPT.map(
    (name) => new BatchNorm(UNITS, { ...AVERAGES[name], scale: false, center: false }),
  );

  forward(x: Tensor, options: ForwardOptions = {}): Tensor {
    // not where a population is estimated, which nothing is to remember
    if (options.mode === "train" && options.onStatistics === undefined) {
      for (const observer of this.observers) observer.forward(x, { mode: "train" });
    }
    return this.norm.forward(x, options);
  }
}

/** 784-64-64-10 with ReLU. */
export class ObservedNetwork {
  readonly norms: readonly ObservedNorm[] = [new ObservedNorm(), new ObservedNorm()];
  readonly model: Sequential;
  readonly #evaluate: ReturnType<typeof evaluation>;

  constructor(key: Tensor, test: DigitSet) {
    const [a, b, c] = splitKey(key, 3);
    this.model = new Sequential(
      new Linear(PIXELS, UNITS, { bias: false, key: a }),
      this.norms[0],
      new ReLU(),
      new Linear(UNITS, UNITS, { bias: false, key: b }),
      this.norms[1],
      new ReLU(),
      new Linear(UNITS, 10, { key: c }),
    );
    const evaluated = (images: Tensor): Tensor => this.model.forward(images, { mode: "eval" });
    this.#evaluate = evaluation(evaluated, test, { limit: TEST_BATCHES });
  }

  /** All statistics by name, of each layer of batch norm; batches are those of which the population is estimated. */
  statistics(batches: Iterable<Tensor>): Record<Name, readonly Population[]> {
    const kept = KEPT.map((name, i) => {
      const own = this.norms.map(({ observers }) => ({
        mean: observers[i].runningMean.value,
        variance: observers[i].runningVariance.value,
      }));
      return [name, own] as const;
    });
    const norms = this.norms.map(({ norm }) => norm);
    return { ...Object.fromEntries(kept), ...populations(this.model, norms, batches) } as never;
  }

  /** On the test set, by statistics as `statistics` gives them. */
  score(statistics: readonly Population[]): Score {
    for (const [i, { norm }] of this.norms.entries()) {
      norm.runningMean.assign(cast(statistics[i].mean, "float32"));
      norm.runningVariance.assign(cast(statistics[i].variance, "float32"));
    }
    return this.#evaluate();
  }
}
