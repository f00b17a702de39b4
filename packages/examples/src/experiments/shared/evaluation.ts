/** @file evaluation: accuracy and loss of a classifier on a set of images. */
import { argMax, cast, compile, equal, mean, type Tensor } from "@tapegrad/autograd";
import { crossEntropy } from "@tapegrad/nn";
import type { Batch } from "./image-data.ts";

/** Fraction of images that are classified right, and mean cross entropy. */
export type Score = { readonly accuracy: number; readonly loss: number };

/**
 * A compiled program that evaluates `forward`, images [N, 784] to logits [N, 10], on batches of one size: for models
 * that are measured again and again, since their images are converted once.
 */
export function evaluation(
  forward: (images: Tensor) => Tensor,
): (batches: readonly Batch[]) => Score {
  const program = compile((images: Tensor, labels: Tensor): readonly [Tensor, Tensor] => {
    const logits = forward(images);
    return [mean(cast(equal(argMax(logits), labels), "float32")), crossEntropy(logits, labels)];
  });
  return (batches) => {
    const scores = batches.map(({ images, labels }) => program(images, labels));
    const meanOf = (i: 0 | 1): number =>
      scores.reduce((total, score) => total + score[i].item(), 0) / batches.length;
    return { accuracy: meanOf(0), loss: meanOf(1) };
  };
}
