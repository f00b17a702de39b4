/** @file Ghost batch normalisation: batch normalisation of parts of a batch, each by itself. */
import {
  broadcastTo,
  concatenate,
  reshape,
  ShapeError,
  slice,
  type Tensor,
  unbind,
} from "@tapegrad/autograd";
import { requireCount } from "../layers/layer-options.ts";
import type { BatchStatistics } from "../module.ts";
import { batchNormTrain } from "./batch-norm.ts";
import { channelAxis, type Layout, statisticsAxes } from "./layout.ts";

export interface GhostBatchNormOptions {
  /** Samples in a ghost batch. */
  readonly ghostSize: number;
  /** "NC" by default for two axes; required for more. */
  readonly layout?: Layout;
  /** Added to the variance inside the root; 1e-5 by default. */
  readonly epsilon?: number;
}

export interface GhostBatchNormResult {
  /** In the shape of x. */
  readonly output: Tensor;
  /** Mean [C] and biased variance [C] of each ghost batch, in order. */
  readonly ghosts: readonly BatchStatistics[];
}

/**
 * Batch normalisation of consecutive parts of `ghostSize` samples, each by its own mean and biased variance.
 *
 * - shapes: x in `layout`, γ and β [C], or null for 1 and 0
 * - samples that are left over make a last, shorter ghost batch; where that would leave one value for a channel, the one
 *   left over joins the ghost batch before it
 * - a ghost batch of at least as many samples as there are is `batchNormTrain`
 * - derivative: follows; that of a sample does not reach beyond its ghost batch
 *
 * @throws ShapeError if a ghost batch has a single value for a channel, or γ or β do not fit; ValueError if an
 *   option is out of range.
 * @see Hoffer, Hubara & Soudry (2017), "Train longer, generalize better: closing the generalization gap in large batch
 *   training of neural networks", algorithm 1.
 */
export function ghostBatchNormTrain(
  x: Tensor,
  gamma: Tensor | null,
  beta: Tensor | null,
  options: GhostBatchNormOptions,
): GhostBatchNormResult {
  const op = "ghostBatchNormTrain";
  const ghostSize = requireCount(op, "ghostSize", options.ghostSize);
  const layout = options.layout ?? (x.rank === 2 ? "NC" : undefined);
  const axes = statisticsAxes(op, x.shape, layout === undefined ? {} : { layout });
  const valuesPerSample = axes.reduce((n, axis) => (axis === 0 ? n : n * x.shape[axis]), 1);
  requireSeveral(op, x, ghostSize * valuesPerSample, ghostSize);
  const { equal, rest } = partsOf(x.shape[0], ghostSize, valuesPerSample);
  const parts: Part[] = [];
  const common = { epsilon: options.epsilon ?? 1e-5, axes };
  if (equal > 0) {
    const channel = channelAxis(layout ?? "NC");
    parts.push(normalizeEqual(x, gamma, beta, equal, { ...common, ghostSize, channel }));
  }
  if (rest > 0 || equal === 0) {
    const { output, ...statistics } = batchNormTrain(
      samples(x, equal * ghostSize, rest),
      gamma,
      beta,
      common,
    );
    parts.push({ output, ghosts: [statistics] });
  }
  const outputs = parts.map(({ output }) => output);
  return {
    output: outputs.length === 1 ? outputs[0] : concatenate(outputs),
    ghosts: parts.flatMap(({ ghosts }) => ghosts),
  };
}

type Part = GhostBatchNormResult;

/** How many ghost batches of full size there are, and how many samples the last one has that is not. */
function partsOf(
  total: number,
  ghostSize: number,
  valuesPerSample: number,
): { readonly equal: number; readonly rest: number } {
  const equal = Math.floor(total / ghostSize);
  const rest = total - equal * ghostSize;
  const joins = rest > 0 && rest * valuesPerSample < 2 && equal > 0;
  return joins ? { equal: equal - 1, rest: rest + ghostSize } : { equal, rest };
}

/** All ghost batches of full size at once, along an axis of their own. */
function normalizeEqual(
  x: Tensor,
  gamma: Tensor | null,
  beta: Tensor | null,
  equal: number,
  options: {
    readonly ghostSize: number;
    readonly axes: readonly number[];
    readonly channel: number;
    readonly epsilon: number;
  },
): Part {
  const { ghostSize, axes, channel, epsilon } = options;
  const taken = samples(x, 0, equal * ghostSize);
  const divided = reshape(taken, [equal, ghostSize, ...x.shape.slice(1)]);
  const spread = (value: Tensor | null): Tensor | null =>
    value === null ? null : broadcastTo(value, [equal, x.shape[channel]]);
  const inner = axes.map((axis) => axis + 1);
  const how = { axes: inner, epsilon };
  const { output, mean, variance, count } = batchNormTrain(
    divided,
    spread(gamma),
    spread(beta),
    how,
  );
  const [means, variances] = [unbind(mean), unbind(variance)];
  const ghosts = means.map((value, i) => ({ mean: value, variance: variances[i], count }));
  return { output: reshape(output, taken.shape), ghosts };
}

function samples(x: Tensor, start: number, length: number): Tensor {
  if (length === x.shape[0]) return x;
  const starts = x.shape.map((_, axis) => (axis === 0 ? start : 0));
  return slice(x, { starts, sizes: [length, ...x.shape.slice(1)] });
}

function requireSeveral(op: string, x: Tensor, values: number, ghostSize: number): void {
  if (values > 1) return;
  throw new ShapeError(op, { shape: x.shape, ghostSize }, (d) => {
    return `a ghost batch of ${d.ghostSize} sample has one value for each channel (shape [${d.shape.join(", ")}]), so every variance is 0. Use a \`ghostSize\` of at least 2.`;
  });
}
