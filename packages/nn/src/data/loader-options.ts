/**
 * @file The options of DataLoader, and their checks.
 */
import { DTypeError, type Tensor, ValueError } from "@tapegrad/autograd";
import { requireCount } from "../layers/layer-options.ts";
import type { Remainder, Shuffle } from "./order.ts";
import type { SampleContext } from "./source.ts";

export interface LoaderOptions<Raw, Sample, Batch> {
  readonly batchSize: number;
  /** `false`, the order of the data, by default. */
  readonly shuffle?: Shuffle;
  /** Random key of the order and of what samples draw; a fresh one, different in every run, by default. */
  readonly key?: Tensor;
  /**
   * What becomes of the samples that do not fill a batch: "merge" (the default) adds them to the last full
   * batch, "drop" leaves them out, "keep" makes a smaller batch of them, be it of one sample.
   */
  readonly remainder?: Remainder;
  /** Changes one sample, for example augments it. It must not write into the arrays it is given. */
  readonly transform?: (sample: Raw, context: SampleContext) => Sample;
  /** Makes a batch of samples; `stackSamples` by default. */
  readonly collate?: (samples: readonly Sample[]) => Batch;
  /** Batches that an asynchronous source is asked for ahead of the one in use; 2 by default. */
  readonly prefetch?: number;
}

const REMAINDERS: readonly Remainder[] = ["merge", "drop", "keep"];

/** The words of a random key, as plain data. */
export function keyWords(key: Tensor): readonly number[] {
  if (key.dtype === "int32" && key.rank === 1 && key.size === 2) return [...key.toTypedArray()];
  throw new DTypeError("DataLoader", { key: key.aval }, (d) => {
    return `the key is ${d.key.dtype}[${d.key.shape.join(",")}], but keys are int32[2]. Make one with \`randomKey(seed)\`.`;
  });
}

export function requireRemainder(remainder: Remainder): void {
  if (REMAINDERS.includes(remainder)) return;
  throw new ValueError("DataLoader", { remainder }, (d) => {
    return `remainder ${JSON.stringify(d.remainder)} is not known. Use one of ${REMAINDERS.join(", ")}.`;
  });
}

export function requireSamples(length: number): number {
  if (length !== 0) return requireCount("DataLoader", "the length of the source", length);
  throw new ValueError("DataLoader", { length }, () => {
    return "there are no samples. Pass data with at least one.";
  });
}

export function requirePrefetch(prefetch: number): number {
  if (Number.isInteger(prefetch) && prefetch >= 0) return prefetch;
  throw new ValueError("DataLoader", { prefetch }, (d) => {
    return `prefetch is ${d.prefetch}. Use an integer of 0 or more.`;
  });
}

/** The same text for the same order, whether defaults were left out or not. */
export function describeShuffle(shuffle: Shuffle): string {
  if (typeof shuffle === "boolean") return String(shuffle);
  const { shardSize, order = true, within = true } = shuffle;
  return `by shards of ${shardSize} (order ${order}, within ${within})`;
}
