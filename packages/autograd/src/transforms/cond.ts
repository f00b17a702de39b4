/**
 * @file cond: one of two functions, chosen by a number, as one node. Only the chosen one runs, forward and backward.
 */
import { type Aval, formatAval } from "../array/aval.ts";
import { isFloating } from "../array/dtype.ts";
import { formatShape } from "../array/shape.ts";
import { bindAll, requireTensor } from "../core/bind.ts";
import type { AnyRule, Primitive } from "../core/primitive.ts";
import { fromArray, settle, type Tensor } from "../core/tensor.ts";
import { DTypeError, ShapeError } from "../errors.ts";
import { reshape } from "../primitives/reshape.ts";
import { where } from "../primitives/where.ts";
import { flattenTensors, type FlatTensors, flattenResult, matchingLeaves } from "./arguments.ts";
import { mapOperations } from "./map-operations.ts";
import { spreadOver } from "./members.ts";
import { type Body, bodyOf, cut, writeAll } from "./body.ts";
import type { Operations } from "./enclose.ts";
import {
  filled,
  floatingOf,
  type Parts,
  present,
  pulledThrough,
  pushedThrough,
} from "./walk-operations.ts";
import { zeros } from "./walks.ts";

/**
 * `ifTrue(...operands)` where `predicate` is true, else `ifFalse(...operands)`.
 *
 * - predicate: one bool; operands and results: tensors in any nesting, the results of both functions alike in
 *   nesting, shapes and dtypes
 * - a predicate that no tape records simply chooses the function to call. On a tape the whole is one node, so that
 *   a replay chooses anew; both functions then run once on values that are only shapes, and the chosen one is
 *   repeated from its operations. They may close over anything, and cannot assign variables
 * - derivative: that of the function chosen, of every order; the predicate has none. A backward walk runs the
 *   function again, and keeps only its operands
 * - under `vmap` with a predicate for each member both functions run, and `where` chooses for each: keep the one
 *   that is not chosen finite, as for `where`
 *
 * @throws DTypeError or ShapeError if the predicate is not one bool; GradientError if the two results are unlike;
 *   ValueError if a function assigns a variable.
 * @example
 * cond(greater(x, 0), (x) => log(x), (x) => neg(x), x);   // log(x) where x is positive, without a NaN elsewhere
 */
export function cond<A extends readonly unknown[], R>(
  predicate: Tensor,
  ifTrue: (...operands: A) => R,
  ifFalse: (...operands: A) => R,
  ...operands: A
): R {
  requireOneBool("cond", "the predicate", requireTensor("cond", predicate).aval);
  const flat = flattenTensors("cond", "operand ", operands);
  const functions = [ifTrue, ifFalse];
  const known = choiceOf(predicate);
  if (known !== null) return functions[known](...operands);
  let results: FlatTensors | null = null;
  const [first, second] = functions.map((f) => (leaves: readonly Tensor[]): readonly Tensor[] => {
    const result = f(...(flat.rebuild(leaves) as unknown as A));
    results ??= flattenResult("cond", result);
    return matchingLeaves("cond", "the result of the second function", result, results);
  });
  const chosen = chooseFlat(predicate, first, second, flat.leaves);
  return (results as unknown as FlatTensors).rebuild(chosen) as R;
}

/** @throws DTypeError or ShapeError. @param what names it. */
export function requireOneBool(op: string, what: string, aval: Aval): void {
  if (aval.dtype !== "bool") {
    throw new DTypeError(op, { aval }, () => {
      return `${what} is ${formatAval(aval)}, not a bool. Compare, as in \`greater(x, 0)\`.`;
    });
  }
  if (aval.shape.length === 0) return;
  throw new ShapeError(op, { shape: aval.shape }, ({ shape }) => {
    return `${what} has shape ${formatShape(shape)}, but one truth value is needed. Reduce it with \`all\` or \`any\`, or choose element by element with \`where\`.`;
  });
}

/** Which function a predicate that is no value of a tape chooses: 0 for true; null where only a tape knows. */
function choiceOf(predicate: Tensor): 0 | 1 | null {
  const { tape, array } = settle(predicate);
  if (tape !== null || array === null) return null;
  return array.data[array.offset] === 0 ? 1 : 0;
}

type Branch = (inputs: readonly Tensor[]) => readonly Tensor[];

/** cond, of flat lists. */
function chooseFlat(
  predicate: Tensor,
  ifTrue: Branch,
  ifFalse: Branch,
  operands: readonly Tensor[],
): readonly Tensor[] {
  const known = choiceOf(predicate);
  if (known !== null) return [ifTrue, ifFalse][known](operands);
  const avals = operands.map(({ aval }) => aval);
  const branches = [
    bodyOf("cond", "the first function", ifTrue, avals),
    bodyOf("cond", "the second function", ifFalse, avals),
  ];
  const closures = branches.map(({ closure }) => closure);
  const choice = { operands: operands.length, branches };
  const inputs = [predicate, ...operands, ...closures.flat()];
  return bindAll(primitiveOf(choice, inputs.length), inputs, null);
}

