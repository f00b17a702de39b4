/**
 * @file DataLoader: batches of a data set, epoch after epoch, in an order that a key determines.
 *
 * Invariants
 * - what a batch holds is a function of data, options, key, epoch and number of the batch alone, so a loader
 *   that is restored goes on exactly where another one was;
 * - the place moves when a batch is handed over, however many were fetched ahead.
 *
 * What samples become is for collate.ts, their order for order.ts, workers for worker-source.ts.
 */
import { ValueError } from "@tapegrad/autograd";
import { freshKey } from "../init/fresh-key.ts";
import { requireCount } from "../layers/layer-options.ts";
import { type Batched, stackSamples } from "./collate.ts";
import {
  describeShuffle,
  keyWords,
  type LoaderOptions,
  requirePrefetch,
  requireRemainder,
  requireSamples,
} from "./loader-options.ts";
import { batchRange, countBatches, epochOrder, type Remainder, type Shuffle } from "./order.ts";
import { epochSeed, sampleSeed } from "./sample-seed.ts";
import {
  type AsyncSource,
  type Dataset,
  type SampleContext,
  type SampleOf,
  type SampleSource,
  sourceOf,
} from "./source.ts";

/** Where a loader is, as plain data. */
export interface LoaderState {
  readonly key: readonly number[];
  readonly epoch: number;
  /** Batches of the epoch that were handed over. */
  readonly batch: number;
  /** What the place depends on; the loader that is restored must agree. */
  readonly settings: Readonly<Record<"length" | "batchSize" | "remainder" | "shuffle", string>>;
}

/**
 * Batches of a data set. A loop over the loader is one epoch, or the rest of one: a loop that was left early is
 * continued by the next.
 *
 * - `data`: tensors or arrays in any nesting, whose first axis counts the samples; or samples to be computed,
 *   `{ length, get(index) }`; or a source that takes time, over which only `for await` loops
 * - a batch has the structure of a sample with a tensor at every leaf, whose first axis counts the samples
 * - with the default remainder no batch has a single sample, which batch norm could not train on, unless
 *   `batchSize` or the data set is 1
 *
 * @throws ValueError if a size is not an integer above 0, or no batch would be left; ShapeError if arrays differ
 *   in their number of samples; DTypeError if data are no arrays, or the key is none.
 * @example
 * const loader = new DataLoader({ images, labels }, { batchSize: 60, shuffle: true, key: randomKey(1) });
 * for (const { images, labels } of loader) step(images, labels);
 */
export class DataLoader<Data extends Dataset, Sample = SampleOf<Data>, Batch = Batched<Sample>> {
  readonly batchSize: number;
  readonly sampleCount: number;
  /** Batches of one epoch. */
  readonly batchCount: number;
  readonly #source: SampleSource<unknown> | AsyncSource<unknown>;
  readonly #options: LoaderOptions<SampleOf<Data>, Sample, Batch>;
  readonly #shuffle: Shuffle;
  readonly #remainder: Remainder;
  readonly #prefetch: number;
  #key: readonly number[];
  #epoch = 0;
  #batch = 0;
  /** Counts epochs and restorations: a loop belongs to the one it began in. */
  #run = 0;

