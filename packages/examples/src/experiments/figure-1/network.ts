/**
 * @file The network of the paper's figure 1: three hidden layers of sigmoids, with or without batch
 * normalisation before each, and a linear output layer (Ioffe & Szegedy, 2015, section 4.1).
 */
import { type DType, mul, normal, splitKey, type Tensor, zeros } from "@tapegrad/autograd";
import { BatchNorm, type Layer, Linear, Sequential, Sigmoid } from "@tapegrad/nn";
import { PIXELS } from "../shared/image-data.ts";

export const HIDDEN_SIZES: readonly number[] = [100, 100, 100];
export const CLASSES = 10;
/** PyTorch's defaults, which the reference curves have: epsilon, and the weight of the newest batch. */
export const EPSILON = 1e-5;
export const UPDATE = 0.1;

export interface Network {
  readonly model: Sequential;
  /** The linear layers in order, the output layer last. */
  readonly linear: readonly Linear[];
  /** One for each hidden layer, or none. */
  readonly norms: readonly BatchNorm[];
  /** Everything before the last sigmoid, and everything from it on: the same layers as in `model`. */
  readonly beforeLastSigmoid: Sequential;
  readonly fromLastSigmoid: Sequential;
}

/** The network with its layers' own initial values. A layer before batch normalisation has no bias. */
export function buildNetwork(batchNorm: boolean, dtype: DType = "float32"): Network {
  const sizes = [PIXELS, ...HIDDEN_SIZES];
  const norms = batchNorm
    ? HIDDEN_SIZES.map((size) => new BatchNorm(size, { epsilon: EPSILON, update: UPDATE, dtype }))
    : [];
  const hidden = HIDDEN_SIZES.map(
    (size, i) => new Linear(sizes[i], size, { bias: !batchNorm, dtype }),
  );
  const output = new Linear(sizes[sizes.length - 1], CLASSES, { dtype });
  const layers: Layer[] = hidden.flatMap((layer, i) => [
    layer,
    ...norms.slice(i, i + 1),
    new Sigmoid(),
  ]);
  const last = layers.length - 1;
  return {
    model: new Sequential(...layers, output),
    linear: [...hidden, output],
    norms,
    beforeLastSigmoid: new Sequential(...layers.slice(0, last)),
    fromLastSigmoid: new Sequential(layers[last], output),
  };
}

/**
 * Assigns the initial weights of a key: Gaussian with mean 0, biases 0. The same key gives the same weights
 * with and without batch normalisation.
 */
export function initialize(network: Network, key: Tensor, initStd: number): void {
  const keys = splitKey(key, network.linear.length);
  network.linear.forEach(({ weight, bias }, i) => {
    const { shape, dtype } = weight.aval;
    weight.assign(mul(normal(keys[i], shape, { dtype }), initStd));
    bias?.assign(zeros(bias.aval.shape, { dtype }));
  });
}
