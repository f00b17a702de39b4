/**
 * @file A tutorial is followed to its end, or to the first step that is not as the document says.
 */

import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { follow } from "./follow.ts";

const FENCE = "```";
const FILE = ["`a/one.mjs`", "---js", "console.log(1);", "console.log(2);", "---"];

let folder = "";
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "tapegrad-follow-"));
  vi.spyOn(console, "log").mockImplementation(() => undefined);
  vi.spyOn(console, "error").mockImplementation(() => undefined);
});
afterEach(() => {
  rmSync(folder, { recursive: true });
  vi.restoreAllMocks();
});

/** Follows a document of the given lines, in which `---` stands for a fence. */
function followLines(...lines: readonly string[]): void {
  const document = join(folder, "page.md");
  writeFileSync(document, lines.map((line) => line.replace(/^---/, FENCE)).join("\n"));
  follow(document, folder);
}

describe("follow", () => {
  it("makes files, changes them and runs commands", () => {
    followLines(
      ...FILE,
      "`a/one.mjs`",
      "---diff",
      "-console.log(2);",
      "+console.log(3);",
      "---",
      "---console",
      "$ node a/one.mjs",
      "1",
      "3",
      "---",
      "---console fails",
      "$ node a/two.mjs",
      "… Cannot find module …",
      "---",
    );

    expect(readFileSync(join(folder, "a/one.mjs"), "utf8")).toBe(
      "console.log(1);\nconsole.log(3);\n",
    );
  });

  it.each([
    ["prints something else", ["---console", "$ node a/one.mjs", "3", "---"], /:7: .* print "3"/],
    ["fails", ["---console", "$ node two.mjs", "---"], /:7: "node two.mjs" fails/],
    ["should fail", ["---console fails", "$ node a/one.mjs", "---"], /:7: .* should fail/],
    ["makes a file again", FILE, /:8: a\/one.mjs is there already/],
    ["says of no file what changes", ["---diff", "+b", "---"], /:7: .* which file/],
    ["changes no file", ["`b.ts`", "---diff", "+b", "---"], /:8: b.ts is not there/],
    [
      "changes lines that are not there",
      ["`a/one.mjs`", "---diff", "-f();", "---"],
      /:8: a\/one.mjs: the lines "f\(\);" are there 0 times/,
    ],
  ])("refuses a step that %s", (_, lines, message) => {
    expect(() => followLines(...FILE, ...lines)).toThrow(message);
  });
});
