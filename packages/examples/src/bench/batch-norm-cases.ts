/**
 * @file Batch normalisation, forward and backward, on one shape: written out of mean, sub, square, sqrt, div
 * and mul ("eager", "compiled" and so on), and as `@tapegrad/nn` writes it. Shared by W3 and W4.
 */
import {
  mean,
  normal,
  randomKey,
  type Shape,
  splitKey,
  sqrt,
  square,
  type Tensor,
  uniform,
  Variable,
  vjp,
} from "@tapegrad/autograd";
import { batchNormTrain } from "@tapegrad/nn";
import {
  type BatchNormResults,
  batchNormLoops,
  type Channels,
  requireClose,
  TOLERANCE,
} from "./check.ts";
import { compileWith, numbers, numbersOf, resultLike } from "./compiled.ts";
import type { Case, Prepared, Problem, Settings } from "./workload.ts";

type Transform = (x: Tensor, gamma: Tensor, beta: Tensor) => Tensor;

/** Where batch norm is taken, with one γ and one β for each index of `channelAxis`. */
export interface BatchNormProblem {
  readonly name: string;
  readonly shape: Shape;
  readonly channelAxis: number;
}

const EPSILON = 1e-5;

export function batchNormCases(of: BatchNormProblem, settings: Settings): readonly Case[] {
  const [written, library] = [composite(of), ofLibrary(of)];
  const problem = of.name;
  const compiled = true;
  return [
    { problem, variant: "eager", prepare: () => copied(of, (...all) => both(written, ...all)) },
    {
      problem,
      variant: "eager batchNormTrain",
      prepare: () => copied(of, (...all) => both(library, ...all)),
    },
    { problem, variant: "compiled", compiled, prepare: () => resident(of, written, settings) },
    {
      problem,
      variant: "compiled batchNormTrain",
      compiled,
      prepare: () => resident(of, library, settings),
    },
    {
      problem,
      variant: "compiled, copied",
      compiled,
      prepare: () =>
        copied(
          of,
          compileWith((...all: All) => both(written, ...all), settings),
        ),
    },
    {
      problem,
      variant: "compiled, two programs",
      compiled,
      prepare: () => twoPrograms(of, written, settings),
    },
  ];
}

/** x, γ, β and the cotangent of the output. */
type All = [Tensor, Tensor, Tensor, Tensor];

/** The output, and the gradients of x, γ and β. */
function both(f: Transform, ...[x, gamma, beta, cotangent]: All): readonly Tensor[] {
  const { output, pullback } = vjp(f, x, gamma, beta);
  return [output, ...pullback(cotangent)];
}

function axesOf({ shape, channelAxis }: BatchNormProblem): number[] {
  return shape.map((_, axis) => axis).filter((axis) => axis !== channelAxis);
}

function composite(of: BatchNormProblem): Transform {
  const axes = axesOf(of);
  const perChannel = of.shape.map((length, axis) => (axis === of.channelAxis ? length : 1));
  return (x, gamma, beta) => {
    const centered = x.sub(mean(x, { axes, keepDims: true }));
    const variance = mean(square(centered), { axes, keepDims: true });
    const xHat = centered.div(sqrt(variance.add(EPSILON)));
    return xHat.mul(gamma.reshape(perChannel)).add(beta.reshape(perChannel));
  };
}

function ofLibrary(of: BatchNormProblem): Transform {
  const options = { axes: axesOf(of), epsilon: EPSILON };
  return (x, gamma, beta) => batchNormTrain(x, gamma, beta, options).output;
}

function dataOf({ shape, channelAxis }: BatchNormProblem): All {
  const [keyX, keyGamma, keyBeta, keyCotangent] = splitKey(randomKey(3), 4);
  const channels = shape[channelAxis];
  return [
    normal(keyX, shape, { mean: 1, standardDeviation: 2 }),
    uniform(keyGamma, [channels], { min: 0.5, max: 1.5 }),
    uniform(keyBeta, [channels], { min: -1, max: 1 }),
    uniform(keyCotangent, shape, { min: -1, max: 1 }),
  ];
}

