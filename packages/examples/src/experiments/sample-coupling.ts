/**
 * @file Claim: batch normalisation in training couples the samples of a batch, any two about in inverse
 * proportion to the batch size; layer normalisation and evaluation do not couple them.
 *
 * Source: Ioffe & Szegedy (2015), section 3: BN(x, 𝒳) depends on all examples of the batch, so that its derivative has a
 * second Jacobian, and section 3.4; Ba, Kiros & Hinton (2016), section 3, for layer normalisation. The derivative is
 * ∂yᵢ/∂xⱼ = γ/s (δᵢⱼ - (1 + x̂ᵢx̂ⱼ)/m): measured here, not computed from this formula.
 */
import { normal, randomKey, type Tensor } from "@tapegrad/autograd";
import { BatchNorm, LayerNorm } from "@tapegrad/nn";
import { compiledJacobian } from "./shared/compiled-jacobian.ts";
import { defineExperiment, type Experiment } from "./shared/experiment.ts";
import { formatCount, formatFixed, formatScientific } from "./shared/format.ts";
import { fittedSlope } from "./shared/slope.ts";
import { estimate, formatEstimate, intervalPoint } from "./shared/statistics.ts";

const LAYERS = ["BN, training", "BN, evaluation", "LayerNorm"] as const;
type LayerName = (typeof LAYERS)[number];

/** Of one batch. */
type Coupling = {
  readonly size: number;
  /** Mean of |∂yᵢ/∂xⱼ| over pairs i ≠ j, relative to the mean of |∂yᵢ/∂xᵢ|. */
  readonly pair: number;
  /** The same for the sum over all j ≠ i. */
  readonly others: number;
};

type Result = Record<LayerName, Coupling[][]>;

const FEATURES = 4;

/** How the batch x is normalised, and the Jacobian of that. */
function programs(): Record<LayerName, (x: Tensor) => Tensor> {
  const training = new BatchNorm(FEATURES, { dtype: "float64" });
  // its running statistics are those of the last batch that it was shown
  const evaluation = new BatchNorm(FEATURES, { dtype: "float64", update: 1 });
  const layerNorm = new LayerNorm(FEATURES, { dtype: "float64" });
  const evaluated = compiledJacobian((x) => evaluation.forward(x, { mode: "eval" }));
  return {
    "BN, training": compiledJacobian((x) => training.forward(x, { mode: "train" })),
    "BN, evaluation": (x) => {
      evaluation.forward(x, { mode: "train" });
      return evaluated(x);
    },
    LayerNorm: compiledJacobian((x) => layerNorm.forward(x)),
  };
}

/** Sums |∂yᵢ/∂xⱼ| over all features, within samples and between them. */
function coupling(jacobian: Tensor, size: number): Coupling {
  const entries = jacobian.toTypedArray();
  const width = size * FEATURES;
  const sampleOf = (at: number): number => Math.floor(at / FEATURES);
  let [own, others] = [0, 0];
  for (let i = 0; i < width; i++) {
    for (let j = 0; j < width; j++) {
      const entry = Math.abs(entries[i * width + j]);
      if (sampleOf(i) === sampleOf(j)) own += entry;
      else others += entry;
    }
  }
  return { size, pair: others / (size - 1) / own, others: others / own };
}

/** The exponent p of pair ~ sizeᵖ at the three largest sizes: the law is one of large batches. */
const exponentOf = (points: readonly Coupling[]): number =>
  fittedSlope(points.slice(-3).map(({ size, pair }) => [Math.log(size), Math.log(pair)]));

