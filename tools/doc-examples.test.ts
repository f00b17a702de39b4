/**
 * @file What is taken for an example of a doc comment, and what is imported for it.
 */

import { describe, expect, it } from "vitest";
import { examplesOf, moduleOf } from "./doc-examples.ts";

const SOURCE = `/**
 * Square root.
 *
 * @example
 * const y = sqrt(x);
 *
 *   show(y);
 * @see somebody
 */
const no = "@example";
// @example
/**
 * @example
 * f();
 */
`;

describe("examplesOf", () => {
  it("finds examples up to the next tag or the end of the comment, and their lines", () => {
    expect(examplesOf("a.ts", SOURCE)).toEqual([
      { source: "a.ts", line: 5, code: "const y = sqrt(x);\n\n  show(y);" },
      { source: "a.ts", line: 14, code: "f();" },
    ]);
  });
});

describe("moduleOf", () => {
  const entries = [
    { specifier: "first", names: new Set(["sqrt", "show", "sum"]) },
    { specifier: "second", names: new Set(["sqrt", "tensor"]) },
  ];
  const importsOf = (code: string): string[] =>
    moduleOf({ source: "a.ts", line: 1, code }, entries).match(/import .*?;/g) ?? [];

  it("keeps the line of the code", () => {
    const lines = moduleOf({ source: "a.ts", line: 5, code: "f();" }, entries).split("\n");

    expect(lines.indexOf("f();")).toBe(4);
  });

  it("imports a name from the first module that has it, once", () => {
    expect(importsOf("sqrt(sqrt(tensor(1)))")).toEqual([
      'import { sqrt } from "first";',
      'import { tensor } from "second";',
    ]);
  });

  it("does not import names of properties, but those of what is spread", () => {
    expect(importsOf("x.sum().sqrt?.show")).toEqual([]);
    expect(importsOf("[...show]")).toEqual(['import { show } from "first";']);
  });

  it("imports nothing that only contains a name", () => {
    expect(importsOf("mySum(sums, sqrt2, $show)")).toEqual([]);
  });
});
