/**
 * @file Claim: small batches cost batch normalisation accuracy but not group normalisation; Batch Renormalisation and
 * Ghost BN repair small and large batches; the noise of small batches regularises.
 *
 * Source: Wu & He (2018), figure 1, for group normalisation; Ioffe (2017) for Batch Renormalisation; Hoffer et al.
 * (2017), algorithm 1, for Ghost BN; Luo et al. (2018) for noise. All sizes see the same number of images, every norm
 * and size at its own best rate. Large batches make few steps: what all norms have in common is taken off by comparing
 * with group normalisation, which does not know the batch.
 */
import { init, type Layer, type Remainder } from "@tapegrad/nn";
import {
  accuracy,
  gap,
  NAMES,
  NORMS,
  type NormName,
  type Outcome,
  type Result,
  type S,
} from "./batch-size/norms.ts";
import {
  descentSection,
  points,
  rateSection,
  shortSection,
  sweepSection,
} from "./batch-size/sections.ts";
import { CHOOSING_SEED, chooseRate } from "./shared/choose-rate.ts";
import { defineExperiment, type Experiment, type Json } from "./shared/experiment.ts";
import { formatCount } from "./shared/format.ts";
import { smallConvNet } from "./shared/small-conv-net.ts";
import { type Estimate, estimate } from "./shared/statistics.ts";
import {
  type ClassifierRun,
  evenly,
  firstOf,
  holdOut,
  TrainableClassifier,
} from "./shared/train-classifier.ts";

const WEIGHTS = init.kaimingNormal({ nonlinearity: "relu" });
const REMAINDERS: readonly Remainder[] = ["drop", "merge", "keep"];

/** By how much `pick` of one norm is above that of another at a place in the settings, seed by seed. */
function ahead(
  { sweep }: Result,
  [norm, other]: readonly [NormName, NormName],
  at: number,
  pick: (outcome: Outcome) => number,
): number[] {
  return sweep[norm][at].map((outcome, seed) => pick(outcome) - pick(sweep[other][at][seed]));
}

const isPositive = ({ mean, margin }: Estimate): boolean => mean - (margin ?? 0) > 0;

/** The four parts of the claim, each a difference that should be above 0. */
function differences(result: Result, { sizes, middle }: S) {
  const [last, reference] = [sizes.length - 1, Math.max(0, sizes.indexOf(middle))];
  const minus = (a: readonly number[], b: readonly number[]) => estimate(a.map((v, i) => v - b[i]));
  const groupOverBatch = (at: number) => ahead(result, ["GroupNorm", "BN"], at, accuracy);
  const extraGap = (at: number) => ahead(result, ["BN", "GroupNorm"], at, gap);
  return {
    smallCosts: minus(groupOverBatch(0), groupOverBatch(reference)),
    renormHelps: estimate(ahead(result, ["Batch Renorm", "BN"], 0, accuracy)),
    ghostHelps: estimate(ahead(result, ["Ghost BN", "BN"], last, accuracy)),
    noiseRegularises: minus(extraGap(last), extraGap(0)),
  };
}

