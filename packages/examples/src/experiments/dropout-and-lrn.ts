/**
 * @file Claim: batch normalisation does more than local response normalisation, needs dropout less, suffers from dropout
 * in front of it, whose noise it takes for variance, and profits from thorough shuffling.
 *
 * Source: Ioffe & Szegedy (2015), section 4.2.1: LRN and dropout removed, shuffling within shards worth about 1 %; Li et
 * al. (2018), "Understanding the Disharmony between Dropout and Batch Normalization by Variance Shift".
 */
import { mean, sum, type Tensor, variance } from "@tapegrad/autograd";
import {
  AvgPool2d,
  BatchNorm,
  Conv2d,
  Dropout,
  Flatten,
  init,
  type Layer,
  Linear,
  LocalResponseNorm,
  ReLU,
  Sequential,
  Unflatten,
} from "@tapegrad/nn";
import { defineExperiment, type Experiment } from "./shared/experiment.ts";
import { formatCount, formatPercent } from "./shared/format.ts";
import { batchOf } from "./shared/image-data.ts";
import {
  type Estimate,
  estimate,
  formatEstimate,
  intervalPoint,
  PERCENT,
} from "./shared/statistics.ts";
import { firstOf, TrainableClassifier } from "./shared/train-classifier.ts";

interface Parts {
  readonly batchNorm?: boolean;
  readonly lrn?: boolean;
  /** In front of the last layer only, or after every nonlinearity. */
  readonly dropout?: "end" | "inside";
}

const NETS = {
  plain: {},
  "plain, dropout at the end": { dropout: "end" },
  LRN: { lrn: true },
  BN: { batchNorm: true },
  "BN and LRN": { batchNorm: true, lrn: true },
  "BN, dropout at the end": { batchNorm: true, dropout: "end" },
  "BN, dropout inside": { batchNorm: true, dropout: "inside" },
} as const satisfies Readonly<Record<string, Parts>>;

type NetName = keyof typeof NETS;
const NAMES = Object.keys(NETS) as NetName[];
const NORMED = NAMES.filter((name) => "batchNorm" in NETS[name]);

type Run = {
  readonly train: number;
  readonly test: number;
  /** Test accuracy when all batch norms have the statistics of evaluation. */
  readonly repaired: number;
  /** Of each batch norm: its running variance over the variance of what it is given in evaluation. */
  readonly shift: number[];
};

type Order = "fixed" | "within shards" | "thorough";
const ORDERS: readonly Order[] = ["fixed", "within shards", "thorough"];

/** By seed. */
type Result = { readonly nets: Record<NetName, Run[]>; readonly orders: Record<Order, number[]> };

type S = {
  readonly seeds: number;
  readonly dropoutRate: number;
  readonly rate: number;
  readonly images: number;
  readonly batchSize: number;
  readonly trainSize: number;
};

const CHANNELS = [1, 8, 16, 32];

/** The layers of shared/small-conv-net.ts, with what `parts` adds. */
function build({ batchNorm = false, lrn = false, dropout }: Parts, rate: number): Sequential {
  const blocks = CHANNELS.slice(1).map((channels, i): readonly Layer[] => [
    new Conv2d(CHANNELS[i], channels, 3, { stride: 2, padding: 1, bias: !batchNorm }),
    ...(batchNorm ? [new BatchNorm(channels, { layout: "NCHW" })] : []),
    new ReLU(),
    // α = 1e-4, β = 0.75, k = 1: the constants of the Inception networks that the paper changed
    ...(lrn ? [new LocalResponseNorm(5)] : []),
    ...(dropout === "inside" ? [new Dropout(rate)] : []),
  ]);
  return new Sequential(
    new Unflatten(1, [1, 28, 28]),
    new AvgPool2d(2),
    ...blocks.flat(),
    new Flatten(),
    ...(dropout === "end" ? [new Dropout(rate)] : []),
    new Linear(128, 10),
  );
}

/** Images over which statistics in evaluation are taken. */
const MEASURED = 200;

