/**
 * @file Claim: batch norm steadies the inputs of layers, but that is not why it helps: gradients change no less by the
 * update of the layers below, and noise after it does no harm. A shift of the data themselves is undone by new statistics.
 *
 * Source: Ioffe & Szegedy (2015), section 1 and figure 1; Santurkar, Tsipras, Ilyas & Mądry (2018), "How Does Batch
 * Normalization Help Optimization?", section 2; Schneider et al. (2020) for shifted data.
 */
import { BATCH, type Point, type Run, train } from "./covariate-shift/train.ts";
import { CHOOSING_SEED, chooseRate, formatRate } from "./shared/choose-rate.ts";
import { defineExperiment, type Experiment, type Figure } from "./shared/experiment.ts";
import { formatList, MISSING } from "./shared/format.ts";
import type { PlotLine } from "./shared/plot.ts";
import { HIDDEN_LAYERS, KINDS, type Kind, ShiftNetwork } from "./shared/shift-network.ts";
import { PROBED, prepareImages, SHIFTS, TEST_SIZE } from "./shared/shifted-images.ts";
import {
  type Estimate,
  estimate,
  formatEstimate,
  formatFactor,
  PERCENT,
} from "./shared/statistics.ts";
import { evenly, holdOut } from "./shared/train-classifier.ts";

type Result = Record<Kind, readonly Run[]> & { readonly rate: number };

/** The columns of the last table: kinds of networks, with the statistics of training or new ones. */
const SHOWN = [
  ["without", false],
  ["batch norm", false],
  ["batch norm", true],
  ["noisy batch norm", false],
  ["noisy batch norm", true],
] as const satisfies readonly (readonly [Kind, boolean])[];

/** As it is written in figures and tables. */
const nameOf = (kind: Kind): string => (kind === "without" ? "no batch norm" : kind);

const meanOf = (values: readonly number[]): number => estimate(values).mean;

/** Means over the points of a run. */
const driftOf = ({ points }: Run): number =>
  meanOf(points.flatMap(({ drift }) => (drift === null ? [] : [drift])));
const changeOf = ({ points }: Run): number =>
  meanOf(points.flatMap(({ gradients }) => gradients.map(({ relative }) => relative)));

const cosineOf = ({ points }: Run): number =>
  meanOf(points.flatMap(({ gradients }) => gradients.map(({ cosine }) => cosine)));

/** Test accuracy on average over the training: how early a network learns, too. */
const learningOf = ({ points }: Run): number => meanOf(points.map(({ accuracy }) => accuracy));

/** The factor from one kind to another, a geometric mean over seeds. */
function factor(from: readonly Run[], to: readonly Run[], pick: (run: Run) => number): Estimate {
  return estimate(to.map((run, i) => Math.log(pick(run) / pick(from[i]))));
}

const isAbove = ({ mean, margin }: Estimate, bound: number): boolean =>
  mean - (margin ?? 0) > bound;

