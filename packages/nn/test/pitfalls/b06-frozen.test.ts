/** B6. A frozen layer that is not: it goes on to update its statistics, or a change of mode thaws it. */
import { record, stopGradient, sum, type Tensor } from "@tapegrad/autograd";
import { BatchNorm, batchNormTrain, type Mode } from "@tapegrad/nn";
import { describe, expect } from "vitest";
import { float64 } from "../oracles/float64.ts";
import { itAvoids } from "./pitfall.ts";

const x = float64([[1], [5]]);

/** A layer that was frozen, and how it is called. */
interface Frozen {
  readonly layer: BatchNorm;
  forward(x: Tensor, mode: Mode): Tensor;
}

const layerOf = (): BatchNorm => new BatchNorm(1, { dtype: "float64" });

const frozen = (layer: BatchNorm): Frozen => ({
  layer: layer.freeze(),
  forward: (u, mode) => layer.forward(u, { mode }),
});

/** `requires_grad = False`: γ and β get no gradient, and that is all. */
function withoutGradients(): Frozen {
  const layer = layerOf();
  return {
    layer,
    forward: (u, mode) => {
      layer.forward(u, { mode });
      return batchNormTrain(u, stopGradient(layer.weight.value), stopGradient(layer.bias.value))
        .output;
    },
  };
}

/** Evaluation as a state of the model, which the next call for training ends. */
function untilTheModeChanges(): Frozen {
  const layer = layerOf();
  return { layer, forward: (u, mode) => layer.forward(u, { mode }) };
}

const staysFrozen = ({ layer, forward }: Frozen): void => {
  const tape = record(() => {
    const outputs = (["eval", "train", "train"] as const).map((mode) => forward(x, mode));
    return sum(outputs.reduce((a, b) => a.add(b)).square());
  });
  const [weightBar] = tape.gradient([layer.weight]);

  expect(layer.numBatchesTracked.value.item()).toBe(0);
  expect(layer.runningMean.value.item()).toBe(0);
  expect(weightBar.toArray()).toEqual([0]);
};

describe("B6: frozen layers", () => {
  itAvoids<() => Frozen>({
    mistake: "only stops the gradients of γ and β",
    naive: withoutGradients,
    library: () => frozen(layerOf()),
    check: (make) => staysFrozen(make()),
  });

  itAvoids<() => Frozen>({
    mistake: "thaws when the model is trained",
    naive: untilTheModeChanges,
    library: () => frozen(layerOf()),
    check: (make) => staysFrozen(make()),
  });
});
