/** @file A step of a case: its results, its gradients under random cotangents, and the state that it leaves. */
import { normal, randomKey, record, splitKey, type Tensor, zerosLike } from "@tapegrad/autograd";
import { isFloating, leavesOf } from "./leaves.ts";
import type { Subject } from "./subject.ts";

/** Results, then gradients by floating inputs and by parameters; works inside `compile` as well. */
export function stepOf(subject: Subject, inputs: readonly Tensor[]): readonly Tensor[] {
  const tape = record((...xs: readonly Tensor[]) => leavesOf(subject.forward(xs)), ...inputs);
  const keys = splitKey(randomKey(1), tape.output.length);
  const cotangent = tape.output.map((y, k) =>
    isFloating(y) ? normal(keys[k], y.shape, { dtype: floatingOf(y) }) : zerosLike(y),
  );
  const by = { inputs: tape.inputs.filter(isFloating), parameters: subject.module.parameters() };
  const gradients = tape.gradient(by, { cotangent });
  return [...tape.output, ...gradients.inputs, ...gradients.parameters];
}

function floatingOf({ dtype }: Tensor): "float32" | "float64" {
  return dtype === "float32" ? dtype : "float64";
}
