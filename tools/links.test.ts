/**
 * @file Holds every link of the documents to a tracked file and to a heading that exists.
 */

import { execFileSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { faultyLinks } from "./links.ts";
import { ROOT } from "./workspace.ts";

const GUIDE = `# The guide

## What \`f(x)\` costs: a [table](a.md)
## Twice
## Twice

\`\`\`md
## Not a heading
[not a link](nowhere.md)
\`\`\`
`;

/** The faults of a document docs/a.md of the given text, in a repository of a few files. */
const faultsOf = (text: string): string[] =>
  faultyLinks(
    new Map([
      ["docs/a.md", text],
      ["docs/guide.md", GUIDE],
    ]),
    ["README.md", "docs/a.md", "docs/guide.md", "docs/pictures/loss.svg", "packages/nn/src/a b.ts"],
  );

describe("faultyLinks", () => {
  it.each([
    "[a](guide.md), [b](../README.md), [c](../packages/nn) and [d](../packages/nn/src/)",
    "[a](guide.md#the-guide) [b](guide.md#what-fx-costs-a-table)",
    "[a](guide.md#twice) [b](guide.md#twice-1)",
    "# Ein Maß für ‖x‖² — und `snake_case`\n[a](#ein-maß-für-x--und-snake_case)",
    '![loss](pictures/loss.svg "The loss") [space](../packages/nn/src/a%20b.ts)',
    "[a](https://example.org/a_(b)#c) <https://example.org> and\n\n[a]: https://example.org",
    "`[code](nowhere.md)` and ``[`code`](nowhere.md)``",
  ])("accepts %s", (text) => {
    expect(faultsOf(text)).toEqual([]);
  });

  it.each([
    ["a file that is not tracked", "\n[a](missing.md)", /^docs\/a\.md:2: `missing\.md` leads to/],
    ["another case of letters", "[a](Guide.md)", /leads to docs\/Guide\.md/],
    ["a path out of the repository", "[a](../../README.md)", /leads to \.\.\/README\.md/],
    ["a path of the web site", "[a](/README.md)", /leads to \/README\.md/],
    ["a picture that is missing", "![a](pictures/gone.svg)", /leads to docs\/pictures\/gone\.svg/],
    ["a picture in HTML that is missing", '<img src="gone.svg">', /leads to docs\/gone\.svg/],
    ["a definition that leads nowhere", "[a]: gone.md", /leads to docs\/gone\.md/],
    [
      "a heading that is missing",
      "[a](guide.md#thrice)",
      /a heading that docs\/guide\.md does not/,
    ],
    ["one copy too many", "[a](guide.md#twice-2)", /names a heading/],
    ["a heading in a block", "[a](guide.md#not-a-heading)", /names a heading/],
    ["an anchor in upper case", "[a](guide.md#The-guide)", /names a heading/],
    ["a heading of the document itself", "# A\n[a](#b)", /^docs\/a\.md:2: `#b` names a heading/],
    ["an anchor of what is no document", "[a](pictures/loss.svg#a)", /names a heading/],
    ["an address without https", "[a](http://example.org)", /is no https address/],
    ["an address with a space", "[a](https://example.org/a b)", /has a space/],
    ["a bracketed address without https", "<http://example.org>", /is no https address/],
  ])("finds %s", (_, text, fault) => {
    expect(faultsOf(text)).toEqual([expect.stringMatching(fault)]);
  });
});

// an archive of the project has no list of what is tracked
describe.skipIf(!existsSync(join(ROOT, ".git")))("the documents", () => {
  it("have no link that leads nowhere", () => {
    const tracked = execFileSync("git", ["ls-files", "-z"], { cwd: ROOT, encoding: "utf8" })
      .split("\0")
      .filter(Boolean);
    const documents = tracked.filter((path) => path.endsWith(".md"));
    const texts = documents.map((path) => [path, readFileSync(join(ROOT, path), "utf8")] as const);

    expect(documents).toEqual(expect.arrayContaining(["README.md", "docs/compile.md"]));
    expect(faultyLinks(new Map(texts), tracked)).toEqual([]);
  });
});
