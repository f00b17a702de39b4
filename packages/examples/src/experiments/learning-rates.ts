/**
 * @file Claim: with batch normalisation networks train at learning rates and initial scales at which they do not
 * without, and deep sigmoid networks train only with it.
 *
 * Source: Ioffe & Szegedy (2015), sections 3.3 and 4.2.1 (Inception diverged at five times its rate, and never trained
 * with sigmoids); Bjorck et al. (2018), that the gain of batch normalisation is mostly in larger rates. Measured on
 * a fully connected network of digits: an analogue, no reproduction.
 */
import {
  AvgPool2d,
  BatchNorm,
  Flatten,
  init,
  type Layer,
  Linear,
  ReLU,
  Sequential,
  Sigmoid,
  Unflatten,
} from "@tapegrad/nn";
import { defineExperiment, type Experiment, type Figure } from "./shared/experiment.ts";
import { formatCount, formatList, formatPercent } from "./shared/format.ts";
import { estimate, formatEstimate, intervalPoint, PERCENT } from "./shared/statistics.ts";
import { firstOf, TrainableClassifier } from "./shared/train-classifier.ts";

const ACTIVATIONS = ["relu", "sigmoid"] as const;
const PLACES = ["none", "before", "after"] as const;

/** Final test accuracies: by learning rate or scale in the order of the settings, then by seed. */
type Net = {
  readonly activation: (typeof ACTIVATIONS)[number];
  /** Where batch normalisation stands: before the nonlinearity, after it, or nowhere. */
  readonly place: (typeof PLACES)[number];
  readonly byRate: number[][];
  readonly byScale: number[][];
};

type S = {
  readonly seeds: number;
  readonly rates: readonly number[];
  readonly scales: readonly number[];
  readonly scaleRate: number;
  readonly steps: number;
  readonly batchSize: number;
  readonly depth: number;
  readonly width: number;
  readonly trainSize: number;
};

/** A network has learnt where it classifies more than half of the test images; by chance it is a tenth. */
const LEARNT = 0.5;

/** 14 × 14 images through `depth` hidden layers. */
function build(net: Pick<Net, "activation" | "place">, { depth, width }: S): Sequential {
  const hidden = Array.from({ length: depth }, (_, i): Layer[] => {
    const linear = new Linear(i === 0 ? 196 : width, width, { bias: net.place === "none" });
    const activation = net.activation === "relu" ? new ReLU() : new Sigmoid();
    if (net.place === "none") return [linear, activation];
    const norm = new BatchNorm(width);
    return net.place === "before" ? [linear, norm, activation] : [linear, activation, norm];
  });
  const image = [new Unflatten(1, [1, 28, 28]), new AvgPool2d(2), new Flatten()];
  return new Sequential(...image, ...hidden.flat(), new Linear(width, 10));
}

/** As it is written in texts. */
const written = (activation: Net["activation"]): string =>
  activation === "relu" ? "ReLU" : activation;

const nameOf = ({ activation, place }: Net): string =>
  `${written(activation)}, ${place === "none" ? "no BN" : `BN ${place}`}`;

/** Which of `values` a network learnt at, in the mean over seeds. */
const learntAt = (runs: readonly number[][], values: readonly number[]): number[] =>
  values.filter((_, i) => estimate(runs[i]).mean > LEARNT);

function rangeText(rates: readonly number[]): string {
  if (rates.length === 0) return "at no rate";
  if (rates.length === 1) return `at rate ${rates[0]}`;
  return `at rates from ${Math.min(...rates)} to ${Math.max(...rates)}`;
}