/** A choice as it is bound. Its inputs are the predicate, the operands, and what each function closes over. */
interface Choice {
  readonly operands: number;
  readonly branches: readonly Body[];
}

/** For each branch its operations, and the places of their inputs among those of the node. */
function placesOf({ operands, branches }: Choice): readonly {
  readonly operations: Operations;
  readonly places: readonly number[];
}[] {
  let next = 1 + operands;
  const shared = Array.from({ length: operands }, (_, i) => 1 + i);
  return branches.map(({ operations, closure }) => {
    const own = closure.map(() => next++);
    return { operations, places: [...shared, ...own] };
  });
}

function primitiveOf(choice: Choice, arity: number): Primitive<null> {
  const results = choice.branches[0].operations.resultAvals;
  const branches = placesOf(choice);
  return Object.freeze({
    name: "cond",
    arity,
    domain: [],
    cases: [],
    residuals: [...Array(arity).keys()],
    derivative: {
      kind: "custom",
      vjp: (cotangents, rule, wanted) => pullBack(branches, cotangents, rule, wanted),
      jvp: (tangents, rule) => pushForward(branches, tangents, rule),
    },
    abstractEval: () => results,
    kernel: (_, avals) => ({
      kind: "opaque",
      run: (arrays, outputs) => {
        const [{ data, offset }] = arrays;
        const { operations, places } = branches[data[offset] === 0 ? 1 : 0];
        const given = places.map((i) => fromArray(arrays[i], avals[i].dtype));
        const found = operations.repeat(given).results;
        writeAll(outputs, found);
      },
    }),
    mapped: (inputs, isMapped, size) => mapChoice(branches, inputs, isMapped, size),
  } satisfies Primitive);
}

type Branches = ReturnType<typeof placesOf>;

/** The function chosen, backward: the other one is not walked. */
function pullBack(
  branches: Branches,
  cotangents: Parts,
  { primals, avals }: AnyRule,
  wanted: readonly boolean[] = primals.map(() => true),
): Parts {
  const [predicate, ...inputs] = primals as readonly Tensor[];
  const isPulled = avals.map(({ dtype }, i) => isFloating(dtype) && wanted[i]);
  const given = present(cotangents);
  const [first, second] = branches.map(
    ({ operations, places }): Branch =>
      (all) => {
        const [own, bars] = cut(all, inputs.length);
        const found = pulledThrough(
          operations,
          places.map((i) => own[i - 1]),
          given.at(bars),
          places.map((i) => isPulled[i]),
        );
        return avals.flatMap((aval, i) => {
          return isPulled[i] ? [found[places.indexOf(i)] ?? zeros(aval)] : [];
        });
      },
  );
  const found = chooseFlat(predicate, first, second, [...inputs, ...given.values]);
  return present((primals as readonly Tensor[]).map((x, i) => (isPulled[i] ? x : null))).at(found);
}

/** The function chosen, forward. */
function pushForward(branches: Branches, tangents: Parts, { primals }: AnyRule): Parts {
  const [predicate, ...inputs] = primals as readonly Tensor[];
  const given = present(tangents);
  const avals = branches[0].operations.resultAvals;
  const results = present(floatingOf(avals));
  const [first, second] = branches.map(
    ({ operations, places }): Branch =>
      (all) => {
        const [own, dots] = cut(all, inputs.length);
        const along = given.at(dots);
        const found = pushedThrough(
          operations,
          places.map((i) => own[i - 1]),
          places.map((i) => along[i]),
        );
        return filled(found.tangents, avals);
      },
  );
  return results.at(chooseFlat(predicate, first, second, [...inputs, ...given.values]));
}

/** One choice for all members; where each has its own, both functions and a choice by `where`. */
function mapChoice(
  branches: Branches,
  inputs: readonly Tensor[],
  isMapped: readonly boolean[],
  size: number,
): readonly Tensor[] {
  const [predicate, ...rest] = inputs;
  const [first, second] = branches.map(
    ({ operations, places }): Branch =>
      (own) => {
        const given = places.map((i) => ({ value: own[i - 1], isMapped: isMapped[i] }));
        return mapOperations(operations, given, size).map((y) => spreadOver(y, size));
      },
  );
  if (!isMapped[0]) return chooseFlat(predicate, first, second, rest);
  const others = second(rest);
  return first(rest).map((y, k) => {
    const choice = reshape(predicate, [size, ...y.shape.slice(1).map(() => 1)]);
    return where(choice, y, others[k]);
  });
}
