import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ones, type Tensor, tensor, zeros } from "@tapegrad/autograd";
import { serializeSafetensors } from "@tapegrad/nn";
import { readSafetensors, writeSafetensors } from "@tapegrad/nn/node";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { messageOf } from "../oracles/refusal.ts";

let directory = "";
let path = "";

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), "tapegrad-write-"));
  path = join(directory, "w.safetensors");
});

afterEach(() => {
  rmSync(directory, { recursive: true });
});

const failure = (): Tensor => {
  throw new Error("the disk of the data is gone");
};

describe("writeSafetensors", () => {
  it("writes what serializeSafetensors makes", () => {
    const tensors = { a: tensor([1, 2, 3]), b: tensor([true]), none: zeros([0]) };
    const options = { metadata: { format: "pt" } };

    writeSafetensors(path, tensors, options);

    expect(new Uint8Array(readFileSync(path))).toEqual(serializeSafetensors(tensors, options));
    expect(readdirSync(directory)).toEqual(["w.safetensors"]);
  });

  it("replaces what was there", () => {
    writeSafetensors(path, { a: ones([1000]) });
    writeSafetensors(path, { b: ones([1]) });

    expect([...readSafetensors(path).tensors.keys()]).toEqual(["b"]);
  });

  it("reads a deferred tensor when its turn comes, and forgets it", () => {
    const log: string[] = [];
    const deferred = (name: string, rows: number) => ({
      dtype: "float32" as const,
      shape: [rows, 2],
      read: () => {
        log.push(name);
        return ones([rows, 2]);
      },
    });

    writeSafetensors(path, { b: deferred("b", 1), now: tensor([7, 7]), a: deferred("a", 2) });

    const { tensors } = readSafetensors(path);
    expect(log).toEqual(["a", "b"]);
    expect(tensors.get("a")).toEqual({
      dtype: "float32",
      shape: [2, 2],
      data: Float32Array.of(1, 1, 1, 1),
    });
    expect(tensors.get("now")?.data).toEqual(Float32Array.of(7, 7));
  });

  it("leaves the old file and no other where something throws in between", () => {
    writeSafetensors(path, { old: ones([1]) });
    const before = readFileSync(path);
    const broken = { dtype: "float32" as const, shape: [4], read: failure };

    expect(() => {
      writeSafetensors(path, { a: ones([2]), broken });
    }).toThrow("the disk of the data is gone");

    expect(readFileSync(path)).toEqual(before);
    expect(readdirSync(directory)).toEqual(["w.safetensors"]);
  });

  it("refuses a deferred tensor that is another than was described", () => {
    const late = { dtype: "float32" as const, shape: [4], read: () => ones([3]) };

    expect(
      messageOf(() => {
        writeSafetensors(path, { late });
      }),
    ).toMatchInlineSnapshot(
      `"ShapeError: writeSafetensors: late was described as float32[4], but what was read is float32[3]. Describe it as it is."`,
    );
    expect(readdirSync(directory)).toEqual([]);
  });

  it("refuses a path that cannot be written", () => {
    mkdirSync(join(directory, "folder"));
    writeFileSync(path, "");
    const refusal = (...parts: readonly string[]): string =>
      messageOf(() => {
        writeSafetensors(join(directory, ...parts), { w: ones([1]) });
      }).replaceAll(directory, "DIR");

    expect(refusal("w.safetensors", "w")).toMatchInlineSnapshot(
      `"ValueError: writeSafetensors: DIR/w.safetensors/w cannot be written (EEXIST). Check the path, its permissions and the space on the disk."`,
    );
    expect(refusal("folder")).toMatch(/EISDIR|EEXIST|EPERM|ENOTEMPTY/);
    expect(readdirSync(directory)).toEqual(["folder", "w.safetensors"]);
  });

  it("refuses what is no tensor", () => {
    const wrong = { w: undefined } as unknown as Record<string, Tensor>;

    expect(
      messageOf(() => {
        writeSafetensors(path, wrong);
      }),
    ).toMatch(/^DTypeError/);
  });
});
