/**
 * @file Arguments and results in any nesting: what counts as a leaf, and the checks that all transforms share.
 */
import { formatAval, sameAval } from "../array/aval.ts";
import { isFloating } from "../array/dtype.ts";
import { type FlatTree, flattenTree } from "../array/trees.ts";
import { settle, Tensor } from "../core/tensor.ts";
import { requireSynchronous } from "../core/variable.ts";
import { DTypeError, GradientError, ValueError } from "../errors.ts";

/** A tensor, or tensors in any nesting of arrays and plain objects. */
export type TensorTree = Tensor | readonly TensorTree[] | { readonly [key: string]: TensorTree };

export type FlatTensors = FlatTree<Tensor>;

const isTensor = (value: unknown): value is Tensor => value instanceof Tensor;

/** The tensors of `tree`. @throws GradientError naming the place of anything else. */
export function flattenTensors(
  op: string,
  what: string,
  tree: unknown,
  remedy = "Use tensors, in arrays and plain objects if several, and close over everything else.",
): FlatTensors {
  return flattenTree(tree, isTensor, (value, path) => {
    const found = kindOf(value);
    return new GradientError(op, { path, found }, () => {
      return `${placeOf(what, path)} is ${found}, not a tensor. ${remedy}`;
    });
  });
}

/** `a function`, `an object of class Map`, `null` */
export function kindOf(value: unknown): string {
  if (value === null || value === undefined) return String(value);
  if (typeof value !== "object") return `a ${typeof value}`;
  return `an object of class ${value.constructor?.name ?? "null"}`;
}

/** `the cotangent at .y`; where `what` ends in a space it names a list, as in `argument 1 at .w`. */
export function placeOf(what: string, path: string): string {
  const entry = what.endsWith(" ") ? /^\[(\d+)\](.*)$/s.exec(path) : null;
  const [name, rest] = entry === null ? [what, path] : [what + entry[1], entry[2]];
  return rest === "" ? name : `${name} at ${rest}`;
}

/**
 * The tensors of what a traced function returned, each as its value while the tape is still open: a value of
 * an inner transform that has ended is one of this tape by now.
 *
 * @throws GradientError where it is a Promise, or anything else is no tensor.
 */
export function flattenResult(op: string, result: unknown): FlatTensors {
  requireSynchronous(op, result);
  const remedy = "Return tensors, in arrays and plain objects if several.";
  const flat = flattenTensors(op, "the result", result, remedy);
  return { ...flat, leaves: flat.leaves.map(settle) };
}

/** @throws DTypeError if a leaf is int32 or bool: those have no derivative. */
export function requireDifferentiable(
  op: string,
  what: string,
  tensors: FlatTensors,
  remedy = "Close over it instead of passing it, or cast it to a floating dtype.",
): void {
  tensors.leaves.forEach((leaf, i) => {
    if (isFloating(leaf.dtype)) return;
    throw new DTypeError(op, { path: tensors.paths[i], dtype: leaf.dtype }, ({ path, dtype }) => {
      return `${placeOf(what, path)} is ${dtype}, which has no derivative. ${remedy}`;
    });
  });
}

/** A function of one of its arguments, the others being constants. */
export interface ByArgument<R> {
  /** The leaves of that argument; what it rebuilds is the list with that argument alone. */
  readonly flat: FlatTensors;
  /** The leaves of that argument, in its own nesting. */
  readonly own: FlatTensors;
  along(x: unknown): R;
}

/**
 * `f` as a function of its argument at `position`.
 *
 * @throws ValueError if there is no such argument; DTypeError if it is int32 or bool.
 */
export function byArgument<A extends readonly unknown[], R>(
  op: string,
  f: (...args: A) => R,
  args: A,
  position: number,
): ByArgument<R> {
  if (!Number.isInteger(position) || position < 0 || position >= args.length) {
    throw new ValueError(op, { argument: position, count: args.length }, (d) => {
      return `there is no argument ${d.argument} among the ${d.count} given, counted from 0. Choose one that is passed.`;
    });
  }
  const own = flattenTensors(op, `argument ${position}`, args[position]);
  requireDifferentiable(op, `argument ${position}`, own);
  return {
    own,
    flat: { ...own, rebuild: (leaves) => [own.rebuild(leaves)] },
    along: (x) => f(...(args.with(position, x) as unknown as A)),
  };
}

/** For `requireDifferentiable`, about what a function returns. */
export const LEAVE_OUT = "Leave it out, or compute it in a floating dtype.";

const NESTING = "Use the nesting of the values they belong to.";

/**
 * The leaves of `given`, which must match `like` in nesting, shapes and dtypes, in the order of `like`:
 * an object may list its keys in another one.
 *
 * @param what names the given tree in the message.
 */
export function matchingLeaves(
  op: string,
  what: string,
  given: unknown,
  like: FlatTensors,
): readonly Tensor[] {
  const remedy = "Use tensors, in arrays and plain objects if several.";
  const { leaves, paths } = flattenTensors(op, what, given, remedy);
  const byPath = new Map(paths.map((path, i) => [path, leaves[i]]));
  if (leaves.length !== like.leaves.length) {
    throw new GradientError(op, { found: leaves.length, expected: like.leaves.length }, (d) => {
      const count = `${d.found} ${d.found === 1 ? "tensor" : "tensors"}`;
      const whole = what.endsWith(" ") ? `the ${what.trimEnd()}s` : what;
      return `got ${count} for ${whole} instead of ${d.expected}. ${NESTING}`;
    });
  }
  return like.leaves.map(({ aval: expected }, i) => {
    const path = like.paths[i];
    const leaf = byPath.get(path);
    if (leaf === undefined) {
      throw new GradientError(op, { path, expected }, () => {
        return `${placeOf(what, path)} is missing. ${NESTING}`;
      });
    }
    if (sameAval(leaf.aval, expected)) return leaf;
    throw new GradientError(op, { found: leaf.aval, expected, path }, (d) => {
      return `${placeOf(what, path)} is ${formatAval(d.found)} but must be ${formatAval(d.expected)}. Cast or reshape it.`;
    });
  });
}
