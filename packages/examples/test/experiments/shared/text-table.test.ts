import { describe, expect, it } from "vitest";
import { textTable } from "../../../src/experiments/shared/text-table.ts";

const TABLE = {
  caption: "Accuracy in percent",
  head: ["network", "mean"],
  rows: [
    ["with", "9.5"],
    ["without", "10.25"],
  ],
};

describe("textTable", () => {
  it("aligns words on the left and numbers on the right", () => {
    expect(textTable(TABLE, 80)).toMatchInlineSnapshot(`
      "Accuracy in percent

        network    mean
        with        9.5
        without   10.25
      "
    `);
  });

  it("is null where the terminal is too narrow", () => {
    expect(textTable(TABLE, 17)).toBeTypeOf("string");
    expect(textTable(TABLE, 16)).toBeNull();
  });
});
