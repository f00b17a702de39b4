/**
 * @file The law of vmap: what a primitive computes for many members at once is what it computes for each.
 */
import { isFloating } from "../../array/dtype.ts";
import type { Primitive } from "../../core/primitive.ts";
import { splat, type Tensor } from "../../core/tensor.ts";
import { stack } from "../../ops/shapes.ts";
import { add } from "../../primitives/add.ts";
import { part } from "../../transforms/members.ts";
import { vjp } from "../../transforms/vjp.ts";
import { vmap } from "../../transforms/vmap.ts";
import { signedDraws } from "../draws.ts";
import { float64 } from "../functionals.ts";
import { otherInputs, type PrimitiveProblem } from "../problems.ts";
import { tolerances } from "../tolerances.ts";
import {
  apply,
  demand,
  differsFrom,
  floatingInputs,
  inDType,
  type PrimitiveLaw,
  withFloating,
} from "./law.ts";

/** Subsets are taken of so many inputs; those that follow are shared by all members. */
const SUBSETS_OF = 3;

/** The values and cotangents that all members have together. */
interface Together {
  readonly values: readonly Tensor[];
  /** By floating input. */
  readonly cotangents: readonly Tensor[];
}

const mapsLikeALoop: PrimitiveLaw = {
  name: "maps over a leading axis as a loop would",
  check(primitive, given) {
    const problem = inDType(given, "float64");
    const others = otherInputs(primitive, problem);
    const count = Math.min(problem.inputs.length, SUBSETS_OF);
    for (let subset = 1; subset < 2 ** count; subset++) {
      const isMapped = problem.inputs.map((_, i) => i < count && ((subset >> i) & 1) === 1);
      const members = [problem.inputs, others].map((own) => {
        return own.map((x, i) => (isMapped[i] ? x : problem.inputs[i]));
      });
      const found = atOnce(primitive, problem, members, isMapped);
      const expected = inTurn(primitive, problem, members, isMapped);
      requireSame(primitive, "value", isMapped, found.values, expected.values);
      requireSame(primitive, "cotangent", isMapped, found.cotangents, expected.cotangents);
    }
  },
};

type Members = readonly (readonly Tensor[])[];

function atOnce(
  primitive: Primitive,
  problem: PrimitiveProblem,
  members: Members,
  isMapped: readonly boolean[],
): Together {
  const inputs = problem.inputs.map((x, i) => {
    return isMapped[i] ? stack(members.map((own) => own[i])) : x;
  });
  const all = vmap((...xs: readonly Tensor[]) => apply(primitive, xs, problem.params), {
    inAxes: isMapped.map((mapped) => (mapped ? 0 : null)),
  });
  const f = (...values: readonly Tensor[]): readonly Tensor[] =>
    all(...withFloating({ ...problem, inputs }, values));
  const { output, pullback } = vjp(f, ...floatingInputs(problem).map((i) => inputs[i]));
  const seeds = output.map((y, k) => {
    if (!isFloating(y.dtype)) return splat(y.aval, 0);
    return stack(members.map((_, b) => cotangentOf(problem, part(y, b), b, k)));
  });
  return { values: output, cotangents: pullback(seeds) };
}

function inTurn(
  primitive: Primitive,
  problem: PrimitiveProblem,
  members: Members,
  isMapped: readonly boolean[],
): Together {
  const floating = floatingInputs(problem);
  const runs = members.map((inputs, b) => {
    const f = (...values: readonly Tensor[]): readonly Tensor[] =>
      apply(primitive, withFloating({ ...problem, inputs }, values), problem.params);
    const { output, pullback } = vjp(f, ...floating.map((i) => inputs[i]));
    return {
      values: output,
      cotangents: pullback(output.map((y, k) => cotangentOf(problem, y, b, k))),
    };
  });
  const [first] = runs;
  return {
    values: first.values.map((_, k) => stack(runs.map(({ values }) => values[k]))),
    cotangents: floating.map((input, j) => {
      const own = runs.map(({ cotangents }) => cotangents[j]);
      return isMapped[input] ? stack(own) : own.reduce(add);
    }),
  };
}

/** A random cotangent for result `k` of member `b`; zeros where a result carries none. */
function cotangentOf({ seed }: PrimitiveProblem, y: Tensor, b: number, k: number): Tensor {
  if (!isFloating(y.dtype)) return splat(y.aval, 0);
  return inDType(
    {
      inputs: [float64(signedDraws(seed, "cotangent", 64 * b + k, y.size), y)],
      params: null,
      seed,
    },
    y.dtype as "float32",
  ).inputs[0];
}

function requireSame(
  primitive: Primitive,
  what: string,
  isMapped: readonly boolean[],
  found: readonly Tensor[],
  expected: readonly Tensor[],
): void {
  found.forEach((x, k) => {
    // a sum may be taken in another order
    const difference = differsFrom(x, expected[k], 16 * tolerances[x.dtype].value);
    demand(primitive, difference === null, { isMapped }, () => {
      const mapped = isMapped.flatMap((is, i) => (is ? [i] : [])).join(", ");
      return `mapped over input ${mapped}, a ${what} is ${difference}. Make it compute members along a leading axis by themselves, or declare another kind of kernel.`;
    });
  });
}

/** The laws about vmap. */
export const mapLaws: readonly PrimitiveLaw[] = [mapsLikeALoop];
