/** @file trainStep. */
import { record, type Tensor } from "@tapegrad/autograd";
import type { Parameter } from "../module.ts";
import type { HasVariables, Owners } from "./checkpoint/owned-state.ts";

/** What is needed of an optimiser. */
export interface StepsParameters extends HasVariables {
  readonly parameters: readonly Parameter[];
  /** Changes the parameters; null for one without a gradient. */
  step(gradients: readonly (Tensor | null)[]): void;
}

export interface TrainStepOptions<Batch> {
  readonly model: HasVariables;
  readonly optimizer: StepsParameters;
  /** The loss of a batch, shape []. */
  readonly loss: (batch: Batch) => Tensor;
  /** Changes gradients before they are used, as clipping does. */
  readonly transform?: (gradients: readonly Tensor[]) => readonly Tensor[];
}

/** A step with the state that it changes: what `fit` takes. */
export interface TrainStep<Batch> {
  /** Gives the loss of the batch, and changes what `state` holds. */
  readonly step: (batch: Batch) => Tensor;
  readonly state: Owners;
}

/**
 * The usual step: the loss of a batch, its gradients, a step of the optimiser.
 *
 * @example
 * fit({
 *   ...trainStep({
 *     model,
 *     optimizer: new Adam(model.parameters()),
 *     loss: ({ x, labels }: { x: Tensor; labels: Tensor }) => crossEntropy(model.forward(x, { mode: "train" }), labels),
 *   }),
 *   loader,
 *   epochs: 3,
 * });
 */
export function trainStep<Batch>(options: TrainStepOptions<Batch>): TrainStep<Batch> {
  const { model, optimizer, loss, transform = (gradients) => gradients } = options;
  return {
    state: { model, optimizer },
    step: (batch) => {
      const tape = record(() => loss(batch));
      optimizer.step(transform(tape.gradient(optimizer.parameters)));
      return tape.output;
    },
  };
}
