/**
 * @file What is taken for a block of a document, and for a claim about what it prints.
 */

import { describe, expect, it } from "vitest";
import { snippetsOf } from "./snippet-blocks.ts";

const FENCE = "```";

/** A document of the given lines, in which `---` stands for a fence. */
const documentOf = (...lines: string[]): string =>
  lines.map((line) => line.replace(/^---/, FENCE)).join("\n");

describe("snippetsOf", () => {
  it("leaves out files, which are steps of a tutorial", () => {
    expect(snippetsOf("a.md", documentOf("`a.ts`", "", "---ts", "f();", "---"))).toEqual([]);
  });

  it("finds blocks of TypeScript only, and keeps their lines", () => {
    const text = documentOf(
      "# A",
      "---sh",
      "npm test",
      "---",
      "---ts",
      "f();",
      "---",
      "---ts",
      "g();",
      "---",
    );

    expect(snippetsOf("a.md", text)).toEqual([
      {
        document: "a.md",
        line: 6,
        code: "\n\n\n\n\nf();\n",
        checked: true,
        run: true,
        prints: null,
      },
      {
        document: "a.md",
        line: 9,
        code: "\n\n\n\n\n\n\n\ng();\n",
        checked: true,
        run: true,
        prints: null,
      },
    ]);
  });

  it("puts a block that continues another one into its module", () => {
    const [snippet, ...others] = snippetsOf(
      "a.md",
      documentOf("---ts", "f();", "---", "---ts continued", "g();", "---"),
    );

    expect(snippet.code).toBe("\nf();\n\n\ng();\n");
    expect(others).toEqual([]);
  });

  it("knows what is only checked, and what is neither checked nor run", () => {
    const text = documentOf("---ts no-run", "f();", "---", "---ts no-check", "…", "---");

    expect(snippetsOf("a.md", text).map(({ checked, run }) => ({ checked, run }))).toEqual([
      { checked: true, run: false },
      { checked: false, run: false },
    ]);
  });

  it("reads what console.log prints from the comments behind it and right after it", () => {
    const text = documentOf(
      "---ts",
      "// not this",
      "console.log(a);   // 1",
      "f(); // nor this",
      "console.log(tape);",
      "// %0 = input",
      "// %1 = neg(%0)",
      "",
      "// nor this",
      "---",
    );

    expect(snippetsOf("a.md", text)[0].prints).toEqual([
      { line: 3, text: "1" },
      { line: 6, text: "%0 = input" },
      { line: 7, text: "%1 = neg(%0)" },
    ]);
  });

  it.each([
    ["a word it does not know", ["---ts norun", "f();", "---"], /a\.md:2: .*"norun"/],
    ["a block that is not closed", ["text", "---ts", "f();"], /a\.md:2: .*not closed/],
    [
      "a continuation of nothing",
      ["---ts continued", "f();", "---"],
      /a\.md:2: nothing to continue/,
    ],
  ])("refuses %s", (_, lines, message) => {
    expect(() => snippetsOf("a.md", documentOf(...lines))).toThrow(message);
  });
});
