/**
 * @file The loss of the network of W6 in naive loops and float64, for the check: it imports nothing of
 * what it checks.
 */
import { crossEntropyOf } from "./network-loops.ts";

export interface ConvNet {
  readonly samples: number;
  readonly side: number;
  readonly first: number;
  readonly second: number;
}

/** Feature maps [samples, channels, side, side]. */
interface Maps {
  readonly values: ArrayLike<number>;
  readonly samples: number;
  readonly channels: number;
  readonly side: number;
}

/** @param state kernel, γ, β; kernel, γ, β; weight [in, out] and bias. */
export function convNetLoss(
  state: readonly ArrayLike<number>[],
  { x, labels }: { readonly x: ArrayLike<number>; readonly labels: ArrayLike<number> },
  { samples, side, first, second }: ConvNet,
): number {
  const [kernel1, gamma1, beta1, kernel2, gamma2, beta2, weight, bias] = state;
  const images = { values: x, samples, channels: 1, side };
  const h1 = normalizedRelu(convolved(images, kernel1, first, 1), gamma1, beta1);
  const h2 = normalizedRelu(convolved(h1, kernel2, second, 2), gamma2, beta2);
  const area = h2.side * h2.side;
  const classes = bias.length;
  const logits = new Float64Array(samples * classes);
  for (let n = 0; n < samples; n++) {
    for (let k = 0; k < classes; k++) logits[n * classes + k] = bias[k];
    for (let c = 0; c < second; c++) {
      let total = 0;
      for (let i = 0; i < area; i++) total += h2.values[(n * second + c) * area + i];
      for (let k = 0; k < classes; k++) {
        logits[n * classes + k] += (total / area) * weight[c * classes + k];
      }
    }
  }
  return crossEntropyOf(logits, labels);
}

/** 3 × 3, one zero around the maps. */
function convolved(maps: Maps, kernel: ArrayLike<number>, channels: number, stride: number): Maps {
  const { samples, channels: inner, side } = maps;
  const out = Math.floor((side - 1) / stride) + 1;
  const values = new Float64Array(samples * channels * out * out);
  for (let at = 0; at < values.length; at++) {
    const column = (at % out) * stride - 1;
    const row = (Math.floor(at / out) % out) * stride - 1;
    const o = Math.floor(at / (out * out)) % channels;
    const n = Math.floor(at / (out * out * channels));
    let total = 0;
    for (let c = 0; c < inner; c++) {
      for (let p = 0; p < 9; p++) {
        const [i, j] = [row + Math.floor(p / 3), column + (p % 3)];
        if (i < 0 || j < 0 || i >= side || j >= side) continue;
        total +=
          maps.values[((n * inner + c) * side + i) * side + j] * kernel[(o * inner + c) * 9 + p];
      }
    }
    values[at] = total;
  }
  return { values, samples, channels, side: out };
}

/** Batch norm per channel, then the positive part. */
function normalizedRelu(maps: Maps, gamma: ArrayLike<number>, beta: ArrayLike<number>): Maps {
  const { values, samples, channels, side } = maps;
  const area = side * side;
  const channelOf = (i: number): number => Math.floor(i / area) % channels;
  const mean = new Float64Array(channels);
  const variance = new Float64Array(channels);
  const count = samples * area;
  for (let i = 0; i < values.length; i++) mean[channelOf(i)] += values[i] / count;
  for (let i = 0; i < values.length; i++) {
    variance[channelOf(i)] += (values[i] - mean[channelOf(i)]) ** 2 / count;
  }
  const scaled = Float64Array.from({ length: values.length }, (_, i) => {
    const c = channelOf(i);
    const y = (gamma[c] * (values[i] - mean[c])) / Math.sqrt(variance[c] + 1e-5) + beta[c];
    return Math.max(y, 0);
  });
  return { ...maps, values: scaled };
}
