/** @file crossEntropy. */
import {
  DTypeError,
  logSoftmax,
  mean,
  neg,
  oneHot,
  select,
  ShapeError,
  sum,
  type Tensor,
} from "@tapegrad/autograd";

export interface LossOptions {
  /** Over the samples; "mean" by default. */
  readonly reduction?: "mean" | "sum" | "none";
}

/**
 * Softmax cross-entropy: -log softmax(logits)[label] of every sample, averaged over the batch.
 *
 * - shapes: logits [N, classes] (floating), labels [N] (int32, from 0 to classes - 1); a scalar, or [N]
 *   under `reduction: "none"`
 * - derivative: (softmax(logits) - one-hot) / N for the logits; none for the labels
 *
 * @throws ShapeError or DTypeError if the operands do not fit; ValueError if a label is out of range.
 * @example
 * crossEntropy(model.forward(x, { mode: "train" }), labels);
 */
export function crossEntropy(logits: Tensor, labels: Tensor, options: LossOptions = {}): Tensor {
  if (labels.dtype !== "int32") {
    throw new DTypeError("crossEntropy", { dtype: labels.dtype }, ({ dtype }) => {
      return `labels must be int32 but are ${dtype}. Pass class numbers, as in \`tensor(labels, { dtype: "int32" })\`.`;
    });
  }
  if (logits.rank !== 2 || labels.rank !== 1 || logits.shape[0] !== labels.shape[0]) {
    throw new ShapeError("crossEntropy", { logits: logits.shape, labels: labels.shape }, (d) => {
      return `logits have shape [${d.logits.join(", ")}] and labels [${d.labels.join(", ")}]. Use logits [N, classes] and labels [N].`;
    });
  }
  const chosen = oneHot(labels, logits.shape[1], { dtype: "bool" });
  const losses = neg(sum(select(chosen, logSoftmax(logits, { axis: 1 }), 0), { axes: 1 }));
  const { reduction = "mean" } = options;
  if (reduction === "none") return losses;
  return reduction === "mean" ? mean(losses) : sum(losses);
}
