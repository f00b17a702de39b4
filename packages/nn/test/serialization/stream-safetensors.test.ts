import { createReadStream, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ones, tensor } from "@tapegrad/autograd";
import { serializeSafetensors, streamSafetensors, toTensor } from "@tapegrad/nn";
import { writeSafetensors } from "@tapegrad/nn/node";
import { describe, expect, it } from "vitest";
import { chunksOf } from "./safetensors-readers.ts";

const TWO = serializeSafetensors({ a: tensor([0, 1, 2, 3], { dtype: "float64" }), b: ones([2]) });
const HEADER = TWO.length - 40;

describe("streamSafetensors", () => {
  it("gives each tensor once its bytes are there, before the next arrive", async () => {
    const log: string[] = [];
    function* chunks(): Generator<Uint8Array> {
      for (const [name, begin, end] of [
        ["header", 0, HEADER],
        ["a", HEADER, HEADER + 32],
        ["b", HEADER + 32, TWO.length],
      ] as const) {
        log.push(`${name} arrives`);
        yield TWO.subarray(begin, end);
      }
    }

    const { descriptions, tensors } = await streamSafetensors(chunks(), { name: "two" });
    log.push(`has ${[...descriptions.keys()].join(" and ")}`);
    for await (const [name, stored] of tensors) log.push(`${name} is ${String(toTensor(stored))}`);

    expect(log).toEqual([
      "header arrives",
      "has a and b",
      "a arrives",
      "a is tensor([0, 1, 2, 3], float64[4])",
      "b arrives",
      "b is tensor([1, 1], float32[2])",
    ]);
  });

  it("reads a stream of the web, and cancels it where the loop is left", async () => {
    let cancelled = 0;
    const pieces = [...chunksOf(TWO, HEADER + 32)];
    const body = {
      getReader: () => ({
        read: async () => {
          const value = pieces.shift();
          return { done: value === undefined, value };
        },
        cancel: async () => {
          cancelled++;
        },
      }),
    };

    const { tensors } = await streamSafetensors(body, { name: "body" });
    for await (const [name] of tensors) {
      expect(name).toBe("a");
      break;
    }

    expect(cancelled).toBe(1);
    expect(pieces).toHaveLength(1);
  });

  it("reads what response.body is, and what a file stream is", async () => {
    const directory = mkdtempSync(join(tmpdir(), "tapegrad-stream-"));
    const path = join(directory, "w.safetensors");
    const many = Float32Array.from({ length: 100_000 }, (_, i) => i);
    writeSafetensors(path, { w: tensor(many) });
    const { body } = new Response(Buffer.from(TWO));

    const found = new Map<string, unknown>();
    for (const chunks of [body ?? [], createReadStream(path)]) {
      const { tensors } = await streamSafetensors(chunks, { name: "chunks" });
      for await (const [name, { data }] of tensors) found.set(name, data);
    }
    rmSync(directory, { recursive: true });

    expect([...found.keys()]).toEqual(["a", "b", "w"]);
    expect(found.get("b")).toEqual(Float32Array.of(1, 1));
    expect(found.get("w")).toEqual(many);
  });

  it("tells the sender that a refused file is not wanted", async () => {
    let open = true;
    function* chunks(): Generator<Uint8Array> {
      try {
        for (;;) yield new Uint8Array(64).fill(255);
      } finally {
        open = false;
      }
    }

    await expect(streamSafetensors(chunks(), { name: "junk" })).rejects.toMatchObject({
      details: { problem: "header" },
    });
    expect(open).toBe(false);
  });

  it("takes no memory for what a header only claims", async () => {
    const size = 2 ** 45;
    const entry = `{"w":{"dtype":"U8","shape":[${size}],"data_offsets":[0,${size}]}}`;
    const header = Uint8Array.of(entry.length, 0, 0, 0, 0, 0, 0, 0, ...Buffer.from(entry));

    const { tensors } = await streamSafetensors([header, new Uint8Array(100)], { name: "claim" });

    await expect(tensors[Symbol.asyncIterator]().next()).rejects.toMatchObject({
      details: { problem: "truncated" },
    });
  });

  it("passes on what goes wrong where the chunks come from", async () => {
    async function* chunks(): AsyncGenerator<Uint8Array> {
      yield TWO.subarray(0, HEADER + 10);
      throw new Error("the connection is gone");
    }

    const { tensors } = await streamSafetensors(chunks(), { name: "two" });

    await expect(tensors[Symbol.asyncIterator]().next()).rejects.toThrow("the connection is gone");
  });

  it("refuses chunks that are texts", async () => {
    const chunks = ["{}"] as unknown as Iterable<Uint8Array>;

    await expect(
      streamSafetensors(chunks, { name: "text" }),
    ).rejects.toThrowErrorMatchingInlineSnapshot(
      `[DTypeError: streamSafetensors: a chunk is a string and no Uint8Array. Stream the bytes without an encoding.]`,
    );
  });
});
