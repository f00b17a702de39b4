/**
 * @file Which samples an epoch visits in which order, and how they are cut into batches.
 *
 * Both are pure functions: the order of the seed of the epoch, the cuts of the sizes alone. This module does
 * not know what samples are.
 */
import { permutation, randomKey } from "@tapegrad/autograd";
import { sampleSeed } from "./sample-seed.ts";

/** Shuffling of data that lie in shards, which are consecutive samples. */
export interface ShardShuffle {
  /** Samples per shard; the last shard may have fewer. */
  readonly shardSize: number;
  /** Whether the order of the shards is drawn in every epoch; true by default. */
  readonly order?: boolean;
  /** Whether the order within each shard is drawn in every epoch; true by default. */
  readonly within?: boolean;
}

/** All samples, or shards and what is in them; `false` keeps the order of the data. */
export type Shuffle = boolean | ShardShuffle;

/** What becomes of the samples that do not fill a batch. */
export type Remainder = "merge" | "drop" | "keep";

/** The indices of all samples in the order of one epoch. */
export function epochOrder(length: number, shuffle: Shuffle, seed: number): Int32Array {
  if (shuffle === false || length < 2) return Int32Array.from({ length }, (_, index) => index);
  if (shuffle === true) return permuted(length, seed);
  const { shardSize, order = true, within = true } = shuffle;
  const count = Math.ceil(length / shardSize);
  const shards = epochOrder(count, order, seed);
  const indices = new Int32Array(length);
  let filled = 0;
  for (const shard of shards) {
    const begin = shard * shardSize;
    const size = Math.min(shardSize, length - begin);
    const inside = epochOrder(size, within, sampleSeed([seed], shard, size));
    for (const index of inside) indices[filled++] = begin + index;
  }
  return indices;
}

const permuted = (length: number, seed: number): Int32Array =>
  Int32Array.from(permutation(randomKey(seed), length).toTypedArray());

/** How many batches an epoch has; `length` is at least 1. */
export function countBatches(length: number, batchSize: number, remainder: Remainder): number {
  const full = Math.floor(length / batchSize);
  if (remainder === "drop" || full * batchSize === length) return full;
  return remainder === "keep" ? full + 1 : Math.max(1, full);
}

/** The range of the order that is batch number `batch` of `count`. */
export function batchRange(
  batch: number,
  count: number,
  { length, batchSize, remainder }: { length: number; batchSize: number; remainder: Remainder },
): readonly [begin: number, end: number] {
  const begin = batch * batchSize;
  const takesRest = batch === count - 1 && remainder !== "drop";
  return [begin, takesRest ? length : begin + batchSize];
}
