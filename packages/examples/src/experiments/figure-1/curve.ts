/** @file Which networks of figure 1 are trained, and what is kept of each. */
import type { ExperimentData } from "../shared/image-data.ts";
import type { Curve } from "../shared/results.ts";
import { measureFinal } from "./evaluate.ts";
import type { Training } from "./train.ts";

export type NetworkOfRun = Pick<Curve, "batchNorm" | "seed">;

/** Both networks of each seed, seed by seed. */
export function networksOf(seeds: number): NetworkOfRun[] {
  return Array.from({ length: 2 * seeds }, (_, i) => ({
    batchNorm: i % 2 === 1,
    seed: Math.floor(i / 2) + 1,
  }));
}

export function networkLabel({ batchNorm, seed }: NetworkOfRun): string {
  return `${batchNorm ? "with" : "without"} batch normalization, seed ${seed}`;
}

const MAX_POPULATION_BATCHES = 1000;

/** How many training batches algorithm 2 averages over. */
export const populationBatchesOf = ({ train }: ExperimentData, batchSize: number): number =>
  Math.min(MAX_POPULATION_BATCHES, Math.floor(train.count / batchSize));

/** What was measured of a network whose training has ended. */
export function curveOf(
  training: Training,
  { batchNorm, seed }: NetworkOfRun,
  batchSize: number,
  data: ExperimentData,
): Curve {
  const { points, sigmoidInput } = training.state;
  const movingAverage = points.at(-1)?.testAccuracy ?? 0;
  const batches = populationBatchesOf(data, batchSize);
  const finalAccuracy = measureFinal(training.network, data, { batchSize, batches, movingAverage });
  return { batchNorm, seed, points, sigmoidInput, finalAccuracy };
}
