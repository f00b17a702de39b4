import { readFileSync } from "node:fs";
import { LINT_RULES } from "@tapegrad/nn";
import { expect, it } from "vitest";

it("docs/normalization.md has every rule of the linter, in its order", () => {
  const text = readFileSync(new URL("../../../../docs/normalization.md", import.meta.url), "utf8");
  const rows = text.slice(text.indexOf("## The linter")).matchAll(/^\| `([^`]+)`/gm);

  expect([...rows].map(([, rule]) => rule)).toEqual([...LINT_RULES]);
});
