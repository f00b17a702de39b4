/**
 * @file Claim: at initialisation batch normalisation makes gradients grow exponentially with depth, whatever the
 * nonlinearity and least where there is none; sigmoid networks without it lose theirs.
 *
 * Source: Yang et al. (2019), "A Mean Field Theory of Batch Normalization", abstract, against the conjecture
 * of Ioffe & Szegedy (2015), section 3.3, that layers get Jacobians with singular values close to 1 in training.
 * A layer is h ↦ BN(f(h) W), or f(h) W without. For many samples the squared gradient is multiplied in each layer by
 * E[f'²] / Var[f]: at least 1 (Poincaré's inequality), and π/(π−1) for ReLU.
 */
import { ACTIVATIONS, type ActivationName, deepLayer, type Split } from "./shared/deep-layer.ts";
import { type DeepRun, measureDeepNetwork } from "./shared/deep-network.ts";
import {
  defineExperiment,
  type Experiment,
  type Figure,
  type Section,
} from "./shared/experiment.ts";
import { formatCount, formatFixed, formatList, formatPercent, MISSING } from "./shared/format.ts";
import type { PlotAxis, PlotPoint } from "./shared/plot.ts";
import { fittedSlope } from "./shared/slope.ts";
import { estimate, formatEstimate, intervalPoint } from "./shared/statistics.ts";
import { TrainedLayer } from "./shared/trained-layer.ts";

type Net = {
  readonly activation: ActivationName;
  readonly batchNorm: boolean;
  readonly runs: DeepRun[];
};

/** Singular values of the Jacobian between two hidden layers of a classifier, by seed. */
type Trained = {
  readonly name: string;
  readonly runs: { readonly before: number[]; readonly after: number[] }[];
};

type Result = { readonly nets: Net[]; readonly trained: Trained[] };

type S = {
  readonly seeds: number;
  readonly depths: readonly number[];
  readonly width: number;
  readonly batch: number;
  readonly trainSteps: number;
};

/** As it is written in texts. */
const written = (activation: ActivationName): string =>
  activation === "relu" ? "ReLU" : activation;

const nameOf = ({ activation, batchNorm }: Net): string =>
  `${written(activation)}${batchNorm ? " with BN" : ""}`;

/** By which factor each further layer multiplies the gradient. */
const factorOf = ({ runs }: Net, { depths }: S) =>
  estimate(
    runs.map(({ gradient }) => 10 ** fittedSlope(depths.map((depth, i) => [depth, gradient[i]]))),
  );

const mean = (values: readonly number[]): number =>
  values.reduce((total, value) => total + value, 0) / values.length;

/** Which part of singular values is between 0.5 and 2. */
const nearOf = (runs: readonly (readonly number[])[]) =>
  estimate(runs.map((values) => values.filter((v) => v > 0.5 && v < 2).length / values.length));

const singularOf = ({ runs }: Net): readonly number[][] => runs.map(({ singular }) => singular);

/** What the parts of the gradient and the singular values say, of networks with batch normalisation. */
function partsSentence(nets: readonly Net[]): string {
  const splits = nets.flatMap(({ runs }) => runs.flatMap(({ split }) => split));
  const added = splits.filter(({ scaled, full }) => full > scaled * (1 + 1e-9)).length;
  const removed = mean(splits.map(({ scaled, full }) => 1 - (full / scaled) ** 2));
  const scale = mean(splits.map(({ scaled, incoming }) => scaled / incoming));
  const near = mean(nets.map((net) => nearOf(singularOf(net)).mean));
  return `in a batch norm the factor γ/s was ${formatFixed(scale, 1)} in the mean, while the two mean terms took ${formatPercent(removed, 1)} % of the squared gradient and ${added === 0 ? "never added to it" : `added to it in ${formatCount(added)} layers`}, and ${formatPercent(near, 0)} % of a layer's singular values were between 0.5 and 2`;
}

function trainedSentence(trained: readonly Trained[]): string {
  const changes = trained.map(({ name, runs }) => {
    const [before, after] = [runs.map((run) => run.before), runs.map((run) => run.after)];
    return `${formatPercent(nearOf(before).mean, 0)} to ${formatPercent(nearOf(after).mean, 0)} % (${name})`;
  });
  return `training changed this part from ${formatList(changes)}`;
}

