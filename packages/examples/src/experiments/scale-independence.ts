/**
 * @file Claim: with batch normalisation the scale of a layer's weights changes neither its output nor the gradient it
 * passes on, and larger weights get smaller gradients; so weight decay sets an effective learning rate.
 *
 * Source: Ioffe & Szegedy (2015), section 3.3; van Laarhoven (2017), "L2 regularization versus batch and weight
 * normalization". With ε in the variance the identities are exact for ε scaled by a², which is how they are tested.
 */
import {
  abs,
  cast,
  compile,
  matMul,
  max,
  mul,
  normal,
  randomKey,
  record,
  splitKey,
  square,
  sub,
  sum,
  type Tensor,
  transpose,
  vjp,
} from "@tapegrad/autograd";
import {
  BatchNorm,
  batchNormTrain,
  crossEntropy,
  Linear,
  Sequential,
  SGD,
  Sigmoid,
} from "@tapegrad/nn";
import { defineExperiment, type Experiment, type Step } from "./shared/experiment.ts";
import { formatFixed, formatScientific } from "./shared/format.ts";
import { batchOf, type DigitSet, PIXELS } from "./shared/image-data.ts";

const EPSILON = 1e-5;
const [UNITS, BATCH] = [30, 60];

/** Largest differences between a layer of weights W and one of weights aW, relative to the largest entry. */
type Identities = {
  readonly scale: number;
  readonly output: number;
  readonly input: number;
  readonly weight: number;
};

type Trained = { readonly step: number; readonly loss: number; readonly norm: number }[];

/** Of one seed. */
type Run = {
  readonly identities: readonly Identities[];
  /** Loss by step of weights scaled by a, at the rate times a² and at the same rate. */
  readonly scaled: { readonly scale: number; readonly matched: Trained; readonly same: Trained }[];
  readonly plain: Trained;
  readonly decayed: Trained;
};

/** BN(aWu) and its gradients beside BN(Wu) and its own; those by aW times a. */
function compareLayers(scale: number, seed: number): Identities {
  const float64 = { dtype: "float64" } as const;
  const [a, b, c, d, e] = splitKey(randomKey(seed), 5);
  const u = normal(a, [BATCH, 8], float64);
  const w = normal(b, [5, 8], float64);
  const [gamma, beta] = [normal(c, [5], float64), normal(d, [5], float64)];
  const cotangent = normal(e, [BATCH, 5], float64);
  const layer =
    (epsilon: number) =>
    (inputs: Tensor, weight: Tensor): Tensor =>
      batchNormTrain(matMul(inputs, transpose(weight)), gamma, beta, { epsilon }).output;
  const one = vjp(layer(EPSILON), u, w);
  const other = vjp(layer(EPSILON * scale ** 2), u, mul(w, scale));
  const [inputBar, weightBar] = one.pullback(cotangent);
  const [scaledInputBar, scaledWeightBar] = other.pullback(cotangent);
  return {
    scale,
    output: distance(one.output, other.output),
    input: distance(inputBar, scaledInputBar),
    weight: distance(weightBar, mul(scaledWeightBar, scale)),
  };
}

function distance(a: Tensor, b: Tensor): number {
  return max(abs(sub(a, b))).item() / max(abs(a)).item();
}

interface Training {
  readonly seed: number;
  readonly steps: number;
  readonly rate: number;
  readonly scale: number;
  /** Whether the rate of these weights is times a². */
  readonly scaledRate: boolean;
  readonly decay: number;
}

