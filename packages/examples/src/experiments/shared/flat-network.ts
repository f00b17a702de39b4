/** @file flatNetwork: a fully connected classifier as a function of one vector that holds all its weights. */
import {
  add,
  concatenate,
  crossEntropy,
  matMul,
  narrow,
  normal,
  ones,
  randomKey,
  relu,
  reshape,
  splitKey,
  type Tensor,
  zeros,
} from "@tapegrad/autograd";
import { batchNormTrain } from "@tapegrad/nn";

export interface FlatNetwork {
  /** Numbers in the vector. */
  readonly size: number;
  initial(seed: number): Tensor;
  /** Of a batch [N, sizes[0]] in training mode, with int32 labels. */
  loss(weights: Tensor, inputs: Tensor, labels: Tensor): Tensor;
}

const EPSILON = 1e-5;

/**
 * Layers of the given sizes with ReLU between them; with `batchNorm` hidden layers have γ and β, else a bias. float64.
 * Weights start normal with variance 2 / inputs, as He, Zhang, Ren & Sun (2015) propose for ReLU.
 */
export function flatNetwork(sizes: readonly number[], batchNorm: boolean): FlatNetwork {
  const layers = sizes.slice(1).map((outputs, i) => ({
    inputs: sizes[i],
    outputs,
    isNormalised: batchNorm && i < sizes.length - 2,
  }));
  const lengthOf = ({ inputs, outputs, isNormalised }: (typeof layers)[number]): number =>
    inputs * outputs + (isNormalised ? 2 : 1) * outputs;
  return {
    size: layers.reduce((total, layer) => total + lengthOf(layer), 0),
    initial: (seed) => {
      const keys = splitKey(randomKey(seed), layers.length);
      const float64 = { dtype: "float64" } as const;
      return concatenate(
        layers.flatMap(({ inputs, outputs, isNormalised }, i) => [
          normal(keys[i], [inputs * outputs], {
            ...float64,
            standardDeviation: Math.sqrt(2 / inputs),
          }),
          ...(isNormalised ? [ones([outputs], float64)] : []),
          zeros([outputs], float64),
        ]),
      );
    },
    loss: (weights, inputs, labels) => {
      let at = 0;
      const take = (shape: readonly number[]): Tensor => {
        const length = shape.reduce((a, b) => a * b, 1);
        at += length;
        return reshape(narrow(weights, { start: at - length, length }), shape);
      };
      let x = inputs;
      for (const [i, { inputs: from, outputs, isNormalised }] of layers.entries()) {
        const z = matMul(x, take([from, outputs]));
        const y = isNormalised
          ? batchNormTrain(z, take([outputs]), take([outputs]), { epsilon: EPSILON }).output
          : add(z, take([outputs]));
        x = i < layers.length - 1 ? relu(y) : y;
      }
      return crossEntropy(x, labels);
    },
  };
}
