/**
 * @file Claim: among as many trials random search finds no worse a learning rate, batch size and momentum than a grid,
 * and successive halving, which trains only promising trials to the end, finds as good ones at a fraction of the cost.
 *
 * Source: Bergstra & Bengio (2012), "Random Search for Hyper-Parameter Optimization"; Jamieson & Talwalkar (2016),
 * "Non-stochastic Best Arm Identification and Hyperparameter Optimization". Every trial is a unit of the journal, so
 * that a search that was stopped goes on with the first trial that is missing, and what two searches share runs once.
 */
import { randomKey } from "@tapegrad/autograd";
import { init, mlp, ReLU, SGD } from "@tapegrad/nn";
import { defineExperiment, type Experiment, type Step } from "./shared/experiment.ts";
import { formatCount, formatFixed, formatPlural } from "./shared/format.ts";
import type { DigitSet, ExperimentData } from "./shared/image-data.ts";
import type { PlotLine } from "./shared/plot.ts";
import {
  bestOf,
  type Choice,
  costOf,
  grid,
  halve,
  randomChoices,
  type Trial,
} from "./shared/search-strategies.ts";
import { type Estimate, estimate, formatEstimate, PERCENT } from "./shared/statistics.ts";
import { firstOf, holdOut, TrainableClassifier } from "./shared/train-classifier.ts";

const SEARCHES = ["grid", "random", "halving"] as const;
type Search = (typeof SEARCHES)[number];

/** Of one seed: the trials of each search, in their order. */
type Run = Record<Search, readonly Trial[]>;

const VALIDATION_IMAGES = 500;
const TEST_IMAGES = 500;

/** Trains whatever is chosen; networks are compiled once for each momentum and batch size. */
class Trainer {
  readonly #train: DigitSet;
  readonly #validation: DigitSet;
  readonly #test: DigitSet;
  readonly #classifiers = new Map<number, TrainableClassifier>();