/** The shift of each batch norm; `repair` gives each in turn the statistics of what it is given in evaluation. */
function shiftOf(
  { layers }: Sequential,
  images: Tensor,
  { repair }: { repair: boolean },
): number[] {
  return layers.flatMap((layer, i) => {
    if (!(layer instanceof BatchNorm)) return [];
    const input = new Sequential(...layers.slice(0, i)).forward(images, { mode: "eval" });
    const actual = variance(input, { axes: [0, 2, 3] });
    const running = layer.runningVariance.value;
    if (repair) {
      layer.runningMean.assign(mean(input, { axes: [0, 2, 3] }));
      layer.runningVariance.assign(actual);
    }
    return [sum(running).item() / sum(actual).item()];
  });
}

const accuraciesOf = ({ nets }: Result, name: NetName): number[] =>
  nets[name].map(({ test }) => test);

const minus = (a: readonly number[], b: readonly number[]): number[] => a.map((v, i) => v - b[i]);

/** The parts of the claim, each a difference that should be above 0. */
function differences(result: Result) {
  const accuracies = (name: NetName) => accuraciesOf(result, name);
  const gained = (to: NetName, from: NetName) => minus(accuracies(to), accuracies(from));
  // the first batch norm has no dropout in front of it
  const shift = (name: NetName) =>
    result.nets[name].map((run) => estimate(run.shift.slice(1)).mean);
  const withoutBN = gained("plain, dropout at the end", "plain");
  const withBN = gained("BN, dropout at the end", "BN");
  return {
    overLrn: estimate(gained("BN", "LRN")),
    needsLess: estimate(minus(withoutBN, withBN)),
    shift: estimate(minus(shift("BN, dropout inside"), shift("BN"))),
    shiftCosts: estimate(
      result.nets["BN, dropout inside"].map(({ test, repaired }) => repaired - test),
    ),
    shuffling: estimate(minus(result.orders.thorough, result.orders.fixed)),
  };
}

const isPositive = ({ mean: center, margin }: Estimate): boolean => center - (margin ?? 0) > 0;
const points = (value: Estimate): string => formatEstimate(value, 1, 100);

