import { randomKey } from "@tapegrad/autograd";
import { BatchNorm, Dropout, init, Linear, Sequential } from "@tapegrad/nn";
import { describe, expect, it } from "vitest";
import { PIXELS } from "../../../src/experiments/shared/image-data.ts";
import {
  evenly,
  firstOf,
  holdOut,
  TrainableClassifier,
} from "../../../src/experiments/shared/train-classifier.ts";

/** Images of one bright pixel, which says the class. */
const pixels = (count: number) => {
  const images = new Uint8Array(count * PIXELS);
  const labels = Uint8Array.from({ length: count }, (_, i) => i % 10);
  labels.forEach((label, i) => {
    images[i * PIXELS + label] = 255;
  });
  return { count, images, labels };
};

const sets = { train: pixels(40), test: pixels(20) };
const settings = {
  ...sets,
  weights: init.varianceScaling(),
  learningRate: 1,
  steps: 20,
  batchSize: 10,
  measureEvery: 15,
  onStep: () => Promise.resolve(),
};

describe("TrainableClassifier", () => {
  const model = new Sequential(
    new Linear(PIXELS, 12),
    new BatchNorm(12),
    new Dropout(0.1, { key: randomKey(1) }),
    new Linear(12, 10),
  );
  const classifier = new TrainableClassifier(model);

  it("learns, measures on its schedule, and repeats a run bit for bit whatever was between", async () => {
    const first = await classifier.train({ ...settings, seed: 1 });
    const other = await classifier.train({ ...settings, seed: 2 });
    const again = await classifier.train({ ...settings, seed: 1 });

    expect(first.map(({ step }) => step)).toEqual([15, 20]);
    expect(first.at(-1)?.accuracy).toBeGreaterThan(0.8);
    expect(classifier.evaluate(sets.test).accuracy).toBe(first.at(-1)?.accuracy);
    expect(other).not.toEqual(first);
    expect(again).toEqual(first);
  });

  it("follows a schedule of rates, and measures where it is told", async () => {
    const rates: number[] = [];
    const schedule = (step: number, base: number): number => {
      rates.push(step);
      return step < 10 ? base : 0;
    };
    const at = { measureAt: new Set([10, 12]), schedule };
    const points = await classifier.train({ ...settings, ...at, seed: 1 });

    expect(rates).toEqual(Array.from({ length: 20 }, (_, i) => i));
    expect(points.map(({ step }) => step)).toEqual([10, 12, 20]);
    const { weight } = model.layers[0] as Linear;
    const after = weight.value;
    await classifier.train({ ...settings, seed: 1, steps: 10 });
    expect(weight.value.toTypedArray()).toEqual(after.toTypedArray());
  });

  it("keeps images of a shard together where only shards are shuffled", async () => {
    const shuffle = { shardSize: 10, within: false };
    const first = await classifier.train({ ...settings, shuffle, seed: 1 });
    const other = await classifier.train({ ...settings, seed: 1 });

    expect(first).not.toEqual(other);
  });

  it("ends a run whose loss is not finite", async () => {
    const points = await classifier.train({ ...settings, seed: 1, learningRate: 1e30 });

    expect(points).toHaveLength(1);
    expect(points[0].step).toBeLessThan(15);
    expect(points[0].trainLoss).toBeNull();
  });
});

describe("firstOf", () => {
  it("takes the first images, and all where there are fewer", () => {
    expect(firstOf(sets.train, 3).labels).toEqual(Uint8Array.of(0, 1, 2));
    expect(firstOf(sets.train, 3).images).toHaveLength(3 * PIXELS);
    expect(firstOf(sets.train, 99).count).toBe(40);
  });
});

describe("evenly", () => {
  it("takes images at equal distances, all of them if there are no more", () => {
    const set = pixels(20);
    const few = evenly(set, 5);

    expect([...few.labels]).toEqual([0, 4, 8, 2, 6]);
    expect(few.images.subarray(PIXELS, 2 * PIXELS)[4]).toBe(255);
    expect(evenly(set, 30)).toEqual(set);
  });
});

describe("holdOut", () => {
  it("takes the last images off a set, at most a quarter of them", () => {
    const set = pixels(20);
    const [kept, heldOut] = holdOut(set, 3);

    expect([kept.count, heldOut.count]).toEqual([17, 3]);
    expect([...heldOut.labels]).toEqual([7, 8, 9]);
    expect([...kept.images, ...heldOut.images]).toEqual([...set.images]);
    expect(holdOut(set, 8).map(({ count }) => count)).toEqual([15, 5]);
  });
});
