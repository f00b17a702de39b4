/**
 * @file Holds the table of layers over the working tree, and shows that each rule can be broken: the
 * planted violations are the proof that an empty list means something.
 */

import { describe, expect, it } from "vitest";
import {
  CORE_BUDGET,
  coreLines,
  coreMentions,
  importCycles,
  LAYERS,
  layerViolations,
  mainEntryViolations,
  ndarrayViolations,
  nodeViolations,
  packageViolations,
  primitiveNames,
} from "./layering.ts";
import { packageSources } from "./workspace.ts";

/** Sources with paths relative to packages/autograd/src. */
const autograd = (files: Readonly<Record<string, string>>): Map<string, string> =>
  new Map(Object.entries(files).map(([path, text]) => [`packages/autograd/src/${path}`, text]));

const packages = (files: Readonly<Record<string, string>>): Map<string, string> =>
  new Map(Object.entries(files).map(([path, text]) => [`packages/${path}`, text]));

describe("the working tree", () => {
  const sources = packageSources();

  it("imports from the left only", () => {
    expect(layerViolations(sources)).toEqual([]);
  });

  it("crosses packages through public entry points only", () => {
    expect(packageViolations(sources)).toEqual([]);
  });

  it("keeps Node's modules out of what browsers load", () => {
    expect(nodeViolations(sources)).toEqual([]);
  });

  it("knows npm ndarray in array/ only", () => {
    expect(ndarrayViolations(sources)).toEqual([]);
  });

  it("loads no other package with the main entry of nn", () => {
    expect(mainEntryViolations(sources)).toEqual([]);
  });

  it("has no cycle of imports at run time", () => {
    expect(importCycles(sources)).toEqual([]);
  });

  it("names no primitive in core/", () => {
    expect(coreMentions(sources, primitiveNames(sources))).toEqual([]);
  });

  it(`keeps core/ under ${CORE_BUDGET} lines together (now ${coreLines(sources)})`, () => {
    expect(coreLines(sources)).toBeLessThan(CORE_BUDGET);
  });
});

describe("the rule of layers", () => {
  it("refuses an import from the right, of a value or of a type", () => {
    const planted = autograd({
      "core/tape.ts": 'import type { Program } from "../compile/program.ts";',
      "core/bind.ts":
        'import { sum } from "../primitives/sum.ts";\nexport * from "../array/shape.ts";',
    });

    expect(layerViolations(planted)).toEqual([
      "packages/autograd/src/core/tape.ts (core) may not import ../compile/program.ts (compile)",
      "packages/autograd/src/core/bind.ts (core) may not import ../primitives/sum.ts (primitives)",
    ]);
  });

  it.each(LAYERS.slice(0, -1).map((layer, i) => [layer, LAYERS[i + 1] ?? ""] as const))(
    "refuses that %s imports %s",
    (left, right) => {
      const path = (layer: string): string => (layer.endsWith(".ts") ? layer : `${layer}/a.ts`);
      const up = left.endsWith(".ts") ? "./" : "../";

      const planted = autograd({ [path(left)]: `import { a } from "${up}${path(right)}";` });

      expect(layerViolations(planted)).toHaveLength(1);
    },
  );

  it("sees dynamic imports, bare imports and re-exports over several lines", () => {
    const planted = autograd({
      "array/a.ts": 'const a = await import("../core/a.ts");',
      "array/b.ts": 'import "../core/a.ts";',
      "array/c.ts": 'export {\n  type A,\n  b,\n} from "../core/a.ts";',
      "array/d.ts": 'import * as a from "../core/a.ts";',
    });

    expect(layerViolations(planted)).toHaveLength(4);
  });

  it("does not take comments and texts for imports", () => {
    const planted = autograd({
      "array/a.ts": [
        '// import { a } from "../core/a.ts";',
        '/* import { a } from "../core/a.ts"; */',
        "const worker = `import { a } from \"../core/a.ts\"; ${1} import('../core/a.ts')`;",
        "const text = 'import \"../core/a.ts\"';",
        'const regex = /import "x" from/;',
      ].join("\n"),
    });

    expect(layerViolations(planted)).toEqual([]);
  });

  it("lets only the index know fluent, and keeps testing out of the index", () => {
    const planted = autograd({
      "compile/a.ts": 'import "../fluent.ts";',
      "index.ts": 'import "./fluent.ts";\nexport { gradcheck } from "./testing/index.ts";',
    });

    expect(layerViolations(planted)).toEqual([
      "packages/autograd/src/compile/a.ts (compile) may not import ../fluent.ts (fluent.ts)",
      "packages/autograd/src/index.ts (index.ts) may not import ./testing/index.ts (testing)",
    ]);
  });

  it("refuses a folder that the table does not have", () => {
    expect(layerViolations(autograd({ "misc/a.ts": "export {};" }))).toHaveLength(1);
  });
});

