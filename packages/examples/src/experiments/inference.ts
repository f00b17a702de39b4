/**
 * @file Claim: evaluation should use the statistics of the training population as algorithm 2 estimates them; moving
 * averages of any convention lag behind the weights, and averages of 1/m variances or of σ come out too small.
 *
 * Source: Ioffe & Szegedy (2015), section 3.1 and algorithm 2; Wu & Johnson (2021), "Rethinking 'Batch' in BatchNorm",
 * section 3, for the lag. One training serves all statistics, since none of them has an influence on it.
 */
import {
  compile,
  mean,
  normal,
  randomKey,
  record,
  splitKey,
  type Tensor,
  unbind,
} from "@tapegrad/autograd";
import { BatchNorm, crossEntropy, type Population, SGD } from "@tapegrad/nn";
import type { Score } from "./shared/evaluation.ts";
import { defineExperiment, type Experiment, type Step } from "./shared/experiment.ts";
import { formatFixed } from "./shared/format.ts";
import { type ExperimentData, shuffledBatches } from "./shared/image-data.ts";
import { KEPT, type Name, ObservedNetwork } from "./shared/observed-network.ts";
import type { PlotLine } from "./shared/plot.ts";
import { POPULATIONS, type PopulationName, populations } from "./shared/populations.ts";
import { type Estimate, estimate, formatEstimate, PERCENT } from "./shared/statistics.ts";

const SLOW = "decay 0.99 (Keras)";
const CORRECTED = "decay 0.99, corrected";
const [UNBIASED, BIASED] = ["decay 0.9 (PyTorch)", "decay 0.9, 1/m"] as const;
const NAMES: readonly Name[] = [...KEPT, ...POPULATIONS];

/** Estimates of a variance of 1 from batches of m values, and from batches whose own means differ. */
type Draws = {
  readonly size: number;
  readonly independent: Record<PopulationName, number>;
  readonly dependent: Record<PopulationName, number>;
};

/** Test scores, and variances relative to pooled ones. */
type Point = {
  readonly step: number;
  readonly scores: Record<Name, Score>;
  readonly variances: Record<Name, number>;
};

/** A training of one seed. */
type Run = { readonly size: number; readonly points: readonly Point[] };

/** By batch size, then by seed. */
type Result = { readonly draws: readonly Draws[][]; readonly runs: readonly Run[][] };

/** Standard deviation of the means of dependent batches, in units of that within them. */
const SPREAD = 2;
const COLUMNS = 50;
/** Scores are taken after the last step and, of the largest batches, at steps that halve from there. */
const HALVINGS = [0, 1, 2, 3, 4];

const byName = <K extends string, V>(names: readonly K[], of: (name: K) => V): Record<K, V> =>
  Object.fromEntries(names.map((name) => [name, of(name)])) as Record<K, V>;

/** Means over columns that are estimated side by side. */
function draw(seed: number, size: number, count: number): Draws {
  const [valueKey, meanKey] = splitKey(randomKey(seed));
  const float64 = { dtype: "float64" } as const;
  const x = normal(valueKey, [count, size, COLUMNS], float64);
  const means = normal(meanKey, [count, 1, COLUMNS], { ...float64, standardDeviation: SPREAD });
  const estimates = (values: Tensor): Record<PopulationName, number> => {
    const norm = new BatchNorm(COLUMNS, float64);
    const found = populations(norm, [norm], unbind(values));
    return byName(POPULATIONS, (name) => mean(found[name][0].variance).item());
  };
  return { size, independent: estimates(x), dependent: estimates(x.add(means)) };
}

interface Training {
  readonly seed: number;
  readonly size: number;
  readonly steps: number;
  readonly rate: number;
  readonly images: number;
  /** After which steps. */
  readonly measured: ReadonlySet<number>;
}

