/**
 * @file Every law of primitives, for every primitive, as a property over the problems of its domain.
 *
 * A new primitive is tested the moment it is listed in `allPrimitives`. A gradient case is one generated
 * problem at which derivatives were compared with differences; it counts once, at its highest order.
 */
import { allPrimitives, type Primitive } from "@tapegrad/autograd";
import {
  type PrimitiveLaw,
  type PrimitiveProblem,
  primitiveLaws,
} from "@tapegrad/autograd/testing";
import { primitiveProblems } from "@tapegrad/autograd/testing/arbitraries";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { runsFactor } from "./policy.ts";
import { tally } from "./testing/tally.ts";

/** Gradient cases in `npm test`; the nightly run makes ten times as many or more. */
const LEAST_CASES = 3_000;
const LEAST_NIGHTLY_CASES = 30_000;

/**
 * By cost and by what a run adds: a third derivative takes fifteen milliseconds, a second one seven, a first
 * one two; other laws take a tenth, and some look at little more than the case, of which there are a handful.
 */
function runsOf(law: string): number {
  if (law.includes("third")) return 2;
  if (law.includes("second")) return 4;
  if (law.includes("agree with differences")) return 23;
  if (/alone|adds up/.test(law)) return 12;
  if (law.includes("maps")) return 3;
  return law.includes("any layout") ? 4 : 8;
}

/** Laws that need float64 convert; the others are to hold in float32 too. */
const problemsOf = (primitive: Primitive): fc.Arbitrary<PrimitiveProblem> =>
  fc
    .constantFrom("float64" as const, "float64" as const, "float32" as const)
    .chain((dtype) => primitiveProblems(primitive, { dtype }));

/** The highest order of the derivatives of `problem` that `law` compared with differences; 0 if it compared none. */
function orderChecked(law: PrimitiveLaw, primitive: Primitive, problem: PrimitiveProblem): number {
  let highest = 0;
  law.check(primitive, problem, ({ order, checked }) => {
    if (checked > 0) highest = Math.max(highest, order);
  });
  return highest;
}

/** Whole names: of a field, vitest prints the first letters. */
const named = primitiveLaws.map((law) => [law.name, law] as const);

let cases = 0;
let checked = 0;

describe.each(allPrimitives)("$name", (primitive) => {
  it.for(named)("%s", ([, law], { task }) => {
    fc.assert(
      fc.property(problemsOf(primitive), (problem) => {
        const order = orderChecked(law, primitive, problem);
        if (order === 0) return;
        cases += 1;
        tally(task, "gradient cases", `order ${order}`);
      }),
      { numRuns: runsOf(law.name) },
    );
    checked += 1;
  });
});

it("has compared the derivatives of thousands of problems with differences", ({ skip }) => {
  skip(runsFactor < 1, "fewer runs were asked for");
  skip(checked < allPrimitives.length * primitiveLaws.length, "only some laws were checked");

  expect(cases).toBeGreaterThanOrEqual(Math.min(LEAST_CASES * runsFactor, LEAST_NIGHTLY_CASES));
});
