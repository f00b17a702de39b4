/**
 * @file What the training steps of W5 and W6 share: the cases eager and compiled, their check, and the
 * same steps in float64 for other systems.
 */
import { cast, randomKey, record, type Tensor, uniform } from "@tapegrad/autograd";
import { type Parameter, SGD } from "@tapegrad/nn";
import { CheckError, requireClose, TOLERANCE } from "./check.ts";
import { compileWith, numbers, numbersOf } from "./compiled.ts";
import type { Case, Numbers, Prepared, Problem, Settings } from "./workload.ts";

export const LEARNING_RATE = 0.1;

/** A network, the loss of one batch, and both again in naive loops. */
export interface Training {
  readonly parameters: readonly Parameter[];
  /** Images and labels: arguments of a step, which a compiled one copies in. */
  readonly batch: readonly [Tensor, Tensor];
  loss(x: Tensor, labels: Tensor): Tensor;
  /** The same loss in float64, of the parameters in their order. */
  naiveLoss(state: readonly Float64Array[]): number;
}

/** What is trained, made anew for every case; dtype of everything but the labels. */
export interface TrainingProblem {
  readonly name: string;
  readonly flops: number;
  make(dtype: "float32" | "float64"): Training;
}

export function trainingCases(of: TrainingProblem, settings: Settings): readonly Case[] {
  const { name: problem, flops } = of;
  return [
    { problem, variant: "eager", flops, prepare: () => prepare(of, (update) => update) },
    {
      problem,
      variant: "compiled",
      compiled: true,
      flops,
      prepare: () => prepare(of, (update) => compileWith(update, settings)),
    },
  ];
}

export type Update = (x: Tensor, labels: Tensor) => Tensor;

/** One step of SGD, which returns the loss before it. */
export function updateOf({ parameters, loss }: Training): Update {
  const optimizer = new SGD(parameters, { learningRate: LEARNING_RATE });
  return (x, labels) => {
    const tape = record(() => loss(x, labels));
    optimizer.step(tape.gradient(parameters));
    return tape.output;
  };
}

function prepare(of: TrainingProblem, wrap: (update: Update) => Update): Prepared {
  const training = of.make("float32");
  const update = wrap(updateOf(training));
  const step = (): number => update(...training.batch).item();
  const snapshot = (): Float64Array[] =>
    training.parameters.map(({ value }) => Float64Array.from(value.toTypedArray()));
  return {
    run: step,
    check: () => {
      const before = snapshot();
      const found = step();
      requireClose(`${of.name}: loss`, [found], [training.naiveLoss(before)], TOLERANCE);
      requireDescent(of.name, before, snapshot(), (state) => training.naiveLoss(state));
    },
  };
}

/**
 * The step went against the gradient: g = (before - after) / rate, and along a random direction r the
 * loss changes by <g, r>, by central differences of the naive loops.
 */
function requireDescent(
  name: string,
  before: readonly Float64Array[],
  after: readonly Float64Array[],
  loss: (state: readonly Float64Array[]) => number,
): void {
  const size = before.reduce((total, { length }) => total + length, 0);
  const draws = uniform(randomKey(6), [size], { min: -1, max: 1, dtype: "float64" }).toTypedArray();
  let [taken, products, norm] = [0, 0, 0];
  const directions = before.map((values, k) =>
    values.map((value, i) => {
      const r = draws[taken++];
      const g = (value - after[k][i]) / LEARNING_RATE;
      products += g * r;
      norm += g * g;
      return r;
    }),
  );
  const moved = (h: number): number =>
    loss(before.map((values, k) => values.map((value, i) => value + h * directions[k][i])));
  const h = 1e-5;
  const expected = (moved(h) - moved(-h)) / (2 * h);
  // relative to the norm of the gradient: <g, r> itself may be small by chance
  const scale = Math.sqrt(norm);
  requireClose(`${name}: gradient`, [products / scale + 1], [expected / scale + 1], TOLERANCE);
}

const STEPS = 3;

/**
 * The problem for other systems: the parameters as they start, the losses of a few steps in float64, and a
 * parameter after them. `asStored` brings them into the layout the other systems have.
 */
export function trainingProblem(
  of: TrainingProblem,
  inputs: Readonly<Record<string, Numbers>>,
  names: readonly string[],
  asStored: (value: Tensor) => Tensor = (value) => value,
): Problem {
  const start = of.make("float32").parameters;
  const training = of.make("float64");
  start.forEach(({ value }, i) => {
    training.parameters[i].assign(cast(value, "float64"));
  });
  const update = updateOf(training);
  const losses = Array.from({ length: STEPS }, () => update(...training.batch).item());
  if (losses.some((loss) => !Number.isFinite(loss))) throw new CheckError(`${of.name}: diverged.`);
  const stored = (parameter: Parameter): Numbers => numbersOf(asStored(parameter.value));
  const first = Object.fromEntries(names.map((name, i) => [name, stored(start[i])]));
  const last = Object.fromEntries(names.map((name, i) => [name, stored(training.parameters[i])]));
  return {
    name: of.name,
    inputs: { ...inputs, ...first },
    expected: { losses: numbers(losses), ...last },
  };
}
