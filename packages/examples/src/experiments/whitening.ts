/**
 * @file Claim: whitened inputs are descended on faster than standardised ones, and these faster than raw ones; inside a
 * network, whitening (decorrelated BN) needs fewer steps than BN at a higher cost, most of which IterNorm saves.
 *
 * Source: LeCun, Bottou, Orr & Müller (1998), "Efficient BackProp", section 4.3; Huang, Yang, Lang & Deng (2018),
 * "Decorrelated Batch Normalization"; Huang, Zhou, Zhu, Liu & Shao (2019), "Iterative Normalization". Cost is counted
 * in operations, not timed, so that results are the same everywhere.
 */
import { init } from "@tapegrad/nn";
import { CHOOSING_SEED, chooseRate, formatRate } from "./shared/choose-rate.ts";
import { defineExperiment, type Experiment, type Figure } from "./shared/experiment.ts";
import { formatCount, formatFixed, MISSING } from "./shared/format.ts";
import {
  type Descents,
  descents,
  drawPoints,
  IMAGES,
  INPUTS,
  type InputName,
  imageSamples,
} from "./shared/input-descents.ts";
import type { PlotLine } from "./shared/plot.ts";
import {
  type Estimate,
  estimate,
  formatEstimate,
  formatFactor,
  PERCENT,
} from "./shared/statistics.ts";
import { type ClassifierPoint, evenly, TrainableClassifier } from "./shared/train-classifier.ts";
import { operationsOfStep, type Whitener, whitenedNetwork } from "./shared/whitened-network.ts";

/** What stands before each nonlinearity of a network, its course for each seed, and its cost. */
type Network = {
  readonly name: string;
  /** Floating-point operations of a step of training, for each example. */
  readonly operations: number;
  /** The one with the lowest training loss, in a run of a seed that is not among `runs`. */
  readonly rate: number;
  readonly runs: readonly (readonly ClassifierPoint[])[];
};

/** By seed: points in the plane, and images; and all networks. */
type Result = {
  readonly points: readonly Descents[];
  readonly images: readonly Descents[];
  readonly networks: readonly Network[];
};

const BATCH = 64;
const TEST_IMAGES = 2000;

const meanOf = (values: readonly number[]): number => estimate(values).mean;

const lossAt = (run: Descents, name: InputName, step: number): number => run[name].losses[step];

/** Whether the loss falls with every further treatment of the inputs. */
const isOrdered = (runs: readonly Descents[], step: number): boolean =>
  runs.every((run) => {
    const [raw, standardised, whitened] = INPUTS.map((name) => lossAt(run, name, step));
    return whitened < standardised && standardised < raw;
  });

/** Loss of the training batches, over the whole training: how early a network learns. */
const trainLoss = (run: readonly ClassifierPoint[]): number =>
  meanOf(run.map((point) => point.trainLoss ?? Number.POSITIVE_INFINITY));

/** Factor from one network to another, as a logarithm. */
const factor = (from: Network, to: Network): Estimate =>
  estimate(to.runs.map((run, i) => Math.log(trainLoss(run) / trainLoss(from.runs[i]))));

const isLower = ({ mean, margin }: Estimate): boolean => mean + (margin ?? 0) < 0;

/** Of a run until the test accuracy is reached; infinite if it is not. */
const stepsTo =
  (target: number) =>
  (run: readonly ClassifierPoint[]): number =>
    run.find(({ accuracy }) => accuracy >= target)?.step ?? Number.POSITIVE_INFINITY;

const formatSteps = (steps: readonly number[]): string =>
  steps.every(Number.isFinite) ? formatEstimate(estimate(steps), 0) : MISSING;

/** As it is written in figures and tables. */
const nameOf = ({ name }: Network): string => (name === "none" ? "no norm" : name);

