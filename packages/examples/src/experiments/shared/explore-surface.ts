/** @file explore: the error surface that a network in training sees, along its gradient and by its Hessian. */
import {
  cast,
  compile,
  hvp,
  mul,
  sqrt,
  square,
  sub,
  sum,
  type Tensor,
  tensor,
  valueAndGrad,
} from "@tapegrad/autograd";
import type { Step } from "./experiment.ts";
import type { FlatNetwork } from "./flat-network.ts";
import { batchOf, type DigitSet } from "./image-data.ts";
import { lanczos } from "./lanczos.ts";

/** Along the gradient of one batch, as far as several steps. */
export type Walk = {
  readonly step: number;
  readonly loss: number;
  readonly lowest: number;
  readonly highest: number;
  /** Of the change of the gradient, relative to the gradient. */
  readonly change: number;
  /** Of the change of the gradient to the way. */
  readonly smoothness: number;
};

export type Surface = {
  readonly walks: readonly Walk[];
  /** The largest eigenvalues at the beginning and at the end. */
  readonly before: readonly number[];
  readonly after: readonly number[];
};

export const BATCH = 128;
export const EIGENVALUES = 5;
/** Lengths of a walk, in steps of the training: those of Santurkar et al. */
export const WAYS: readonly number[] = [0.5, 1, 1.5, 2, 2.5, 3, 3.5, 4];

export interface Training {
  readonly seed: number;
  readonly steps: number;
  readonly every: number;
  readonly rate: number;
  readonly iterations: number;
}

/** Trains by gradient descent in batches, walks along the gradient now and then, and looks at the Hessian. */
export async function explore(
  network: FlatNetwork,
  train: DigitSet,
  { seed, steps, every, rate, iterations }: Training,
  step: Step,
): Promise<Surface> {
  const descent = compile((weights: Tensor, images: Tensor, labels: Tensor) => {
    const { value, gradient } = valueAndGrad(network.loss)(weights, images, labels);
    return { value, gradient, next: sub(weights, mul(gradient, rate)) };
  });
  const curvature = compile(
    (weights: Tensor, direction: Tensor, images: Tensor, labels: Tensor) => {
      const loss = (w: Tensor): Tensor => network.loss(w, images, labels);
      return hvp(loss, [weights], [direction]).product[0];
    },
  );
  const batchAt = (at: number): [Tensor, Tensor] => {
    // every seed begins elsewhere
    const start = (((seed - 1) * steps + at) * BATCH) % (train.count - BATCH + 1);
    const rows = Array.from({ length: BATCH }, (_, i) => start + i);
    const { images, labels } = batchOf(train, rows);
    return [cast(images, "float64"), labels];
  };
  const top = (weights: Tensor): readonly number[] => {
    const batch = batchAt(0);
    const multiply = (v: Float64Array): Float64Array =>
      Float64Array.from(curvature(weights, tensor(v), ...batch).toTypedArray());
    const found = lanczos(multiply, { size: network.size, iterations, seed });
    return found.slice(0, EIGENVALUES);
  };
  let weights = network.initial(seed);
  const before = top(weights);
  const walks: Walk[] = [];
  for (let done = 0; done < steps; done++) {
    const batch = batchAt(done);
    const here = descent(weights, ...batch);
    if (done % every === 0) {
      const ways = WAYS.map((way) => {
        const there = sub(weights, mul(here.gradient, way * rate));
        return { way, ...descent(there, ...batch) };
      });
      const values = ways.map(({ value }) => value.item());
      const norm = length(here.gradient);
      const changes = ways.map(({ gradient }) => length(sub(gradient, here.gradient)) / norm);
      walks.push({
        step: done,
        loss: here.value.item(),
        lowest: Math.min(...values),
        highest: Math.max(...values),
        change: Math.max(...changes),
        smoothness: Math.max(...changes.map((change, i) => change / (WAYS[i] * rate))),
      });
    }
    weights = here.next;
    await step(done + 1, steps);
  }
  return { walks, before, after: top(weights) };
}

const length = (x: Tensor): number => sqrt(sum(square(x))).item();
