/** @file evaluation: accuracy and loss of a classifier on a set of images. */
import { argMax, compile, equal, sum, type Tensor } from "@tapegrad/autograd";
import { crossEntropy } from "@tapegrad/nn";
import { batchesInOrder, type DigitSet } from "./image-data.ts";

/** Fraction of images that are classified right, and mean cross entropy. */
export type Score = { readonly accuracy: number; readonly loss: number };

export interface EvaluationOptions {
  /** Images in one batch, 200 by default; what does not fill one is left out. */
  readonly size?: number;
  /** At most so many batches, from the beginning of the set. */
  readonly limit?: number;
}

/**
 * A compiled program that evaluates `forward`, images [N, 784] to logits [N, 10], on `set`: for models of which many
 * variants are measured, since it converts the images only once.
 */
export function evaluation(
  forward: (images: Tensor) => Tensor,
  set: DigitSet,
  { size = 200, limit = Number.POSITIVE_INFINITY }: EvaluationOptions = {},
): () => Score {
  const program = compile((images: Tensor, labels: Tensor): readonly [Tensor, Tensor] => {
    const logits = forward(images);
    return [sum(equal(argMax(logits), labels)), crossEntropy(logits, labels)];
  });
  const batches = [...batchesInOrder(set, size, { limit })];
  return () => {
    const scores = batches.map(({ images, labels }) => program(images, labels));
    const meanOf = (i: 0 | 1): number =>
      scores.reduce((total, score) => total + score[i].item(), 0) / batches.length;
    return { accuracy: meanOf(0) / size, loss: meanOf(1) };
  };
}