export const dropoutAndLrn: Experiment = defineExperiment<S, Result>({
  name: "dropout-and-lrn",
  title:
    "Does batch normalisation replace LRN and dropout, and how should it be combined with them?",
  claim:
    "Batch normalisation does more than local response normalisation, gains less from dropout than a network without it, takes the noise of dropout in front of it for variance, which costs accuracy, and profits from thorough shuffling.",
  source:
    "S. Ioffe and C. Szegedy, Batch Normalization, 2015, section 4.2.1 (arXiv:1502.03167); X. Li, S. Chen, X. Hu and J. Yang, Understanding the Disharmony between Dropout and Batch Normalization by Variance Shift, 2018 (arXiv:1801.05134)",
  settings: {
    seeds: 5,
    dropoutRate: 0.3,
    rate: 0.1,
    images: 60_000,
    batchSize: 32,
    trainSize: 2000,
  },
  quick: { seeds: 3, images: 4000, trainSize: 1000 },
  help: {
    dropoutRate: "part of the values that dropout drops",
    rate: "learning rate",
    images: "images seen in training, repetitions included",
    batchSize: "images of a batch",
    trainSize: "different images among them",
  },

  async run({ settings, seeds, images, unit }) {
    const { dropoutRate, rate, batchSize, trainSize } = settings;
    const data = images();
    const train = firstOf(data.train, trainSize);
    const steps = Math.max(1, Math.round(settings.images / batchSize));
    const weights = init.kaimingNormal({ nonlinearity: "relu" });
    const shared = { train, test: data.test, steps, batchSize, learningRate: rate, weights };

    const rows = Array.from({ length: Math.min(MEASURED, train.count) }, (_, i) => i);
    const { images: measured } = batchOf(train, rows);

    const classifiers = Object.fromEntries(
      NAMES.map((name) => [name, new TrainableClassifier(build(NETS[name], dropoutRate))]),
    ) as Record<NetName, TrainableClassifier<Sequential>>;
    const nets = {} as Record<NetName, Run[]>;
    for (const name of NAMES) {
      nets[name] = [];
      const classifier = classifiers[name];
      for (const seed of seeds) {
        const run = await unit(`${name}, seed ${seed}`, async (onStep) => {
          await classifier.train({ ...shared, seed, onStep });
          const [seen, unseen] = [train, data.test].map((set) => classifier.evaluate(set).accuracy);
          const shift = shiftOf(classifier.model, measured, { repair: false });
          shiftOf(classifier.model, measured, { repair: true });
          const repaired = classifier.evaluate(data.test).accuracy;
          return { train: seen, test: unseen, repaired, shift };
        });
        nets[name].push(run);
      }
    }

    // the networks above had thorough shuffling
    const thorough = nets.BN.map(({ test }) => test);
    const orders: Result["orders"] = { fixed: [], "within shards": [], thorough };
    const shuffles = { fixed: false, "within shards": { shardSize: 4 * batchSize } } as const;
    for (const order of ["fixed", "within shards"] as const) {
      for (const seed of seeds) {
        const accuracy = await unit(`order ${order}, seed ${seed}`, async (onStep) => {
          const shuffle = shuffles[order];
          const found = await classifiers.BN.train({ ...shared, seed, shuffle, onStep });
          return found[found.length - 1].accuracy;
        });
        orders[order].push(accuracy);
      }
    }
    return { nets, orders };
  },

  judge(result) {
    const { overLrn, needsLess, shift, shiftCosts, shuffling } = differences(result);
    const all = [overLrn, needsLess, shift, shiftCosts, shuffling];
    const held = all.filter(isPositive).length;
    const [end, inside] = (["BN, dropout at the end", "BN, dropout inside"] as const).map(
      (name) => {
        return accuraciesOf(result, name);
      },
    );
    const lost = estimate(minus(end, inside));
    return {
      held: held === all.length ? "yes" : held === 0 ? "no" : "in part",
      sentence: `In points of test accuracy, batch normalisation was ${points(overLrn)} ahead of LRN, gained ${points(needsLess)} less from dropout than the plain network, and had running variances ${formatEstimate(shift, 0, 100)} % too large behind dropout, which cost ${points(shiftCosts)} of the ${points(lost)} points lost there; thorough shuffling gained ${points(shuffling)} over the same batches in every epoch.`,
    };
  },

  report(result, { images, dropoutRate }) {
    const { nets, orders } = result;
    return [
      {
        title: "Norms and dropout",
        table: {
          caption: `Accuracy after ${formatCount(images)} images, with dropout of ${formatPercent(dropoutRate, 0)} % (%)`,
          head: ["network", "test", "train", "train minus test", "test, statistics of evaluation"],
          rows: NAMES.map((name) => [
            name,
            points(estimate(accuraciesOf(result, name))),
            points(estimate(nets[name].map(({ train }) => train))),
            points(estimate(nets[name].map(({ train, test }) => train - test))),
            points(estimate(nets[name].map(({ repaired }) => repaired))),
          ]),
        },
      },
      {
        title: "Variance shift and shuffling",
        figures: [
          {
            id: "shift",
            y: { title: "Running variance (relative to evaluation)" },
            x: { title: "batch norm (first to last)", min: 1 },
            lines: NORMED.map((name) => ({
              name,
              points: nets[name][0].shift.map((_, i) => {
                return intervalPoint(i + 1, estimate(nets[name].map(({ shift }) => shift[i])));
              }),
            })),
          },
          {
            id: "orders",
            y: { title: "Test accuracy (%)", bounds: PERCENT },
            x: "order of the training images",
            groups: Object.fromEntries(
              ORDERS.map((order) => [order, orders[order].map((value) => 100 * value)]),
            ),
          },
        ],
        caption:
          "First what a batch norm divides by in evaluation, relative to what it finds there; 1 would be right. Mean over seeds with its 95 % interval. Then the same batches in every epoch, shuffled within shards of four batches, and shuffled over all images; circles are seeds, the diamond is their mean.",
      },
    ];
  },
});
