import { allPrimitives } from "@tapegrad/autograd";
import { describe, expect, it } from "vitest";
import { specialValues } from "./special-values.ts";

const DOCUMENT = "../../../docs/special-values.md";

describe("docs/special-values.md", () => {
  it("is what the primitives do; `npx vitest run special-values -u` writes it", async () => {
    const text = specialValues();

    expect(allPrimitives.filter(({ name }) => !text.includes(`\`${name}\``))).toEqual([]);
    await expect(text).toMatchFileSnapshot(DOCUMENT);
  });
});
