import fs, {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { syncBuiltinESMExports } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { tensor } from "@tapegrad/autograd";
import { type Checkpoint, serializeCheckpoint } from "@tapegrad/nn";
import { CheckpointFile } from "@tapegrad/nn/node";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { messageOf } from "../oracles/refusal.ts";

let directory = "";
let path = "";

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), "tapegrad-checkpoint-"));
  path = join(directory, "run", "checkpoint.safetensors");
});

afterEach(() => {
  rmSync(directory, { recursive: true });
});

const checkpoint = (step: number): Checkpoint => ({
  tensors: new Map([["w", tensor([step, 2, 3])]]),
  state: { step },
});
/** The random names of the folder and of temporary files are written as DIR and ID. */
const refusal = (call: () => unknown) => messageOf(call).replaceAll(directory, "DIR");

class Crash extends Error {}

/** Lets the process "die" in one function of the file system: from there on nothing of it is done any more. */
function crashIn<K extends "renameSync" | "fsyncSync" | "writeSync">(name: K, act: () => void) {
  const { [name]: original, rmSync: remove } = fs;
  const die = () => {
    throw new Crash(name);
  };
  Object.assign(fs, { [name]: die, rmSync: () => {} });
  syncBuiltinESMExports();
  try {
    expect(act).toThrow(Crash);
  } finally {
    Object.assign(fs, { [name]: original, rmSync: remove });
    syncBuiltinESMExports();
  }
}

describe("CheckpointFile", () => {
  it("makes its folder, and holds the last checkpoint and nothing else", () => {
    const file = new CheckpointFile(path);
    expect(file.load()).toBeNull();
    file.save(checkpoint(1));
    file.save(checkpoint(2));
    expect(file.load()?.state).toEqual({ step: 2 });
    expect(file.load()?.tensors.get("w")?.toArray()).toEqual([2, 2, 3]);
    expect(new Uint8Array(readFileSync(path))).toEqual(serializeCheckpoint(checkpoint(2)));
    expect(readdirSync(join(directory, "run"))).toEqual(["checkpoint.safetensors"]);
  });

  it.each(["writeSync", "fsyncSync", "renameSync"] as const)(
    "holds the old checkpoint where the process dies in %s, and the next one after that",
    (name) => {
      const file = new CheckpointFile(path);
      file.save(checkpoint(1));

      crashIn(name, () => file.save(checkpoint(2)));

      expect(new CheckpointFile(path).load()?.state).toEqual({ step: 1 });
      file.save(checkpoint(3));
      expect(new CheckpointFile(path).load()?.state).toEqual({ step: 3 });
    },
  );

  it("has everything on the disk before the name points to it", () => {
    const calls: string[] = [];
    const { fsyncSync, renameSync, writeSync } = fs;
    const logged = { fsyncSync, renameSync, writeSync };
    for (const [name, original] of Object.entries(logged)) {
      const wrapped = (...args: never[]) => {
        calls.push(name);
        return Reflect.apply(original, fs, args) as unknown;
      };
      Object.assign(fs, { [name]: wrapped });
    }
    syncBuiltinESMExports();
    try {
      new CheckpointFile(path).save(checkpoint(1));
    } finally {
      Object.assign(fs, logged);
      syncBuiltinESMExports();
    }
    // the last one is the folder's
    expect(calls).toEqual(["writeSync", "fsyncSync", "renameSync", "fsyncSync"]);
  });

  it("leaves the old checkpoint and no other file where a write fails", () => {
    const file = new CheckpointFile(path);
    file.save(checkpoint(1));
    const state = { when: new Date() } as never;
    expect(() => file.save({ tensors: new Map(), state })).toThrow("JSON");
    mkdirSync(join(directory, "taken"));
    expect(() => new CheckpointFile(join(directory, "taken")).save(checkpoint(2))).toThrow(
      "written",
    );
    expect(file.load()?.state).toEqual({ step: 1 });
    expect(readdirSync(directory).toSorted()).toEqual(["run", "taken"]);
  });

  it("refuses a symbolic link, in both directions, and what is no checkpoint", () => {
    const outside = join(directory, "outside");
    writeFileSync(outside, serializeCheckpoint(checkpoint(1)));
    const link = join(directory, "link");
    symlinkSync(outside, link);
    const dangling = join(directory, "dangling");
    symlinkSync(join(directory, "nowhere"), dangling);
    writeFileSync(join(directory, "notes"), "Remember the milk, and the eggs");

    expect([
      refusal(() => new CheckpointFile(link).save(checkpoint(2))),
      refusal(() => new CheckpointFile(link).load()),
      refusal(() => new CheckpointFile(dangling).save(checkpoint(2))),
      refusal(() => new CheckpointFile(join(directory, "notes")).load()),
      refusal(() => new CheckpointFile(join(directory, "notes", "x")).save(checkpoint(2))),
    ]).toMatchInlineSnapshot(`
      [
        "ValueError: CheckpointFile: DIR/link is a symbolic link. Pass the path of the file itself.",
        "ValueError: CheckpointFile: DIR/link is a symbolic link. Pass the path of the file itself.",
        "ValueError: CheckpointFile: DIR/dangling is a symbolic link. Pass the path of the file itself.",
        "FormatError: parseSafetensors: DIR/notes: its header length is 8243102914964186450, but at most 100000000 is allowed. The file is damaged or not safetensors; fetch or write it again.",
        "ValueError: CheckpointFile: DIR/notes/x cannot be written (ENOTDIR). Check the path, its permissions and the space on the disk.",
      ]
    `);
    expect(new CheckpointFile(outside).load()?.state).toEqual({ step: 1 });
    expect(existsSync(join(directory, "nowhere"))).toBe(false);
  });
});
