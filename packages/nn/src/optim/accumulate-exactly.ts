/** @file accumulateExactly: one step of many small batches, batch normalisation included. */
import { concatenate, record, type Tensor, ValueError } from "@tapegrad/autograd";
import type { Parameter } from "../module.ts";

export interface AccumulatedStep {
  /** The loss of the whole batch. */
  readonly loss: Tensor;
  /** One for each parameter, in their order. */
  readonly gradients: readonly Tensor[];
}

/**
 * Loss and gradients of micro batches as one batch: 4 × 16 samples give the numbers of 64.
 *
 * Where layers normalise by statistics of the batch, gradients of micro batches do not add up to that of the
 * whole, whatever their weights: every sample is normalised by all others. This joins the micro batches along
 * their first axis and runs `loss` once, so statistics, running ones included, are those of the whole batch,
 * and updated once. It takes the memory of the whole batch; `checkpoint` around blocks of the model takes that
 * down. Without such layers a `GradientAccumulator` does the same in the memory of one micro batch.
 *
 * @param microBatches each the arguments of `loss`, samples along axis 0; sizes may differ.
 * @throws ValueError if there are no micro batches, or they differ in the number of tensors; ShapeError if these do
 *   not fit behind each other; errors of `loss` as they are.
 * @example
 * const { loss, gradients } = accumulateExactly(model.parameters(), microBatches, (x, labels) =>
 *   crossEntropy(model.forward(x, { mode: "train" }), labels),
 * );
 * optimizer.step(gradients);
 */
export function accumulateExactly(
  parameters: readonly Parameter[],
  microBatches: Iterable<readonly Tensor[]>,
  loss: (...batch: readonly Tensor[]) => Tensor,
): AccumulatedStep {
  const batches = [...microBatches];
  const lengths = [...new Set(batches.map((batch) => batch.length))];
  if (lengths.length !== 1 || lengths[0] === 0) {
    throw new ValueError("accumulateExactly", { batches: batches.length, lengths }, (d) => {
      return d.batches === 0
        ? "there are no micro batches. Pass at least one."
        : `the micro batches have ${d.lengths.join(" and ")} tensors. Give each the same arguments of the loss, at least one.`;
    });
  }
  const joined = batches[0].map((_, i) => {
    return concatenate(
      batches.map((batch) => batch[i]),
      { axis: 0 },
    );
  });
  const tape = record(() => loss(...joined));
  return { loss: tape.output, gradients: tape.gradient(parameters) };
}
