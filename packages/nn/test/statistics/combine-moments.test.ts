import {
  add,
  concatenate,
  grad,
  mul,
  slice,
  sum,
  type Tensor,
  tensor,
  variance,
  zeros,
} from "@tapegrad/autograd";
import { batchNormTrain, batchNormTrainSharded, combineMoments, partMoments } from "@tapegrad/nn";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { vectors } from "../oracles/batch-norm-problems.ts";
import { expectCloseToArray } from "../oracles/close-to-array.ts";
import { float64 } from "../oracles/float64.ts";
import { messageOf } from "../oracles/refusal.ts";

/** A batch of two channels: values within 1 around a centre within 10, divided into 1 to 8 shards. */
interface Sharding {
  readonly sizes: readonly number[];
  readonly x: Tensor;
  readonly cotangent: Tensor;
  readonly direction: Tensor;
}

const shardings = (): fc.Arbitrary<Sharding> =>
  fc
    .array(fc.integer({ min: 0, max: 6 }), { minLength: 1, maxLength: 8 })
    .map((sizes) => (sizes.reduce((a, b) => a + b) < 2 ? [...sizes, 2] : sizes))
    .chain((sizes) => shardingsOf(sizes));

function shardingsOf(sizes: readonly number[]): fc.Arbitrary<Sharding> {
  const rows = sizes.reduce((a, b) => a + b);
  const matrices = vectors(2 * rows, 1).map((v) => tensor(v, { shape: [rows, 2] }));
  return fc
    .record({ noise: matrices, center: vectors(2, 10), cotangent: matrices, direction: matrices })
    .map(({ noise, center, cotangent, direction }) => {
      return { sizes, x: add(noise, tensor(center)), cotangent, direction };
    });
}

function shardsOf(x: Tensor, sizes: readonly number[]): readonly Tensor[] {
  let start = 0;
  return sizes.map((size) => {
    const shard = slice(x, { starts: [start, 0], sizes: [size, 2] });
    start += size;
    return shard;
  });
}

const LITERAL_SIZES = [3, 5, 0, 24];

describe("combineMoments", () => {
  it("gives the moments of the whole, however it is divided, to 1e-12", () => {
    fc.assert(
      fc.property(shardings(), ({ sizes, x }) => {
        const whole = partMoments(x);

        const merged = combineMoments(shardsOf(x, sizes).map((shard) => partMoments(shard)));

        expect(merged.count).toBe(x.shape[0]);
        expectCloseToArray(merged.mean, whole.mean, { absolute: 1e-12 });
        // Σ (x - μ)² is at most 4 for each row
        expectCloseToArray(merged.deviations, whole.deviations, { absolute: 1e-12 * x.shape[0] });
      }),
      { numRuns: 60 },
    );
  });

  it("merges by hand: (0, 2) and (4, 8, 6) have mean 4 and squared deviations 40", () => {
    const parts = [float64([[0], [2]]), float64([[4], [8], [6]])].map((x) => partMoments(x));

    const { count, mean, deviations } = combineMoments(parts);

    expect([count, mean.item(), deviations.item()]).toEqual([5, 4, 40]);
  });

  it("can be merged in any grouping, since the result is a part again", () => {
    const [a, b, c] = [[1], [2, 9], [4, 4, 5]].map((v) => partMoments(float64(v, [v.length, 1])));

    const left = combineMoments([combineMoments([a, b]), c]);
    const right = combineMoments([a, combineMoments([b, c])]);

    expectCloseToArray(left.deviations, right.deviations, { relativeToLargest: 1e-15 });
  });

  it("takes a mask's count of each part", () => {
    const x = float64([[1], [50], [3]]);
    const mask = tensor([true, false, true]);

    const merged = combineMoments([partMoments(x, { mask }), partMoments(float64([[5]]))]);

    expect(Number((merged.count as Tensor).item())).toBe(3);
    expect([merged.mean.item(), merged.deviations.item()]).toEqual([3, 8]);
  });

  it("keeps the digits of float32 far from 0, since parts are float64", () => {
    // the same values with and without an offset that float32 holds exactly
    const values = [0, 0.5, 0.25, 1.5, 1, 0.75];
    const at = (offset: number) =>
      combineMoments(
        [values.slice(0, 2), values.slice(2)].map((v) =>
          partMoments(tensor(v, { shape: [v.length, 1] }).add(offset)),
        ),
      ).deviations.item();

    expect(Math.abs(at(2 ** 20) - at(0))).toBeLessThan(1e-9);
  });
});

