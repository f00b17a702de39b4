/**
 * @file Figure 1 as one of the experiments: the networks, measurements and sentences of `npm start`, with a whole
 * network as a unit.
 *
 * Source: Ioffe & Szegedy (2015), section 4.1. Settings do not depend on the data: without `--quick` they have the
 * length of the paper's, on drawn digits too.
 */
import {
  defineExperiment,
  type Experiment,
  type Figure,
  type Section,
} from "../shared/experiment.ts";
import { formatCount, formatFixed } from "../shared/format.ts";
import { binarized, type ExperimentData } from "../shared/image-data.ts";
import type { PlotLine } from "../shared/plot.ts";
import { type Curve, type SigmoidInputPoint, summarize } from "../shared/results.ts";
import { curveOf, networkLabel, networksOf } from "./curve.ts";
import { BUILT_IN_DEFAULTS, DEFAULTS, MNIST_DEFAULTS } from "./defaults.ts";
import { SIGMOID_UNIT } from "./evaluate.ts";
import { accuracyRows, finalRows, formatBasis, formatLead, formatSpread } from "./rows.ts";
import { Training } from "./train.ts";
import { compareAccuracy, medianRange, stabilityVerdict, verdict } from "./verdict.ts";

type S = {
  readonly seeds: number;
  readonly steps: number;
  readonly learningRate: number;
  readonly initStd: number;
  readonly batch: number;
  readonly binary: boolean;
};

/** Both networks of each seed, without batch normalisation first. */
type Result = readonly Curve[];

/** The inputs of one sigmoid of the first seed, as the paper shows one: without batch normalisation and with it. */
function sigmoidsOf(curves: Result): readonly [SigmoidInputPoint[], SigmoidInputPoint[]] {
  const first = (kind: boolean): SigmoidInputPoint[] =>
    curves
      .filter(({ batchNorm }) => batchNorm === kind)
      .map(({ sigmoidInput }) => [...sigmoidInput])[0];
  return [first(false), first(true)];
}

export const figure1: Experiment = defineExperiment<S, Result>({
  name: "figure-1",
  title: "Does a network train faster with batch normalisation?",
  claim:
    "With batch normalisation a network of three hidden layers of 100 sigmoids trains faster and reaches a higher test accuracy, and the distribution of the inputs of a typical sigmoid stays more stable.",
  source:
    "S. Ioffe and C. Szegedy, Batch Normalization, 2015, section 4.1 and figure 1 (arXiv:1502.03167), which gives neither the learning rate nor the scale of the weights",
  settings: {
    ...MNIST_DEFAULTS,
    learningRate: DEFAULTS.learningRate,
    initStd: DEFAULTS.initStd,
    batch: DEFAULTS.batchSize,
    binary: false,
  },
  quick: { ...BUILT_IN_DEFAULTS, seeds: 2 },
  help: {
    steps: "training steps",
    learningRate: "of plain gradient descent",
    initStd: "standard deviation of the Gaussian that all weights start from",
    batch: "images of a batch",
    binary: "whether every pixel is replaced by x > 0.5",
  },

  async run({ settings, images, unit }) {
    const { train, test, description } = images();
    const sets = settings.binary ? [train, test].map(binarized) : [train, test];
    const data: ExperimentData = { train: sets[0], test: sets[1], description };
    const curves: Curve[] = [];
    for (const network of networksOf(settings.seeds)) {
      const curve = await unit(networkLabel(network), async (step) => {
        const { batchNorm, seed } = network;
        const sized = { ...settings, batchSize: settings.batch };
        const training = new Training(batchNorm, seed, sized, data);
        while (!training.done) {
          training.advance();
          await step(training.step, settings.steps);
        }
        return curveOf(training, network, settings.batch, data);
      });
      curves.push(curve);
    }
    return curves;
  },

  judge(curves) {
    const summary = summarize(curves);
    const comparison = compareAccuracy(summary, curves);
    const sigmoids = sigmoidsOf(curves);
    const [without, withBatchNorm] = sigmoids.map(medianRange);
    const last = comparison?.leads.at(-1);
    const parts = [
      // before the last step
      (comparison?.catchUp?.step ?? Number.POSITIVE_INFINITY) < (last?.step ?? 0),
      (last?.lead ?? 0) > 0,
      without !== null && withBatchNorm !== null && withBatchNorm < without,
    ];
    const held = parts.filter(Boolean).length;
    return {
      held: held === parts.length ? "yes" : held === 0 ? "no" : "in part",
      sentence: `${verdict(summary, curves)} ${stabilityVerdict(...sigmoids)}`,
    };
  },

  report: (curves) => [accuracySection(curves), sigmoidSection(curves), statisticsSection(curves)],
});

