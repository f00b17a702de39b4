/** B12. Statistics that are updated twice, or by what they should not describe. */
import { checkpoint, grad, record, sum, type Tensor } from "@tapegrad/autograd";
import { accumulateExactly, BatchNorm, GradientAccumulator } from "@tapegrad/nn";
import { describe, expect } from "vitest";
import { expectCloseToArray } from "../oracles/close-to-array.ts";
import { float64 } from "../oracles/float64.ts";
import { itAvoids } from "./pitfall.ts";

const TRAIN = { mode: "train" } as const;
const [x, other] = [float64([[1], [3], [5], [0]]), float64([[40], [60]])];

const layerOf = (options: ConstructorParameters<typeof BatchNorm>[1] = {}): BatchNorm =>
  new BatchNorm(1, { dtype: "float64", ...options });

/** A gradient step of <forward(x), x²>. */
type Step = (layer: BatchNorm) => void;

const loss = (y: Tensor): Tensor => sum(y.mul(x.square()));

describe("B12: updates at the wrong time, or twice", () => {
  itAvoids<Step>({
    mistake: "runs a checkpointed layer again in the backward pass, its update too",
    naive: (layer) => {
      // what is recomputed is the whole of forward
      const recompute = (): Tensor => layer.forward(x, TRAIN);
      recompute();
      record(() => loss(recompute())).gradient([layer.weight]);
    },
    library: (layer) => {
      const block = checkpoint((u: Tensor) => layer.forward(u, TRAIN));
      record(() => loss(block(x))).gradient([layer.weight]);
    },
    check: (step) => {
      const layer = layerOf();
      step(layer);
      expect(layer.numBatchesTracked.value.item()).toBe(1);
      expectCloseToArray(layer.runningMean.value, [0.225], { absolute: 1e-14 });
    },
  });

  itAvoids<(layer: BatchNorm) => void>({
    mistake: "updates at every pass: one that only looks has to be a pass of evaluation",
    naive: (layer) => {
      layer.forward(x, TRAIN);
    },
    library: (layer) => {
      grad((u: Tensor) => loss(layer.forward(u, { mode: "eval" })))(x);
    },
    check: (look) => {
      const layer = layerOf();
      look(layer);
      expect(layer.numBatchesTracked.value.item()).toBe(0);
    },
  });

  itAvoids<(body: (forward: Forward) => void) => void>({
    mistake: "mixes the statistics of real and fake samples",
    naive: (call) => {
      const layer = layerOf({ decay: 0 });
      call((u, _, mode) => layer.forward(u, { mode }));
    },
    library: (call) => {
      const layer = layerOf({ decay: 0, domains: ["real", "fake"] });
      call((u, domain, mode) => layer.forward(u, { mode, domain }));
    },
    check: (run) =>
      run((forward) => {
        forward(x, "real", "train");
        forward(other, "fake", "train");
        // the mean of the real samples is 2.25
        expectCloseToArray(forward(float64([[2.25]]), "real", "eval"), [0], { absolute: 1e-12 });
      }),
  });

  itAvoids<Gradient>({
    mistake: "adds up gradients of micro batches, each normalised by itself",
    naive: (layer, parts) => {
      const accumulator = new GradientAccumulator([layer.weight]);
      for (const u of parts) {
        const tape = record(() => layer.forward(u, TRAIN).square().mul(u).mean());
        accumulator.add(tape.gradient([layer.weight]), u.shape[0]);
      }
      return accumulator.mean()[0];
    },
    library: (layer, parts) => {
      const step = accumulateExactly(
        [layer.weight],
        parts.map((u) => [u]),
        (u) => layer.forward(u, TRAIN).square().mul(u).mean(),
      );
      return step.gradients[0];
    },
    check: (gradientOf) => {
      const whole = layerOf();
      const tape = record(() => whole.forward(x, TRAIN).square().mul(x).mean());
      const rows = x.reshape([2, 2, 1]);
      const part = (i: number): Tensor =>
        rows.slice({ starts: [i, 0, 0], sizes: [1, 2, 1] }).reshape([2, 1]);

      const layer = layerOf();
      const found = gradientOf(layer, [part(0), part(1)]);

      expectCloseToArray(found, tape.gradient([whole.weight])[0], { absolute: 1e-12 });
      expect(layer.numBatchesTracked.value.item()).toBe(1);
    },
  });
});

type Forward = (x: Tensor, domain: string, mode: "train" | "eval") => Tensor;
type Gradient = (layer: BatchNorm, parts: readonly Tensor[]) => Tensor;
