/**
 * @file scan: a loop with a known number of steps, as one node of the tape (scan-node.ts).
 */
import { formatShape, isLength } from "../array/shape.ts";
import { assertInvariant, ShapeError, ValueError } from "../errors.ts";
import { flattenTensors, type FlatTensors, kindOf, matchingLeaves, placeOf } from "./arguments.ts";
import { scanFlat, type Step } from "./scan-node.ts";

export interface LoopOptions {
  /** The number of steps: that of the elements of `xs` by default, and to be given where there are none. */
  readonly length?: number;
  /** Whether the elements are taken from the last to the first; false by default. */
  readonly reverse?: boolean;
}

/**
 * A loop over the elements of `xs` along their first axis: `step` makes of the carry and an element the next carry
 * and a result.
 *
 * - carry, elements and results are tensors in any nesting. The carry keeps its nesting, shapes and dtypes; `null`
 *   stands for no elements (then `length` is the number of steps) or no results
 * - gives the last carry, and the results of all steps stacked along a new first axis; under `reverse`, result i
 *   still belongs to element i
 * - `step` runs once, on values that are only shapes, and is repeated from its operations: an `if` on a number
 *   throws ValueError. It may read variables, and close over anything; it cannot assign variables
 * - derivative: of every order, in every mode. A tape has one node for the loop, whatever its length, and keeps the
 *   carry of every step; what a step computes inside is computed again in the backward walk
 *
 * @throws ShapeError if the elements differ in number; GradientError if the next carry is not like the carry;
 *   ValueError if `step` does not return a pair or assigns a variable, or the length is missing or another one.
 * @example
 * scan((total, x) => [total.add(x), total.mul(x)], tensor(0), tensor([1, 2, 3]));   // [6, [0, 2, 9]]
 */
export function scan<C, X, Y>(
  step: (carry: C, x: X) => readonly [carry: C, y: Y],
  initial: C,
  xs: X,
  options: LoopOptions = {},
): readonly [carry: C, ys: Y] {
  const carry = flattenTensors("scan", "the carry", initial);
  const elements = flattenTensors("scan", "xs", orNothing(xs));
  const length = lengthOf(elements, options.length);
  let ys: FlatTensors | null = null;
  const flatStep: Step = (carried, x) => {
    const element = (xs === null ? null : elements.rebuild(x)) as X;
    const [next, y] = requirePair(step(carry.rebuild(carried) as C, element));
    ys = flattenTensors("scan", "the result of a step", orNothing(y));
    if (y === null || y === undefined) ys = { ...ys, rebuild: () => null };
    const nextCarry = matchingLeaves("scan", "the next carry", next, carry);
    return { carry: nextCarry, sums: [], stacked: ys.leaves };
  };
  const { reverse = false } = options;
  const found = scanFlat(flatStep, carry.leaves, elements.leaves, { length, reverse });
  assertInvariant(ys !== null, "the step has run");
  const { rebuild } = ys as FlatTensors;
  return [carry.rebuild(found.carry) as C, rebuild(found.stacked) as Y];
}

/** null, or undefined as a function returns it, is an empty tree. */
function orNothing(tree: unknown): unknown {
  return tree === null || tree === undefined ? [] : tree;
}

function requirePair<C, Y>(returned: readonly [C, Y]): readonly [C, Y] {
  if (Array.isArray(returned) && returned.length === 2) return returned;
  const found = Array.isArray(returned) ? `a list of ${returned.length}` : kindOf(returned);
  throw new ValueError("scan", { found }, () => {
    return `the step returned ${found}. Return a pair, [carry, y], with null for y where there is no result.`;
  });
}

/** The number of steps. @throws ShapeError or ValueError if the elements do not say, or differ. */
function lengthOf({ leaves, paths }: FlatTensors, given: number | undefined): number {
  leaves.forEach(({ shape }, i) => {
    const expected = given ?? leaves[0].shape[0];
    if (shape.length > 0 && shape[0] === expected) return;
    throw new ShapeError("scan", { path: paths[i], shape, expected }, (d) => {
      const fact = `${placeOf("xs", d.path)} has shape ${formatShape(d.shape)}`;
      const wanted = d.expected === undefined ? "" : ` of length ${d.expected}`;
      return `${fact}, but a first axis${wanted} is needed, with an element for each step. Stack the elements along the first axis of every tensor.`;
    });
  });
  const length = given ?? leaves[0]?.shape[0];
  if (length !== undefined && isLength(length)) return length;
  throw new ValueError("scan", { length }, () => {
    return length === undefined
      ? "there are no elements that say how many steps there are. Give the option `length`."
      : `${length} is no number of steps. Use an integer of 0 or more.`;
  });
}
