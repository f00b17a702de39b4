/**
 * @file A recorded function is a list of primitives, one a line, that is replayed with other inputs
 * and walked backward for its gradient.
 */
import assert from "node:assert/strict";
import { mean, record, type Tensor, tensor } from "@tapegrad/autograd";
import { runWhenMain } from "./run-when-main.ts";

/** The variance, written the short way. */
const variance = (x: Tensor): Tensor => {
  const centered = x.sub(mean(x));
  return mean(centered.mul(centered));
};

export function lesson(print: (...values: unknown[]) => void = console.log): void {
  const tape = record(variance, tensor([1, 2, 6], { dtype: "float64" }));

  // %0 is the input. Broadcasting is a step of its own, so the two sums over the batch are visible.
  print(String(tape));
  assert.deepEqual(
    tape.nodes.map((node) => node.primitive.name),
    ["sum", "reshape", "div", "reshape", "broadcastTo", "sub", "mul", "sum", "reshape", "div"],
  );

  // The output is known: the function has run.
  print("output     ", tape.output);
  assert.ok(Math.abs(tape.output.item() - 14 / 3) < 1e-15);

  // The same nodes for another input, without calling `variance` again.
  const other = tensor([0, 0, 3], { dtype: "float64" });
  print("replayed   ", tape.replay(other));
  assert.equal(tape.replay(other).item(), variance(other).item());

  // From the last node to the first: 2 (x - mean) / 3.
  const [gradient] = tape.gradient(tape.inputs);
  print("gradient   ", gradient);
  [-4 / 3, -2 / 3, 2].forEach((expected, i) => {
    assert.ok(Math.abs(gradient.toTypedArray()[i] - expected) < 1e-15);
  });
}

runWhenMain(import.meta.url, lesson);
