/**
 * @file The checker checked: mistakes planted in derivatives, every one of which the laws must find.
 *
 * A mutant is a record of a primitive whose derivative is wrong and whose kernel is right. The control is
 * the same derivative in other words, to which no law may object.
 */
import { allPrimitives, bind, type Primitive, tensor } from "@tapegrad/autograd";
import { gradcheck } from "@tapegrad/autograd/testing";
import { describe, expect, it } from "vitest";
import { killedBy } from "./testing/kills.ts";
import { type Mutation, mutations, rewording } from "./testing/mutations.ts";
import { planted, powWithoutSlopeAtZero } from "./testing/planted.ts";

/** Mutants that are right: mutation, then primitive, then why. */
const EQUIVALENT: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  "cotangents swapped": { add: "both operands receive the same cotangent" },
  "input 1 lost": { after: "it is there for when it is computed, not for its value" },
  "second tangent forgotten": { after: "the second tangent has no part in the result" },
  "tangents swapped": { add: "a sum does not care for the order of its terms" },
};

interface Mutant {
  readonly primitive: string;
  readonly mutant: Primitive;
}

function mutantsOf(mutation: Mutation): readonly Mutant[] {
  return allPrimitives.flatMap((primitive) => {
    const mutant = mutation.of(primitive);
    return mutant === null ? [] : [{ primitive: primitive.name, mutant }];
  });
}

describe("the laws of primitives", () => {
  it.each(mutantsOf(rewording))(
    "let the derivative of $primitive pass in other words",
    ({ mutant }) => {
      expect(killedBy(mutant, 2)).toBeNull();
    },
  );

  it.each(mutations)("kill every mutant of the mutation: $name", (mutation) => {
    const mutants = mutantsOf(mutation);

    const survivors = mutants.filter(({ mutant }) => killedBy(mutant) === null);

    const expected = Object.keys(EQUIVALENT[mutation.name] ?? {});
    expect(mutants.length).toBeGreaterThan(0);
    expect(survivors.map(({ primitive }) => primitive)).toEqual(expected);
  });

  it.each(planted)("find $mistake", ({ mutant }) => {
    expect(killedBy(mutant)).not.toBeNull();
  });
});

describe("gradcheck at order 2", () => {
  it("finds a rule whose own derivative is wrong at a single point, when it is asked there", () => {
    const x = tensor(2, { dtype: "float64" });
    const exponent = tensor(0, { dtype: "float64" });

    const report = gradcheck((a, p) => bind(powWithoutSlopeAtZero, [a, p], null), [x, exponent], {
      order: 2,
      seed: 1,
      zeroGradient: true,
    });

    const orders = report.failures.map((failure) => ("order" in failure ? failure.order : null));
    expect(new Set(orders)).toEqual(new Set([2]));
  });
});
