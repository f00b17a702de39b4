/**
 * @file The first value of a tape to blame for results that are not finite.
 *
 * Not every such number matters: a masked -Infinity does not. So the search goes back from the results, through
 * operands that are not finite, to those that nothing explains.
 */
import { isFloating } from "../array/dtype.ts";
import { forEachPosition } from "../array/strided-array.ts";
import type { Node } from "../core/tape.ts";
import { arrayOf, type Tensor } from "../core/tensor.ts";

/** @throws ValueError if `x` is abstract. */
export function allFinite(op: string, x: Tensor): boolean {
  if (!isFloating(x.dtype)) return true;
  const array = arrayOf(op, x);
  let sum = 0;
  // x - x is 0 for a finite number, else NaN
  forEachPosition(array, (position) => {
    sum += array.data[position] - array.data[position];
  });
  return sum === 0;
}

/** Its number; null if all `roots` are finite. */
export function firstNonFinite(
  nodes: readonly Node[],
  roots: readonly number[],
  finite: (index: number) => boolean,
): number | null {
  const nodeOf = new Map(
    nodes.flatMap((node) => Array.from({ length: node.count }, (_, k) => [node.first + k, node])),
  );
  const waiting = roots.filter((index) => !finite(index));
  const seen = new Set(waiting);
  let first = Infinity;
  for (let index = waiting.pop(); index !== undefined; index = waiting.pop()) {
    const operands = nodeOf.get(index)?.operands ?? [];
    const causes = operands.filter((x) => typeof x === "number").filter((x) => !finite(x));
    if (causes.length === 0) first = Math.min(first, index);
    for (const cause of causes) {
      if (!seen.has(cause)) waiting.push(cause);
      seen.add(cause);
    }
  }
  return first === Infinity ? null : first;
}
