/**
 * @file workerSource: samples that another thread computes, of a module that is named by its address.
 *
 * The worker runs `get` and nothing else. Order, seeds, transforms and batches are the loader's, on the main
 * thread, so where there are no workers the same module gives the same batches, only not ahead of time.
 */
import { ValueError } from "@tapegrad/autograd";
import type { AsyncSource, SampleContext, SampleSource } from "./source.ts";
import { openWorker, type WorkerChannel } from "./worker-channel.ts";

export interface WorkerSourceOptions {
  /** Handed to `createSource`, as a copy: plain data, arrays, typed arrays. */
  readonly options?: unknown;
  /** false: the main thread computes the samples, as it does where there are no workers. */
  readonly worker?: boolean;
}

/** A URL, or its text. */
export type Address = string | { readonly href: string };

/** What a module for workerSource exports. */
export interface SourceModule<Sample = unknown> {
  /** Called once in every worker, with the `options` of `workerSource`. */
  createSource(options: unknown): SampleSource<Sample> | Promise<SampleSource<Sample>>;
}

/**
 * In the worker. What stands in a sample is copied on its way, and a view is copied with all the memory behind it:
 * so it is cut out first. An object of a class would arrive without its class.
 */
const SCRIPT = `
const own = (value) => {
  if (typeof value !== "object" || value === null) return value;
  if (ArrayBuffer.isView(value)) return value.byteLength < value.buffer.byteLength ? value.slice() : value;
  if (Array.isArray(value)) return value.map(own);
  const prototype = Object.getPrototypeOf(value);
  if (prototype !== null && Object.getPrototypeOf(prototype) !== null) {
    throw new TypeError("a sample holds a " + value.constructor.name + ", which cannot leave a worker. Give numbers, typed arrays or { data, shape }.");
  }
  return Object.fromEntries(Object.entries(value).map(([name, item]) => [name, own(item)]));
};
let source;
const answer = async ({ address, options, contexts }) => {
  if (address !== undefined) {
    source = await (await import(address)).createSource(options);
    return source.length;
  }
  const samples = [];
  for (const context of contexts) samples.push(own(await source.get(context.index, context)));
  return samples;
};
`;

/**
 * A source for DataLoader whose samples a worker computes while the caller trains, `prefetch` batches ahead.
 *
 * - the module at `url` exports `createSource(options)`, which gives `{ length, get(index, context) }`; its samples
 *   are numbers, typed arrays and `{ data, shape }` in any nesting, and depend on nothing but index and context
 * - where workers are missing or forbidden, the main thread does the same: same order, same bits
 * - a program that is done ends although the worker is there; `close` ends the worker before
 *
 * @throws ValueError if `url` is no absolute address; what the module throws, with its message and trace.
 * @example
 * type Sample = { readonly image: Float32Array; readonly label: number };
 * const source = await workerSource<Sample>(new URL("./augmented.js", import.meta.url));
 * for await (const { image, label } of new DataLoader(source, { batchSize: 64 })) step(image, label);
 */
export async function workerSource<Sample>(
  url: Address,
  { options, worker = true }: WorkerSourceOptions = {},
): Promise<WorkerSource<Sample>> {
  const address = requireAddress(url);
  const channel = worker ? openWorker(SCRIPT, endedError(address)) : null;
  if (channel !== null) {
    try {
      return new WorkerSource(Number(await channel.request({ address, options })), channel);
    } catch (error) {
      channel.close();
      throw error;
    }
  }
  const module = (await import(/* @vite-ignore */ address)) as SourceModule<Sample>;
  return new WorkerSource(await module.createSource(options));
}

/** Samples that a worker computes. Made by `workerSource`. */
export class WorkerSource<Sample> implements AsyncSource<Sample> {
  readonly length: number;
  /** Whether there is a worker; without one the main thread computes. */
  readonly inWorker: boolean;
  readonly #fetch: (contexts: readonly SampleContext[]) => Promise<readonly Sample[]>;
  readonly #channel: WorkerChannel | null;

  /** @internal */
  constructor(source: SampleSource<Sample>);
  /** @internal */
  constructor(length: number, channel: WorkerChannel);
  constructor(source: SampleSource<Sample> | number, channel: WorkerChannel | null = null) {
    this.inWorker = channel !== null;
    this.#channel = channel;
    if (typeof source === "number") {
      this.length = source;
      this.#fetch = (contexts) => channel?.request({ contexts }) as Promise<readonly Sample[]>;
    } else {
      this.length = source.length;
      this.#fetch = (contexts) => inTurn(source, contexts);
    }
  }

  /** The samples of one batch. @throws ValueError if the worker has ended; what `get` throws. */
  fetch(contexts: readonly SampleContext[]): Promise<readonly Sample[]> {
    return this.#fetch(contexts);
  }

  /** Ends the worker. What is still awaited, or asked for later, is a ValueError. */
  close(): void {
    this.#channel?.close();
  }
}

async function inTurn<Sample>(
  source: SampleSource<Sample>,
  contexts: readonly SampleContext[],
): Promise<readonly Sample[]> {
  const samples: Sample[] = [];
  for (const context of contexts) samples.push(await source.get(context.index, context));
  return samples;
}

function requireAddress(url: Address): string {
  const address = typeof url === "string" ? url : url.href;
  if (/^[a-z]+:/i.test(address)) return address;
  throw new ValueError("workerSource", { url: address }, (d) => {
    return `${JSON.stringify(d.url)} is no absolute address. Pass \`new URL(…, import.meta.url)\`.`;
  });
}

const endedError =
  (address: string) =>
  (cause: unknown): Error =>
    new ValueError("workerSource", { address, cause }, (d) => {
      const reason = d.cause instanceof Error ? d.cause.message : JSON.stringify(d.cause);
      const why = reason === undefined ? "" : ` (${reason})`;
      return `the worker of ${d.address} has ended${why}. Make another source, and close it after its last batch.`;
    });
