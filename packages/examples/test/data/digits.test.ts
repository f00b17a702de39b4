import { createHash } from "node:crypto";
import { ValueError } from "@tapegrad/autograd";
import { describe, expect, it } from "vitest";
import { type Digits, generateDigits } from "../../src/data/digits.ts";

const PIXELS = 784;

const sha256 = ({ images, labels }: Digits): string =>
  createHash("sha256").update(images).update(labels).digest("hex");

const countLabels = (labels: Uint8Array): number[] => {
  const counts = new Array<number>(10).fill(0);
  for (const label of labels) counts[label]++;
  return counts;
};

const refusalOf = (act: () => unknown): ValueError => {
  try {
    act();
  } catch (error) {
    if (error instanceof ValueError) return error;
    throw error;
  }
  throw new Error("nothing was thrown");
};

describe("generateDigits", () => {
  it("gives the same bytes for a seed on every machine", () => {
    const digits = generateDigits(200, { seed: 1 });

    // A change of this hash changes every figure measured on these digits.
    expect(sha256(digits)).toMatchInlineSnapshot(
      `"cf4931f5dda13644a7e3c538b4a1631db585bc7941c95ebf854aefabe0c10721"`,
    );
  });

  it("gives different digits for different seeds", () => {
    const hashes = [0, 1, 2, 0xffff_ffff].map((seed) => sha256(generateDigits(20, { seed })));

    expect(new Set(hashes).size).toBe(4);
  });

  it("begins a longer set with the shorter one", () => {
    const short = generateDigits(13, { seed: 5 });
    const long = generateDigits(31, { seed: 5 });

    expect(long.images.subarray(0, short.images.length)).toEqual(short.images);
    expect(long.labels.subarray(0, short.labels.length)).toEqual(short.labels);
  });

  it("shows every label equally often, in an order that varies", () => {
    const { labels } = generateDigits(1005, { seed: 3 });

    const counts = countLabels(labels);
    expect(Math.min(...counts)).toBeGreaterThanOrEqual(100);
    expect(Math.max(...counts)).toBeLessThanOrEqual(101);
    expect(labels.subarray(0, 10)).not.toEqual(labels.subarray(10, 20));
  });

  it("draws bright ink on a dark ground in amounts like those of MNIST", () => {
    const { images } = generateDigits(1000, { seed: 4 });

    const mean = images.reduce((sum, pixel) => sum + pixel, 0) / images.length / 255;
    const inked = images.reduce((count, pixel) => count + (pixel > 0 ? 1 : 0), 0) / images.length;
    const brightest = images.reduce((max, pixel) => Math.max(max, pixel), 0);
    // MNIST: mean 0.131, inked 0.191
    expect(mean).toBeGreaterThan(0.08);
    expect(mean).toBeLessThan(0.15);
    expect(inked).toBeGreaterThan(0.13);
    expect(inked).toBeLessThan(0.25);
    expect(brightest).toBeGreaterThan(230);
  });

  it("leaves no picture empty or full, and keeps the digit near the middle", () => {
    const count = 1000;
    const { images } = generateDigits(count, { seed: 6 });

    for (let index = 0; index < count; index++) {
      const picture = images.subarray(index * PIXELS, (index + 1) * PIXELS);
      const { mass, row, column } = centreOfMass(picture);
      expect(mass / PIXELS).toBeGreaterThan(0.01);
      expect(mass / PIXELS).toBeLessThan(0.5);
      expect(Math.abs(row - 13.5)).toBeLessThan(6);
      expect(Math.abs(column - 13.5)).toBeLessThan(6);
    }
  });

  it("draws one digit in more than one way", () => {
    const { images, labels } = generateDigits(200, { seed: 7 });

    const sevens = Array.from(labels.keys()).filter((index) => labels[index] === 7);
    const pictures = sevens.map((index) =>
      images.subarray(index * PIXELS, (index + 1) * PIXELS).join(),
    );
    expect(new Set(pictures).size).toBe(sevens.length);
  });

  it("gives two empty arrays for a count of 0", () => {
    const { images, labels } = generateDigits(0, { seed: 1 });

    expect([images.length, labels.length]).toEqual([0, 0]);
  });

  it("refuses a count that is not a number of digits", () => {
    const error = refusalOf(() => generateDigits(1.5, { seed: 1 }));

    expect(error.message).toMatchInlineSnapshot(
      `"generateDigits: count is 1.5, which is not an integer from 0 to 1000000. Pass one in that range."`,
    );
    expect(error.details).toEqual({ option: "count", value: 1.5 });
  });

  it.each([-1, 0.5, 2 ** 32, Number.NaN])("refuses the seed %d", (seed) => {
    const error = refusalOf(() => generateDigits(1, { seed }));

    expect(error.details).toEqual({ option: "seed", value: seed });
  });
});

function centreOfMass(picture: Uint8Array): { mass: number; row: number; column: number } {
  let mass = 0;
  let row = 0;
  let column = 0;
  picture.forEach((pixel, index) => {
    const weight = pixel / 255;
    mass += weight;
    row += weight * Math.floor(index / 28);
    column += weight * (index % 28);
  });
  return { mass, row: row / mass, column: column / mass };
}
