/** @file crossEntropy. */
import {
  DTypeError,
  logSoftmax,
  mean,
  neg,
  oneHot,
  where,
  ShapeError,
  sum,
  type Tensor,
  ValueError,
} from "@tapegrad/autograd";

type Reduction = "mean" | "sum" | "none";

const REDUCTIONS: readonly Reduction[] = ["mean", "sum", "none"];

export interface LossOptions {
  /** Over the samples; "mean" by default. */
  readonly reduction?: Reduction;
}

/**
 * Softmax cross-entropy: -log softmax(logits)[label] of every sample, averaged over the batch.
 *
 * - shapes: logits [N, classes] (floating), labels [N] (int32, from 0 to classes - 1); a scalar, or [N]
 *   under `reduction: "none"`
 * - derivative: (softmax(logits) - one-hot) / N for the logits; none for the labels
 *
 * @throws ShapeError or DTypeError if the operands do not fit; ValueError if a label is out of range
 *   or the reduction is not known.
 * @example
 * crossEntropy(model.forward(x, { mode: "train" }), labels);
 */
export function crossEntropy(logits: Tensor, labels: Tensor, options: LossOptions = {}): Tensor {
  if (labels.dtype !== "int32") {
    throw new DTypeError("crossEntropy", { dtype: labels.dtype }, ({ dtype }) => {
      return `labels must be int32 but are ${dtype}. Pass class numbers, as in \`tensor(labels, { dtype: "int32" })\`.`;
    });
  }
  if (logits.dtype !== "float32" && logits.dtype !== "float64") {
    throw new DTypeError("crossEntropy", { dtype: logits.dtype }, ({ dtype }) => {
      return `logits are ${dtype}, but only float32 and float64 have a gradient. Convert first: \`cast(logits, "float32")\`.`;
    });
  }
  if (logits.rank !== 2 || labels.rank !== 1 || logits.shape[0] !== labels.shape[0]) {
    throw new ShapeError("crossEntropy", { logits: logits.shape, labels: labels.shape }, (d) => {
      return `logits have shape [${d.logits.join(", ")}] and labels [${d.labels.join(", ")}]. Use logits [N, classes] and labels [N].`;
    });
  }
  const { reduction = "mean" } = options;
  if (!REDUCTIONS.includes(reduction)) {
    throw new ValueError("crossEntropy", { reduction }, (d) => {
      return `reduction ${JSON.stringify(d.reduction)} is not known. Use one of ${REDUCTIONS.join(", ")}.`;
    });
  }
  const [samples, classes] = logits.shape;
  if (classes === 0 || (samples === 0 && reduction === "mean")) {
    throw new ShapeError("crossEntropy", { logits: logits.shape }, (d) => {
      const what = classes === 0 ? "classes to choose from" : "samples to average over";
      return `logits have shape [${d.logits.join(", ")}]: there are no ${what}. Use at least one.`;
    });
  }
  const chosen = chosenClasses(labels, classes);
  const losses = neg(sum(where(chosen, logSoftmax(logits, { axis: 1 }), 0), { axes: 1 }));
  if (reduction === "none") return losses;
  return reduction === "mean" ? mean(losses) : sum(losses);
}

/** One-hot rows, as bool. A label out of range is refused in the words of crossEntropy. */
function chosenClasses(labels: Tensor, classes: number): Tensor {
  try {
    return oneHot(labels, classes, { dtype: "bool" });
  } catch (error) {
    if (!(error instanceof ValueError)) throw error;
    throw new ValueError("crossEntropy", { ...error.details, classes } as LabelDetails, (d) => {
      return `label ${d.index} of sample ${d.position} is none of the ${d.classes} classes. Use labels from 0 to ${d.classes - 1}.`;
    });
  }
}

interface LabelDetails {
  readonly index: number;
  readonly position: number;
  readonly classes: number;
}
