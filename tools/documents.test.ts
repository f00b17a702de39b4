/**
 * @file Holds the tables of the documents to what they describe: layers, scripts, dependencies.
 */

import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { LAYERS } from "./layering.ts";
import { manifest, packageFolders, ROOT } from "./workspace.ts";

/** The first cells of all tables under a heading: what stands in backticks at the start of a row. */
function firstCells(document: string, heading = ""): string[] {
  const text = readFileSync(join(ROOT, document), "utf8");
  const section = text.slice(heading === "" ? 0 : text.indexOf(`\n${heading}\n`) + 1);
  const end = heading === "" ? -1 : section.indexOf("\n## ", 1);
  const rows = (end === -1 ? section : section.slice(0, end)).matchAll(/^\| `([^`]+)`/gm);
  return [...rows].map((row) => row[1] ?? "");
}

describe("CONTRIBUTING.md", () => {
  it("has the layers in their order", () => {
    expect(firstCells("CONTRIBUTING.md", "## Layers")).toEqual(LAYERS);
  });

  it("has every script of package.json", () => {
    const documented = firstCells("CONTRIBUTING.md", "## Scripts").map((command) =>
      command.replace(/^npm (run )?/, "").replace(/ .*$/, ""),
    );
    const scripts = Object.keys(manifest().scripts ?? {});

    expect(documented.sort()).toEqual(scripts.filter((name) => !/^(pre|post)/.test(name)).sort());
  });
});

describe("docs/architecture.md", () => {
  it("has the layers in their order", () => {
    expect(firstCells("docs/architecture.md", "## Layers")).toEqual(LAYERS);
  });
});

describe("docs/dependencies.md", () => {
  it("gives a reason for every dependency, and for nothing else", () => {
    const used = [".", ...packageFolders()].flatMap((folder) => {
      const { dependencies, devDependencies, peerDependencies } = manifest(folder);
      return Object.keys({ ...dependencies, ...devDependencies, ...peerDependencies });
    });
    const external = new Set(used.filter((name) => !name.startsWith("@tapegrad/")));

    expect(firstCells("docs/dependencies.md").sort()).toEqual([...external].sort());
  });
});
