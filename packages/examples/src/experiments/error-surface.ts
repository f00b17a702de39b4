/**
 * @file Claim: normalisation makes the error surface better conditioned: features of one scale make a valley round,
 * and in a network with batch norm loss and gradient change less along the gradient, and the Hessian's top is lower.
 *
 * Source: LeCun, Bottou, Orr & Müller (1998), "Efficient BackProp", section 4.3, for features; Santurkar, Tsipras,
 * Ilyas & Mądry (2018), "How Does Batch Normalization Help Optimization?", figure 4; Ghorbani, Krishnan & Xiao (2019)
 * for eigenvalues. The weights of a network are one vector here.
 */
import {
  add,
  compile,
  hessian,
  linalg,
  matMul,
  mean,
  mul,
  normal,
  randomKey,
  reshape,
  splitKey,
  square,
  sub,
  sum,
  type Tensor,
  tensor,
  valueAndGrad,
  zeros,
} from "@tapegrad/autograd";
import { standardize } from "@tapegrad/nn";
import { defineExperiment, type Experiment } from "./shared/experiment.ts";
import {
  BATCH,
  EIGENVALUES,
  explore,
  type Surface,
  WAYS,
  type Walk,
} from "./shared/explore-surface.ts";
import { flatNetwork } from "./shared/flat-network.ts";
import { formatCount, formatFixed } from "./shared/format.ts";
import { PIXELS } from "./shared/image-data.ts";
import type { PlotLine, PlotPoint } from "./shared/plot.ts";
import { type Estimate, estimate, formatEstimate, formatFactor } from "./shared/statistics.ts";

/** Of a loss of two weights, whose Hessian is constant. */
type Valley = {
  readonly condition: number;
  /** Until the loss above its minimum is a hundredth of the first; at most `MOST_STEPS`. */
  readonly steps: number;
  /** Both weights relative to the minimum, in units of the first distance of each. */
  readonly path: readonly (readonly [number, number])[];
};

/** Of one seed. */
type Run = {
  readonly raw: Valley;
  readonly standardised: Valley;
  readonly plain: Surface;
  readonly normalised: Surface;
};

const SAMPLES = 200;
const MOST_STEPS = 100_000;
const SHOWN_STEPS = 60;
const HIDDEN = [32, 32];

/** Descends at the rate 1/λ that its largest eigenvalue allows. */
function descend(features: Tensor, targets: Tensor): Valley {
  const loss = (w: Tensor): Tensor => mul(0.5, mean(square(sub(matMul(features, w), targets))));
  const start = zeros([2, 1], { dtype: "float64" });
  const curvature = reshape(hessian(loss)(start), [2, 2]);
  const [least, greatest] = linalg.eigvalsh(curvature).toTypedArray();
  const best = linalg.lstsq(features, targets);
  const lowest = loss(best).item();
  const advance = compile((w: Tensor) => {
    const { value, gradient } = valueAndGrad(loss)(w);
    return { value, next: sub(w, mul(gradient, 1 / greatest)) };
  });
  const goal = 0.01 * (loss(start).item() - lowest);
  const [x, y] = best.toTypedArray();
  const path: [number, number][] = [];
  let [w, steps] = [start, 0];
  for (; steps < MOST_STEPS; steps++) {
    const [a, b] = w.toTypedArray();
    if (steps <= SHOWN_STEPS) path.push([1 - a / x, 1 - b / y]);
    const { value, next } = advance(w);
    if (value.item() - lowest <= goal) break;
    w = next;
  }
  return { condition: greatest / least, steps, path };
}

/** Two features, of scales 1 and `scale`, both of which matter, and a target with noise: raw, and standardised. */
function valleys(seed: number, scale: number): Pick<Run, "raw" | "standardised"> {
  const float64 = { dtype: "float64" } as const;
  const [a, b] = splitKey(randomKey(seed));
  const units = normal(a, [SAMPLES, 2], float64);
  const noise = normal(b, [SAMPLES, 1], { ...float64, standardDeviation: 0.1 });
  const raw = mul(units, tensor(Float64Array.of(1, scale)));
  const targets = add(sum(units, { axes: [1], keepDims: true }), noise);
  const standardised = standardize(raw).apply(raw);
  return { raw: descend(raw, targets), standardised: descend(standardised, targets) };
}

const range = ({ lowest, highest }: Walk): number => highest - lowest;

/** The factor by which batch norm changes a quantity, as a logarithm. */
function factorOf(runs: readonly Run[], pick: (surface: Surface) => number): Estimate {
  return estimate(runs.map(({ plain, normalised }) => Math.log(pick(normalised) / pick(plain))));
}

const isLower = ({ mean, margin }: Estimate): boolean => mean + (margin ?? 0) < 0;

const average = (surface: Surface, pick: (walk: Walk) => number): number =>
  estimate(surface.walks.map(pick)).mean;

const NETWORKS = [
  ["with batch normalisation", "normalised"],
  ["without it", "plain"],
] as const;

