import { allPrimitives } from "@tapegrad/autograd";
import { describe, expect, it } from "vitest";
import { secondDerivativesOf, specialValues } from "./special-values.ts";

const DOCUMENT = "../../../docs/special-values.md";

describe("docs/special-values.md", () => {
  it("is what the primitives do; `npx vitest run special-values -u` writes it", async () => {
    const text = specialValues();

    expect(allPrimitives.filter(({ name }) => !text.includes(`\`${name}\``))).toEqual([]);
    await expect(text).toMatchFileSnapshot(DOCUMENT);
  });
});

describe("second derivatives", () => {
  it("at zeros and ones are what they were; `npx vitest run special-values -u` writes them", async () => {
    const lines = allPrimitives.flatMap(secondDerivativesOf);

    await expect(`${lines.join("\n")}\n`).toMatchFileSnapshot("second-derivatives.txt");
  });
});
