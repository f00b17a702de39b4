import { readdirSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { CATEGORY_ORDER, categoryOf, unusedPaths } from "../src/categories.ts";
import { fileComment } from "../src/name-modules.ts";
import { ENTRIES, ROOT } from "../src/options.ts";

/** All sources of the published packages, relative to `packages`. */
function sources(): string[] {
  return ["autograd/src", "nn/src"].flatMap((folder) => {
    const entries = readdirSync(join(ROOT, "packages", folder), { recursive: true });
    return entries.map((path) => `${folder}/${String(path).replaceAll("\\", "/")}`);
  });
}

describe("the groups of public names", () => {
  it("are found by folder, and the longer path decides", () => {
    expect(categoryOf("nn/src/layers/recurrent/gru.ts")).toBe("Layers");
    expect(categoryOf("nn/src/layers/layer-norm.ts")).toBe("Normalising layers");
    expect(categoryOf("autograd/src/primitives/exp.ts")).toBe("Elementwise functions");
    expect(categoryOf("autograd/src/primitives/mat-mul.ts")).toBe("Linear algebra");
  });

  it("have no place for a file of another folder, nor of a name that only begins alike", () => {
    expect(categoryOf("nn/src/state-dict.ts")).toBeNull();
    expect(categoryOf("nn/src/layers-of-mine/a.ts")).toBeNull();
  });

  it("are given by files and folders that there are", () => {
    expect(unusedPaths(sources())).toEqual([]);
    expect(unusedPaths([])).toContain("autograd/src/transforms");
  });

  it("are on the pages in one order, without repetition", () => {
    expect(new Set(CATEGORY_ORDER).size).toBe(CATEGORY_ORDER.length);
  });
});

describe("the modules", () => {
  it("are the exports of both packages", () => {
    expect(ENTRIES.map(({ name }) => name)).toEqual([
      "@tapegrad/autograd",
      "@tapegrad/autograd/testing",
      "@tapegrad/autograd/testing/arbitraries",
      "@tapegrad/nn",
      "@tapegrad/nn/formats",
      "@tapegrad/nn/node",
    ]);
  });

  it("are described by the first paragraph of their @file block", () => {
    expect(fileComment("/**\n * @file One, in\n * two lines.\n *\n * More.\n */\nimport x;")).toBe(
      "One, in two lines.",
    );
    expect(fileComment("/** @file In one line. */")).toBe("In one line.");
    expect(fileComment("import x;")).toBe("");
  });
});
