/** B13. Shards of unequal sizes: means of means, or the gradient of one shard alone. */
import { add, concatenate, div, mul, sum, type Tensor, vjp } from "@tapegrad/autograd";
import { batchNormInference, batchNormTrain, batchNormTrainSharded } from "@tapegrad/nn";
import { describe, expect } from "vitest";
import { expectCloseToArray } from "../oracles/close-to-array.ts";
import { float64 } from "../oracles/float64.ts";
import { itAvoids } from "./pitfall.ts";

const ROWS = 32;
const x = float64(Array.from({ length: ROWS }, (_, i) => [Math.sin(i * i) + i / 8]));
const yBar = float64(Array.from({ length: ROWS }, (_, i) => [Math.cos(3 * i)]));

/** The output of all shards, one behind the other. */
type Normalise = (shards: readonly Tensor[], gamma: Tensor) => Tensor;

function shardsOf(u: Tensor, sizes: readonly number[]): readonly Tensor[] {
  let start = 0;
  return sizes.map((size) => {
    start += size;
    return u.slice({ starts: [start - size, 0], sizes: [size, 1] });
  });
}

const library: Normalise = (shards, gamma) =>
  concatenate(batchNormTrainSharded(shards, gamma, null).outputs);

const meansOfMeans: Normalise = (shards, gamma) => {
  const parts = shards.filter((u) => u.size > 1).map((u) => batchNormTrain(u, null, null));
  const average = (values: readonly Tensor[]) => div(values.reduce(add), values.length);
  const stored = {
    mean: average(parts.map(({ mean }) => mean)),
    variance: average(parts.map(({ variance }) => variance)),
  };
  return concatenate(shards.map((u) => batchNormInference(u, gamma, null, stored)));
};

/** Each worker by itself, as without synchronisation. */
const alone: Normalise = (shards, gamma) =>
  concatenate(
    shards.map((u) => (u.size > 1 ? batchNormTrain(u, gamma, null).output : mul(u, sum(gamma)))),
  );

const isTheWhole =
  (...sizes: readonly number[]) =>
  (normalise: Normalise): void => {
    const gamma = float64([1.5]);
    const whole = vjp((u: Tensor, g: Tensor) => batchNormTrain(u, g, null).output, x, gamma);
    const parts = vjp((u: Tensor, g: Tensor) => normalise(shardsOf(u, sizes), g), x, gamma);

    expectCloseToArray(parts.output, whole.output, { absolute: 1e-12 });
    // of γ too, which would be counted once for each worker where it is reduced twice
    const [expected, found] = [whole.pullback(yBar), parts.pullback(yBar)];
    expected.forEach((bar, i) => {
      expectCloseToArray(found[i], bar, { absolute: 1e-12 });
    });
  };

describe("B13: shards", () => {
  itAvoids<Normalise>({
    mistake: "averages the means and variances of 3 + 5 + 0 + 24",
    naive: meansOfMeans,
    library,
    check: isTheWhole(3, 5, 0, 24),
  });

  itAvoids<Normalise>({
    mistake: "averages variances even of equal shards, and misses how their means differ",
    naive: meansOfMeans,
    library,
    check: isTheWhole(8, 8, 8, 8),
  });

  for (const sizes of [
    [1, 31],
    [0, 16, 16],
    [1, 2, 3, 4, 5, 6, 7, 4],
  ]) {
    itAvoids<Normalise>({
      mistake: `normalises each of ${sizes.length} shards by itself (${sizes.join(" + ")})`,
      naive: alone,
      library,
      check: isTheWhole(...sizes),
    });
  }

  itAvoids<Normalise>({
    mistake: "takes the statistics of the others for constants",
    naive: (shards, gamma) => {
      const { mean, variance } = batchNormTrain(x, null, null);
      const stored = { mean, variance };
      return concatenate(shards.map((u) => batchNormInference(u, gamma, null, stored)));
    },
    library,
    check: isTheWhole(32),
  });

  itAvoids<(shards: readonly Tensor[]) => number>({
    mistake: "counts an empty shard as one more mean",
    naive: (shards) =>
      shards.reduce((total, u) => total + (u.size === 0 ? 0 : u.mean().item()), 0) / shards.length,
    library: (shards) => batchNormTrainSharded(shards, null, null).mean.item(),
    check: (meanOf) => {
      expect(meanOf(shardsOf(x, [16, 16, 0]))).toBeCloseTo(x.mean().item(), 12);
    },
  });
});
