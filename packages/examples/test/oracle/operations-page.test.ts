import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { CATEGORIES } from "../../src/oracle/operations/index.ts";
import { linesOf, operationsPage } from "../../src/oracle/operations-page.ts";

const page = readFileSync(new URL("../../../../docs/operations.md", import.meta.url), "utf8");

/** The cells of the rows of a page's tables, without their heads. */
function rowsOf(text: string): readonly (readonly string[])[] {
  return text
    .split("\n")
    .filter((line) => line.startsWith("| `"))
    .map((line) => line.slice(2, -2).split(" | "));
}

describe("docs/operations.md", () => {
  it("has the lines of the table, in its order, with the names in JAX and TensorFlow", () => {
    const names = ([pytorch, , jax, tensorflow]: readonly string[]) => [pytorch, jax, tensorflow];
    const lines = Object.keys(CATEGORIES).flatMap(linesOf);

    expect(rowsOf(page).map(names)).toEqual(lines.map(({ cells }) => names(cells)));
  });

  it("has a call, and figures of the oracle, in every line", () => {
    for (const [, call, , , made, order, worst] of rowsOf(page)) {
      expect([call, made].every((cell) => cell.length > 0)).toBe(true);
      expect(Number(order)).toBeLessThanOrEqual(2);
      expect(Number(worst)).toBeLessThan(1e-9);
    }
  });

  it("names what an operator is made of, unless it is a primitive", () => {
    const figures = (primitives: readonly string[]) => ({
      samples: 3,
      order: 2,
      worst: 2e-16,
      primitives,
    });
    const text = operationsPage(
      new Map([
        ["exp", figures(["exp"])],
        ["exp2", figures(["pow"])],
        ["log10", figures(["a", "b", "c", "d", "e", "f", "g", "h"])],
        ["positive", figures([])],
      ]),
    );
    const made = (name: string) =>
      rowsOf(text).find(([pytorch]) => pytorch.startsWith(`\`${name}(`))?.[4];

    expect(["exp", "exp2", "log10", "positive"].map(made)).toEqual([
      "primitive",
      "`pow`",
      "`a` `b` `c` `d` `e` `f` and 2 more",
      "a constant, or `x` itself",
    ]);
  });
});