/** Longer tables show some of the steps. */
const ROW_LIMIT = 16;

function accuracySection(curves: Result): Section {
  const summary = summarize(curves);
  const draw = (scale: "linear" | "logarithmic"): Figure => ({
    id: `accuracy-${scale}`,
    y: { title: "(a) Test accuracy (%)", min: 0, max: 100 },
    x: { title: "training steps", scale },
    lines: [true, false].map((batchNorm) => ({
      name: batchNorm ? "with batch normalisation" : "without",
      points: summary
        .filter((row) => row.batchNorm === batchNorm)
        .map(({ step, ...row }) => [step, 100 * row.mean, 100 * row.lowest, 100 * row.highest]),
    })),
  });
  return {
    title: "Test accuracy during training",
    figures: [draw("linear"), draw("logarithmic")],
    caption:
      "Figure 1 (a): mean over seeds, with a band from the lowest to the highest. First with linear steps, as in the paper, then with logarithmic ones, where the beginning can be seen.",
    table: {
      caption: `Test accuracy in percent, ${formatBasis(summary)}`,
      head: ["step", "with batch normalisation", "without", "lead"],
      rows: accuracyRows(summary, ROW_LIMIT).map((row) => [
        formatCount(row.step),
        formatSpread(row.withBatchNorm),
        formatSpread(row.without),
        formatLead(row),
      ]),
    },
  };
}

function sigmoidSection(curves: Result): Section {
  const [without, withBatchNorm] = sigmoidsOf(curves);
  const all = [...without, ...withBatchNorm];
  const [min, max] = [
    Math.floor(Math.min(...all.map(({ p15 }) => p15 ?? 0))),
    Math.ceil(Math.max(...all.map(({ p85 }) => p85 ?? 0))),
  ];
  const line = (
    name: string,
    points: readonly SigmoidInputPoint[],
    key: "p15" | "p50" | "p85",
  ): PlotLine => ({
    name,
    points: points.map((point) => [point.step, point[key]]),
  });
  const draw = (letter: string, name: string, points: readonly SigmoidInputPoint[]): Figure => ({
    id: `percentiles-${letter}`,
    y: { title: `(${letter}) Sigmoid input, ${name}`, min, max },
    x: { title: "training steps" },
    lines: [line("50th", points, "p50"), line("15th", points, "p15"), line("85th", points, "p85")],
  });
  const row = (name: string, key: "meanWidth" | "meanAbsMedian"): string[] => [
    name,
    ...[withBatchNorm, without].map((points) => formatFixed(points.at(-1)?.[key] ?? null, 2)),
  ];
  return {
    title: "The input of one sigmoid during training",
    figures: [draw("b", "without", without), draw("c", "with batch normalisation", withBatchNorm)],
    caption: `Figure 1 (b, c): percentiles over test images of the input of unit ${SIGMOID_UNIT} of the last hidden layer, seed 1. At step 0 the moving averages are still 0 and 1, so both networks have the same inputs.`,
    table: {
      caption: "Inputs of all sigmoids of the layer after the last step, mean over its units",
      head: ["", "with batch normalisation", "without"],
      rows: [
        row("85th minus 15th percentile", "meanWidth"),
        row("distance of the median from 0", "meanAbsMedian"),
      ],
    },
  };
}

function statisticsSection(curves: Result): Section {
  return {
    title: "Moving averages or population statistics?",
    text: "To classify single images, batch normalisation needs a fixed mean and variance. The curves above use the moving averages kept during training. Algorithm 2 of the paper averages the mean and the unbiased variance of many training batches with the final weights; pooled statistics are those of all values of these batches taken together.",
    table: {
      caption: "Test accuracy in percent after the last step, by the statistics used",
      head: ["network", "test accuracy"],
      rows: finalRows(curves).map((row) => [row.name, formatSpread(row)]),
    },
  };
}
