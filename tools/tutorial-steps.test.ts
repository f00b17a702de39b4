/**
 * @file What is taken for a step of a tutorial, and when its lines are the ones that a document shows.
 */

import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { changed, missingLine, stepsOf, TUTORIALS } from "./tutorial-steps.ts";
import { filesUnder, ROOT } from "./workspace.ts";

const FENCE = "```";

/** A document of the given lines, in which `---` stands for a fence. */
const documentOf = (...lines: string[]): string =>
  lines.map((line) => line.replace(/^---/, FENCE)).join("\n");

describe("stepsOf", () => {
  it("makes files of the blocks that stand under their names", () => {
    const text = documentOf("Some text.", "", "`a/b.ts`", "", "---ts", "f();", "", "g();", "---");

    expect(stepsOf("a.md", text)).toEqual([
      { kind: "create", line: 6, path: "a/b.ts", text: "f();\n\ng();\n" },
    ]);
  });

  it("changes files by differences, in one place or in several", () => {
    const text = documentOf(
      "`a.ts`",
      "---diff",
      " f();",
      "",
      "+g();",
      "@@",
      "-h();",
      "+i();",
      "---",
    );

    expect(stepsOf("a.md", text)).toEqual([
      {
        kind: "change",
        line: 3,
        path: "a.ts",
        places: [
          { before: "f();\n", after: "f();\n\ng();" },
          { before: "h();", after: "i();" },
        ],
      },
    ]);
  });

  it("types commands, which print the lines that follow", () => {
    const text = documentOf(
      "`a.ts`",
      "---ts",
      "---",
      "---console",
      "$ one",
      "1",
      "",
      "2",
      "$ two",
      "---",
      "---console fails",
      "$ three",
      "---",
    );

    expect(stepsOf("a.md", text).slice(1)).toEqual([
      { kind: "command", line: 5, command: "one", prints: ["1", "2"], fails: false },
      { kind: "command", line: 9, command: "two", prints: [], fails: false },
      { kind: "command", line: 12, command: "three", prints: [], fails: true },
    ]);
  });

  it("finds steps in the documents that a tool follows, and in no others", () => {
    const tutorials = ["README.md", ...filesUnder("docs", ".md")].filter((document) => {
      return stepsOf(document, readFileSync(join(ROOT, document), "utf8")).length > 0;
    });

    expect(tutorials).toEqual(Object.values(TUTORIALS));
  });

  it("leaves documents alone that make no file", () => {
    const text = documentOf("See `a.ts`", "---ts", "f();", "---", "---console", "$ one", "---");

    expect(stepsOf("a.md", text)).toEqual([]);
  });
});

describe("changed", () => {
  it("changes whole lines, at the edges of the file too", () => {
    expect(changed("a\nb\n", { before: "a", after: "a\nc" })).toBe("a\nc\nb\n");
    expect(changed("a\nb\n", { before: "b", after: "" })).toBe("a\n\n");
  });

  it.each([
    ["are not there", "ab\n", 0],
    ["are there twice", "a\nb\na\n", 2],
  ])("refuses lines that %s", (_, text, times) => {
    const change = (): string => changed(text, { before: "a", after: "c" });

    expect(change).toThrow(`the lines "a" are there ${times} times.`);
  });
});

describe("missingLine", () => {
  it("is none where all lines were printed in their order, whatever is between", () => {
    expect(
      missingLine(["1 passed, … skipped", "b (c)"], "x\n1 passed, 20 skipped\ny\n b (c)\n"),
    ).toBe(null);
  });

  it("is the first that was not printed, or too early, or not as a whole line", () => {
    expect(missingLine(["a", "b"], "b\na\n")).toBe("b");
    expect(missingLine(["a"], "ab\n")).toBe("a");
    expect(missingLine(["a.c"], "abc\n")).toBe("a.c");
  });
});
