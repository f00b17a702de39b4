import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { base64Length, fromBase64, toBase64 } from "../../src/array/base64.ts";

describe("base64", () => {
  it("has the examples of RFC 4648, section 10", () => {
    const texts = ["", "f", "fo", "foo", "foob", "fooba", "foobar"];

    expect(texts.map((text) => toBase64(Buffer.from(text)))).toEqual([
      "",
      "Zg==",
      "Zm8=",
      "Zm9v",
      "Zm9vYg==",
      "Zm9vYmE=",
      "Zm9vYmFy",
    ]);
  });

  it("is what Node writes and reads, for any bytes", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 50 }), (bytes) => {
        const text = Buffer.from(bytes).toString("base64");

        expect(toBase64(bytes)).toBe(text);
        expect(fromBase64(text)).toEqual(bytes);
        expect(base64Length(text)).toBe(bytes.length);
      }),
    );
  });

  it("goes on after a piece", () => {
    const bytes = new Uint8Array(20_000).map((_, i) => i);

    expect(fromBase64(toBase64(bytes))).toEqual(bytes);
  });

  it.each([
    ["a length that is no multiple of 4", "Zg="],
    ["a character outside of the alphabet", "Zm-v"],
    ["white space", "Zm9v\n   "],
    ["padding in the middle", "Zg==Zm9v"],
    ["padding of a whole group", "===="],
    ["three padding characters", "Z==="],
    ["unused bits that are not 0", "Zh=="],
    ["unused bits of two bytes that are not 0", "Zm9="],
  ])("refuses %s", (_, text) => {
    expect(fromBase64(text)).toBeNull();
  });
});