describe("the rule of packages", () => {
  it("refuses deep imports, paths into another package, and imports upwards", () => {
    const planted = packages({
      "nn/src/a.ts": 'import { bind } from "@tapegrad/autograd/dist/core/bind.js";',
      "nn/src/b.ts": 'import { bind } from "../../autograd/src/core/bind.ts";',
      "nn/src/c.ts": 'import { lesson } from "@tapegrad/examples";',
      "autograd/src/ops/d.ts": 'import { Linear } from "@tapegrad/nn";',
    });

    expect(packageViolations(planted)).toHaveLength(4);
  });

  it("accepts the public entry points", () => {
    const accepted = packages({
      "nn/src/a.ts": 'import { tensor } from "@tapegrad/autograd";\nimport { b } from "./b.ts";',
      "examples/src/a.ts":
        'import "@tapegrad/autograd/testing/arbitraries";\nimport "@tapegrad/nn/node";',
    });

    expect(packageViolations(accepted)).toEqual([]);
  });
});

describe("the rule of Node's modules", () => {
  it("refuses them in main entries, by any spelling and by a detour", () => {
    const planted = packages({
      "autograd/src/array/a.ts": 'import { readFileSync } from "node:fs";',
      "nn/src/data/b.ts": 'import type { Buffer } from "buffer";',
      "nn/src/index.ts": 'export { load } from "./node/index.ts";',
    });

    expect(nodeViolations(planted)).toHaveLength(3);
  });

  it("accepts them in nn's node entry and in the examples", () => {
    const accepted = packages({
      "nn/src/node/index.ts": 'import { readFile } from "node:fs/promises";',
      "examples/src/01-tensors/main.ts": 'import process from "node:process";',
    });

    expect(nodeViolations(accepted)).toEqual([]);
  });
});

describe("the rule of the main entry of nn", () => {
  it("refuses other packages, by a detour too, and lets other entries have them", () => {
    const planted = packages({
      "nn/src/index.ts": 'export { a } from "./a.ts";\nimport type { Options } from "papaparse";',
      "nn/src/a.ts":
        'import { tensor } from "@tapegrad/autograd";\nimport { zipSync } from "fflate";',
      "nn/src/formats.ts": 'import Papa from "papaparse";',
    });

    expect(mainEntryViolations(planted)).toEqual([
      "packages/nn/src/a.ts: fflate would be loaded by the main entry",
    ]);
  });
});

describe("the rule of ndarray", () => {
  it("refuses it outside array/", () => {
    const source = 'import ndarray from "ndarray";';

    expect(ndarrayViolations(autograd({ "ops/a.ts": source }))).toHaveLength(1);
    expect(ndarrayViolations(autograd({ "array/ndarray.ts": source }))).toEqual([]);
  });
});

describe("the rule of cycles", () => {
  it("reports the path that closes", () => {
    const planted = autograd({
      "core/a.ts": 'import { b } from "./b.ts";',
      "core/b.ts": 'import { c } from "./c.ts";',
      "core/c.ts": 'export { a } from "./a.ts";',
    });

    expect(importCycles(planted)).toEqual([
      ["a", "b", "c", "a"].map((name) => `packages/autograd/src/core/${name}.ts`).join(" → "),
    ]);
  });

  it("does not count imports that are gone at run time, but counts an emptied one", () => {
    const cycle = (imported: string): Map<string, string> =>
      autograd({ "core/a.ts": 'import { b } from "./b.ts";', "core/b.ts": imported });

    expect(importCycles(cycle('import type { A } from "./a.ts";'))).toEqual([]);
    expect(importCycles(cycle('type A = typeof import("./a.ts");'))).toEqual([]);
    // verbatimModuleSyntax leaves `import {} from "./a.js"` of this one
    expect(importCycles(cycle('import { type A } from "./a.ts";'))).toHaveLength(1);
  });
});

describe("the rule that core/ names no primitive", () => {
  const names = primitiveNames(
    autograd({
      "primitives/index.ts": "export const allPrimitives = [];",
      "primitives/mat-mul.ts":
        "export const matMul = (a: Tensor, b: Tensor): Tensor => bind(matMulPrimitive, [a, b], null);",
      "primitives/sum.ts": 'export const sumPrimitive = linear({ name: "sum", kernel });',
      "primitives/slice.ts": 'export const slicePrimitive = linear({ name: "slice" });',
      "primitives/elementwise.ts": "export function unary(): Primitive { return null; }",
    }),
  );
  const mentions = (source: string): string[] =>
    coreMentions(autograd({ "core/bind.ts": source }), names);

  it("reads the names from files, exports and name fields", () => {
    expect([...names].sort()).toEqual(["matMul", "slice", "sum"]);
  });

  it.each([
    "const y = sum(x);",
    'if (primitive.name === "sum") return;',
    "x.sum();",
    "bind(matMulPrimitive, [x], null);",
    'throw new Error("bind: use `sum` instead.");',
    "throw new Error(`bind: use matMul(x, y) instead of ${name}.`);",
    "const y = slice(x);",
    "interface A { a: { b: 1 } }\nconst fusible = { sum: true };",
    "type A = { a: 1 };\nconst fusible = { sum: true };",
  ])("refuses %s", (source) => {
    expect(mentions(source)).toHaveLength(1);
  });

  it.each([
    "// like sum(x)\n/* sum */",
    "const rest = shape.slice(1);",
    'throw new Error("bind: these sum up to nothing. Use two inputs.");',
    "const summary = checksum;",
    "interface Linear { slice(x: Tensor): Tensor; readonly f: (sum: number) => { matMul: 1 } }",
    "type Bilinear = { slice(x: Tensor): Tensor; sum: number };",
  ])("accepts %s", (source) => {
    expect(mentions(source)).toEqual([]);
  });
});
