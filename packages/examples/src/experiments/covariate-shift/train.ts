/** @file train: one network of one seed, and what its layers and gradients did on the way. */
import { randomKey } from "@tapegrad/autograd";
import type { Step } from "../shared/experiment.ts";
import { shuffledBatches } from "../shared/image-data.ts";
import { driftBetween, type Inputs, meanInputs, percentilesOf } from "../shared/layer-inputs.ts";
import type { GradientChange, ShiftNetwork } from "../shared/shift-network.ts";
import {
  evaluateShifted,
  type Images,
  SHIFTS,
  type Shift,
  type Shifted,
} from "../shared/shifted-images.ts";

export const BATCH = 64;

export type Point = {
  readonly step: number;
  /** Of hidden layers, the lowest first. */
  readonly inputs: readonly Inputs[];
  /** How far the medians of the last layer's units have moved since the point before, relative to their widths; or null. */
  readonly drift: number | null;
  /** On test images. */
  readonly accuracy: number;
  /** Of all layers but the lowest. */
  readonly gradients: readonly GradientChange[];
};

/** Of one seed and one kind of network. */
export type Run = {
  readonly points: readonly Point[];
  readonly accuracy: number;
  readonly shifted: Record<Shift, Shifted>;
};

export interface Training {
  readonly seed: number;
  readonly steps: number;
  readonly every: number;
  readonly rate: number;
}

export async function train(
  network: ShiftNetwork,
  data: Images,
  { seed, steps, every, rate }: Training,
  step: Step,
): Promise<Run> {
  network.start(seed);
  const batches = shuffledBatches(data.train, BATCH, randomKey(seed));
  const points: Point[] = [];
  let last: readonly Inputs[] | null = null;
  for (let done = 0; done < steps; done++) {
    const batch = batches.next().value;
    if (done % every === 0) {
      const found = percentilesOf(network.inputsOf(data.probe));
      const top = found[found.length - 1];
      points.push({
        step: done,
        inputs: found.map(meanInputs),
        drift: last === null ? null : driftBetween(last, top),
        accuracy: network.evaluate(data.test).accuracy,
        gradients: network.advanceByLayers(batch, rate),
      });
      last = top;
    } else {
      network.advance(batch, rate);
    }
    await step(done + 1, steps);
  }
  const { accuracy } = network.evaluate(data.test);
  const shifted = SHIFTS.map((shift) => [shift, evaluateShifted(network, data.shifted[shift])]);
  return { points, accuracy, shifted: Object.fromEntries(shifted) as Run["shifted"] };
}
