import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { writeFileAtomically } from "../../../src/experiments/shared/write-file.ts";

describe("writeFileAtomically", () => {
  let folder = "";
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "tapegrad-write-"));
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  it("creates the folder, writes text and leaves nothing else", () => {
    const path = join(folder, "new", "deeper", "results.json");
    writeFileAtomically(path, "höchst");
    expect(readFileSync(path, "utf8")).toBe("höchst");
    expect(readdirSync(join(folder, "new", "deeper"))).toEqual(["results.json"]);
  });

  it("replaces what was there with bytes", () => {
    const path = join(folder, "state.bin");
    writeFileAtomically(path, "a long first content");
    writeFileAtomically(path, Uint8Array.of(0, 255));
    expect([...readFileSync(path)]).toEqual([0, 255]);
  });

  it("throws the error of the file system and removes its temporary file", () => {
    const path = join(folder, "occupied");
    mkdirSync(path);
    expect(() => writeFileAtomically(path, "text")).toThrow(/EISDIR|EEXIST|EPERM|ENOTEMPTY/u);
    expect(readdirSync(folder)).toEqual(["occupied"]);
  });
});
