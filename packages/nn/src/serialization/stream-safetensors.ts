/**
 * @file Reader of safetensors that arrive in chunks, one tensor after another.
 *
 * Invariant: beside the header, no more than one tensor is held; what is wrong is refused as by the reader of
 * whole files, as soon as it can be seen.
 */
import { ByteSource, type Chunks } from "./byte-source.ts";
import {
  decodeEntry,
  headerLength,
  inFileOrder,
  PREFIX,
  parseSafetensorsHeader,
  type Refuse,
  refusing,
  requireLength,
  requireWholeHeader,
  type SafetensorsEntry,
} from "./safetensors-header.ts";
import type { StoredTensor } from "./stored-types.ts";

/** What the header of a file says about one of its tensors. */
export interface TensorDescription {
  /** Its name in the file, such as "BF16". */
  readonly dtype: string;
  readonly shape: readonly number[];
}

export interface SafetensorsStream {
  readonly metadata: ReadonlyMap<string, string>;
  /** Of every tensor, in the order of the header. */
  readonly descriptions: ReadonlyMap<string, TensorDescription>;
  /** The tensors with their names, in the order in which they arrive. To be iterated once. */
  readonly tensors: AsyncIterable<readonly [string, StoredTensor]>;
}

/**
 * Reads a safetensors file while it arrives, such as the body of a response.
 *
 * - resolves once the header is there; `tensors` gives each tensor as soon as its last byte is, and holds none
 * - the stream is cancelled at the end, at an error, and where the loop over `tensors` is left
 * - that the file ends where it should is known only at its end: until then the tensors are those of a file that
 *   may turn out to be damaged
 *
 * @throws FormatError, at once or from `tensors`, if the bytes are not exactly one safetensors file of the dtypes
 *   that parseSafetensors reads; DTypeError if a chunk is no Uint8Array.
 * @example
 * const { body } = await fetch(url);
 * const { tensors } = await streamSafetensors(body ?? [], { name: url });
 * const state: Record<string, Tensor> = {};
 * for await (const [name, stored] of tensors) state[name] = toTensor(stored);
 */
export async function streamSafetensors(
  chunks: Chunks,
  { name }: { readonly name: string },
): Promise<SafetensorsStream> {
  const refuse = refusing("streamSafetensors", name);
  const source = new ByteSource(chunks);
  try {
    const length = headerLength(await source.take(PREFIX), refuse);
    const header = await source.take(length);
    requireWholeHeader(length, header.length, refuse);
    const { entries, metadata } = parseSafetensorsHeader(header, refuse);
    const descriptions = describeEntries(entries);
    return { metadata, descriptions, tensors: arriving(source, entries, refuse) };
  } catch (error) {
    await source.cancel();
    throw error;
  }
}

export const describeEntries = (
  entries: readonly SafetensorsEntry[],
): ReadonlyMap<string, TensorDescription> =>
  new Map(entries.map(({ key, dtype, shape }) => [key, { dtype, shape }]));

async function* arriving(
  source: ByteSource,
  entries: readonly SafetensorsEntry[],
  refuse: Refuse,
): AsyncGenerator<readonly [string, StoredTensor]> {
  let received = 0;
  try {
    for (const entry of inFileOrder(entries)) {
      const bytes = await source.take(entry.end - entry.begin);
      received += bytes.length;
      if (received < entry.end) requireLength(entries, received, refuse);
      yield [entry.key, decodeEntry(entry, bytes, refuse)];
    }
    const beyond = await source.take(1);
    requireLength(entries, received + beyond.length, refuse);
  } finally {
    await source.cancel();
  }
}
