/** @file Grid search, random search and successive halving over learning rate, batch size and momentum. */
import { randomKey, uniform } from "@tapegrad/autograd";

export type Choice = { readonly rate: number; readonly batch: number; readonly momentum: number };

/** A network trained on so many examples, and its accuracy on images it was not trained on. */
export type Trial = Choice & {
  readonly examples: number;
  /** By which trials are compared. */
  readonly validation: number;
  readonly test: number;
};

export interface Space {
  /** Ends of the range of rates, and how many of them a grid has. */
  readonly lowest: number;
  readonly highest: number;
  readonly rates: number;
  readonly batches: readonly number[];
  readonly momenta: readonly number[];
}

/** Halving keeps one trial of so many, and trains it so many times as long. */
const REDUCTION = 3;
/** Rates in equal ratios, in the middles of as many parts of the range. */
export function grid({ lowest, highest, rates, batches, momenta }: Space): readonly Choice[] {
  const ratio = highest / lowest;
  const steps = Array.from({ length: rates }, (_, i) => lowest * ratio ** ((i + 0.5) / rates));
  return steps.flatMap((rate) =>
    batches.flatMap((batch) => momenta.map((momentum) => ({ rate, batch, momentum }))),
  );
}

/** As many as the grid has, each rate another one. */
export function randomChoices(space: Space, seed: number): readonly Choice[] {
  const { lowest, highest, rates, batches, momenta } = space;
  const count = rates * batches.length * momenta.length;
  const numbers = uniform(randomKey(seed), [count, 3], { dtype: "float64" }).toTypedArray();
  return Array.from({ length: count }, (_, i) => {
    const [a, b, c] = numbers.subarray(3 * i, 3 * i + 3);
    return {
      rate: lowest * (highest / lowest) ** a,
      batch: batches[Math.floor(b * batches.length)],
      momentum: momenta[Math.floor(c * momenta.length)],
    };
  });
}

/** All for a fraction of the examples, then the better ones for more, until one round trains to the end. */
export async function halve(
  choices: readonly Choice[],
  examples: number,
  run: (choice: Choice, examples: number) => Promise<Trial>,
): Promise<readonly Trial[]> {
  const rounds = Math.max(1, Math.floor(Math.log(choices.length) / Math.log(REDUCTION)));
  const trials: Trial[] = [];
  let left = choices;
  for (let round = rounds - 1; round >= 0; round--) {
    const found: Trial[] = [];
    for (const choice of left) found.push(await run(choice, examples / REDUCTION ** round));
    trials.push(...found);
    const better = found.toSorted((a, b) => b.validation - a.validation);
    left = better.slice(0, Math.ceil(left.length / REDUCTION));
  }
  return trials;
}

/** Of the trials that were trained to the end. */
export function bestOf(trials: readonly Trial[]): Trial {
  const longest = Math.max(...trials.map(({ examples }) => examples));
  return trials
    .filter(({ examples }) => examples === longest)
    .reduce((a, b) => (b.validation > a.validation ? b : a));
}

export const costOf = (trials: readonly Trial[]): number =>
  trials.reduce((total, { examples }) => total + examples, 0);