/** Trains at the rate in proportion to the batch, and scores all statistics at a few steps, ever later. */
async function train(
  { train: digits, test }: ExperimentData,
  options: Training,
  step: Step,
): Promise<Run> {
  const { seed, size, steps, rate, measured } = options;
  const [weightKey, orderKey, populationKey] = splitKey(randomKey(seed), 3);
  const network = new ObservedNetwork(weightKey, test);
  const { model } = network;
  const optimizer = new SGD(model.parameters(), { learningRate: (rate * size) / 64 });
  const advance = compile((images: Tensor, labels: Tensor): Tensor => {
    const tape = record(() => crossEntropy(model.forward(images, { mode: "train" }), labels));
    optimizer.step(tape.gradient(optimizer.parameters));
    return tape.output;
  });
  const count = Math.ceil(options.images / size);
  const measure = (): Record<Name, readonly Population[]> => {
    const order = shuffledBatches(digits, size, populationKey);
    return network.statistics(Array.from({ length: count }, () => order.next().value.images));
  };
  const points: Point[] = [];
  const batches = shuffledBatches(digits, size, orderKey);
  for (let done = 1; done <= steps; done++) {
    const { images, labels } = batches.next().value;
    advance(images, labels);
    if (measured.has(done)) {
      const found = measure();
      const scores = byName(NAMES, (name) => network.score(found[name]));
      points.push({ step: done, scores, variances: relativeVariances(found) });
    }
    await step(done, steps);
  }
  return { size, points };
}

/** Geometric means over all channels of the variance relative to the pooled one. */
function relativeVariances(found: Record<Name, readonly Population[]>): Record<Name, number> {
  const logarithms = (name: Name): readonly number[] =>
    found[name].flatMap(({ variance }) => Array.from(variance.toTypedArray(), Math.log));
  const pooled = logarithms("pooled");
  return byName(NAMES, (name) => {
    const differences = logarithms(name).map((value, c) => value - pooled[c]);
    return Math.exp(meanOf(differences));
  });
}

const meanOf = (values: readonly number[]): number => estimate(values).mean;

const last = ({ points }: Run): Point => points[points.length - 1];

/** How much lower the test loss by algorithm 2 was, on average over the measured steps, for each seed. */
const lag = (runs: readonly Run[], name: Name): Estimate =>
  estimate(
    runs.map(({ points }) =>
      meanOf(points.map(({ scores }) => scores[name].loss - scores["algorithm 2"].loss)),
    ),
  );

/** At the end. */
const lossOf = (run: Run, name: Name): number => last(run).scores[name].loss;

const isPositive = ({ mean, margin }: Estimate): boolean => mean > (margin ?? 0);