export const errorSurface: Experiment = defineExperiment({
  name: "error-surface",
  title: "Does normalisation make the error surface smoother?",
  claim:
    "Features of one scale turn a long valley into a bowl, in which gradient descent is fast; and batch normalisation makes loss and gradient change less along the gradient, and lowers the largest eigenvalue of the Hessian.",
  source:
    "Y. LeCun et al., Efficient BackProp, 1998, section 4.3; S. Santurkar et al., How Does Batch Normalization Help Optimization?, 2018, figure 4 (arXiv:1805.11604); B. Ghorbani, S. Krishnan and Y. Xiao, An Investigation into Neural Net Optimization via Hessian Eigenvalue Density, 2019 (arXiv:1901.10159)",
  settings: { seeds: 5, scale: 100, steps: 300, every: 10, rate: 0.1, iterations: 40 },
  quick: { seeds: 3, steps: 80, every: 16, iterations: 15 },
  help: {
    scale: "scale of the second feature; that of the first is 1",
    steps: "training steps",
    every: "steps between two walks along the gradient",
    rate: "learning rate",
    iterations: "Lanczos iterations for the eigenvalues",
  },

  async run({ settings, seeds, images, unit }): Promise<readonly Run[]> {
    const { train } = images();
    const sizes = [PIXELS, ...HIDDEN, 10];
    const [plain, normalised] = [false, true].map((batchNorm) => flatNetwork(sizes, batchNorm));
    const runs: Run[] = [];
    for (const seed of seeds) {
      const training = { ...settings, seed };
      runs.push({
        ...(await unit(`two weights, seed ${seed}`, () => valleys(seed, settings.scale))),
        plain: await unit(`without, seed ${seed}`, (step) => {
          return explore(plain, train, training, step);
        }),
        normalised: await unit(`with batch norm, seed ${seed}`, (step) => {
          return explore(normalised, train, training, step);
        }),
      });
    }
    return runs;
  },

  judge(runs) {
    const mean = (pick: (run: Run) => number): Estimate => estimate(runs.map(pick));
    const condition = [mean(({ raw }) => raw.condition), mean((r) => r.standardised.condition)];
    const steps = [mean(({ raw }) => raw.steps), mean((r) => r.standardised.steps)];
    const isRound =
      condition[1].mean < 0.1 * condition[0].mean && steps[1].mean < 0.1 * steps[0].mean;
    const loss = factorOf(runs, (surface) => average(surface, range));
    const gradient = factorOf(runs, (surface) => average(surface, ({ smoothness }) => smoothness));
    const [first, last] = [factorOf(runs, (s) => s.before[0]), factorOf(runs, (s) => s.after[0])];
    const lower = [loss, gradient, last].filter(isLower).length;
    const times = (factor: Estimate): string => `${formatFactor(factor)} times`;
    return {
      held: isRound && lower === 3 ? "yes" : isRound || lower > 0 ? "in part" : "no",
      sentence: `Standardising two features took the condition number from ${formatCount(condition[0].mean)} to ${formatFixed(condition[1].mean, 1)} and descent from ${formatCount(steps[0].mean)} steps to ${formatCount(steps[1].mean)}; with batch normalisation the loss varied ${times(loss)} as much along the gradient as without, the gradient changed ${times(gradient)} as fast, and the largest eigenvalue was ${times(first)} as large before training and ${times(last)} after it.`,
    };
  },

  report(runs, { scale }) {
    const [one] = runs;
    const steps = { title: `training steps of ${BATCH} examples` };
    const lines = (pick: (walk: Walk) => PlotPoint): readonly PlotLine[] =>
      NETWORKS.map(([name, key]) => ({ name, points: one[key].walks.map(pick) }));
    const row = (name: string, pick: (run: Run) => Valley): readonly string[] => [
      name,
      formatEstimate(estimate(runs.map((run) => pick(run).condition)), 1),
      formatEstimate(estimate(runs.map((run) => pick(run).steps)), 0),
    ];
    return [
      {
        title: "Two weights",
        figures: [
          {
            id: "valley",
            y: { title: "Distance of weight 2 (start = 1)", min: 0, max: 1 },
            x: { title: "distance of weight 1 from the minimum (start = 1)" },
            lines: [
              { name: `scales 1 and ${scale}`, points: one.raw.path },
              { name: "standardised", points: one.standardised.path },
            ],
          },
        ],
        caption: `The first ${SHOWN_STEPS} steps of gradient descent, seed 1, at the rate that the largest eigenvalue allows. Where one feature is small, its weight hardly moves.`,
        table: {
          caption:
            "Means over seeds with their 95 % intervals: condition number of the Hessian, and steps until the loss above its minimum is a hundredth of the first",
          head: ["features", "condition number", "steps"],
          rows: [
            row(`scales 1 and ${scale}`, ({ raw }) => raw),
            row("standardised", ({ standardised }) => standardised),
          ],
        },
      },
      {
        title: "Along the gradient",
        figures: [
          {
            id: "loss",
            y: { title: "Loss, and its range along the gradient (nats)", min: 0 },
            x: steps,
            lines: lines(({ step, loss, lowest, highest }) => [step, loss, lowest, highest]),
          },
          {
            id: "gradient",
            y: { title: "Change of the gradient (relative)", min: 0 },
            x: steps,
            lines: lines(({ step, change }) => [step, change]),
          },
        ],
        caption: `Seed 1. From the weights ${WAYS[0]} to ${WAYS[WAYS.length - 1]} steps of training along the gradient of the same batch: the area is the range of the loss, and the change the largest.`,
      },
      {
        title: "The largest eigenvalues of the Hessian",
        table: {
          caption: `λ1 is the largest. On ${BATCH} training images, by Lanczos iteration; means over seeds with their 95 % intervals`,
          head: ["network", ...Array.from({ length: EIGENVALUES }, (_, i) => `λ${i + 1}`)],
          rows: NETWORKS.flatMap(([name, key]) =>
            (["before", "after"] as const).map((when) => [
              `${name}, ${when} training`,
              ...one[key][when].map((_, i) =>
                formatEstimate(estimate(runs.map((run) => run[key][when][i])), 1),
              ),
            ]),
          ),
        },
      },
    ];
  },
});
