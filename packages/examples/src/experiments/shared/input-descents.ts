/** @file What a linear classifier makes of its inputs as they are, standardised and whitened. */
import {
  avgPool2d,
  cast,
  matMul,
  normal,
  randomKey,
  reshape,
  splitKey,
  type Tensor,
  tensor,
} from "@tapegrad/autograd";
import { standardize, whiten } from "@tapegrad/nn";
import { batchOf, type DigitSet, type ExperimentData } from "./image-data.ts";
import { type Descent, linearDescent, type Samples } from "./linear-descent.ts";

/** What is done to the inputs of a linear classifier. */
export const INPUTS = ["raw", "standardised", "PCA-whitened", "ZCA-whitened"] as const;
export type InputName = (typeof INPUTS)[number];

export type Descents = Record<InputName, Descent>;

const POINTS = 200;
export const IMAGES = 400;

/** Two classes of one covariance, of which the second feature is large and follows the first. */
export function drawPoints(seed: number): readonly [train: Samples, test: Samples] {
  const float64 = { dtype: "float64" } as const;
  const mixing = tensor(Float64Array.of(1, 8, 0, 3), { shape: [2, 2] });
  const keys = splitKey(randomKey(seed));
  const [train, test] = keys.map((key) => {
    const labels = Int32Array.from({ length: POINTS }, (_, i) => i % 2);
    const centers = Float64Array.from({ length: 2 * POINTS }, (_, i) => {
      return 2 + (labels[Math.floor(i / 2)] === 1 ? 0.7 : -0.7) * (i % 2 === 0 ? 1 : -1);
    });
    const units = normal(key, [POINTS, 2], float64).add(tensor(centers, { shape: [POINTS, 2] }));
    return { inputs: matMul(units, mixing), labels: tensor(labels) };
  });
  return [train, test];
}

/** Of the four kinds of inputs. */
export function descents(
  [train, test]: readonly [train: Samples, test: Samples],
  steps: number,
): Descents {
  const scaler = standardize(train.inputs);
  const [pca, zca] = (["pca", "zca"] as const).map((kind) => whiten(train.inputs, { kind }));
  const after = (change: (inputs: Tensor) => Tensor): Descent => {
    const [a, b] = [train, test].map(({ inputs, labels }) => ({ inputs: change(inputs), labels }));
    return linearDescent(a, b, steps);
  };
  return {
    raw: after((inputs) => inputs),
    standardised: after((inputs) => scaler.apply(inputs)),
    "PCA-whitened": after((inputs) => pca.apply(inputs)),
    "ZCA-whitened": after((inputs) => zca.apply(inputs)),
  };
}

/** Images of another part of the set for each seed, 7 × 7 pixels. */
export function imageSamples({ train, test }: ExperimentData, seed: number): [Samples, Samples] {
  const at = ((seed - 1) * IMAGES) % (train.count - IMAGES + 1);
  return [smallImages(train, at, IMAGES), smallImages(test, 0, Math.min(IMAGES, test.count))];
}

/** `count` images from row `start` on: means of 4 × 4 pixels, [count, 49], float64. */
function smallImages(set: DigitSet, start: number, count: number): Samples {
  const rows = Array.from({ length: count }, (_, i) => start + i);
  const { images, labels } = batchOf(set, rows);
  const reduced = avgPool2d(reshape(images, [count, 1, 28, 28]), { kernelSize: 4 });
  return { inputs: cast(reshape(reduced, [count, 49]), "float64"), labels };
}
