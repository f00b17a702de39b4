/**
 * @file The checker checked: mistakes planted in derivatives, every one of which the laws must find.
 *
 * A mutant is a record of a primitive whose derivative is wrong and whose kernel is right. The control is
 * the same derivative in other words, to which no law may object. `npm test` plants a sample, which another
 * seed changes; the nightly run plants all.
 */
import { allPrimitives, bind, type Primitive, tensor } from "@tapegrad/autograd";
import { gradcheck } from "@tapegrad/autograd/testing";
import { describe, expect, it, type TestContext } from "vitest";
import { runsFactor, seed } from "./policy.ts";
import { equivalence } from "./testing/equivalents.ts";
import { killedBy } from "./testing/kills.ts";
import { type Mutation, mutations, rewording } from "./testing/mutations.ts";
import { planted, powWithoutSlopeAtZero } from "./testing/planted.ts";
import { ruleMutants } from "./testing/rule-mutants.ts";
import { tally } from "./testing/tally.ts";
import { writtenRules } from "./testing/written-rules.ts";

const isNightly = runsFactor >= 100;
/** For all mutants of one kind, or of one primitive. */
const TIMEOUT = 60_000 * Math.max(1, runsFactor);

/** One in `share` of `list`, or all in the nightly run; of a compiled run one in ten of these. */
function sampled<T>(list: readonly T[], share: number): readonly T[] {
  const step = isNightly ? 1 : runsFactor < 1 ? 10 * share : share;
  const offset = Math.abs(seed) % step;
  return list.filter((_, i) => i % step === offset);
}

interface Mutant {
  /** What is wrong, and with what. */
  readonly text: string;
  readonly mutant: Primitive;
}

function mutantsOf(mutation: Mutation): readonly Mutant[] {
  return allPrimitives.flatMap((primitive) => {
    const mutant = mutation.of(primitive);
    return mutant === null ? [] : [{ text: `${primitive.name}, ${mutation.name}`, mutant }];
  });
}

/** The mutants that no law finds, though they are wrong. Those that are right are tried in the nightly run alone. */
function survivorsOf(mutants: readonly Mutant[], { task }: Pick<TestContext, "task">): string[] {
  return mutants.flatMap(({ text, mutant }) => {
    const isRight = equivalence(text) !== null;
    const isKilled = (isNightly || !isRight) && killedBy(mutant) !== null;
    tally(task, "mutants", isKilled ? "killed" : isRight ? "equivalent" : "survived");
    return isKilled || isRight ? [] : [text];
  });
}

describe("the laws of primitives", { timeout: TIMEOUT }, () => {
  const reworded = mutantsOf(rewording);

  it.each(sampled(reworded, 4))("let $text pass", ({ mutant }) => {
    expect(killedBy(mutant, 2)).toBeNull();
  });

  it.for(mutations)("kill every mutant of the mutation: $name", (mutation, context) => {
    const mutants = mutantsOf(mutation);

    expect(mutants.length).toBeGreaterThan(0);
    expect(survivorsOf(sampled(mutants, 8), context)).toEqual([]);
  });

  const ruled = allPrimitives.filter((primitive) => writtenRules(primitive).length > 0);

  it.for(ruled)("find a mistake in any operation of a rule of $name", (primitive, context) => {
    expect(survivorsOf(sampled(ruleMutants(primitive), 60), context)).toEqual([]);
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