/** Trains 784-30-10 with the first weights scaled by `scale`, and ε with them; decay is on these weights only. */
async function train(train: DigitSet, options: Training, step: Step): Promise<Trained> {
  const { seed, steps, rate, scale, decay } = options;
  const ownRate = options.scaledRate ? rate * scale ** 2 : rate;
  const [first, last] = splitKey(randomKey(seed));
  const float64 = { dtype: "float64" } as const;
  const hidden = new Linear(PIXELS, UNITS, { bias: false, key: first, ...float64 });
  const norm = new BatchNorm(UNITS, { epsilon: EPSILON * scale ** 2, ...float64 });
  const output = new Linear(UNITS, 10, { key: last, ...float64 });
  hidden.weight.assign(mul(hidden.weight.value, scale));
  const model = new Sequential(hidden, norm, new Sigmoid(), output);
  const others = [...norm.parameters(), ...output.parameters()];
  const optimizer = new SGD(
    [
      { parameters: [hidden.weight], learningRate: ownRate, weightDecay: decay },
      { parameters: others },
    ],
    { learningRate: rate },
  );
  const advance = compile((images: Tensor, labels: Tensor): readonly [Tensor, Tensor] => {
    const tape = record(() => crossEntropy(model.forward(images, { mode: "train" }), labels));
    optimizer.step(tape.gradient(optimizer.parameters));
    return [tape.output, sum(square(hidden.weight.value))];
  });
  const points: Trained = [];
  const perEpoch = Math.floor(train.count / BATCH);
  for (let done = 1; done <= steps; done++) {
    const start = ((done - 1) % perEpoch) * BATCH;
    const rows = Array.from({ length: BATCH }, (_, i) => start + i);
    const { images, labels } = batchOf(train, rows);
    const [loss, squares] = advance(cast(images, "float64"), labels);
    if (done % Math.ceil(steps / 40) === 0) {
      points.push({ step: done, loss: loss.item(), norm: Math.sqrt(squares.item()) });
    }
    await step(done, steps);
  }
  return points;
}

/** The largest difference between two courses of the loss, relative to the first loss. */
const apart = (a: Trained, b: Trained): number =>
  a.reduce((most, { loss }, i) => Math.max(most, Math.abs(loss - b[i].loss)), 0) / a[0].loss;

const last = (run: Trained): Trained[number] => run[run.length - 1];