  constructor(data: Data, options: LoaderOptions<SampleOf<Data>, Sample, Batch>) {
    const { shuffle = false, remainder = "merge", key = freshKey() } = options;
    this.#source = sourceOf(data);
    this.#options = options;
    this.#shuffle = shuffle;
    this.#remainder = remainder;
    this.#key = keyWords(key);
    this.#prefetch = requirePrefetch(options.prefetch ?? 2);
    this.batchSize = requireCount("DataLoader", "batchSize", options.batchSize);
    this.sampleCount = requireSamples(this.#source.length);
    if (typeof shuffle === "object") requireCount("DataLoader", "shardSize", shuffle.shardSize);
    requireRemainder(remainder);
    this.batchCount = countBatches(this.sampleCount, this.batchSize, remainder);
    if (this.batchCount === 0) {
      throw new ValueError(
        "DataLoader",
        { samples: this.sampleCount, batchSize: this.batchSize },
        (d) => {
          return `remainder "drop" leaves no batch of ${d.samples} samples and batchSize ${d.batchSize}. Use smaller batches, or "merge".`;
        },
      );
    }
  }

  /** The epoch that the last batch belongs to, or after it the next one; the first is 0. */
  get epoch(): number {
    return this.#epoch;
  }

  /** The rest of the epoch. @throws ValueError if the source takes time; errors of `get`, `transform` and `collate`. */
  *[Symbol.iterator](): Generator<Batch, void, undefined> {
    const source = this.#source;
    if (!("get" in source)) {
      throw new ValueError("DataLoader", {}, () => {
        return "the source takes time, so its batches cannot be had at once. Use `for await`.";
      });
    }
    const epoch = this.#begin();
    while (epoch.isOpen()) {
      const contexts = epoch.contexts(this.#batch);
      yield this.#handOver(
        contexts.map((c) => source.get(c.index, c)),
        contexts,
      );
    }
    epoch.close();
  }

  /** The rest of the epoch, `prefetch` batches ahead. @throws errors of the source, `transform` and `collate`. */
  async *[Symbol.asyncIterator](): AsyncGenerator<Batch, void, undefined> {
    const source = this.#source;
    if ("get" in source) {
      yield* this[Symbol.iterator]();
      return;
    }
    const epoch = this.#begin();
    const fetching: Fetched[] = [];
    let next = this.#batch;
    while (epoch.isOpen()) {
      for (; fetching.length <= this.#prefetch && next < this.batchCount; next++) {
        fetching.push(fetchBatch(source, next, epoch.contexts(next)));
      }
      const first = fetching.shift();
      const samples = await first?.samples;
      if (
        first === undefined ||
        samples === undefined ||
        first.batch !== this.#batch ||
        !epoch.isOpen()
      ) {
        throw new ValueError("DataLoader", {}, () => {
          return "the loader moved on while a loop over it awaited a batch. Run one loop at a time, and restore between loops.";
        });
      }
      yield this.#handOver(samples, first.contexts);
    }
    epoch.close();
  }

  /** Where the loader is: after the last batch that was handed over. Plain data, for a checkpoint. */
  stateDict(): LoaderState {
    const settings = this.#settings();
    return { key: this.#key, epoch: this.#epoch, batch: this.#batch, settings };
  }

  /**
   * Goes on where the loader of `state` was, with its key.
   *
   * @throws ValueError if that loader had other data or options, or the state is none.
   */
  restore(state: LoaderState): void {
    const settings = this.#settings();
    for (const [name, expected] of Object.entries(settings)) {
      const found = (state.settings as Partial<Record<string, string>> | undefined)?.[name];
      if (found === expected) continue;
      throw new ValueError("restore", { name, found, expected }, (d) => {
        return `the state is of a loader with ${d.name} ${d.found}, but this one has ${d.expected}. Make the loader with the same data and options.`;
      });
    }
    const { key, epoch, batch } = state;
    const counts = [epoch, batch].every((count) => Number.isSafeInteger(count) && count >= 0);
    if (!counts || batch > this.batchCount || !isKey(key)) {
      throw new ValueError("restore", { key, epoch, batch }, (d) => {
        return `epoch ${d.epoch}, batch ${d.batch} and key ${String(d.key)} are no place of this loader. Pass what \`stateDict\` gave.`;
      });
    }
    this.#key = [...key];
    [this.#epoch, this.#batch] = [epoch, batch];
    this.#run++;
  }

  #settings(): LoaderState["settings"] {
    return {
      length: String(this.sampleCount),
      batchSize: String(this.batchSize),
      remainder: this.#remainder,
      shuffle: describeShuffle(this.#shuffle),
    };
  }

  /** The epoch that the loader is in, which is the next one where the last batch was handed over. */
  #begin(): Epoch {
    if (this.#batch === this.batchCount) this.#finish();
    const [key, number, run] = [this.#key, this.#epoch, this.#run];
    const order = epochOrder(this.sampleCount, this.#shuffle, epochSeed(key, number));
    return {
      isOpen: () => this.#run === run && this.#batch < this.batchCount,
      contexts: (batch) => {
        const range = batchRange(batch, this.batchCount, {
          length: this.sampleCount,
          batchSize: this.batchSize,
          remainder: this.#remainder,
        });
        return Array.from(order.subarray(...range), (index) => {
          return { index, epoch: number, seed: sampleSeed(key, number, index) };
        });
      },
      close: () => {
        if (this.#run === run) this.#finish();
      },
    };
  }

  #finish(): void {
    this.#run++;
    this.#epoch++;
    this.#batch = 0;
  }

  #handOver(raw: readonly unknown[], contexts: readonly SampleContext[]): Batch {
    const { transform, collate = stackSamples as (samples: readonly Sample[]) => Batch } =
      this.#options;
    if (raw.length !== contexts.length) {
      throw new ValueError("DataLoader", { found: raw.length, asked: contexts.length }, (d) => {
        return `the source gave ${d.found} samples where ${d.asked} were asked for. Give one for each context, in order.`;
      });
    }
    const samples = raw.map((sample, i) => {
      return transform === undefined ? sample : transform(sample as SampleOf<Data>, contexts[i]);
    });
    const batch = collate(samples as readonly Sample[]);
    this.#batch++;
    return batch;
  }
}

interface Epoch {
  readonly isOpen: () => boolean;
  readonly contexts: (batch: number) => readonly SampleContext[];
  readonly close: () => void;
}

interface Fetched {
  readonly batch: number;
  readonly contexts: readonly SampleContext[];
  readonly samples: Promise<readonly unknown[]>;
}

function fetchBatch(
  source: AsyncSource<unknown>,
  batch: number,
  contexts: readonly SampleContext[],
): Fetched {
  const samples = source.fetch(contexts);
  // a loop that is left early awaits nothing any more; one that goes on meets the error where it awaits
  samples.catch(() => {});
  return { batch, contexts, samples };
}

const isKey = (key: unknown): boolean =>
  Array.isArray(key) && key.length === 2 && key.every((word) => Number.isSafeInteger(word));
