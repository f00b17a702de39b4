/**
 * @file Claim: batch normalisation reaches the accuracy of the network without it in fewer steps, in still fewer with
 * the rate and the regularisation that it allows, and trains where the other does not: at 5 times the rate, with sigmoids.
 *
 * Source: Ioffe & Szegedy (2015), section 4.2 and figure 3, on Inception and ImageNet. Measured on a small convolutional
 * network of digits: an analogue of that table, no reproduction.
 */
import { best, compare, isPositive } from "./figure-3/compare.ts";
import {
  ALL,
  MODIFICATIONS,
  type Result,
  recipes,
  type S,
  SHARD,
  trainer,
} from "./figure-3/networks.ts";
import { modificationSection, recipeSection, tableSection } from "./figure-3/sections.ts";
import { CHOOSING_SEED, chooseRate } from "./shared/choose-rate.ts";
import { defineExperiment, type Experiment } from "./shared/experiment.ts";
import { formatCount, formatPercent } from "./shared/format.ts";
import { estimate, formatEstimate, formatFactor } from "./shared/statistics.ts";

export const figure3: Experiment = defineExperiment<S, Result>({
  name: "figure-3",
  title: "How much sooner does a convolutional network train, and at which rates?",
  claim:
    "With batch normalisation a network reaches the best accuracy of the one without in fewer steps, in still fewer at 5 times the rate with less regularisation, and a better one at 30 times the rate; without it, 5 times the rate diverges and sigmoids do not train.",
  source:
    "S. Ioffe and C. Szegedy, Batch Normalization, 2015, section 4.2 and figure 3 (arXiv:1502.03167); an analogue on small images, no reproduction",
  settings: {
    seeds: 5,
    steps: 1000,
    rates: [0.02, 0.04, 0.08, 0.16, 0.32],
    momentum: 0.9,
    halvings: 0.5,
    batchSize: 32,
    dropout: 0.4,
    weightDecay: 5e-4,
    distortion: 0.4,
    higherRate: true,
    noDropout: true,
    lessL2: true,
    fasterDecay: true,
    noLrn: true,
    betterShuffle: true,
    lessDistortion: true,
    oneAtATime: true,
    trainSize: 10_000,
    testSize: 2000,
  },
  quick: { seeds: 2, steps: 150, rates: [0.08], oneAtATime: false, trainSize: 4000, testSize: 300 },
  help: {
    steps: "training steps",
    rates: "learning rates × 1, of which the baseline has its best",
    momentum: "momentum",
    halvings: "how often the rate is halved in these steps",
    batchSize: "images of a batch",
    dropout: "share of the features that dropout drops",
    weightDecay: "L2 weight",
    distortion: "how far brightness and contrast of the training images are changed",
    higherRate: "modification: rates × 5 and × 30, not × 1 and × 6",
    noDropout: "modification: no dropout",
    lessL2: "modification: a fifth of the L2 weight",
    fasterDecay: "modification: the rate is halved 6 times as often",
    noLrn: "modification: no local response normalisation",
    betterShuffle: `modification: images are shuffled within shards of ${SHARD} batches, not only the shards`,
    lessDistortion: "modification: images are distorted a quarter as far",
    oneAtATime: "whether BN-Baseline is also trained with each of the seven alone",
    trainSize: "images to train on",
    testSize: "images to test on",
  },

  async run(context) {
    const { settings, seeds } = context;
    const train = trainer(context);
    const rows = recipes(settings);
    const rate = await chooseRate(settings.rates, async (tried) => {
      const on = "held-out images";
      return best(await train(rows[0], { rate: tried, seeds: [CHOOSING_SEED], on }))[0];
    });
    const result: Result = { rate, nets: [], single: [] };
    for (const recipe of rows) result.nets.push(await train(recipe, { rate, seeds }));
    if (!settings.oneAtATime) return result;
    for (const modification of ALL) {
      const name = MODIFICATIONS[modification];
      result.single.push(
        await train({ ...rows[1], name, modified: [modification] }, { rate, seeds }),
      );
    }
    return result;
  },

  judge(result, settings) {
    const { normedSooner, fiveSooner, thirtyBetter, diverging, sigmoids } = compare(
      result,
      settings,
    );
    const seeds = result.nets[0].curves.length;
    const parts = [
      isPositive(normedSooner),
      isPositive(fiveSooner),
      isPositive(thirtyBetter),
      diverging === seeds,
      sigmoids.normed === seeds && sigmoids.plain === 0,
    ];
    const held = parts.filter(Boolean).length;
    const [target, ofThirty] = [result.nets[0], result.nets[3]].map(
      (net) => estimate(best(net)).mean,
    );
    return {
      held: held === parts.length ? "yes" : held === 0 ? "no" : "in part",
      sentence: `To the best accuracy of the baseline, ${formatPercent(target, 1)} %, BN-baseline took ${formatFactor(normedSooner, 1)} times fewer steps and BN-×5 ${formatFactor(fiveSooner, 1)} times fewer again; BN-×30 reached ${formatPercent(ofThirty, 1)} %, ${formatEstimate(thirtyBetter, 1, 100)} points more; at 5 times its rate the baseline failed in ${diverging} of ${formatCount(seeds)} seeds; with sigmoids ${sigmoids.normed} trained with batch normalisation and ${sigmoids.plain} without.`,
    };
  },

  report: (result, settings) => [
    tableSection(result),
    ...(result.single.length === 0 ? [] : [modificationSection(result)]),
    recipeSection(result, settings),
  ],
});
