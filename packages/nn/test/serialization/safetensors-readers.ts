/**
 * @file The three readers of safetensors behind one interface: of whole files, of open files, of streams.
 */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseSafetensors, type Safetensors, streamSafetensors } from "@tapegrad/nn";
import { openSafetensors } from "@tapegrad/nn/node";

export type Reader = (bytes: Uint8Array) => Promise<Safetensors>;

/** What the readers call the file in messages: a path of the open one. */
export const NAME = "w.safetensors";

export function* chunksOf(bytes: Uint8Array, size: number): Generator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}

export const readWhole: Reader = async (bytes) => parseSafetensors(bytes, { name: NAME });

/** Every tensor of an open file, each twice: whole, and as rows. */
export function readOpened(bytes: Uint8Array, directory: string): Safetensors {
  const path = join(directory, NAME);
  writeFileSync(path, bytes);
  const file = openSafetensors(path);
  try {
    const names = [...file.descriptions.keys()];
    const tensors = new Map(names.map((name) => [name, file.read(name)]));
    return { tensors, metadata: file.metadata };
  } finally {
    file.close();
  }
}

export const readLazily: Reader = async (bytes) => {
  const directory = mkdtempSync(join(tmpdir(), "tapegrad-lazy-"));
  try {
    return readOpened(bytes, directory);
  } finally {
    rmSync(directory, { recursive: true });
  }
};

/** A stream of chunks of `size` bytes; its tensors in the order of the header. */
export const readStreamed =
  (size: number): Reader =>
  async (bytes) => {
    const stream = await streamSafetensors(chunksOf(bytes, size), { name: NAME });
    const { metadata, descriptions } = stream;
    const arrived = new Map<
      string,
      Safetensors["tensors"] extends ReadonlyMap<string, infer T> ? T : never
    >();
    for await (const [name, tensor] of stream.tensors) arrived.set(name, tensor);
    const inOrder = [...descriptions.keys()].flatMap((name) => {
      const tensor = arrived.get(name);
      return tensor === undefined ? [] : [[name, tensor] as const];
    });
    return { metadata, tensors: new Map(inOrder) };
  };
