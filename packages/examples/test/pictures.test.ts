import { readdirSync, readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { PICTURES } from "../src/pictures/pictures.ts";

const folder = new URL("../../../docs/pictures/", import.meta.url);

describe("docs/pictures", () => {
  it.each(Object.entries(PICTURES))("has %s as `npm run pictures` draws it", (name, draw) => {
    expect(readFileSync(new URL(name, folder), "utf8")).toBe(draw());
  });

  it("has no other picture, and none with a folder of whoever drew it", () => {
    const names = readdirSync(folder).sort();

    expect(names).toEqual(Object.keys(PICTURES).sort());
    for (const name of names) {
      expect(readFileSync(new URL(name, folder), "utf8")).not.toMatch(/\/(home|Users|work|root)\//);
    }
  });
});
