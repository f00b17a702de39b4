/**
 * @file customGradient: a function whose derivative is stated instead of found.
 */
import { formatAval } from "../array/aval.ts";
import type { AnyRule } from "../core/primitive.ts";
import { Tensor } from "../core/tensor.ts";
import { openTape } from "../core/variable.ts";
import { GradientError, ValueError } from "../errors.ts";
import {
  flattenResult,
  flattenTensors,
  type FlatTensors,
  kindOf,
  matchingLeaves,
} from "./arguments.ts";
import { bindEnclosed, enclose, type NodeRules, type Operations } from "./enclose.ts";
import { withMembers } from "./member-rules.ts";
import type { Parts } from "./walk-operations.ts";
import { zeros } from "./walks.ts";

const OP = "customGradient";

/** What a tape keeps for a rule: arguments by position, and the output. */
export type CustomResidual = number | "output";

/** What a rule may read; undefined where it is not kept. */
export interface CustomRule<A extends readonly unknown[], R, K extends CustomResidual> {
  readonly primals: {
    readonly [I in keyof A]: I extends `${Extract<K, number>}` ? A[I] : undefined;
  };
  readonly output: "output" extends K ? R : undefined;
}

/** How a function is differentiated. A rule that is left out is one that no walk may need. */
export interface CustomGradient<A extends readonly unknown[], R, K extends CustomResidual> {
  /** What the tape keeps, `[0, "output"]`; all arguments and the output by default. */
  readonly residuals?: readonly K[];
  /** Cotangents of the arguments, in a list, each in the nesting of its argument; null for zero. */
  vjp?(
    cotangent: R,
    rule: CustomRule<A, R, K>,
  ): readonly [...{ readonly [I in keyof A]: A[I] | null }];
  /** The tangent of the output. */
  jvp?(tangents: A, rule: CustomRule<A, R, K>): R;
}

/**
 * `f`, whose derivative is what `rules` say: because it is cheaper, keeps its digits, or is no derivative at all.
 *
 * - arguments and results are tensors in any nesting; cotangents and tangents have their shapes and dtypes, and are
 *   zeros where nothing depends on them
 * - the rules are made of tensor operations, so they are differentiated for higher orders. Their primals and output
 *   are traced values: the output is differentiated by the rules again
 * - `vjp` serves backward walks, `jvp` forward ones; nobody checks here that they agree (`gradcheck` does)
 * - under `vmap` it is one such function of all members, with the rules of each
 * - `f` may close over constants. What it closes over and is differentiated by must be an argument, or pass through
 *   `stopGradient`. What it assigns to variables is a constant to derivatives
 *
 * @throws GradientError where a walk needs a rule that is missing, or a derivative by what `f` closes over; where a
 * rule returns what does not fit.
 * @example
 * const log1pExp = customGradient((x: Tensor) => log(add(exp(x), 1)), {
 *   residuals: [0],
 *   vjp: (cotangent, { primals: [x] }) => [mul(cotangent, sigmoid(x))],
 * });
 */
export function customGradient<
  A extends readonly unknown[],
  R,
  const K extends CustomResidual = CustomResidual,
>(f: (...args: A) => R, rules: CustomGradient<A, R, K>): (...args: A) => R {
  return (...args) => {
    const flat = flattenTensors(OP, "argument ", args);
    const run = (leaves: readonly Tensor[]): R => f(...(flat.rebuild(leaves) as A));
    if (openTape() === null) {
      const result = flattenResult(OP, run(flat.leaves));
      return result.rebuild(result.leaves) as R;
    }
    const enclosed = enclose(OP, run, flat.leaves);
    const { operations, result } = enclosed;
    const own = args.map((x, i) => likeOf(flattenTensors(OP, `argument ${i}`, x)));
    const call = { own, flat: likeOf(flat), result: likeOf(result), operations };
    return bindEnclosed(enclosed, nodeRules(call, rules as AnyRules)) as R;
  };
}

type AnyRules = CustomGradient<readonly unknown[], unknown, CustomResidual>;

/** What one call was like; its tensors have no numbers, which are for the tape to keep. */
interface Call {
  /** Each argument by itself. */
  readonly own: readonly FlatTensors[];
  /** All of them, as a list. */
  readonly flat: FlatTensors;
  readonly result: FlatTensors;
  readonly operations: Operations;
}

function likeOf(flat: FlatTensors): FlatTensors {
  return { ...flat, leaves: flat.leaves.map(({ aval }) => new Tensor(aval, null)) };
}