/** φ(x) = <c, BN(x)> for the batch in one, and in shards. */
function functionals({ sizes, cotangent }: Sharding) {
  const [gamma, beta] = [float64([1.5, -0.5]), float64([0.25, 2])];
  const whole = (x: Tensor, g: Tensor, b: Tensor) =>
    sum(mul(batchNormTrain(x, g, b, { epsilon: 1e-3 }).output, cotangent));
  const sharded = (x: Tensor, g: Tensor, b: Tensor) => {
    const { outputs } = batchNormTrainSharded(shardsOf(x, sizes), g, b, { epsilon: 1e-3 });
    return sum(mul(concatenate(outputs, { axis: 0 }), cotangent));
  };
  return { whole, sharded, gamma, beta };
}

describe("batchNormTrainSharded", () => {
  it("has the outputs, statistics and gradients of the batch in one", () => {
    fc.assert(
      fc.property(shardings(), (sharding) => {
        const { x, sizes } = sharding;
        const { whole, sharded, gamma, beta } = functionals(sharding);
        const expected = batchNormTrain(x, gamma, beta);

        const found = batchNormTrainSharded(shardsOf(x, sizes), gamma, beta);
        const gradients = [whole, sharded].map((phi) =>
          grad((p: readonly [Tensor, Tensor, Tensor]) => phi(...p))([x, gamma, beta]),
        );

        // s is at least √ε = 3e-3: a mean of 10, rounded by 2e-15, moves outputs by 6e-13, and 1.5 times that by γ
        expectCloseToArray(concatenate(found.outputs, { axis: 0 }), expected.output, {
          absolute: 1e-12,
        });
        expectCloseToArray(found.mean, expected.mean, { absolute: 1e-12 });
        expectCloseToArray(found.variance, expected.variance, { absolute: 1e-12 });
        gradients[0].forEach((g, i) => {
          expectCloseToArray(gradients[1][i], g, { relativeToLargest: 1e-9, absolute: 1e-11 });
        });
      }),
      { numRuns: 20 },
    );
  });

  const ordinary = fc.sample(shardingsOf(LITERAL_SIZES), { seed: 1, numRuns: 1 })[0];

  it("agrees to 1e-12 for an ordinary batch of 32 as 3 + 5 + 0 + 24, second derivatives too", () => {
    const { x, direction } = ordinary;
    const { whole, sharded, gamma, beta } = functionals(ordinary);

    const [expected, found] = [whole, sharded].map((phi) => {
      const first = grad((u: Tensor) => phi(u, gamma, beta));
      const second = grad((u: Tensor) => sum(mul(first(u), direction)));
      return [phi(x, gamma, beta), first(x), second(x)];
    });

    expected.forEach((value, order) => {
      expectCloseToArray(found[order], value, { relativeToLargest: 1e-12, what: `order ${order}` });
    });
    expect(variance(x, { axes: 0 }).min().item()).toBeGreaterThan(0.1);
  });

  it("gives float32 for float32", () => {
    const shards = [tensor([[1], [2]]), tensor([[5]])];

    const { outputs } = batchNormTrainSharded(shards, null, null);

    expect(outputs.map((y) => y.dtype)).toEqual(["float32", "float32"]);
  });

  it("refuses shards that have one value together, or none", () => {
    expect(
      messageOf(() => batchNormTrainSharded([zeros([1, 2]), zeros([0, 2])], null, null)),
    ).toMatchInlineSnapshot(
      `"ValueError: batchNormTrainSharded: all shards together have one value per channel, of which there is no variance. Use at least two, or \`batchNormInference\` with stored statistics."`,
    );
    expect(
      messageOf(() => batchNormTrainSharded([zeros([0, 2])], null, null)),
    ).toMatchInlineSnapshot(
      `"ValueError: batchNormTrainSharded: all shards together have no value per channel, of which there is no variance. Use at least two, or \`batchNormInference\` with stored statistics."`,
    );
  });
});