export const jacobiansAndDepth: Experiment = defineExperiment<S, Result>({
  name: "jacobians-and-depth",
  title: "Do gradients survive many layers, with and without batch normalisation?",
  claim:
    "At initialisation gradients of batch-normalised networks grow exponentially with depth, whatever the nonlinearity and least without any, whereas those of sigmoid networks without it vanish.",
  source:
    "G. Yang, J. Pennington, V. Rao, J. Sohl-Dickstein and S. S. Schoenholz, A Mean Field Theory of Batch Normalization, 2019 (arXiv:1902.08129); the opposite conjecture: S. Ioffe and C. Szegedy, Batch Normalization, 2015, section 3.3 (arXiv:1502.03167)",
  settings: {
    seeds: 10,
    depths: [1, 2, 5, 10, 20, 30, 40, 50],
    width: 64,
    batch: 128,
    trainSteps: 1000,
  },
  quick: { seeds: 3, depths: [1, 2, 5, 10, 20, 50], width: 32, batch: 64, trainSteps: 150 },
  help: {
    depths: "numbers of layers",
    width: "units of every layer",
    batch: "samples of a batch",
    trainSteps: "steps between the singular values before and after training",
  },

  async run({ settings, seeds, images, unit }) {
    const nets: Net[] = [];
    for (const activation of Object.keys(ACTIVATIONS) as ActivationName[]) {
      for (const batchNorm of [false, true]) {
        const layer = deepLayer(activation, batchNorm);
        const runs: DeepRun[] = [];
        for (const seed of seeds) {
          const name = `${activation}, ${batchNorm ? "with" : "without"} BN, seed ${seed}`;
          const network = { ...settings, gain: ACTIVATIONS[activation].gain };
          runs.push(await unit(name, () => measureDeepNetwork(layer, network, seed)));
        }
        nets.push({ activation, batchNorm, runs });
      }
    }
    const trained: Trained[] = [];
    for (const net of nets.filter(({ activation }) => activation !== "linear")) {
      const layer = new TrainedLayer(net.activation, net.batchNorm, settings);
      const runs: Trained["runs"] = [];
      for (const seed of seeds) {
        const name = `${nameOf(net)}, before and after training, seed ${seed}`;
        runs.push(await unit(name, (onStep) => layer.singularValues(images(), seed, onStep)));
      }
      trained.push({ name: nameOf(net), runs });
    }
    return { nets, trained };
  },

  judge({ nets, trained }, settings) {
    const factors = nets.map((net) => ({ net, ...factorOf(net, settings) }));
    const normalised = factors.filter(({ net }) => net.batchNorm);
    const nonlinear = normalised.filter(({ net }) => net.activation !== "linear");
    const explode = nonlinear.filter((factor) => factor.mean - (factor.margin ?? 0) > 1);
    const least = normalised.reduce((a, b) => (b.mean < a.mean ? b : a)).net.activation;
    const vanishes = factors.some(({ net, mean: factor }) => {
      return net.activation === "sigmoid" && !net.batchNorm && factor < 0.9;
    });
    const holds = vanishes && explode.length === nonlinear.length && least === "linear";
    const list = factors.map((factor) => `${nameOf(factor.net)} × ${formatEstimate(factor, 3)}`);
    return {
      held: holds ? "yes" : vanishes && explode.length > 0 ? "in part" : "no",
      sentence: `Each further layer multiplied the gradient as follows: ${list.join(", ")}; ${partsSentence(nets.filter(({ batchNorm }) => batchNorm))}; ${trainedSentence(trained)}.`,
    };
  },

  report: ({ nets, trained }, settings) => [
    depthSection(nets, settings),
    splitSection(nets.filter(({ batchNorm }) => batchNorm)),
    singularSection(nets),
    trainedSection(trained),
  ],
});

/** The networks without and with batch normalisation, side by side. */
function panels(nets: readonly Net[], { id, x, y, points }: PanelPair): Figure[] {
  return [false, true].map((batchNorm) => ({
    id: `${id}-${batchNorm ? "with" : "without"}`,
    y,
    x: { title: x },
    notes: [`${batchNorm ? "with" : "without"} batch normalisation`],
    lines: nets
      .filter((net) => net.batchNorm === batchNorm)
      .map((net) => ({ name: written(net.activation), points: points(net.runs) })),
  }));
}

interface PanelPair {
  readonly id: string;
  readonly x: string;
  readonly y: PlotAxis;
  readonly points: (runs: readonly DeepRun[]) => readonly PlotPoint[];
}