  /** The last training images are kept for validation. */
  constructor({ train, test }: ExperimentData) {
    [this.#train, this.#validation] = holdOut(train, VALIDATION_IMAGES);
    this.#test = firstOf(test, TEST_IMAGES);
  }

  async run(choice: Choice, examples: number, seed: number, onStep: Step): Promise<Trial> {
    const { rate, batch, momentum } = choice;
    const classifier = this.#classifierFor(momentum);
    const [{ accuracy: validation }] = (
      await classifier.train({
        train: this.#train,
        test: this.#validation,
        seed,
        weights: init.heNormal(),
        learningRate: rate,
        steps: Math.max(1, Math.round(examples / batch)),
        batchSize: batch,
        onStep,
      })
    ).slice(-1);
    return { ...choice, examples, validation, test: classifier.evaluate(this.#test).accuracy };
  }

  #classifierFor(momentum: number): TrainableClassifier {
    let found = this.#classifiers.get(momentum);
    if (found === undefined) {
      const key = randomKey(0);
      const model = mlp({ width: 32, depth: 2, activation: () => new ReLU(), key });
      const optimizer = new SGD(model.parameters(), { learningRate: 1, momentum });
      found = new TrainableClassifier(model, optimizer);
      this.#classifiers.set(momentum, found);
    }
    return found;
  }
}

const accuracyOf = (run: Run, search: Search): number => bestOf(run[search]).test;

export const search: Experiment = defineExperiment({
  name: "search",
  title: "How are learning rate, batch size and momentum best searched for?",
  claim:
    "With as many trials random search finds a setting no worse than a grid does, and successive halving one no worse than random search for a fraction of the training.",
  source:
    "J. Bergstra and Y. Bengio, Random Search for Hyper-Parameter Optimization, JMLR 13, 2012; K. Jamieson and A. Talwalkar, Non-stochastic Best Arm Identification and Hyperparameter Optimization, 2016 (arXiv:1502.07943)",
  settings: {
    seeds: 5,
    examples: 6400,
    lowest: 0.001,
    highest: 3,
    rates: 3,
    batches: [16, 64, 256],
    momenta: [0, 0.5, 0.9],
  },
  quick: { seeds: 3, examples: 1600, batches: [16, 64], momenta: [0, 0.9] },
  help: {
    examples: "examples on which a trial is trained to the end",
    lowest: "lowest learning rate",
    highest: "highest learning rate",
    rates: "learning rates of the grid",
    batches: "batch sizes",
    momenta: "momenta",
  },

  async run({ settings, seeds, images, unit }): Promise<readonly Run[]> {
    const { examples, ...space } = settings;
    const trainer = new Trainer(images());
    const runs: Run[] = [];
    for (const seed of seeds) {
      // the trials that random search and halving share have one name: they run once
      const run = (choice: Choice, length: number): Promise<Trial> => {
        const { rate, batch, momentum } = choice;
        const name = `rate ${rate.toPrecision(6)}, batch ${batch}, momentum ${momentum}, ${Math.round(length)} examples, seed ${seed}`;
        return unit(name, (step) => trainer.run(choice, length, seed, step));
      };
      const all = async (choices: readonly Choice[]): Promise<readonly Trial[]> => {
        const trials: Trial[] = [];
        for (const choice of choices) trials.push(await run(choice, examples));
        return trials;
      };
      const drawn = randomChoices(space, seed);
      runs.push({
        grid: await all(grid(space)),
        random: await all(drawn),
        halving: await halve(drawn, examples, run),
      });
    }
    return runs;
  },

  judge(runs) {
    const difference = (a: Search, b: Search): Estimate =>
      estimate(runs.map((run) => accuracyOf(run, a) - accuracyOf(run, b)));
    const [random, halving] = [difference("random", "grid"), difference("halving", "random")];
    const share = costOf(runs[0].halving) / costOf(runs[0].random);
    // half a point is less than the 500 test images can tell
    const parts = [random.mean > -0.005, halving.mean > -0.005 && share < 0.75];
    const held = parts.filter((part) => part).length;
    return {
      held: held === 2 ? "yes" : held === 1 ? "in part" : "no",
      sentence: `With ${formatPlural(runs[0].grid.length, "trial")} each, the test accuracy of what random search chose differed from that of the grid's choice by ${formatEstimate(random, 1, 100)} points; successive halving took ${formatFixed(100 * share, 0)} % of the training, and its choice differed from that of random search by ${formatEstimate(halving, 1, 100)} points.`,
    };
  },

  report(runs) {
    const [one] = runs;
    const progress: readonly PlotLine[] = SEARCHES.map((name) => {
      let [spent, best] = [0, 0];
      return {
        name,
        points: one[name].map(({ examples, validation }) => {
          spent += examples;
          best = Math.max(best, validation);
          return [spent, 100 * best] as const;
        }),
      };
    });
    const trials = runs.flatMap(({ grid: a, random: b }) => [...a, ...b]);
    const groups = (key: "batch" | "momentum"): Record<string, readonly number[]> =>
      Object.fromEntries(
        [...new Set(trials.map((trial) => trial[key]))]
          .toSorted((a, b) => a - b)
          .map((value) => [
            String(value),
            trials.filter((t) => t[key] === value).map(({ validation }) => 100 * validation),
          ]),
      );
    const y = { title: "Validation accuracy (%)", min: 0, max: 100, bounds: PERCENT };
    const sorted = [...one.grid, ...one.random].toSorted((a, b) => a.rate - b.rate);
    return [
      {
        title: "What was found, and for how much",
        figures: [
          {
            id: "progress",
            y: { ...y, title: "Best validation accuracy so far (%)" },
            x: { title: "examples trained on" },
            lines: progress,
          },
          {
            id: "rates",
            y,
            x: { title: "learning rate (no unit)", scale: "logarithmic" },
            marks: true,
            lines: [...new Set(sorted.map(({ momentum }) => momentum))].map((momentum) => ({
              name: `momentum ${momentum}`,
              points: sorted
                .filter((trial) => trial.momentum === momentum)
                .map(({ rate, validation }) => [rate, 100 * validation] as const),
            })),
          },
        ],
        caption:
          "Seed 1. First the best of each search so far, then all trials of grid and random search, of all batch sizes.",
        table: {
          caption: "Choices by validation accuracy; means over seeds, and the choices of seed 1",
          head: ["search", "examples", "test accuracy (%)", "rate", "batch", "momentum"],
          rows: SEARCHES.map((name) => {
            const { rate, batch, momentum } = bestOf(one[name]);
            return [
              name,
              formatCount(costOf(one[name])),
              formatEstimate(estimate(runs.map((run) => accuracyOf(run, name))), 1, 100),
              String(Number(rate.toPrecision(2))),
              String(batch),
              String(momentum),
            ];
          }),
        },
      },
      {
        title: "What matters",
        figures: [
          { id: "batches", y, x: "batch size (examples)", groups: groups("batch") },
          { id: "momenta", y, x: "momentum", groups: groups("momentum") },
        ],
        caption: "All trials of grid and random search; circles are trials, diamonds their means.",
      },
    ];
  },
});
