/**
 * @file Bytes that arrive in chunks, taken in pieces of the sizes that a format asks for.
 *
 * Invariant: memory grows with what has arrived, never with what a header says will.
 */
import { DTypeError } from "@tapegrad/autograd";

/** What `response.body` is; not every browser lets it be iterated. */
export interface ReadableBytes {
  /** As of a `ReadableStream` of bytes. */
  getReader(): {
    /** The next bytes. */
    read(): Promise<{ readonly done: boolean; readonly value?: Uint8Array | undefined }>;
    /** Ends the stream. */
    cancel(): Promise<unknown>;
  };
}

/** A stream of the web, or anything to iterate, such as a file stream of Node. */
export type Chunks = ReadableBytes | AsyncIterable<Uint8Array> | Iterable<Uint8Array>;

const FIRST_CAPACITY = 64 * 1024;

export class ByteSource {
  readonly #iterator: AsyncIterator<Uint8Array> | Iterator<Uint8Array>;
  /** What is left of the chunk that arrived last. */
  #rest: Uint8Array = new Uint8Array();
  #ended = false;

  constructor(chunks: Chunks) {
    this.#iterator = iteratorOf(chunks);
  }

  /** The next `count` bytes, in memory of their own; fewer where the chunks end before. */
  async take(count: number): Promise<Uint8Array> {
    let taken = new Uint8Array(Math.min(count, FIRST_CAPACITY));
    let length = 0;
    while (length < count && (await this.#hasRest())) {
      const piece = this.#rest.subarray(0, count - length);
      this.#rest = this.#rest.subarray(piece.length);
      if (length + piece.length > taken.length) {
        const larger = Math.max(length + piece.length, 2 * taken.length);
        const grown = new Uint8Array(Math.min(count, larger));
        grown.set(taken.subarray(0, length));
        taken = grown;
      }
      taken.set(piece, length);
      length += piece.length;
    }
    return taken.subarray(0, length);
  }

  /** Tells whoever sends the chunks that no more are wanted. */
  async cancel(): Promise<void> {
    if (this.#ended) return;
    this.#ended = true;
    await this.#iterator.return?.();
  }

  async #hasRest(): Promise<boolean> {
    while (this.#rest.length === 0 && !this.#ended) {
      const next = await this.#iterator.next();
      if (next.done === true) this.#ended = true;
      else this.#rest = requireBytes(next.value);
    }
    return this.#rest.length > 0;
  }
}

function iteratorOf(chunks: Chunks): AsyncIterator<Uint8Array> | Iterator<Uint8Array> {
  if (Symbol.asyncIterator in chunks) return chunks[Symbol.asyncIterator]();
  if (Symbol.iterator in chunks) return chunks[Symbol.iterator]();
  return readThrough(chunks);
}

async function* readThrough(stream: ReadableBytes): AsyncGenerator<Uint8Array> {
  const reader = stream.getReader();
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (done || value === undefined) return;
      yield value;
    }
  } finally {
    await reader.cancel();
  }
}

function requireBytes(chunk: unknown): Uint8Array {
  if (chunk instanceof Uint8Array) return chunk;
  throw new DTypeError("streamSafetensors", { found: typeof chunk }, (d) => {
    return `a chunk is a ${d.found} and no Uint8Array. Stream the bytes without an encoding.`;
  });
}
