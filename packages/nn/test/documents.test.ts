/** @file Holds docs/layers.md to what is exported. */
import { readFileSync } from "node:fs";
import * as nn from "@tapegrad/nn";
import { describe, expect, it } from "vitest";

const text = readFileSync(new URL("../../../docs/layers.md", import.meta.url), "utf8");

/** All words in backticks in a column of the table under a heading. */
function wordsUnder(heading: string, column: number): readonly string[] {
  const [section = ""] = text.slice(text.indexOf(`\n## ${heading}\n`) + 4).split("\n## ");
  const rows = section.split("\n").filter((line) => line.startsWith("| `"));
  return rows.flatMap((row) => {
    return [...(row.split("|")[column]?.matchAll(/`(\w+)`/g) ?? [])].map(([, word = ""]) => word);
  });
}

describe("docs/layers.md", () => {
  it.each([
    ["The layers", 1, nn],
    ["Losses", 2, nn],
    ["Models", 1, nn],
    ["Initialisers", 1, nn.init],
  ])("has under %s only what is exported", (heading, column, library) => {
    const words = wordsUnder(heading, column);

    expect(words.length).toBeGreaterThan(2);
    expect(words.filter((word) => !(word in library))).toEqual([]);
  });

  it("has every initialiser, and every loss", () => {
    const rules = Object.keys(nn.init).filter(
      (name) => !/^(calculateGain|fanInAndFanOut)$/.test(name),
    );
    const losses = Object.keys(nn).filter((name) => /Loss$|CrossEntropy|^klDiv/.test(name));

    expect(rules.filter((name) => !wordsUnder("Initialisers", 1).includes(name))).toEqual([]);
    expect(losses.filter((name) => !wordsUnder("Losses", 2).includes(name))).toEqual([]);
  });
});
