/**
 * @file Figure 1, the experiment of `npm start`: the same network with and without batch normalisation, its test
 * accuracy during training and the inputs of one sigmoid.
 *
 * Source: Ioffe & Szegedy (2015), section 4.1, which gives neither the learning rate nor the scale of the initial
 * weights: those here are our choice.
 */
import { ValueError } from "@tapegrad/autograd";
import { defineExperiment, type Experiment } from "../shared/experiment.ts";
import { binarized, type ExperimentData } from "../shared/image-data.ts";
import { type Curve, networkLabel, networksOf } from "./curve.ts";
import { accuracySection, sigmoidSection, sigmoidsOf, statisticsSection } from "./sections.ts";
import { summarize } from "./summary.ts";
import { train } from "./train.ts";
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

export const figure1: Experiment = defineExperiment<S, Result>({
  name: "figure-1",
  title: "Does a network train faster with batch normalisation?",
  claim:
    "With batch normalisation a network of three hidden layers of 100 sigmoids trains faster and reaches a higher test accuracy, and the distribution of the inputs of a typical sigmoid stays more stable.",
  source:
    "S. Ioffe and C. Szegedy, Batch Normalization, 2015, section 4.1 and figure 1 (arXiv:1502.03167), which gives neither the learning rate nor the scale of the weights",
  settings: {
    seeds: 3,
    steps: 50_000,
    learningRate: 0.5,
    initStd: 0.1,
    batch: 60,
    binary: false,
  },
  quick: { steps: 1500 },
  help: {
    steps: "training steps",
    learningRate: "of plain gradient descent",
    initStd: "standard deviation of the Gaussian that all weights start from",
    batch: "images of a batch",
    binary: "every pixel is replaced by x > 0.5, as the paper's binary images",
  },

  async run({ settings, images, unit }) {
    const data = dataOf(settings, images());
    const curves: Curve[] = [];
    for (const network of networksOf(settings.seeds)) {
      curves.push(
        await unit(networkLabel(network), (step) => train(network, settings, data, step)),
      );
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

  report: (curves, { batch }) => [
    accuracySection(curves, batch),
    sigmoidSection(curves, batch),
    statisticsSection(curves),
  ],
});

function dataOf({ batch, binary }: S, images: ExperimentData): ExperimentData {
  const { train, test } = images;
  if (batch < 2 || batch > train.count) {
    throw new ValueError("figure-1", { batch, most: train.count }, (d) => {
      return `\`--batch\` is ${d.batch}. Batch normalisation needs at least 2 images, and there are ${d.most} to train on.`;
    });
  }
  return binary ? { ...images, train: binarized(train), test: binarized(test) } : images;
}