export const whitening: Experiment = defineExperiment({
  name: "whitening",
  title: "Is it worth while to whiten instead of only to standardise?",
  claim:
    "A linear classifier learns faster from standardised inputs than from raw ones, and from whitened ones faster still; in a network decorrelated batch normalisation needs fewer steps than batch normalisation, at a higher cost, most of which Newton iterations (IterNorm) save.",
  source:
    "Y. LeCun et al., Efficient BackProp, 1998, section 4.3; L. Huang et al., Decorrelated Batch Normalization, 2018 (arXiv:1804.08450); L. Huang et al., Iterative Normalization, 2019 (arXiv:1904.03441)",
  settings: {
    seeds: 5,
    descent: 50,
    steps: 300,
    every: 10,
    rates: [0.05, 0.1, 0.2, 0.4, 0.8, 1.6, 3.2],
    target: 0.9,
    groups: 4,
    iterations: [1, 2, 3, 5, 7],
  },
  quick: { seeds: 3, descent: 20, steps: 50, rates: [0.1, 0.4], target: 0.7, iterations: [5] },
  help: {
    descent: "steps of the linear classifier",
    steps: "training steps of networks",
    every: "steps between two measurements",
    rates: "learning rates, of which every network has its best",
    target: "test accuracy of which the steps are counted",
    groups: "groups of units that are whitened together",
    iterations: "Newton iterations of IterNorm, each a network of its own",
  },

  async run({ settings, seeds, images, unit }): Promise<Result> {
    const { descent, steps, every, rates, groups, iterations } = settings;
    const data = images();
    const points: Descents[] = [];
    const digits: Descents[] = [];
    for (const seed of seeds) {
      points.push(await unit(`points, seed ${seed}`, () => descents(drawPoints(seed), descent)));
      digits.push(
        await unit(`images, seed ${seed}`, () => descents(imageSamples(data, seed), descent)),
      );
    }
    const test = evenly(data.test, TEST_IMAGES);
    const kinds: readonly Whitener[] = [
      { kind: "none" },
      { kind: "BN" },
      { kind: "decorrelated BN", groups },
      ...iterations.map((count) => ({ kind: "IterNorm", groups, iterations: count }) as const),
    ];
    const networks: Network[] = [];
    for (const kind of kinds) {
      const name = kind.kind === "IterNorm" ? `IterNorm, T = ${kind.iterations}` : kind.kind;
      const classifier = new TrainableClassifier(whitenedNetwork(kind));
      const operations = operationsOfStep(whitenedNetwork(kind), kind, BATCH) / BATCH;
      const train = (rate: number, seed: number) => {
        const run = { train: data.train, test, seed, steps, batchSize: BATCH };
        const how = { weights: init.heNormal(), learningRate: rate, measureEvery: every };
        return unit(`${name}, rate ${rate}, seed ${seed}`, (onStep) =>
          classifier.train({ ...run, ...how, onStep }),
        );
      };
      const rate = await chooseRate(rates, async (tried) => {
        return -trainLoss(await train(tried, CHOOSING_SEED));
      });
      const runs: (readonly ClassifierPoint[])[] = [];
      for (const seed of seeds) runs.push(await train(rate, seed));
      networks.push({ name, operations, rate, runs });
    }
    return { points, images: digits, networks };
  },

  judge({ points, images, networks }, { descent }) {
    const first = Math.min(5, descent);
    const linear = isOrdered(points, first) && isOrdered(images, descent);
    const [, normalised, exact, ...iterated] = networks;
    const best = iterated[iterated.length - 1];
    const faster = factor(normalised, exact);
    const beside = factor(exact, best);
    const saved = (exact.operations - best.operations) / (exact.operations - normalised.operations);
    const parts = [
      linear,
      isLower(faster) && exact.operations > normalised.operations,
      // surely less than a tenth above
      saved > 0.5 && beside.mean + (beside.margin ?? 0) < Math.log(1.1),
    ];
    const held = parts.filter((part) => part).length;
    const at = (runs: readonly Descents[], step: number): string =>
      INPUTS.slice(0, 3)
        .map((name) => formatFixed(meanOf(runs.map((run) => lossAt(run, name, step))), 3))
        .join(", ");
    return {
      held: held === parts.length ? "yes" : held > 0 ? "in part" : "no",
      sentence: `From raw, standardised and whitened points the loss was ${at(points, first)} after ${first} steps, and from such images ${at(images, descent)} after ${descent}; in a network the training loss with decorrelated batch normalisation was ${formatFactor(faster)} times that with batch normalisation on average over the training, for ${formatFixed(exact.operations / normalised.operations, 2)} times the operations, and with ${best.name} it was ${formatFactor(beside)} times that with exact decorrelation, for ${formatFixed(100 * (1 - saved), 0)} % of its additional operations.`,
    };
  },

  report({ points, images, networks }, { descent, target, rates }) {
    const losses = (id: string, title: string, runs: readonly Descents[]): Figure => ({
      id,
      y: { title, min: 0 },
      x: { title: "steps of gradient descent" },
      lines: INPUTS.slice(0, 3).map((name) => ({
        name: name.replace("PCA-", ""),
        points: runs[0][name].losses.map((loss, step) => [step, loss] as const),
      })),
    });
    const course = (pick: (point: ClassifierPoint) => number | null): readonly PlotLine[] =>
      networks
        .slice(0, 3)
        .concat(networks.slice(-1))
        .map((network) => ({
          name: nameOf(network),
          points: network.runs[0].map((point) => [point.step, pick(point)] as const),
        }));
    const row =
      (runs: readonly Descents[]) =>
      (name: InputName): readonly string[] => [
        name,
        formatCount(Number(estimate(runs.map((run) => run[name].condition)).mean.toPrecision(3))),
        formatEstimate(estimate(runs.map((run) => run[name].losses[descent])), 3),
        formatEstimate(estimate(runs.map((run) => run[name].accuracy[descent])), 1, 100),
      ];
    const head = ["inputs", "condition number", "training loss (nats)", "test accuracy (%)"];
    const steps = { title: `training steps of ${BATCH} examples` };
    return [
      {
        title: "A linear classifier",
        figures: [
          losses("points", "Training loss, points in the plane (nats)", points),
          losses("images", "Training loss, images (nats)", images),
        ],
        caption:
          "Seed 1, each at the rate that the largest eigenvalue of its inputs allows. PCA and ZCA differ by a rotation, which gradient descent does not see.",
        table: {
          caption: `Points, after ${descent} steps`,
          head,
          rows: INPUTS.map(row(points)),
        },
      },
      {
        title: "Images",
        table: {
          caption: `${IMAGES} images of 7 × 7 pixels, after ${descent} steps`,
          head,
          rows: INPUTS.map(row(images)),
        },
      },
      {
        title: "Inside a network",
        figures: [
          {
            id: "loss",
            y: { title: "Training loss (nats)", min: 0 },
            x: steps,
            lines: course((p) => p.trainLoss),
          },
          {
            id: "accuracy",
            y: { title: "Test accuracy (%)", max: 100, bounds: PERCENT },
            x: steps,
            lines: course((p) => 100 * p.accuracy),
          },
        ],
        caption: "Seed 1; T is the number of Newton iterations.",
        table: {
          caption:
            "Means over seeds with their 95 % intervals. Operations are those of a step with its gradient, counted and not timed; eigenvectors of n units are taken to be 9 n³ of them",
          head: [
            "before the nonlinearity",
            "rate",
            "kFLOP per example",
            "training loss, mean (nats)",
            `steps to ${formatFixed(100 * target, 0)}\u00a0%`,
          ],
          rows: networks.map((network) => [
            nameOf(network),
            formatRate(network.rate, rates),
            formatFixed(network.operations / 1000, 0),
            formatEstimate(estimate(network.runs.map(trainLoss)), 3),
            formatSteps(network.runs.map(stepsTo(target))),
          ]),
        },
      },
    ];
  },
});