function depthSection(nets: readonly Net[], settings: S): Section {
  const limits = {
    linear: "1",
    relu: formatFixed(Math.sqrt(Math.PI / (Math.PI - 1)), 3),
    sigmoid: "> 1",
  };
  return {
    title: "Gradient against depth",
    figures: panels(nets, {
      id: "gradient",
      y: { title: "Gradient at the input (log₁₀; output 0)" },
      x: "depth (layers)",
      points: (runs) =>
        settings.depths.map((depth, i) => {
          return intervalPoint(depth, estimate(runs.map(({ gradient }) => gradient[i])));
        }),
    }),
    caption:
      "Norm of the gradient for a random cotangent at the output, mean over seeds with its 95 % interval. Weights are Gaussian with variance 1/width, for ReLU 2/width.",
    table: {
      caption:
        "Factor of each further layer, and that of mean field theory for many units and samples",
      head: ["network", "factor", "theory with BN"],
      rows: nets.map((net) => [
        nameOf(net),
        formatEstimate(factorOf(net, settings), 3),
        net.batchNorm ? limits[net.activation] : MISSING,
      ]),
    },
  };
}

function splitSection(nets: readonly Net[]): Section {
  const line = (net: Net, pick: (split: Split) => number) => ({
    name: nameOf(net),
    points: net.runs[0].split.map((split, i) => [i + 1, pick(split)] as const),
  });
  return {
    title: "The gradient of a batch norm in its parts",
    text: "dL/dx = γ/s · (g − mean(g) − x̂ · mean(g x̂)), where g is the gradient by the normalised values x̂, and s their standard deviation before. Were it the mean terms that keep gradients from vanishing, they would have to add to the scaled part γ/s · g.",
    figures: [
      {
        id: "scale",
        y: { title: "Scaled part γ/s · g (relative to g)", scale: "logarithmic" },
        x: { title: "layer (1 is the first)", min: 1 },
        lines: nets.map((net) => line(net, ({ scaled, incoming }) => scaled / incoming)),
      },
    ],
    caption: "Seed 1, the deepest network.",
    table: {
      caption: "Squared norms relative to the scaled part, mean over layers, ± over seeds (%)",
      head: ["network", "term mean(g)", "term x̂ mean(g x̂)", "gradient"],
      rows: nets.map((net) => [
        nameOf(net),
        ...(["center", "spread", "full"] as const).map((part) => {
          const share = (split: Split): number => (split[part] / split.scaled) ** 2;
          return formatEstimate(
            estimate(net.runs.map(({ split }) => mean(split.map(share)))),
            2,
            100,
          );
        }),
      ]),
    },
  };
}

function singularSection(nets: readonly Net[]): Section {
  return {
    title: "Singular values of one layer",
    figures: panels(nets, {
      id: "singular",
      y: { title: "Singular value (no unit)", min: 0 },
      x: "rank (largest first)",
      points: ([{ singular }]) => singular.map((value, i) => [i + 1, value]),
    }),
    caption:
      "Seed 1: the last layer of the deepest network, for one sample while the others of the batch are held.",
    table: {
      caption: "Singular values, mean over seeds",
      head: ["network", "largest", "median", "smallest", "between 0.5 and 2 (%)"],
      rows: nets.map((net) => {
        const at = (place: (count: number) => number): string =>
          formatEstimate(
            estimate(net.runs.map(({ singular }) => singular[place(singular.length)])),
            3,
          );
        return [
          nameOf(net),
          at(() => 0),
          at((count) => Math.floor(count / 2)),
          at((count) => count - 1),
          formatEstimate(nearOf(singularOf(net)), 0, 100),
        ];
      }),
    },
  };
}

function trainedSection(trained: readonly Trained[]): Section {
  return {
    title: "Before and after training",
    text: "The conjecture is about training: between the third and the fourth of five hidden layers of a classifier of digits, for one image while the others of the batch are held.",
    table: {
      caption: "Singular values between 0.5 and 2 (%), and the largest",
      head: ["network", "before", "after", "largest before", "largest after"],
      rows: trained.map(({ name, runs }) => {
        const [before, after] = [runs.map((run) => run.before), runs.map((run) => run.after)];
        const largest = (all: readonly number[][]): string =>
          formatEstimate(estimate(all.map(([first]) => first)), 2);
        return [
          name,
          formatEstimate(nearOf(before), 0, 100),
          formatEstimate(nearOf(after), 0, 100),
          largest(before),
          largest(after),
        ];
      }),
    },
  };
}
