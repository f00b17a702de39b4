/**
 * @file Every law of primitives, for every primitive, as a property over the problems of its domain.
 *
 * A new primitive is tested the moment it is listed in `allPrimitives`.
 */
import { allPrimitives, type Primitive } from "@tapegrad/autograd";
import { type PrimitiveProblem, primitiveLaws } from "@tapegrad/autograd/testing";
import { primitiveProblems } from "@tapegrad/autograd/testing/arbitraries";
import fc from "fast-check";
import { describe, it } from "vitest";

/** By cost: a second derivative takes ten milliseconds, a first one two, most other laws a tenth. */
function runsOf(law: string): number {
  if (law.includes("second")) return 6;
  if (law.includes("maps")) return 5;
  return /differences|add|alone|pulls back/.test(law) ? 12 : 25;
}

/** Laws that need float64 convert; the others are to hold in float32 too. */
const problemsOf = (primitive: Primitive): fc.Arbitrary<PrimitiveProblem> =>
  fc
    .constantFrom("float64" as const, "float64" as const, "float32" as const)
    .chain((dtype) => primitiveProblems(primitive, { dtype }));

describe.each(allPrimitives)("$name", (primitive) => {
  it.each(primitiveLaws)("$name", (law) => {
    fc.assert(
      fc.property(problemsOf(primitive), (problem) => {
        law.check(primitive, problem);
      }),
      { numRuns: runsOf(law.name) },
    );
  });
});
