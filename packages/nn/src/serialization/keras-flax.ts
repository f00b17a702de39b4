/**
 * @file Weights of Keras and Flax under the names and in the layouts of this library.
 *
 * Both keep a kernel as it is multiplied from the right, inputs before outputs, images with channels last; here, as
 * in PyTorch, outputs come first. Values are transposed views, no copies.
 *
 * Invariant: a name or rank that is not known is refused, never passed on as it is.
 */
import { Tensor, transpose, ValueError } from "@tapegrad/autograd";
import { entriesOf, type Named } from "./named.ts";
import type { StoredTensor } from "./stored-types.ts";
import { toTensor } from "./to-tensor.ts";
import { requireFree } from "./torch-names.ts";

/** What a variable is called here, and how its value is turned. */
type Conversion = readonly [name: string, turn: (value: Tensor) => Tensor];

const same = (value: Tensor): Tensor => value;

/** [in, out] to [out, in], and [...window, in / groups, out] to [out, in / groups, ...window]. */
function outputsFirst(kernel: Tensor): Tensor {
  const axes = kernel.shape.map((_, axis) => axis);
  const window = axes.slice(0, -2);
  return transpose(kernel, [...axes.slice(-2).toReversed(), ...window]);
}

const KERAS: Readonly<Record<string, Conversion>> = {
  kernel: ["weight", outputsFirst],
  bias: ["bias", same],
  gamma: ["weight", same],
  beta: ["bias", same],
  moving_mean: ["runningMean", same],
  moving_variance: ["runningVariance", same],
  embeddings: ["weight", same],
};

const FLAX: Readonly<Record<string, Conversion>> = {
  kernel: ["weight", outputsFirst],
  bias: ["bias", same],
  scale: ["weight", same],
  mean: ["runningMean", same],
  var: ["runningVariance", same],
  embedding: ["weight", same],
};

/**
 * Weights of Keras layers, for `loadStateDict`.
 *
 * - layers: Dense, Conv1D to Conv3D, BatchNormalization, LayerNormalization, GroupNormalization, Embedding
 * - names: the last part is Keras's (`kernel`, `gamma`, …, with or without `:0`); parts are separated by "/" or "."
 * - not known: depthwise and transposed convolutions, recurrent layers and attention, whose kernels have another
 *   layout under the same name
 *
 * Behind a Flatten of images, a Dense kernel has its rows in the order of height, width, channels: reorder them.
 *
 * @throws ValueError if the last part of a name or the rank of a kernel is not known, or two names become one.
 * @example
 * const weights = fromKeras({ "0/kernel": kernel, "0/bias": bias, "1/gamma": scale });
 * model.loadStateDict({ ...model.stateDict(), ...weights });   // numBatchesTracked stays
 */
export const fromKeras = (weights: Named<Tensor | StoredTensor>): Record<string, Tensor> =>
  convert("fromKeras", KERAS, weights);

/**
 * Variables of Flax modules, collections flattened, for `loadStateDict`.
 *
 * - modules: Dense, Conv, BatchNorm (`params` and `batch_stats` together), LayerNorm, GroupNorm, Embed
 * - names: the last part is Flax's (`kernel`, `scale`, `mean`, …); parts are separated by "/" or "."
 * - not known: ConvTranspose, recurrent cells and attention
 *
 * @throws ValueError as fromKeras.
 * @example
 * fromFlax({ "fc/kernel": kernel, "bn/scale": scale, "bn/mean": zeros([64]) });   // fc.weight, bn.weight, bn.runningMean
 */
export const fromFlax = (variables: Named<Tensor | StoredTensor>): Record<string, Tensor> =>
  convert("fromFlax", FLAX, variables);

function convert(
  op: string,
  conversions: Readonly<Record<string, Conversion>>,
  weights: Named<Tensor | StoredTensor>,
): Record<string, Tensor> {
  const converted = new Map<string, { readonly name: string; readonly value: Tensor }>();
  for (const [name, given] of entriesOf(weights)) {
    const parts = name.replace(/:0$/, "").split(/[/.]/);
    const [last = ""] = parts.splice(-1);
    const [ours, turn] = requireKnown(op, name, last, conversions);
    const value = given instanceof Tensor ? given : toTensor(given, { name });
    if (turn === outputsFirst) requireKernelRank(op, name, value);
    const path = [...parts, ours].join(".");
    requireFree(op, name, converted.get(path)?.name, path);
    converted.set(path, { name, value: turn(value) });
  }
  return Object.fromEntries([...converted].map(([path, { value }]) => [path, value]));
}

function requireKnown(
  op: string,
  name: string,
  last: string,
  conversions: Readonly<Record<string, Conversion>>,
): Conversion {
  if (Object.hasOwn(conversions, last)) return conversions[last];
  throw new ValueError(op, { name, known: Object.keys(conversions) }, (d) => {
    return `${d.name} ends in none of ${d.known.join(", ")}. Convert it by hand, or leave it out.`;
  });
}

function requireKernelRank(op: string, name: string, { shape }: Tensor): void {
  if (shape.length >= 2 && shape.length <= 5) return;
  throw new ValueError(op, { name, shape }, (d) => {
    return `${d.name} has shape [${d.shape.join(", ")}], but a kernel has 2 axes, or 3 to 5 for a convolution. Convert it by hand.`;
  });
}