export const batchSize: Experiment = defineExperiment<S, Result>({
  name: "batch-size",
  title: "How much does the batch size matter to batch normalisation?",
  claim:
    "Small batches cost batch normalisation accuracy that group normalisation keeps; Batch Renormalisation wins it back, Ghost BN helps large batches, and small batches regularise by their noise.",
  source:
    "Y. Wu and K. He, Group Normalization, 2018 (arXiv:1803.08494); S. Ioffe, Batch Renormalization, 2017 (arXiv:1702.03275); E. Hoffer, I. Hubara and D. Soudry, Train longer, generalize better, 2017 (arXiv:1705.08741); P. Luo et al., Towards Understanding Regularization in Batch Normalization, 2018 (arXiv:1809.00846)",
  settings: {
    seeds: 5,
    sizes: [2, 8, 32, 128, 512],
    middle: 32,
    rates: [0.00625, 0.0125, 0.025, 0.05, 0.1, 0.2, 0.4, 0.8, 1.6, 3.2],
    images: 16_000,
    trainSize: 2000,
    testSize: 2000,
  },
  quick: {
    seeds: 3,
    sizes: [2, 32, 128],
    rates: [0.0125, 0.05, 0.2],
    images: 3000,
    trainSize: 500,
    testSize: 1000,
  },
  help: {
    sizes: "batch sizes",
    middle: "the batch size of mini-batches, for comparison",
    rates:
      "learning rates at that batch size, in proportion at others, of which every norm and size has its best",
    images: "images seen in training, repetitions included",
    trainSize: "different images among them",
    testSize: "images to test on",
  },

  async run({ settings, seeds, images, unit }) {
    const { sizes, middle, rates, trainSize, testSize } = settings;
    const data = images();
    const [kept, heldOut] = holdOut(data.train, testSize);
    const [train, test] = [firstOf(kept, trainSize), evenly(data.test, testSize)];
    const classifiers = Object.fromEntries(
      NAMES.map((name) => [name, new TrainableClassifier<Layer>(smallConvNet(NORMS[name]))]),
    ) as Record<NormName, TrainableClassifier>;
    const shared = { train, test, weights: WEIGHTS };
    const ofSeeds = async <T extends Json>(
      name: string,
      compute: (run: typeof shared & Pick<ClassifierRun, "seed" | "onStep">) => Promise<T>,
    ): Promise<T[]> => {
      const found: T[] = [];
      for (const seed of seeds) {
        const unitName = `${name}, seed ${seed}`;
        found.push(await unit(unitName, (onStep) => compute({ ...shared, seed, onStep })));
      }
      return found;
    };
    const stepsOf = (size: number): number => Math.max(1, Math.round(settings.images / size));

    const sizedFor = (size: number, rate: number) => {
      return { batchSize: size, steps: stepsOf(size), learningRate: (rate * size) / middle };
    };
    const bestRate = (name: NormName, size: number): Promise<number> =>
      chooseRate(rates, (rate) =>
        unit(`${name}, batch ${size}, rate ${rate} on held-out images`, async (onStep) => {
          const run = { ...shared, test: heldOut, seed: CHOOSING_SEED, onStep };
          const found = await classifiers[name].train({ ...run, ...sizedFor(size, rate) });
          return found[found.length - 1].accuracy;
        }),
      );

    const sweep: Result["sweep"] = { BN: [], "Ghost BN": [], "Batch Renorm": [], GroupNorm: [] };
    const best: Result["rates"] = { BN: [], "Ghost BN": [], "Batch Renorm": [], GroupNorm: [] };
    for (const name of NAMES) {
      for (const size of sizes) {
        const rate = await bestRate(name, size);
        best[name].push(rate);
        const outcomes = await ofSeeds(`${name}, batch ${size}`, async (run) => {
          await classifiers[name].train({ ...run, ...sizedFor(size, rate) });
          const [seen, unseen] = [train, test].map((set) => classifiers[name].evaluate(set));
          return { train: seen.accuracy, test: unseen.accuracy };
        });
        sweep[name].push(outcomes);
      }
    }

    const middleRate = best.BN[sizes.indexOf(middle)] ?? (await bestRate("BN", middle));
    const short: Result["short"] = { drop: [], merge: [], keep: [] };
    const full = Math.max(1, Math.floor((train.count - 2) / middle));
    for (const remainder of REMAINDERS) {
      // ends with an epoch, so that the running statistics have just seen the last batch
      const perEpoch = remainder === "keep" ? full + 1 : full;
      const epochs = Math.max(1, Math.round(settings.images / train.count));
      short[remainder] = await ofSeeds(`two images left, ${remainder}`, async (run) => {
        const cut = { train: firstOf(train, full * middle + 2), steps: epochs * perEpoch };
        const sized = { batchSize: middle, learningRate: middleRate, remainder };
        const found = await classifiers.BN.train({ ...run, ...cut, ...sized });
        return found[found.length - 1].accuracy;
      });
    }

    const descent: Result["descent"] = [];
    for (const size of [1, middle, train.count]) {
      const rate = best.GroupNorm[sizes.indexOf(size)] ?? (await bestRate("GroupNorm", size));
      const how = sizedFor(size, rate);
      const curves = await ofSeeds(`GroupNorm, descent on ${size}`, async (run) => {
        const measureEvery = Math.ceil(how.steps / 8);
        const found = await classifiers.GroupNorm.train({ ...run, ...how, measureEvery });
        return found.map((point) => ({ images: point.step * size, accuracy: point.accuracy }));
      });
      descent.push({ size, rate: how.learningRate, curves });
    }
    return { rates: best, sweep, short, descent };
  },

  judge(result, settings) {
    const found = differences(result, settings);
    const all = Object.values(found);
    const held = all.filter(isPositive).length;
    const { smallCosts, renormHelps, ghostHelps, noiseRegularises } = found;
    const [smallest, largest] = [settings.sizes[0], settings.sizes[settings.sizes.length - 1]];
    const kept = estimate(result.short.keep.map((value, i) => value - result.short.drop[i]));
    return {
      held: held === all.length ? "yes" : held === 0 ? "no" : "in part",
      sentence: `In points of test accuracy, batches of ${formatCount(smallest)} cost batch normalisation ${points(smallCosts)} more than group normalisation, of which Batch Renormalisation won back ${points(renormHelps)}; at ${formatCount(largest)} Ghost BN was ${points(ghostHelps)} ahead; from the smallest to the largest batch the gap between train and test grew by ${points(noiseRegularises)} more than with group normalisation; a last batch of two images changed the accuracy by ${points(kept)}.`,
    };
  },

  report: (result, settings) => [
    sweepSection(result, settings),
    ...(settings.rates.length > 1 ? [rateSection(result, settings)] : []),
    shortSection(result),
    descentSection(result, settings),
  ],
});
