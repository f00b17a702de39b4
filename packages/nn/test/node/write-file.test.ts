import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { writeFileAtomically } from "@tapegrad/nn/node";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { messageOf } from "../oracles/refusal.ts";

describe("writeFileAtomically", () => {
  let folder = "";
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "tapegrad-write-"));
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  it("makes the folder, writes text and leaves nothing else", () => {
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

  it("says what the system refuses, and removes its temporary file", () => {
    mkdirSync(join(folder, "occupied"));
    const refusal = messageOf(() => writeFileAtomically(join(folder, "occupied"), "text"));
    expect(refusal.replace(folder, "DIR")).toMatchInlineSnapshot(
      `"ValueError: writeFileAtomically: DIR/occupied cannot be written (EISDIR). Check the path, its permissions and the space on the disk."`,
    );
    expect(readdirSync(folder)).toEqual(["occupied"]);
  });
});
