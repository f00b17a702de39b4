/**
 * @file What every layer keeps, as laws of cases: a law throws where a case breaks it.
 *
 * Derivatives are compared with differences, in float64, under random cotangents, and forward mode with reverse mode:
 * along one random direction over all inputs and parameters, which sees every entry and costs the same for any size.
 */
import { compile, randomKey, type Tensor } from "@tapegrad/autograd";
import { assertGradcheck, tolerances } from "@tapegrad/autograd/testing";
import { type Module, RandomState } from "@tapegrad/nn";
import { expect } from "vitest";
import { expectCloseToArray, largestOf } from "../../oracles/close-to-array.ts";
import { refusalOf } from "../../oracles/refusal.ts";
import { runsFactor } from "../../policy.ts";
import type { LayerCase } from "./layer-case.ts";
import { isFloating, leavesOf } from "./leaves.ts";
import { stepOf } from "./step.ts";
import { Subject } from "./subject.ts";

const { agreement } = tolerances.float64;

export interface LayerLaw {
  readonly name: string;
  /** Whether many seeds find more than one does. */
  readonly isProperty?: boolean;
  /** Whether the law says anything about a case; of every case by default. */
  applies?(of: LayerCase): boolean;
  check(of: LayerCase, seed: number): void;
}

export const layerLaws: readonly LayerLaw[] = [
  {
    name: "has the derivatives that differences say, in both modes",
    isProperty: true,
    check(of, seed) {
      const subject = new Subject(of, seed);
      const f = (vector: Tensor): readonly Tensor[] => leavesOf(subject.along(vector));
      // where every new tape is a new program, one walk costs what all of them cost elsewhere
      const depth = runsFactor < 1 ? ({ order: 1, mode: "reverse" } as const) : { order: of.order };
      assertGradcheck(f, [subject.vector], { ...depth, seed, method: "directional" });
    },
  },
  {
    name: "gives a gradient to every input and parameter but those declared to get none",
    check(of, seed) {
      const subject = new Subject(of, seed);
      const sizes = stepOf(subject, subject.inputs).gradients.map(largestOf);
      const least = agreement * Math.max(1, ...sizes);
      const none = subject.differentiable.filter((_, i) => sizes[i] < least);
      expect(none).toEqual(of.zeroGradient ?? []);
    },
  },
  {
    name: "computes the same when compiled: results, gradients and state",
    check(of, seed) {
      const [eager, inProgram] = [new Subject(of, seed), new Subject(of, seed)];
      const program = compile((...xs: readonly Tensor[]) => stepOf(inProgram, xs));
      // the second call starts from the state that the first one left
      for (const call of ["first call", "second call"]) {
        const [found, expected] = [program(...inProgram.inputs), stepOf(eager, eager.inputs)];
        expectSame(found.results, expected.results, `results, ${call}`);
        expectSame(found.gradients, expected.gradients, `gradients, ${call}`);
      }
      expectSame(stateOf(inProgram), stateOf(eager), "state");
    },
  },
  {
    name: "is restored by its state dict",
    check(of, seed) {
      const [first, second] = [new Subject(of, seed), new Subject(of, seed + 1)];
      // both have run before: what a layer keeps outside of its state shows
      first.forward();
      second.forward();
      second.module.loadStateDict(first.module.stateDict());
      copyRandomStates(first.module, second.module);
      const [expected, found] = [first.forward(), second.forward(first.inputs)].map(leavesOf);
      expect(found.map(numbersOf)).toEqual(expected.map(numbersOf));
    },
  },
  {
    name: "gives float32 for float32, and has no state in float64",
    check(of, seed) {
      const subject = new Subject(of, seed, "float32");
      const { results, gradients } = stepOf(subject, subject.inputs);
      const all = [...results, ...gradients, ...stateOf(subject)].filter(isFloating);
      expect(all.map(({ dtype }) => dtype)).toEqual(all.map(() => "float32"));
    },
  },
  {
    name: "refuses bad input, with a fact and a remedy, and keeps its state",
    applies: ({ bad }) => bad !== null,
    check(of, seed) {
      const subject = new Subject(of, seed);
      const before = stateOf(subject).map(numbersOf);
      const bad = of.bad?.({ key: randomKey(seed), dtype: "float64" }) ?? [];
      expect(refusalOf(() => subject.forward(bad)).message).toMatch(/^[\w.]+: .+\. .+\.$/s);
      expect(stateOf(subject).map(numbersOf)).toEqual(before);
    },
  },
];

function stateOf({ module }: Subject): readonly Tensor[] {
  return [...module.variables().values()].map(({ value }) => value);
}

function numbersOf(x: Tensor): readonly number[] {
  return Array.from(x.toTypedArray());
}

/** Sums are taken in another order, by the bounds of docs/compile.md: what is left of chains of them. */
function expectSame(found: readonly Tensor[], expected: readonly Tensor[], what: string): void {
  expect(found.map(({ aval }) => aval)).toEqual(expected.map(({ aval }) => aval));
  // a gradient that is zero but for rounding is compared with the largest of all
  const absolute = agreement * Math.max(1, ...expected.filter(isFloating).map(largestOf));
  for (const [i, x] of found.entries()) expectCloseToArray(x, expected[i], { absolute, what });
}

/** They are no part of a state dict. */
function copyRandomStates(from: Module, to: Module): void {
  const given = from.variables();
  for (const [path, variable] of to.variables()) {
    const source = given.get(path);
    if (variable instanceof RandomState && source !== undefined) variable.assign(source.value);
  }
}
