import { describe, expect, it } from "vitest";
import { html, trusted } from "../../../src/experiments/shared/html.ts";

describe("html", () => {
  it("escapes text", () => {
    expect(String(html`<p title="${`"'`}">${"<b> & more"}</p>`)).toBe(
      '<p title="&quot;&#39;">&lt;b&gt; &amp; more</p>',
    );
  });

  it("inserts markup and lists of it as they are", () => {
    const items = ["a", "<"].map((text) => html`<li>${text}</li>`);
    expect(String(html`<ul>${items}</ul>${trusted("<hr>")}${null}${1}`)).toBe(
      "<ul><li>a</li><li>&lt;</li></ul><hr>1",
    );
  });
});
