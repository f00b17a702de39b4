/**
 * @file The loss of the network of W5 in naive loops and float64, for the check: it imports nothing of
 * what it checks.
 */

export interface Batch {
  /** [samples, features], row by row. */
  readonly x: ArrayLike<number>;
  readonly labels: ArrayLike<number>;
}

export interface NetworkShape {
  /** Units of the input, of each hidden layer and of the output. */
  readonly units: readonly number[];
  readonly batchNorm: boolean;
}

/**
 * Mean softmax cross-entropy of a network of sigmoid layers.
 *
 * @param state its parameters in order: of each layer the weight [out, in] and the bias; where the layer
 *   is normalised, γ and β stand in place of the bias.
 */
export function networkLoss(
  state: readonly ArrayLike<number>[],
  { x, labels }: Batch,
  { units, batchNorm }: NetworkShape,
): number {
  const rest = state[Symbol.iterator]();
  const next = (): ArrayLike<number> => rest.next().value ?? [];
  let h = x;
  for (let layer = 1; layer < units.length; layer++) {
    const [fanIn, fanOut] = [units[layer - 1], units[layer]];
    const isOutput = layer === units.length - 1;
    const z = products(h, next(), fanIn, fanOut);
    if (batchNorm && !isOutput) normalize(z, next(), next());
    else addBias(z, next());
    h = isOutput ? z : z.map((value) => 1 / (1 + Math.exp(-value)));
  }
  return crossEntropyOf(h, labels);
}

/** h · weightᵀ */
function products(
  h: ArrayLike<number>,
  weight: ArrayLike<number>,
  fanIn: number,
  fanOut: number,
): Float64Array {
  return Float64Array.from({ length: (h.length / fanIn) * fanOut }, (_, at) => {
    const row = Math.floor(at / fanOut) * fanIn;
    const column = (at % fanOut) * fanIn;
    let total = 0;
    for (let p = 0; p < fanIn; p++) total += h[row + p] * weight[column + p];
    return total;
  });
}

function addBias(z: Float64Array, bias: ArrayLike<number>): void {
  for (let i = 0; i < z.length; i++) z[i] += bias[i % bias.length];
}

function normalize(z: Float64Array, gamma: ArrayLike<number>, beta: ArrayLike<number>): void {
  const rows = z.length / gamma.length;
  for (let c = 0; c < gamma.length; c++) {
    let [mean, variance] = [0, 0];
    for (let i = c; i < z.length; i += gamma.length) mean += z[i] / rows;
    for (let i = c; i < z.length; i += gamma.length) variance += (z[i] - mean) ** 2 / rows;
    for (let i = c; i < z.length; i += gamma.length) {
      z[i] = (gamma[c] * (z[i] - mean)) / Math.sqrt(variance + 1e-5) + beta[c];
    }
  }
}

/** Mean over the rows of [rows, classes]. */
export function crossEntropyOf(logits: ArrayLike<number>, labels: ArrayLike<number>): number {
  const classes = logits.length / labels.length;
  let total = 0;
  for (let row = 0; row < labels.length; row++) {
    let sum = 0;
    for (let c = 0; c < classes; c++) sum += Math.exp(logits[row * classes + c]);
    total += Math.log(sum) - logits[row * classes + labels[row]];
  }
  return total / labels.length;
}
