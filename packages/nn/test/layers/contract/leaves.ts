/** @file The tensors of a result. */
import { Tensor } from "@tapegrad/autograd";

/** All tensors of any nesting of arrays and plain objects, in order; a part that is null or undefined has none. */
export function leavesOf(tree: unknown): readonly Tensor[] {
  if (tree instanceof Tensor) return [tree];
  if (tree === null || tree === undefined) return [];
  if (typeof tree === "object") return Object.values(tree).flatMap(leavesOf);
  throw new Error(`a layer returned ${typeof tree} where a tensor is expected`);
}

export function isFloating({ dtype }: Tensor): boolean {
  return dtype === "float32" || dtype === "float64";
}
