import { describe, expect, it } from "vitest";
import { nearestName } from "../../src/serialization/nearest-names.ts";

const NAMES = ["0.weight", "0.bias", "fc.weight", "encoder.layers.10.norm1.bias"];

describe("nearestName", () => {
  it.each([
    ["0.wieght", "0.weight"],
    ["0.weigh", "0.weight"],
    ["1.bias", "0.bias"],
    ["fc1.weight", "fc.weight"],
    ["encoder.layers.10.norm2.bias", "encoder.layers.10.norm1.bias"],
  ])("of %s is %s", (name, nearest) => {
    expect(nearestName(name, NAMES)).toBe(nearest);
  });

  it("is none where everything differs", () => {
    expect(nearestName("momentum", NAMES)).toBeUndefined();
    expect(nearestName("w", [])).toBeUndefined();
  });

  it("does not compare texts that nobody would type", () => {
    const long = "x".repeat(100_000);

    expect(nearestName(long, [`${long}y`])).toBeUndefined();
  });
});