export const scaleIndependence: Experiment = defineExperiment({
  name: "scale-independence",
  title: "Does the scale of the weights matter before batch normalisation?",
  claim:
    "BN(Wu) = BN((aW)u), the gradient by u is the same and that by aW is 1/a of that by W: the scale of a layer's weights acts through its effective learning rate, rate/|W|², and weight decay keeps that rate up.",
  source:
    "S. Ioffe and C. Szegedy, Batch Normalization, 2015, section 3.3 (arXiv:1502.03167); T. van Laarhoven, L2 regularization versus batch and weight normalization, 2017 (arXiv:1706.05350)",
  settings: { seeds: 1, steps: 400, rate: 0.5, decay: 0.01, scales: [0.1, 0.5, 2, 10] },
  quick: { steps: 60, scales: [0.3, 3] },
  help: {
    steps: "training steps",
    rate: "learning rate",
    decay: "weight decay of the normalised layer",
    scales: "factors a of the weights",
  },

  async run({ settings, seeds, images, unit }): Promise<readonly Run[]> {
    const { steps, rate, decay, scales } = settings;
    const { train: digits } = images();
    const runs: Run[] = [];
    for (const seed of seeds) {
      const course = (name: string, options: Partial<Training>): Promise<Trained> =>
        unit(`${name}, seed ${seed}`, (step) =>
          train(
            digits,
            { seed, steps, rate, scale: 1, scaledRate: true, decay: 0, ...options },
            step,
          ),
        );
      const plain = await course("weights as they are", {});
      const decayed = await course("with weight decay", { decay });
      const scaled: Run["scaled"] = [];
      for (const scale of scales) {
        const matched = await course(`weights times ${scale}, rate too`, { scale });
        const same = await course(`weights times ${scale}`, { scale, scaledRate: false });
        scaled.push({ scale, matched, same });
      }
      const identities = scales.map((scale) => compareLayers(scale, seed));
      runs.push({ identities, scaled, plain, decayed });
    }
    return runs;
  },

  judge(runs) {
    const worst = Math.max(
      ...runs.flatMap(({ identities }) =>
        identities.flatMap(({ output, input, weight }) => [output, input, weight]),
      ),
    );
    const apartFrom = (pick: "matched" | "same"): readonly number[] =>
      runs.flatMap(({ plain, scaled }) => scaled.map((run) => apart(plain, run[pick])));
    const matched = Math.max(...apartFrom("matched"));
    const same = Math.min(...apartFrom("same"));
    const grows = runs.every(({ plain, decayed }) => {
      return last(plain).norm > plain[0].norm && last(decayed).norm < last(plain).norm;
    });
    const [{ plain, decayed }] = runs;
    const held = worst < 1e-9 && matched < 1e-6 && same > 100 * matched && grows;
    return {
      held: held ? "yes" : worst < 1e-9 ? "in part" : "no",
      sentence: `Scaled by a, the layer and its gradients agreed with the identities to ${formatScientific(worst, 1)}; trained at a² times the rate its loss followed that of the original to ${formatScientific(matched, 1)}, at the same rate only to ${formatScientific(same, 1)}; |W| of seed 1 ended at ${formatFixed(last(plain).norm, 2)} without and ${formatFixed(last(decayed).norm, 2)} with weight decay, from ${formatFixed(plain[0].norm, 2)}.`,
    };
  },

  report([{ identities, scaled, plain, decayed }], { rate }) {
    const points = (run: Trained, pick: (p: Trained[number]) => number): [number, number][] =>
      run.map((p) => [p.step, pick(p)]);
    const steps = { title: `training steps of ${BATCH} examples` };
    const effective = (p: Trained[number]): number => rate / p.norm ** 2;
    const text = (value: number): string => formatScientific(value, 1);
    return [
      {
        title: "The identities",
        table: {
          caption:
            "Largest difference between BN(Wu) and BN((aW)u), relative to the largest entry; ε is scaled by a²",
          head: ["a", "output", "gradient by u", "gradient by aW, times a"],
          rows: identities.map((row) => [
            String(row.scale),
            text(row.output),
            text(row.input),
            text(row.weight),
          ]),
        },
      },
      {
        title: "Training from scaled weights",
        figures: [
          {
            id: "matched",
            y: { title: "Training loss, rate times a² (nats)", min: 0 },
            x: steps,
            lines: [
              { name: "a = 1", points: points(plain, (p) => p.loss) },
              ...scaled.slice(0, 4).map(({ scale, matched }) => ({
                name: `a = ${scale}`,
                points: points(matched, (p) => p.loss),
              })),
            ],
          },
          {
            id: "same",
            y: { title: "Training loss, same rate (nats)", min: 0 },
            x: steps,
            lines: [
              { name: "a = 1", points: points(plain, (p) => p.loss) },
              ...scaled.slice(0, 4).map(({ scale, same }) => ({
                name: `a = ${scale}`,
                points: points(same, (p) => p.loss),
              })),
            ],
          },
        ],
        caption:
          "Seed 1, all weights of the layer times a. At a² times the rate all lines are one; at the same rate large weights learn slowly.",
      },
      {
        title: "The role of weight decay",
        figures: [
          {
            id: "norm",
            y: { title: "|W| of the normalised layer (no unit)" },
            x: steps,
            lines: [
              { name: "without decay", points: points(plain, (p) => p.norm) },
              { name: "with decay", points: points(decayed, (p) => p.norm) },
            ],
          },
          {
            id: "effective",
            y: { title: "Effective rate, rate/|W|² (no unit)" },
            x: steps,
            lines: [
              { name: "without decay", points: points(plain, effective) },
              { name: "with decay", points: points(decayed, effective) },
            ],
          },
        ],
        caption:
          "Seed 1; |W| is the Euclidean norm. The gradient is orthogonal to W, so every step lengthens W, and only decay shortens it.",
      },
    ];
  },
});
