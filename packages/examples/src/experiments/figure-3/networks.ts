/**
 * @file The networks of figure 3 in small, and how they are trained: with and without batch normalisation, and with
 * the modifications of section 4.2.1.
 */
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
  SGD,
  Sigmoid,
  schedules,
  Unflatten,
} from "@tapegrad/nn";
import type { Context } from "../shared/experiment.ts";
import { PhotometricDistortion } from "../shared/photometric-distortion.ts";
import { evenly, firstOf, holdOut, TrainableClassifier } from "../shared/train-classifier.ts";

/** What section 4.2.1 changes beside adding batch normalisation; each is a setting of the experiment. */
export const MODIFICATIONS = {
  higherRate: "learning rate × 5",
  noDropout: "no dropout",
  lessL2: "L2 weight / 5",
  fasterDecay: "learning rate decays 6 times faster",
  noLrn: "no local response normalisation",
  betterShuffle: "shuffling within shards",
  lessDistortion: "less photometric distortion",
} as const;
export type Modification = keyof typeof MODIFICATIONS;
export const ALL = Object.keys(MODIFICATIONS) as Modification[];

/** A row of the table. */
export type Recipe = {
  readonly name: string;
  readonly batchNorm: boolean;
  readonly sigmoid: boolean;
  /** Of the learning rate, beside that of `higherRate`. */
  readonly factor: number;
  readonly modified: readonly Modification[];
};

export type Net = Recipe & {
  /** Test accuracy by step, by seed; a run whose loss was not finite ends early. */
  readonly curves: { readonly step: number; readonly accuracy: number }[][];
};

/** The nets of the table, in its order, and BN-Baseline with one modification each. */
export type Result = {
  /** The learning rate × 1: the baseline's best on images that are held out. */
  readonly rate: number;
  readonly nets: Net[];
  readonly single: Net[];
};

export type S = { readonly [name in Modification]: boolean } & {
  readonly seeds: number;
  readonly steps: number;
  readonly rates: readonly number[];
  readonly halvings: number;
  readonly momentum: number;
  readonly batchSize: number;
  readonly dropout: number;
  readonly weightDecay: number;
  readonly distortion: number;
  readonly oneAtATime: boolean;
  readonly trainSize: number;
  readonly testSize: number;
};

/** What changes neither the network nor the rule of its steps. */
const SAME_PROGRAM: ReadonlySet<Modification> = new Set([
  "higherRate",
  "fasterDecay",
  "betterShuffle",
]);
/** Batches of a shard, which stay together where shards are only put in order. */
export const SHARD = 5;

export function recipes(settings: S): readonly Recipe[] {
  const baseline = { name: "baseline", batchNorm: false, sigmoid: false, factor: 1, modified: [] };
  const normed = { ...baseline, name: "BN-baseline", batchNorm: true };
  const modified = ALL.filter((name) => settings[name]);
  return [
    baseline,
    normed,
    { ...normed, name: "BN-×5", modified },
    { ...normed, name: "BN-×30", modified, factor: 6 },
    { ...normed, name: "BN-×5-sigmoid", modified, sigmoid: true },
    { ...baseline, name: "baseline ×5", modified: ["higherRate"] },
    { ...baseline, name: "baseline sigmoid", sigmoid: true },
  ];
}

/** 28 × 28 images through five convolutions, the mean of each map, and a linear layer: Inception's way in small. */
function build({ batchNorm, sigmoid, modified }: Recipe, settings: S): Sequential {
  const has = (name: Modification): boolean => modified.includes(name);
  const block = (inputs: number, outputs: number, stride: number): readonly Layer[] => [
    new Conv2d(inputs, outputs, 3, { stride, padding: 1, bias: !batchNorm }),
    ...(batchNorm ? [new BatchNorm(outputs, { layout: "NCHW" })] : []),
    sigmoid ? new Sigmoid() : new ReLU(),
  ];
  return new Sequential(
    new PhotometricDistortion(settings.distortion / (has("lessDistortion") ? 4 : 1)),
    new Unflatten(1, [1, 28, 28]),
    ...block(1, 8, 2),
    // of activations about 1, not of pixels up to 255 as where it comes from
    ...(has("noLrn") ? [] : [new LocalResponseNorm(5, { alpha: 1 })]),
    ...block(8, 16, 2),
    ...block(16, 16, 1),
    ...block(16, 32, 2),
    ...block(32, 32, 1),
    new AvgPool2d(4),
    new Flatten(),
    ...(has("noDropout") ? [] : [new Dropout(settings.dropout)]),
    new Linear(32, 10),
  );
}

/** After which steps accuracy is measured: about 16 to each factor of 10. */
function measuredSteps(steps: number): ReadonlySet<number> {
  const found = new Set<number>();
  for (let at = 10; at < steps; at = Math.ceil(at * 1.15)) found.add(at);
  return found.add(steps);
}

export const HELD_OUT = 2000;

/** How a network is trained: at rate × 1 `rate`, from these seeds, measured on the test images or others. */
export interface Training {
  readonly rate: number;
  readonly seeds: readonly number[];
  readonly on?: "test" | "held-out images";
}

/** Trains networks; those of one program share it. */
export function trainer({
  settings,
  images,
  unit,
}: Pick<Context<S>, "settings" | "images" | "unit">) {
  const { trainSize, testSize, steps, batchSize, momentum } = settings;
  const data = images();
  const [kept, heldOut] = holdOut(data.train, HELD_OUT);
  const train = firstOf(kept, trainSize);
  const measured = { test: evenly(data.test, testSize), "held-out images": heldOut };
  const classifiers = new Map<string, TrainableClassifier>();
  const classifierOf = (recipe: Recipe): TrainableClassifier => {
    const { batchNorm, sigmoid, modified } = recipe;
    const program = JSON.stringify([
      batchNorm,
      sigmoid,
      modified.filter((m) => !SAME_PROGRAM.has(m)),
    ]);
    let classifier = classifiers.get(program);
    if (classifier === undefined) {
      const model = build(recipe, settings);
      const weightDecay = settings.weightDecay / (modified.includes("lessL2") ? 5 : 1);
      const options = { learningRate: 1, momentum, weightDecay };
      classifier = new TrainableClassifier(model, new SGD(model.parameters(), options));
      classifiers.set(program, classifier);
    }
    return classifier;
  };
  return async (recipe: Recipe, { rate, seeds, on = "test" }: Training): Promise<Net> => {
    const has = (name: Modification): boolean => recipe.modified.includes(name);
    const halvings = settings.halvings * (has("fasterDecay") ? 6 : 1);
    const curves: Net["curves"] = [];
    for (const seed of seeds) {
      const where = on === "test" ? "" : `, rate ${rate} on ${on}`;
      const points = await unit(`${recipe.name}${where}, seed ${seed}`, (onStep) =>
        classifierOf(recipe).train({
          ...{ train, test: measured[on] },
          ...{ seed, steps, batchSize, onStep },
          weights: init.varianceScaling({ scale: recipe.sigmoid ? 1 : 2, distribution: "normal" }),
          learningRate: rate * recipe.factor * (has("higherRate") ? 5 : 1),
          schedule: schedules.exponential({ gamma: 0.5 ** (halvings / steps) }),
          shuffle: { shardSize: SHARD * batchSize, within: has("betterShuffle") },
          measureAt: measuredSteps(steps),
        }),
      );
      curves.push(points.map(({ step, accuracy }) => ({ step, accuracy })));
    }
    return { ...recipe, curves };
  };
}
