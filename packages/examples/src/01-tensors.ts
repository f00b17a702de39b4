/**
 * @file A tensor never changes: every operation makes a new one, and a JavaScript number takes the
 * dtype of the tensor beside it.
 */
import assert from "node:assert/strict";
import { mean, sum, tensor } from "@tapegrad/autograd";
import { runWhenMain } from "./run-when-main.ts";

export function lesson(print: (...values: unknown[]) => void = console.log): void {
  const x = tensor(
    [
      [1, 2, 3],
      [4, 5, 6],
    ],
    { dtype: "float64" },
  );
  print("x                      ", x);

  // Methods and functions are the same operations: x.mul(10) is mul(x, 10).
  const y = x.mul(10).add(0.5);
  print("x.mul(10).add(0.5)     ", y);
  assert.equal(y.dtype, "float64");
  assert.deepEqual(y.toArray(), [
    [10.5, 20.5, 30.5],
    [40.5, 50.5, 60.5],
  ]);

  // Shapes broadcast from the last axis: one value per column, then one per row.
  print("x.sub(mean over rows)  ", x.sub(mean(x, { axes: 0 })));
  print("x.div(sum of its row)  ", x.div(sum(x, { axes: 1, keepDims: true })));

  // Numbers leave the world of tensors explicitly.
  const total = sum(x).item();
  print("sum(x).item()          ", total);
  assert.equal(total, 21);

  // None of this changed x, and JavaScript's own operators refuse a tensor instead of guessing.
  assert.deepEqual(x.toArray(), [
    [1, 2, 3],
    [4, 5, 6],
  ]);
  assert.throws(() => Number(x), /JavaScript operators do not work on tensors/);
}

runWhenMain(import.meta.url, lesson);
