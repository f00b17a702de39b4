import { describe, expect, it } from "vitest";
import { randomCrop, randomFlip } from "../../src/data/augment.ts";
import { randomNumbers } from "../../src/data/sample-seed.ts";
import { messageOf } from "../oracles/refusal.ts";

/** Two channels of two rows and three columns. */
const image = {
  shape: [2, 2, 3],
  data: Uint8Array.of(1, 2, 3, 4, 5, 6, 11, 12, 13, 14, 15, 16),
};
/** Draws these numbers in turn. */
const drawing = (...numbers: number[]) => {
  const left = [...numbers];
  return () => left.shift() ?? Number.NaN;
};

describe("randomFlip", () => {
  it("mirrors every row of every channel, or none", () => {
    expect([...randomFlip(image, drawing(0.49)).data]).toEqual([
      3, 2, 1, 6, 5, 4, 13, 12, 11, 16, 15, 14,
    ]);
    expect(randomFlip(image, drawing(0.5))).toEqual(image);
    expect([...randomFlip(image, drawing(0.9), 1).data]).not.toEqual([...image.data]);
  });

  it("leaves the image as it is, and keeps what else it says", () => {
    const copy = Uint8Array.from(image.data);

    const flipped = randomFlip({ ...image, dtype: "float32" }, drawing(0));

    expect(flipped.dtype).toBe("float32");
    expect(image.data).toEqual(copy);
  });
});

describe("randomCrop", () => {
  it("takes a window of the image and of zeros around it", () => {
    const upperLeft = randomCrop(image, drawing(0, 0), { padding: 1 });
    const lowerRight = randomCrop(image, drawing(0.99, 0.99), { padding: 1 });

    expect([...upperLeft.data]).toEqual([0, 0, 0, 0, 1, 2, 0, 0, 0, 0, 11, 12]);
    expect([...lowerRight.data]).toEqual([5, 6, 0, 0, 0, 0, 15, 16, 0, 0, 0, 0]);
    expect([...randomCrop(image, drawing(0.5, 0.5), { padding: 1 }).data]).toEqual([...image.data]);
  });

  it("draws every place alike", () => {
    const dot = { shape: [1, 1], data: Float32Array.of(1) };
    const random = randomNumbers(3);
    let hits = 0;
    for (let i = 0; i < 900; i++) hits += Number(randomCrop(dot, random, { padding: 1 }).data[0]);

    // one of nine places: 100, with a standard deviation of 9.4
    expect(Math.abs(hits - 100)).toBeLessThan(40);
  });

  it("refuses what is no image, and padding that is none", () => {
    const row = { shape: [3], data: Uint8Array.of(1, 2, 3) };

    expect(messageOf(() => randomFlip(row, drawing(0)))).toMatchInlineSnapshot(
      `"ShapeError: randomFlip: shape [3] is no image. Pass [channels, height, width] or [height, width]."`,
    );
    expect(messageOf(() => randomCrop(image, drawing(0), { padding: 0.5 }))).toMatchInlineSnapshot(
      `"ValueError: randomCrop: padding is 0.5. Use an integer of 0 or more."`,
    );
  });
});

describe("randomNumbers", () => {
  it("are uniform, and others for neighbouring seeds", () => {
    const first = Array.from({ length: 2000 }, (_, seed) => randomNumbers(seed)());
    const sequence = Array.from({ length: 2000 }, randomNumbers(12));

    for (const numbers of [first, sequence]) {
      const counts = new Array<number>(10).fill(0);
      for (const x of numbers) counts[Math.floor(10 * x)]++;
      // 200 each, with a standard deviation of 13
      for (const count of counts) expect(Math.abs(count - 200)).toBeLessThan(60);
      expect(new Set(numbers).size).toBe(2000);
    }
  });
});
