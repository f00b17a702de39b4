/** @file mlp: fully connected layers, as in figure 1 of Ioffe & Szegedy (2015). */
import { Sigmoid } from "../layers/activations.ts";
import { Sequential } from "../layers/sequential.ts";
import type { Layer } from "../module.ts";
import { LayerMaker, type ModelOptions, present } from "./model-options.ts";

export interface MLPOptions extends ModelOptions {
  /** Numbers of each example; 784 by default. */
  readonly features?: number;
  /** Units of each hidden layer; 100 by default. */
  readonly width?: number;
  /** How many hidden layers; 3 by default. */
  readonly depth?: number;
  /** What follows each of them; `() => new Sigmoid()` by default. */
  readonly activation?: () => Layer;
}

/**
 * Hidden layers of one width, each with batch norm (by default) before its activation, and a linear output layer: by default
 * the network of figure 1.
 *
 * - shapes: [N, features] to [N, classes]
 * - state: `fc1` to `fc{depth}`, `bn1` …, `out`
 *
 * @example
 * const model = mlp({ batchNorm: false, key: randomKey(1) });
 * initialize(model, init.normal({ standardDeviation: 0.05 }), { key: randomKey(2) });   // as in the paper: small and Gaussian
 * @see Ioffe & Szegedy (2015), section 4.1.
 */
export function mlp(options: MLPOptions = {}): Sequential {
  const { features = 784, width = 100, depth = 3, classes = 10, batchNorm = true } = options;
  const { activation = () => new Sigmoid() } = options;
  const make = new LayerMaker(batchNorm, options);
  const layers: Record<string, Layer> = {};
  let inputs = features;
  for (let i = 1; i <= depth; i++) {
    const fc = make.linear(inputs, width, { bias: !batchNorm });
    const hidden = {
      [`fc${i}`]: fc,
      [`bn${i}`]: make.norm(width, "NC"),
      [`act${i}`]: activation(),
    };
    Object.assign(layers, present(hidden));
    inputs = width;
  }
  return Sequential.named({ ...layers, out: make.linear(inputs, classes) });
}
