import { describe, expect, it } from "vitest";
import { widenBFloat16, widenFloat16 } from "../../src/serialization/half-precision.ts";
import { reverseItems } from "../../src/serialization/stored-types.ts";

const ALL = Uint16Array.from({ length: 2 ** 16 }, (_, bits) => bits);
/** Little-endian, whatever the machine is. */
const BYTES = Uint8Array.from({ length: 2 ** 17 }, (_, at) => (at >> 1) >> (at % 2 === 0 ? 0 : 8));

/** The value of IEEE 754, table 3.5, computed with numbers instead of bits. */
function valueOf(bits: number, exponentBits: number): number {
  const fractionBits = 15 - exponentBits;
  const bias = 2 ** (exponentBits - 1) - 1;
  const sign = bits >= 2 ** 15 ? -1 : 1;
  const exponent = Math.floor(bits / 2 ** fractionBits) % 2 ** exponentBits;
  const fraction = (bits % 2 ** fractionBits) / 2 ** fractionBits;
  if (exponent === 2 ** exponentBits - 1) {
    return fraction === 0 ? sign * Number.POSITIVE_INFINITY : Number.NaN;
  }
  return exponent === 0
    ? sign * fraction * 2 ** (1 - bias)
    : sign * (1 + fraction) * 2 ** (exponent - bias);
}

describe.each([
  { name: "float16", widen: widenFloat16, exponentBits: 5 },
  { name: "bfloat16", widen: widenBFloat16, exponentBits: 8 },
])("$name", ({ widen, exponentBits }) => {
  it("has every one of its 65536 values exactly in float32", () => {
    const wide = widen(BYTES);

    const wrong = [...ALL].filter((bits) => !Object.is(wide[bits], valueOf(bits, exponentBits)));

    expect(wrong).toEqual([]);
  });

  it("keeps the sign and the payload of a NaN", () => {
    const bits = new Uint32Array(widen(BYTES).buffer);
    const fractionBits = 15 - exponentBits;
    const nans = [...ALL].filter((half) => Number.isNaN(valueOf(half, exponentBits)));

    const wrong = nans.filter((half) => {
      const payload = (half % 2 ** fractionBits) * 2 ** (23 - fractionBits);
      const sign = half >= 2 ** 15 ? 2 ** 31 : 0;
      return bits[half] !== sign + 0x7f800000 + payload;
    });

    expect(nans.length).toBeGreaterThan(200);
    expect(wrong).toEqual([]);
  });
});

describe("reverseItems", () => {
  it("turns the bytes of every item around", () => {
    const bytes = Uint8Array.of(1, 2, 3, 4, 5, 6, 7, 8);

    expect(reverseItems(bytes, 1)).toEqual(bytes);
    expect(reverseItems(bytes, 2)).toEqual(Uint8Array.of(2, 1, 4, 3, 6, 5, 8, 7));
    expect(reverseItems(bytes, 8)).toEqual(Uint8Array.of(8, 7, 6, 5, 4, 3, 2, 1));
  });
});
