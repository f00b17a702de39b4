/** @file What is measured of a deep network with random weights: gradients, their parts, singular values. */
import { linalg, normal, randomKey, splitKey, type Tensor } from "@tapegrad/autograd";
import type { deepLayer, Split } from "./deep-layer.ts";

export type DeepRun = {
  /** log₁₀ of the gradient's norm at the input, that at the output being 1, for each depth. */
  readonly gradient: number[];
  /** Of each layer of the deepest network; none without batch normalisation. */
  readonly split: Split[];
  /** Of the Jacobian of the last layer of the deepest network, for one sample, in descending order. */
  readonly singular: number[];
};

export interface DeepNetwork {
  /** Times 1/√width: the standard deviation of the weights. */
  readonly gain: number;
  readonly depths: readonly number[];
  readonly width: number;
  readonly batch: number;
}

const DTYPE = { dtype: "float64" } as const;
const norm = (x: Tensor): number => Math.hypot(...x.toTypedArray());

/** One network of a seed: its states are those of the deepest; a shallower one is its beginning. */
export function measureDeepNetwork(
  { forward, backward, jacobian }: ReturnType<typeof deepLayer>,
  { gain, depths, width, batch }: DeepNetwork,
  seed: number,
): DeepRun {
  const depth = Math.max(...depths);
  const [inputKey, cotangentKey, ...keys] = splitKey(randomKey(seed), depth + 2);
  const standardDeviation = gain / Math.sqrt(width);
  const weights = keys.map((key) => normal(key, [width, width], { standardDeviation, ...DTYPE }));
  const states = [normal(inputKey, [batch, width], DTYPE)];
  for (const weight of weights) states.push(forward(states[states.length - 1], weight));
  const output = normal(cotangentKey, [batch, width], DTYPE);
  const split: Split[] = [];
  const gradient = depths.map((own) => {
    let cotangent = output;
    for (let layer = own - 1; layer >= 0; layer--) {
      const back = backward(states[layer], weights[layer], cotangent);
      if (own === depth && back.split !== null) split.unshift(back.split);
      cotangent = back.cotangent;
    }
    return Math.log10(norm(cotangent) / norm(output));
  });
  const matrix = jacobian(states[depth - 1], weights[depth - 1]);
  return { gradient, split, singular: [...linalg.svdvals(matrix).toTypedArray()] };
}
