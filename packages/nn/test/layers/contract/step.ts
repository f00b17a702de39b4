/** @file A step of a case: its results, its gradients under random cotangents, and the state that it leaves. */
import { normal, randomKey, record, splitKey, type Tensor, zerosLike } from "@tapegrad/autograd";
import { isFloating, leavesOf } from "./leaves.ts";
import type { Subject } from "./subject.ts";

export interface Step {
  readonly results: readonly Tensor[];
  /** By the names of `subject.differentiable`. */
  readonly gradients: readonly Tensor[];
}

/** Works inside `compile` as well. */
export function stepOf(subject: Subject, inputs: readonly Tensor[]): Step {
  const tape = record((...xs: readonly Tensor[]) => leavesOf(subject.forward(xs)), ...inputs);
  const keys = splitKey(randomKey(1), tape.output.length);
  const cotangent = tape.output.map((y, k) =>
    isFloating(y) ? normal(keys[k], y.shape, { dtype: floatingOf(y) }) : zerosLike(y),
  );
  const by = [tape.inputs.filter(isFloating), subject.module.parameters()] as const;
  return { results: tape.output, gradients: tape.gradient(by, { cotangent }).flat() };
}

function floatingOf({ dtype }: Tensor): "float32" | "float64" {
  return dtype === "float32" ? dtype : "float64";
}