export const sampleCoupling: Experiment = defineExperiment({
  name: "sample-coupling",
  title: "Does what a layer makes of one sample depend on the others of its batch?",
  claim:
    "In training, batch normalisation couples all samples of a batch, any two of them about in inverse proportion to the batch size; in evaluation it does not, nor does layer normalisation.",
  source:
    "S. Ioffe and C. Szegedy, Batch Normalization, 2015, sections 3 and 3.4 (arXiv:1502.03167); J. L. Ba, J. R. Kiros and G. E. Hinton, Layer Normalization, 2016, section 3 (arXiv:1607.06450)",
  settings: { seeds: 10, sizes: [2, 4, 8, 16, 32, 64] },
  quick: { seeds: 3, sizes: [2, 4, 8, 16, 32] },
  help: { sizes: "batch sizes, at least 2" },

  async run({ settings, seeds, unit }): Promise<Result> {
    const jacobians = programs();
    const measured = async (name: LayerName): Promise<Coupling[][]> => {
      const runs: Coupling[][] = [];
      for (const seed of seeds) {
        const run = await unit(`${name}, seed ${seed}`, async (step) => {
          const points: Coupling[] = [];
          for (const [i, size] of settings.sizes.entries()) {
            const x = normal(randomKey(seed), [size, FEATURES], { dtype: "float64" });
            points.push(coupling(jacobians[name](x), size));
            await step(i + 1, settings.sizes.length);
          }
          return points;
        });
        runs.push(run);
      }
      return runs;
    };
    return {
      "BN, training": await measured("BN, training"),
      "BN, evaluation": await measured("BN, evaluation"),
      LayerNorm: await measured("LayerNorm"),
    };
  },

  judge(result) {
    const training = result["BN, training"];
    const weakest = Math.min(...training.flat().map(({ size, pair }) => pair * size));
    const exponent = estimate(training.map(exponentOf));
    const others = estimate(training.map((points) => points[points.length - 1].others));
    const uncoupled = [...result["BN, evaluation"], ...result.LayerNorm].flat();
    const largest = Math.max(...uncoupled.map(({ pair }) => pair));
    const couples = weakest > 0.1 && largest === 0;
    const falls = Math.abs(exponent.mean + 1) < 0.3;
    const size = training[0].at(-1)?.size ?? 0;
    return {
      held: !couples ? "no" : falls ? "yes" : "in part",
      sentence: `With batch normalisation in training the influence of another sample fell as the batch size to the power ${formatEstimate(exponent, 2)}, though at ${formatCount(size)} samples all others together still weighed ${formatEstimate(others, 2)} of the sample itself; in evaluation, and with layer normalisation, the largest influence was ${largest === 0 ? "exactly 0" : formatScientific(largest, 1)}.`,
    };
  },

  report(result, { sizes }) {
    const at = (name: LayerName, i: number, pick: (point: Coupling) => number) =>
      estimate(result[name].map((points) => pick(points[i])));
    const lines = (pick: (point: Coupling) => number, names: readonly LayerName[]) =>
      names.map((name) => ({
        name,
        points: sizes.map((size, i) => intervalPoint(size, at(name, i, pick))),
      }));
    const x = { title: "batch size (samples)", scale: "logarithmic", ticks: sizes } as const;
    return [
      {
        title: "Influence of the other samples",
        figures: [
          {
            id: "pair",
            y: { title: "Influence of one other sample (own = 1)", scale: "logarithmic" },
            x,
            notes: ["an influence of 0 has no logarithm"],
            lines: lines(({ pair }) => pair, ["BN, training"]),
          },
          {
            id: "others",
            y: { title: "Influence of all others (own = 1)", min: 0 },
            x,
            notes: [""],
            lines: lines(({ others }) => others, LAYERS),
          },
        ],
        caption: `Sums of |∂y/∂x| between different samples, relative to those within samples; ${FEATURES} Gaussian features, mean over seeds with its 95 % interval.`,
        table: {
          caption: "Influence of one other sample, relative to the sample itself",
          head: ["batch size", ...LAYERS],
          rows: sizes.map((size, i) => [
            formatCount(size),
            ...LAYERS.map((name) =>
              formatEstimate(
                at(name, i, ({ pair }) => pair),
                4,
              ),
            ),
          ]),
        },
      },
      {
        title: "What follows",
        text: `Every pair of samples is coupled less in larger batches, but there are more pairs: the sum over all others went from ${formatFixed(at("BN, training", 0, ({ others }) => others).mean, 2)} to ${formatFixed(at("BN, training", sizes.length - 1, ({ others }) => others).mean, 2)}.`,
      },
    ];
  },
});
