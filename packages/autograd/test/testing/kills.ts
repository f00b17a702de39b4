/**
 * @file Which law finds a mutant out.
 */
import type { Primitive } from "@tapegrad/autograd";
import { type PrimitiveProblem, primitiveLaws, sampleProblem } from "@tapegrad/autograd/testing";

const SEEDS = 16;

const isAgainstDifferences = (name: string): boolean => /agree|second/.test(name);

/** Laws that look at derivatives, those that object most often first: mutants compute the right values. */
const LAWS = primitiveLaws
  .filter(({ name }) => /derivative|cotangent|residual|linear/.test(name))
  .toSorted((a, b) => Number(isAgainstDifferences(b.name)) - Number(isAgainstDifferences(a.name)));

const problems = new Map<string, readonly PrimitiveProblem[]>();

const HANDY = 4;

/** The same problems for all mutants of one primitive, first those with a handful of elements: they show most mistakes. */
function problemsOf(mutant: Primitive): readonly PrimitiveProblem[] {
  let known = problems.get(mutant.name);
  if (known === undefined) {
    const seeds = Array.from({ length: SEEDS }, (_, seed) => seed);
    known = seeds.map((seed) => sampleProblem(mutant, seed)).toSorted((a, b) => fit(a) - fit(b));
    problems.set(mutant.name, known);
  }
  return known;
}

/** How far the mean size of the inputs is from a handful. */
function fit({ inputs }: PrimitiveProblem): number {
  const total = inputs.reduce((sum, x) => sum + x.size, 0);
  return Math.abs(total / inputs.length - HANDY);
}

/** The name of a law that `mutant` breaks for one of its first `count` problems, or null if it survives. */
export function killedBy(mutant: Primitive, count: number = SEEDS): string | null {
  for (const problem of problemsOf(mutant).slice(0, count)) {
    for (const law of LAWS) {
      try {
        law.check(mutant, problem);
      } catch {
        return law.name;
      }
    }
  }
  return null;
}
