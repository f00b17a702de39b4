import { ones, tensor, zeros } from "@tapegrad/autograd";
import { batchNormalization, moments } from "@tapegrad/nn";
import { describe, expect, it } from "vitest";
import { expectCloseToArray } from "../oracles/close-to-array.ts";

/** (value - mean) / √(variance + ε) over the rows of each column, in plain loops. */
function normalizeColumns(rows: readonly (readonly number[])[], epsilon: number): number[][] {
  const columns = rows[0].map((_, c) => rows.map((row) => row[c]));
  const statistics = columns.map((column) => {
    const mean = column.reduce((sum, v) => sum + v, 0) / column.length;
    const variance = column.reduce((sum, v) => sum + (v - mean) ** 2, 0) / column.length;
    return { mean, deviation: Math.sqrt(variance + epsilon) };
  });
  return rows.map((row) => row.map((v, c) => (v - statistics[c].mean) / statistics[c].deviation));
}

describe("published TensorFlow code, line by line", () => {
  it("normalises a batch of features over axis 0", () => {
    const rows = [
      [1, 10, -1, 0],
      [2, 20, -1, 4],
      [3, 60, -1, 8],
    ];
    // data = tf.constant(rows, dtype=tf.float64)
    const data = tensor(rows, { dtype: "float64" });
    // batch_mean, batch_var = tf.nn.moments(data, [0])
    const { mean, variance } = moments(data, [0]);
    // scale = tf.Variable(tf.ones([4]));  offset = tf.Variable(tf.zeros([4]))
    const [scale, offset] = [ones([4], { dtype: "float64" }), zeros([4], { dtype: "float64" })];
    // output = tf.nn.batch_normalization(data, batch_mean, batch_var, offset, scale, 1e-3)
    const output = batchNormalization(data, mean, variance, offset, scale, 1e-3);

    expectCloseToArray(mean, tensor([2, 30, -1, 4], { dtype: "float64" }), { absolute: 1e-14 });
    expectCloseToArray(variance, tensor([2 / 3, 1400 / 3, 0, 32 / 3], { dtype: "float64" }), {
      absolute: 1e-13,
    });
    expectCloseToArray(output, tensor(normalizeColumns(rows, 1e-3), { dtype: "float64" }), {
      absolute: 1e-15,
    });
  });

  it("normalises maps [batch, rows, channels] over axes 0 and 1", () => {
    const pixels = [
      [1, -3],
      [2, 5],
      [4, 0],
      [9, 2],
    ];
    const data = tensor(pixels.flat(), { dtype: "float64" }).reshape([2, 2, 2]);

    const { mean, variance } = moments(data, [0, 1]);
    const scale = tensor([2, 0.5], { dtype: "float64" });
    const offset = tensor([-1, 3], { dtype: "float64" });
    const output = batchNormalization(data, mean, variance, offset, scale, 1e-3);

    const expected = normalizeColumns(pixels, 1e-3).flatMap(([a, b]) => [2 * a - 1, 0.5 * b + 3]);
    expect(mean.toArray()).toEqual([4, 1]);
    expect(variance.toArray()).toEqual([9.5, 8.5]);
    expectCloseToArray(output, tensor(expected, { dtype: "float64", shape: [2, 2, 2] }), {
      absolute: 1e-14,
    });
  });

  it("leaves scale and offset out where they are null", () => {
    const data = tensor([[1], [5]], { dtype: "float64" });
    const { mean, variance } = moments(data, [0]);

    const plain = batchNormalization(data, mean, variance, null, null, 0);
    const scaled = batchNormalization(data, mean, variance, null, tensor([3]), 0);
    const shifted = batchNormalization(data, mean, variance, tensor([7]), null, 0);

    expect(plain.toArray()).toEqual([[-1], [1]]);
    expect(scaled.toArray()).toEqual([[-3], [3]]);
    expect(shifted.toArray()).toEqual([[6], [8]]);
  });

  it("keeps reduced axes with size 1 where keepDims is true, and they broadcast", () => {
    const data = tensor(
      [
        [1, 3],
        [10, 30],
      ],
      { dtype: "float64" },
    );

    const { mean, variance } = moments(data, [1], true);
    const output = batchNormalization(data, mean, variance, null, null, 0);

    expect(mean.toArray()).toEqual([[2], [20]]);
    expect(variance.toArray()).toEqual([[1], [100]]);
    expect(output.toArray()).toEqual([
      [-1, 1],
      [-1, 1],
    ]);
  });

  it("takes plain numbers in the precision of x", () => {
    const data = tensor([1], { dtype: "float64" });

    const output = batchNormalization(data, 0, 1, 0, 1, 1e-3);

    expect(output.item()).toBe(1 / Math.sqrt(1 + 1e-3));
  });

  it("computes in float32 by default, moments accumulated in float64", () => {
    const data = tensor([[10_000.1], [10_000.2], [10_000.3]]);

    const { mean, variance } = moments(data, [0]);
    const output = batchNormalization(data, mean, variance, null, null, 1e-3);

    expect(output.dtype).toBe("float32");
    const rounded = Array.from(data.toTypedArray(), (v) => [v]);
    const spread = normalizeColumns(rounded, 1e-3).flat();
    // The mean itself is a float32 near 10,000 here, so it is off by up to 5e-4: a hundredth of the spread.
    expectCloseToArray(output, spread, { absolute: 0.01 });
  });
});