export const covariateShift: Experiment = defineExperiment({
  name: "covariate-shift",
  title: "Is it the shift of their inputs that batch normalisation spares the layers?",
  claim:
    "Batch normalisation steadies the inputs of nonlinearities, but does not help by that: by the update of the layers below, gradients change no less than without, and a network whose inputs noise after it has made unsteady learns faster than one without it too; a shift of the data themselves it undoes, given new statistics.",
  source:
    "S. Ioffe and C. Szegedy, Batch Normalization, 2015, section 1 (arXiv:1502.03167); S. Santurkar et al., How Does Batch Normalization Help Optimization?, 2018, section 2 (arXiv:1805.11604); S. Schneider et al., Improving robustness against common corruptions by covariate shift adaptation, 2020 (arXiv:2006.16971)",
  settings: { seeds: 5, steps: 400, every: 20, rates: [0.03, 0.1, 0.3, 1], tests: 10 },
  quick: { seeds: 3, steps: 80, every: 10, rates: [0.1], tests: 4 },
  help: {
    steps: "training steps",
    every: "steps between two measurements",
    rates: "learning rates, of which all networks have the best of that without batch norm",
    tests: `batches of ${TEST_SIZE} test images`,
  },

  async run({ settings, seeds, images, unit }): Promise<Result> {
    const { rates, tests } = settings;
    const [kept, heldOut] = holdOut(images().train, tests * TEST_SIZE);
    const data = prepareImages(
      { train: kept, test: evenly(images().test, tests * TEST_SIZE) },
      tests,
    );
    const rate = await chooseRate(rates, async (tried) => {
      const others = prepareImages({ train: kept, test: heldOut }, tests);
      const training = { ...settings, rate: tried, seed: CHOOSING_SEED };
      const name = `without, rate ${tried} on held-out images, seed ${CHOOSING_SEED}`;
      const network = new ShiftNetwork("without");
      return learningOf(await unit(name, (step) => train(network, others, training, step)));
    });
    const runs = async (kind: Kind): Promise<readonly Run[]> => {
      const network = new ShiftNetwork(kind);
      const found: Run[] = [];
      for (const seed of seeds) {
        const training = { ...settings, rate, seed };
        const name = `${kind}, seed ${seed}`;
        found.push(await unit(name, (step) => train(network, data, training, step)));
      }
      return found;
    };
    return {
      rate,
      without: await runs("without"),
      "batch norm": await runs("batch norm"),
      "noisy batch norm": await runs("noisy batch norm"),
    };
  },

  judge(result) {
    const { without, "batch norm": normalised, "noisy batch norm": noisy } = result;
    const drift = factor(without, normalised, driftOf);
    const noise = factor(normalised, noisy, driftOf);
    const change = factor(without, normalised, changeOf);
    const over = (others: readonly Run[]): Estimate =>
      estimate(noisy.map((run, i) => learningOf(run) - learningOf(others[i])));
    const [gain, loss] = [over(without), over(normalised)];
    const regained = SHIFTS.map((shift) =>
      estimate(
        normalised.map(({ shifted: { [shift]: of } }) => (of.renewed ?? of.stored) - of.stored),
      ),
    );
    const parts = [
      drift.mean + (drift.margin ?? 0) < 0,
      // surely no tenth less
      isAbove(change, Math.log(0.9)),
      isAbove(noise, 0) && isAbove(gain, 0),
      regained.every((one) => isAbove(one, 0)),
    ];
    const held = parts.filter((part) => part).length;
    const points = regained.map((one, i) => `${formatEstimate(one, 1, 100)} (${SHIFTS[i]})`);
    return {
      held: held === parts.length ? "yes" : held > 0 ? "in part" : "no",
      sentence: `With batch normalisation medians drifted ${formatFactor(drift)} times as far as without, and with noise after it ${formatFactor(noise)} times as far as with batch normalisation; gradients changed ${formatFactor(change)} times as much by the update of the layers below as without; on average over the training, the test accuracy with noise differed by ${formatEstimate(gain, 1, 100)} points from that without batch normalisation and ${formatEstimate(loss, 1, 100)} from that with it; on shifted images new statistics brought ${formatList(points)} points.`,
    };
  },

  report(result, { rates }) {
    const steps = { title: `training steps of ${BATCH} examples` };
    const course = (pick: (point: Point) => number | null): readonly PlotLine[] =>
      KINDS.map((kind) => ({
        name: nameOf(kind),
        points: result[kind][0].points.map((point) => [point.step, pick(point)] as const),
      }));
    const ends = KINDS.flatMap((kind) =>
      result[kind][0].points.flatMap(({ inputs: of }) => of.flatMap(({ p15, p85 }) => [p15, p85])),
    );
    const inputs = (kind: Kind): Figure => ({
      id: `inputs-${kind.replaceAll(" ", "-")}`,
      y: { title: `Inputs of ReLU, ${nameOf(kind)} (no unit)`, holds: ends },
      x: steps,
      lines: Array.from({ length: HIDDEN_LAYERS }, (_, layer) => ({
        name: `layer ${layer + 1}`,
        points: result[kind][0].points.map(({ step, inputs: { [layer]: of } }) => {
          return [step, of.p50, of.p15, of.p85] as const;
        }),
      })),
    });
    const accuracy = (kind: Kind, pick: (run: Run) => number | null): string => {
      const values = result[kind].map(pick).filter((value) => value !== null);
      return values.length === 0 ? MISSING : formatEstimate(estimate(values), 1, 100);
    };
    return [
      {
        title: "Inputs of the nonlinearities",
        text: `All networks have the learning rate ${formatRate(result.rate, rates)}${rates.length > 1 ? ", at which that without batch normalisation learnt best on held-out images: changes of gradients are of steps alike" : ""}.`,
        figures: [
          ...KINDS.map(inputs),
          {
            id: "accuracy",
            y: { title: "Test accuracy (%)", max: 100, bounds: PERCENT },
            x: steps,
            lines: course(({ accuracy }) => 100 * accuracy),
          },
        ],
        caption: `Seed 1. Inputs for ${PROBED} test images, means over the units of a layer: medians, and areas from the 15th to the 85th percentile.`,
      },
      {
        title: "What a step does to the layers above",
        figures: [
          {
            id: "drift",
            y: { title: "Drift of medians, last layer (widths)", min: 0 },
            x: steps,
            lines: course(({ drift }) => drift),
          },
          {
            id: "gradients",
            y: { title: "Change of gradients (relative)", min: 0 },
            x: steps,
            lines: course(({ gradients }) => meanOf(gradients.map(({ relative }) => relative))),
          },
        ],
        caption:
          "Seed 1. Drift: how far medians moved since the measurement before, in widths, the 85th less the 15th percentile. Gradients of a layer's weights before and after the layers below took their step, on the same batch: length of the change relative to that before; means over layers.",
        table: {
          caption:
            "Means over the training and over seeds with their 95 % intervals; cosines are between gradients before and after",
          head: ["network", "drift (widths)", "change of gradients", "cosine"],
          rows: KINDS.map((kind) => [
            nameOf(kind),
            formatEstimate(estimate(result[kind].map(driftOf)), 3),
            formatEstimate(estimate(result[kind].map(changeOf)), 3),
            formatEstimate(estimate(result[kind].map(cosineOf)), 3),
          ]),
        },
      },
      {
        title: "Shifted test images",
        table: {
          caption:
            "Test accuracy (%) by the statistics of training, and by those of the shifted images (renewed)",
          head: [
            "images",
            nameOf("without"),
            ...KINDS.slice(1).flatMap((kind) => [kind, "renewed"]),
          ],
          rows: [
            [
              "as in training",
              ...SHOWN.map(([kind, renewed]) => {
                return renewed ? MISSING : accuracy(kind, (run) => run.accuracy);
              }),
            ],
            ...SHIFTS.map((shift) => [
              shift,
              ...SHOWN.map(([kind, renewed]) =>
                accuracy(kind, ({ shifted: { [shift]: of } }) =>
                  renewed ? of.renewed : of.stored,
                ),
              ),
            ]),
          ],
        },
      },
    ];
  },
});