export const learningRates: Experiment = defineExperiment<S, Net[]>({
  name: "learning-rates",
  title: "At which learning rates and initial scales does a network train?",
  claim:
    "With batch normalisation a network trains at larger learning rates and at more initial scales than without, and a deep sigmoid network trains only with it.",
  source:
    "S. Ioffe and C. Szegedy, Batch Normalization, 2015, sections 3.3 and 4.2 (arXiv:1502.03167); J. Bjorck, C. Gomes, B. Selman and K. Q. Weinberger, Understanding Batch Normalization, 2018 (arXiv:1806.02375)",
  settings: {
    seeds: 5,
    rates: [0.001, 0.003, 0.01, 0.03, 0.1, 0.3, 1, 3, 10],
    scales: [0.01, 0.1, 1, 10, 100],
    scaleRate: 0.1,
    steps: 600,
    batchSize: 60,
    depth: 5,
    width: 50,
    trainSize: 12_000,
  },
  quick: {
    seeds: 2,
    rates: [0.01, 0.1, 1, 10],
    scales: [0.1, 1, 10],
    steps: 150,
    batchSize: 32,
    width: 30,
    trainSize: 3000,
  },
  help: {
    rates: "learning rates",
    scales: "scales of the initial weights, times He's for ReLU and 1/√inputs for sigmoid",
    scaleRate: "learning rate at which initial scales are compared",
    steps: "steps of plain gradient descent",
    batchSize: "images of a batch",
    depth: "hidden layers",
    width: "units of each of them",
    trainSize: "images to train on",
  },

  async run({ settings, seeds, images, unit }) {
    const data = images();
    const sets = { train: firstOf(data.train, settings.trainSize), test: data.test };
    const nets: Net[] = [];
    for (const activation of ACTIVATIONS) {
      for (const place of PLACES) {
        const net: Net = { activation, place, byRate: [], byScale: [] };
        const classifier = new TrainableClassifier(build(net, settings));
        const accuracies = async (learningRate: number, scale: number): Promise<number[]> => {
          const gain = activation === "relu" ? 2 : 1;
          const weights = init.varianceScaling({
            scale: gain * scale ** 2,
            distribution: "normal",
          });
          const runs: number[] = [];
          for (const seed of seeds) {
            const name = `${nameOf(net)}, rate ${learningRate}, scale ${scale}, seed ${seed}`;
            const points = await unit(name, (onStep) =>
              classifier.train({ ...sets, ...settings, seed, weights, learningRate, onStep }),
            );
            runs.push(points[points.length - 1].accuracy);
          }
          return runs;
        };
        for (const rate of settings.rates) net.byRate.push(await accuracies(rate, 1));
        for (const scale of settings.scales) {
          net.byScale.push(await accuracies(settings.scaleRate, scale));
        }
        nets.push(net);
      }
    }
    return nets;
  },

  judge(nets, { rates, scales }) {
    const find = (activation: Net["activation"], place: Net["place"]): Net => {
      const found = nets.find((net) => net.activation === activation && net.place === place);
      if (found === undefined) throw new RangeError(`no network ${activation}, ${place}`);
      return found;
    };
    const [plain, normed] = [find("relu", "none"), find("relu", "before")];
    const [plainRates, normedRates] = [plain, normed].map((net) => learntAt(net.byRate, rates));
    const [plainScales, normedScales] = [plain, normed].map(
      (net) => learntAt(net.byScale, scales).length,
    );
    const sigmoids = [find("sigmoid", "none"), find("sigmoid", "before")];
    const [plainSigmoid, normedSigmoid] = sigmoids.map((net) => learntAt(net.byRate, rates));
    const parts = [
      normedRates.length > 0 && Math.max(...normedRates) > Math.max(0, ...plainRates),
      normedScales > plainScales,
      plainSigmoid.length === 0 && normedSigmoid.length > 0,
    ];
    const held = parts.filter(Boolean).length;
    const best = (place: Net["place"]): string =>
      formatList(
        ACTIVATIONS.map((activation) => {
          const runs = find(activation, place).byRate;
          return `${formatPercent(Math.max(...runs.map((run) => estimate(run).mean)), 1)} % (${written(activation)})`;
        }),
      );
    return {
      held: held === parts.length ? "yes" : held === 0 ? "no" : "in part",
      sentence: `With ReLU the network learnt ${rangeText(plainRates)} without batch normalisation and ${rangeText(normedRates)} with it, and at ${plainScales} and ${normedScales} of ${formatCount(scales.length)} initial scales; with sigmoids ${rangeText(plainSigmoid)} and ${rangeText(normedSigmoid)}; at its best rate it reached ${best("before")} with batch normalisation before the nonlinearity and ${best("after")} after it.`,
    };
  },

  report(nets, { rates, scales, scaleRate, steps }) {
    const draw = (
      activation: Net["activation"],
      by: "byRate" | "byScale",
      values: readonly number[],
    ): Figure => ({
      id: `${activation}-${by}`,
      y: { title: `Test accuracy, ${written(activation)} (%)`, min: 0, max: 100, bounds: PERCENT },
      x: {
        title: by === "byRate" ? "learning rate (no unit)" : "initial scale (no unit)",
        scale: "logarithmic",
        ticks: values,
      },
      lines: nets
        .filter((net) => net.activation === activation)
        .map((net) => ({
          name: net.place === "none" ? "no BN" : `BN ${net.place}`,
          points: net[by].map((run, i) => intervalPoint(values[i], estimate(run), 100)),
        })),
    });
    const table = (by: "byRate" | "byScale", values: readonly number[], caption: string) => ({
      caption,
      head: ["network", ...values.map(String)],
      rows: nets.map((net) => [
        nameOf(net),
        ...net[by].map((run) => formatEstimate(estimate(run), 1, 100)),
      ]),
    });
    return [
      {
        title: "Learning rates",
        figures: ACTIVATIONS.map((activation) => draw(activation, "byRate", rates)),
        caption: `After ${formatCount(steps)} steps, mean over seeds with its 95 % interval. Batch normalisation stands before or after the nonlinearity.`,
        table: table("byRate", rates, "Test accuracy by learning rate (%)"),
      },
      {
        title: "Initial scales",
        text: "What a batch-normalised layer computes does not depend on the scale a of its weights, but its gradient is divided by a. A step therefore turns the weights as one of rate / a² would: small weights take giant steps, large ones hardly move.",
        figures: ACTIVATIONS.map((activation) => draw(activation, "byScale", scales)),
        caption: `The same at learning rate ${scaleRate}, with all initial weights multiplied.`,
        table: table("byScale", scales, "Test accuracy by initial scale (%)"),
      },
    ];
  },
});