/** The rules between leaves, as the walks have them, and nestings. */
function nodeRules(call: Call, rules: AnyRules): NodeRules {
  const { own, flat, result } = call;
  const kept = rules.residuals ?? [...own.keys(), "output"];
  for (const residual of kept) requireKnown(residual, own.length);
  const positions = own.flatMap(({ leaves }, i) => leaves.map(() => i));
  const inputs = positions.flatMap((position, i) => (kept.includes(position) ? [i] : []));
  const ruleOf = ({
    primals,
    outputs,
  }: AnyRule): CustomRule<readonly unknown[], unknown, never> => {
    const args = flat.rebuild(primals) as readonly unknown[];
    const there = args.map((x, i) => (kept.includes(i) ? x : undefined));
    return { primals: there as never[], output: outputs && (result.rebuild(outputs) as undefined) };
  };
  return withMembers(call.operations, {
    op: OP,
    residuals: kept.includes("output") ? [...inputs, "outputs"] : inputs,
    derivative: {
      kind: "custom",
      vjp: (cotangents, rule, wanted) => {
        requireArguments(call, (i) => wanted?.[i] === true);
        if (rules.vjp === undefined) throw missing("vjp", "backward");
        const cotangent = result.rebuild(filled(result, cotangents));
        const found: unknown = rules.vjp(cotangent, ruleOf(rule));
        return cotangentsOf(call, requireList(found, own.length));
      },
      jvp: (tangents, rule) => {
        requireArguments(call, (i) => tangents[i] !== null);
        if (rules.jvp === undefined) throw missing("jvp", "forward");
        const given = flat.rebuild(filled(flat, tangents)) as readonly unknown[];
        const tangent = rules.jvp(given, ruleOf(rule));
        return matchingLeaves(OP, "the tangent of the output", tangent, result);
      },
    },
  });
}

/** One part for each leaf, zeros where there is none. */
function filled({ leaves }: FlatTensors, parts: Parts): readonly Tensor[] {
  return leaves.map(({ aval }, i) => parts[i] ?? zeros(aval));
}

/** Of the leaves of all arguments; null for what the function closes over. */
function cotangentsOf({ own, operations }: Call, found: readonly unknown[]): Parts {
  const leaves = own.flatMap((like, i): Parts => {
    if (found[i] === null) return like.leaves.map(() => null);
    return matchingLeaves(OP, `the cotangent of argument ${i}`, found[i], like);
  });
  return operations.inputAvals.map((_, i) => leaves[i] ?? null);
}

function requireList(found: unknown, count: number): readonly unknown[] {
  if (Array.isArray(found) && found.length === count) return found;
  const what = Array.isArray(found) ? `a list of ${found.length}` : kindOf(found);
  throw new GradientError(OP, { found: what, count }, (d) => {
    return `the rule \`vjp\` returned ${d.found}, but there ${argumentCount(d.count)}. Return a list of their cotangents, null for those that are zero.`;
  });
}

function requireKnown(residual: CustomResidual, count: number): void {
  if (residual === "output" || (Number.isInteger(residual) && residual >= 0 && residual < count))
    return;
  throw new ValueError(OP, { residual, count }, (d) => {
    return `residuals lists ${JSON.stringify(d.residual)}, but there ${argumentCount(d.count)}. Use their positions, counted from 0, and "output".`;
  });
}

function argumentCount(count: number): string {
  return count === 1 ? "is 1 argument" : `are ${count} arguments`;
}

function missing(rule: "vjp" | "jvp", walk: string): GradientError {
  return new GradientError(OP, { rule }, () => {
    return `the function has no rule \`${rule}\`, which a ${walk} walk needs. State it, or differentiate in the other mode.`;
  });
}

/** @throws GradientError if a derivative is asked for by a value that the function closes over. */
function requireArguments(
  { flat, result, operations }: Call,
  isAsked: (input: number) => boolean,
): void {
  const { inputAvals } = operations;
  const met = inputAvals.findIndex((_, i) => {
    return i >= flat.leaves.length && isAsked(i) && operations.dependsOn(i, result.leaves.length);
  });
  if (met < 0) return;
  throw new GradientError(OP, { aval: inputAvals[met] }, ({ aval }) => {
    return `the function closes over a ${formatAval(aval)} by which it is differentiated, and no rule says how. Make it an argument, or pass it through \`stopGradient\` inside of the function.`;
  });
}
