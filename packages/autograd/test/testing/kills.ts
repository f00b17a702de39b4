/**
 * @file What finds a mutant out: a law, or the tables of values and second derivatives at special points, which
 * special-values.test.ts holds.
 */
import type { Primitive } from "@tapegrad/autograd";
import { type PrimitiveProblem, primitiveLaws, sampleProblem } from "@tapegrad/autograd/testing";
import { secondDerivativesOf, specialValuesOf } from "../special-values.ts";
import { named } from "./planting.ts";

/** So many problems, or more for a primitive with many cases. */
const PROBLEMS = 16;
const PROBLEMS_OF_A_CASE = 6;

const isAgainstDifferences = (name: string): boolean => /agree with|second/.test(name);

/**
 * Laws that look at derivatives, those that object most often first: mutants compute the right values. What is
 * wrong at the third order alone would be a mistake in the rule of another primitive.
 */
const LAWS = primitiveLaws
  .filter(({ name }) => /derivative|cotangent|residual|linear|slopes/.test(name))
  .filter(({ name }) => !name.includes("third"))
  .toSorted((a, b) => Number(isAgainstDifferences(b.name)) - Number(isAgainstDifferences(a.name)));

/** The name of a law that `mutant` breaks for one of its problems, at most `count`, or null if it survives. */
export function killedBy(mutant: Primitive, count = Number.POSITIVE_INFINITY): string | null {
  for (const [i, problem] of problemsOf(mutant).slice(0, count).entries()) {
    for (const law of LAWS) {
      try {
        law.check(mutant, problem);
      } catch {
        return law.name;
      }
    }
    if (i === 0 && hasOtherSpecialValues(mutant)) return "special values";
  }
  return null;
}

const problems = new Map<string, readonly PrimitiveProblem[]>();

/**
 * The same problems for all mutants of one primitive. First one of every case, then another one; of a case first
 * those with a handful of elements, which show most mistakes.
 */
function problemsOf(mutant: Primitive): readonly PrimitiveProblem[] {
  const known = problems.get(mutant.name);
  if (known !== undefined) return known;
  const count = Math.max(PROBLEMS, PROBLEMS_OF_A_CASE * mutant.cases.length);
  const drawn = Array.from({ length: count }, (_, seed) => sampleProblem(mutant, seed));
  const rounds = new Map<string, number>();
  const ranked = drawn
    .toSorted((a, b) => fit(a) - fit(b))
    .map((problem) => {
      const key = caseOf(mutant, problem);
      const round = rounds.get(key) ?? 0;
      rounds.set(key, round + 1);
      return { problem, round };
    });
  const ordered = ranked.toSorted((a, b) => a.round - b.round).map(({ problem }) => problem);
  problems.set(mutant.name, ordered);
  return ordered;
}

function caseOf({ cases }: Primitive, { inputs, params }: PrimitiveProblem): string {
  const hasShapes = cases.some(({ shapes }) => shapes !== undefined);
  return JSON.stringify([params, hasShapes ? inputs.map((x) => x.shape) : null]);
}

const HANDY = 4;

/** How far the mean size of the inputs is from a handful. */
function fit({ inputs }: PrimitiveProblem): number {
  const total = inputs.reduce((sum, x) => sum + x.size, 0);
  return Math.abs(total / inputs.length - HANDY);
}

const specialValues = new Map<string, string>();

function hasOtherSpecialValues(mutant: Primitive): boolean {
  const { name } = mutant;
  const right = specialValues.get(name) ?? tablesOf(named(name));
  specialValues.set(name, right);
  try {
    return tablesOf(mutant) !== right;
  } catch {
    return true;
  }
}

function tablesOf(primitive: Primitive): string {
  return [specialValuesOf(primitive), ...secondDerivativesOf(primitive)].join("\n");
}
