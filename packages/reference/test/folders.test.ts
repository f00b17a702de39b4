import type { CommentDisplayPart } from "typedoc";
import { describe, expect, it } from "vitest";
import { unlinked } from "../src/folders.ts";

const text = (value: string): CommentDisplayPart => ({ kind: "text", text: value });
const code = (value: string): CommentDisplayPart => ({ kind: "code", text: value });
const link = (value: string): CommentDisplayPart => {
  return { kind: "relative-link", text: value, target: undefined, targetAnchor: undefined };
};

/** The text without the links that lead to folders. */
function shown(...parts: readonly CommentDisplayPart[]): string {
  return unlinked(parts, ({ kind, text }) => kind === "relative-link" && !text.includes("."))
    .map((part) => part.text)
    .join("");
}

describe("a link to a folder", () => {
  it("leaves its label", () => {
    expect(
      shown(
        text("The [lessons]("),
        link("packages/examples"),
        text("); [b]("),
        link("b.md"),
        text(")"),
      ),
    ).toBe("The lessons; [b](b.md)");
  });

  it("leaves a label in code", () => {
    expect(
      shown(
        text("[a]("),
        link("a.md"),
        text(") | ["),
        code("`x`"),
        text("]("),
        link("packages/x"),
        text(") |"),
      ),
    ).toBe("[a](a.md) | `x` |");
  });
});