/** Ordinary tensors in and out; a compiled function copies them. */
function copied(of: BatchNormProblem, call: (...all: All) => readonly Tensor[]): Prepared {
  const all = dataOf(of);
  return {
    run: () => call(...all),
    check: () => {
      requireResults(of, all, call(...all));
    },
  };
}

/** Operands and results as variables, which live in the program's memory. */
interface Resident {
  read(): All;
  readonly results: readonly Variable[];
}

function residentOf(all: All): Resident {
  const [x, gamma, beta, cotangent] = all.map((value) => new Variable(value));
  const results = [all[0], ...all.slice(0, 3)].map(resultLike);
  return { read: () => [x.value, gamma.value, beta.value, cotangent.value], results };
}

function resident(of: BatchNormProblem, f: Transform, settings: Settings): Prepared {
  const all = dataOf(of);
  const { read, results } = residentOf(all);
  const run = compileWith(() => {
    both(f, ...read()).forEach((value, i) => {
      results[i].assign(value);
    });
  }, settings);
  return { run, check: () => requireAfter(run, of, all, results) };
}

/** Forward, and a backward program that computes again what it needs of it. */
function twoPrograms(of: BatchNormProblem, f: Transform, settings: Settings): Prepared {
  const all = dataOf(of);
  const { read, results } = residentOf(all);
  const [output, ...gradients] = results;
  const forward = compileWith(() => {
    const [x, gamma, beta] = read();
    output.assign(f(x, gamma, beta));
  }, settings);
  const backward = compileWith(() => {
    const [, ...found] = both(f, ...read());
    found.forEach((value, i) => {
      gradients[i].assign(value);
    });
  }, settings);
  const run = (): void => {
    forward();
    backward();
  };
  return { run, check: () => requireAfter(run, of, all, results) };
}

function requireAfter(
  run: () => void,
  of: BatchNormProblem,
  all: All,
  results: readonly Variable[],
): void {
  run();
  requireResults(
    of,
    all,
    results.map(({ value }) => value),
  );
}

function requireResults(of: BatchNormProblem, all: All, results: readonly Tensor[]): void {
  const found = results.map((t) => t.toTypedArray());
  const expected = expectedOf(of, all);
  requireClose(`${of.name}: output`, found[0], expected.output, TOLERANCE);
  requireClose(`${of.name}: gradient of x`, found[1], expected.xBar, TOLERANCE);
  requireClose(`${of.name}: gradient of gamma`, found[2], expected.gammaBar, TOLERANCE);
  requireClose(`${of.name}: gradient of beta`, found[3], expected.betaBar, TOLERANCE);
}

function expectedOf({ shape, channelAxis }: BatchNormProblem, all: All): BatchNormResults {
  const [x, gamma, beta, cotangent] = all.map((t) => t.toTypedArray());
  return batchNormLoops({ x, gamma, beta, cotangent }, channelsOf(shape, channelAxis), EPSILON);
}

function channelsOf(shape: Shape, channelAxis: number): Channels {
  const count = shape[channelAxis];
  const inner = shape.slice(channelAxis + 1).reduce((product, length) => product * length, 1);
  return { count, of: (index) => Math.floor(index / inner) % count };
}

export function batchNormProblem(of: BatchNormProblem): Problem {
  const all = dataOf(of);
  const [x, gamma, beta, cotangent] = all.map(numbersOf);
  const { output, xBar, gammaBar, betaBar } = expectedOf(of, all);
  return {
    name: of.name,
    parameters: { channelAxis: of.channelAxis },
    inputs: { x, gamma, beta, cotangent },
    expected: {
      output: numbers(output, of.shape),
      xBar: numbers(xBar, of.shape),
      gammaBar: numbers(gammaBar),
      betaBar: numbers(betaBar),
    },
  };
}
