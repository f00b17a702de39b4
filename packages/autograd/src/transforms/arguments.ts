/**
 * @file Arguments and results in any nesting: what counts as a leaf, and the checks that all transforms share.
 */
import { formatAval, sameAval } from "../array/aval.ts";
import { isFloating } from "../array/dtype.ts";
import { type FlatTree, flattenTree } from "../array/trees.ts";
import { Tensor } from "../core/tensor.ts";
import { DTypeError, GradientError } from "../errors.ts";

/** A tensor, or tensors in any nesting of arrays and plain objects. */
export type TensorTree = Tensor | readonly TensorTree[] | { readonly [key: string]: TensorTree };

export type FlatTensors = FlatTree<Tensor>;

const isTensor = (value: unknown): value is Tensor => value instanceof Tensor;

/** The tensors of `tree`. @throws GradientError naming the place of anything else. */
export function flattenTensors(op: string, what: string, tree: unknown): FlatTensors {
  return flattenTree(tree, isTensor, (value, path) => {
    const found =
      value === null ? "null" : typeof value === "object" ? "an object with a class" : typeof value;
    return new GradientError(op, { path, found }, () => {
      return `${what}${path} is ${found}, not a tensor. Use tensors in arrays and plain objects, and close over everything else.`;
    });
  });
}

/** @throws DTypeError if a leaf is int32 or bool: those have no derivative. */
export function requireDifferentiable(op: string, what: string, tensors: FlatTensors): void {
  tensors.leaves.forEach((leaf, i) => {
    if (isFloating(leaf.dtype)) return;
    throw new DTypeError(op, { path: tensors.paths[i], dtype: leaf.dtype }, ({ path, dtype }) => {
      return `${what}${path} is ${dtype}, which has no derivative. Close over it instead of passing it, or cast it to a floating dtype.`;
    });
  });
}

/**
 * The leaves of `given`, which must match `like` in number, shapes and dtypes.
 *
 * @param what names the given tree in the message, `of` what it belongs to.
 */
export function matchingLeaves(
  op: string,
  what: string,
  given: unknown,
  like: FlatTensors,
): readonly Tensor[] {
  const { leaves } = flattenTensors(op, what, given);
  if (leaves.length !== like.leaves.length) {
    throw new GradientError(op, { found: leaves.length, expected: like.leaves.length }, (d) => {
      return `${what} has ${d.found} tensors where ${d.expected} are needed. Give it the nesting of what it belongs to.`;
    });
  }
  leaves.forEach((leaf, i) => {
    const expected = like.leaves[i].aval;
    if (sameAval(leaf.aval, expected)) return;
    throw new GradientError(op, { found: leaf.aval, expected, path: like.paths[i] }, (d) => {
      return `${what}${d.path} is ${formatAval(d.found)} but must be ${formatAval(d.expected)}. Cast or reshape it.`;
    });
  });
  return leaves;
}
