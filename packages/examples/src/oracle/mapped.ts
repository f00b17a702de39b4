/**
 * @file A call by way of vmap, for `--mapped`: what holds for one call must hold for every member of many.
 */
import { stack, Tensor, vmap } from "@tapegrad/autograd";

/** `f` of two members that are alike; gives the results of the second. Arguments and results are nested tensors. */
export function mapped<A extends readonly unknown[], R>(f: (...args: A) => R): (...args: A) => R {
  const both = vmap(f);
  return (...args) => {
    const pairs = withTensors(args, (x) => stack([x, x])) as unknown as A;
    return withTensors(both(...pairs), (y) => y.at(1).get()) as R;
  };
}

function withTensors(tree: unknown, change: (x: Tensor) => Tensor): unknown {
  if (tree instanceof Tensor) return change(tree);
  if (Array.isArray(tree)) return tree.map((child) => withTensors(child, change));
  return Object.fromEntries(
    Object.entries(tree as object).map(([key, child]) => [key, withTensors(child, change)]),
  );
}