export const inference: Experiment = defineExperiment({
  name: "inference",
  title: "Which statistics should evaluation use?",
  claim:
    "Algorithm 2 estimates the variance without bias where batches are independent, and pooled statistics in any case; averages of 1/m variances are too small by 1/m and averages of σ by more; moving averages lag behind the weights.",
  source:
    "S. Ioffe and C. Szegedy, Batch Normalization, 2015, algorithm 2 (arXiv:1502.03167); Y. Wu and J. Johnson, Rethinking “Batch” in BatchNorm, 2021, section 3 (arXiv:2105.07576)",
  settings: { seeds: 5, steps: 640, rate: 0.5, sizes: [4, 16, 64], images: 2000, draws: 100 },
  quick: { seeds: 3, steps: 64, sizes: [4, 64], images: 512, draws: 40 },
  help: {
    steps: "training steps",
    rate: "learning rate at 64 examples a batch, in proportion at others",
    sizes: "batch sizes, ascending",
    images: "training images from which a population is estimated",
    draws: "batches of normal numbers",
  },

  async run({ settings, seeds, images, unit }): Promise<Result> {
    const { sizes, draws: count, ...others } = settings;
    const data = images();
    const draws: Draws[][] = [];
    const runs: Run[][] = [];
    for (const size of sizes) {
      // of small batches only the end is of interest, and their population takes long
      const moments = size === sizes[sizes.length - 1] ? HALVINGS : [0];
      const measured = new Set(moments.map((i) => Math.round(others.steps / 2 ** i)));
      const [ownDraws, ownRuns]: [Draws[], Run[]] = [[], []];
      for (const seed of seeds) {
        const name = `batches of ${size}, seed ${seed}`;
        ownDraws.push(await unit(`normal numbers in ${name}`, () => draw(seed, size, count)));
        ownRuns.push(
          await unit(`training in ${name}`, (step) =>
            train(data, { ...others, seed, size, measured }, step),
          ),
        );
      }
      draws.push(ownDraws);
      runs.push(ownRuns);
    }
    return { draws, runs };
  },

  judge({ draws, runs }) {
    const [few] = draws;
    const [{ size }] = few;
    const of = (kind: "independent" | "dependent", name: PopulationName): number =>
      meanOf(few.map((one) => one[kind][name]));
    const [unbiased, biased, root] = [
      of("independent", "algorithm 2"),
      of("independent", "mean of 1/m variances"),
      of("independent", "mean of σ, squared"),
    ];
    const asStated =
      Math.abs(unbiased - 1) < 0.05 && Math.abs(biased - (1 - 1 / size)) < 0.05 && root < biased;
    const seen = of("dependent", "algorithm 2") / of("dependent", "pooled");
    const isOrdered = runs[0].every((run) => {
      const of = last(run).variances;
      return of["mean of σ, squared"] < of["mean of 1/m variances"] && of[BIASED] < of[UNBIASED];
    });
    const large = runs[runs.length - 1];
    const [slow, corrected] = [lag(large, SLOW), lag(large, CORRECTED)];
    const end = estimate(
      runs[0].map((run) => lossOf(run, "mean of σ, squared") - lossOf(run, "algorithm 2")),
    );
    const parts = [asStated && seen < 0.5, isOrdered, isPositive(slow) && isPositive(corrected)];
    const held = parts.filter((part) => part).length;
    return {
      held: held === 3 ? "yes" : held > 0 ? "in part" : "no",
      sentence: `From independent batches of ${size} a variance of 1 was estimated as ${formatFixed(unbiased, 3)} by algorithm 2, ${formatFixed(biased, 3)} by 1/m variances and ${formatFixed(root, 3)} by σ, and of the variance of dependent batches algorithm 2 saw ${formatFixed(100 * seen, 0)} %; during training in batches of ${large[0].size} the test loss by a moving average of decay 0.99 was ${formatEstimate(slow, 2)} above that by algorithm 2, and ${formatEstimate(corrected, 2)} without its initial value; after training in batches of ${size}, averaging σ changed the test loss by ${formatEstimate(end, 3)}.`,
    };
  },

  report({ draws, runs }) {
    const large = runs[runs.length - 1];
    const shown: readonly Name[] = [UNBIASED, SLOW, CORRECTED, "algorithm 2"];
    const course = (pick: (score: Score) => number): readonly PlotLine[] =>
      shown.map((name) => ({
        name,
        points: large[0].points.map(({ step }, i) => {
          const values = large.map(({ points }) => pick(points[i].scores[name]));
          return [step, meanOf(values)] as const;
        }),
      }));
    const steps = {
      title: `training steps of ${large[0].size} examples`,
      scale: "logarithmic",
    } as const;
    return [
      {
        title: "A variance that is known",
        table: {
          caption: `Estimates of the variance of normal numbers: 1 within the batches, and ${1 + SPREAD ** 2} as one sample where their means vary; m numbers in a batch`,
          head: [
            "estimate",
            ...draws.flatMap(([{ size }]) => [`m = ${size}`, `m = ${size}, means vary`]),
          ],
          rows: POPULATIONS.map((name) => [
            name,
            ...draws.flatMap((own) => [
              formatEstimate(estimate(own.map((one) => one.independent[name])), 3),
              formatEstimate(estimate(own.map((one) => one.dependent[name])), 3),
            ]),
          ]),
        },
      },
      {
        title: "While weights change",
        figures: [
          {
            id: "accuracy",
            y: { title: "Test accuracy (%)", max: 100, bounds: PERCENT },
            x: steps,
            lines: course(({ accuracy }) => 100 * accuracy),
          },
          {
            id: "loss",
            y: { title: "Test loss (nats)", scale: "logarithmic" },
            x: steps,
            lines: course(({ loss }) => loss),
          },
        ],
        caption: "The same weights, evaluated by different statistics; means over seeds.",
      },
      ...runs.map((own) => ({
        title: `After training in batches of ${own[0].size}`,
        table: {
          caption: "Variances are geometric means over units, relative to pooled ones",
          head: ["statistics", "variance", "test accuracy (%)", "test loss (nats)"],
          rows: NAMES.map((name) => [
            name,
            formatEstimate(estimate(own.map((run) => last(run).variances[name])), 3),
            formatEstimate(estimate(own.map((run) => last(run).scores[name].accuracy)), 1, 100),
            formatEstimate(estimate(own.map((run) => last(run).scores[name].loss)), 3),
          ]),
        },
      })),
    ];
  },
});
