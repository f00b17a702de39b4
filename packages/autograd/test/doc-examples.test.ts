/** The examples in the comments of operators that move, read and write elements, and of linear algebra, print what they say. */
import { readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { compileFunction } from "node:vm";
import * as tapegrad from "@tapegrad/autograd";
import { describe, expect, it } from "vitest";

const OPS = fileURLToPath(new URL("../src/ops/", import.meta.url));
const FILES: readonly string[] = [
  "diagonals.ts",
  "joining.ts",
  "padding.ts",
  "overlapping.ts",
  "rearranging.ts",
  "repeating.ts",
  "shapes.ts",
  "splitting.ts",
  "take-along-axis.ts",
  "unfold.ts",
  ...["indexing", "linalg"].flatMap((folder) => {
    return readdirSync(OPS + folder).map((name) => `${folder}/${name}`);
  }),
];

/** `flip(x);   // [2, 1]`: a call and its result, in the lines below `@example`. */
function examplesOf(source: string): readonly { readonly call: string; readonly result: string }[] {
  const blocks = source.matchAll(/\n \* @example\n((?: \* (?!@).*\n)+)/g);
  return [...blocks].flatMap(([, block]) =>
    [...block.matchAll(/^ \* (.*?); +\/\/ (.*)$/gm)].map(([, call, result]) => ({ call, result })),
  );
}

// `var` is a word of the language
const SCOPE = Object.entries(tapegrad).filter(([name]) => name !== "var");
const names = SCOPE.map(([name]) => name);
const values = SCOPE.map(([, value]) => value);

function valueOf(call: string): unknown {
  const run = compileFunction(`return ${call};`, names) as (
    ...scope: readonly unknown[]
  ) => unknown;
  return run(...values);
}

/** Nested numbers: a tensor's, those of several tensors, or a shape. */
function plain(value: unknown): unknown {
  if (value instanceof tapegrad.Tensor) return value.toArray();
  return Array.isArray(value) ? value.map(plain) : value;
}

describe("the examples in", () => {
  it.each(FILES.map((name) => [name, examplesOf(readFileSync(OPS + name, "utf8"))] as const))(
    "%s print what they say",
    (_, examples) => {
      for (const { call, result } of examples) {
        const several = result.includes(" and ");
        const text = several ? `[${result.replaceAll(" and ", ", ")}]` : result;
        expect(plain(valueOf(call)), call).toEqual(JSON.parse(text));
      }
    },
  );

  it("those files are found", () => {
    const all = FILES.flatMap((name) => examplesOf(readFileSync(OPS + name, "utf8")));

    expect(all.length).toBeGreaterThanOrEqual(50);
  });
});
