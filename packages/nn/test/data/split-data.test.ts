import { randomKey, tensor } from "@tapegrad/autograd";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { DataLoader } from "../../src/data/loader.ts";
import { splitData } from "../../src/data/split-data.ts";
import { messageOf } from "../oracles/refusal.ts";

const counting = (length: number) => ({ length, get: (index: number) => index });
const context = { index: 0, epoch: 0, seed: 0 };

describe("splitData", () => {
  it("puts every sample into one of the two, in proportion, class by class", () => {
    const labels = fc.array(fc.integer({ min: 0, max: 3 }), { minLength: 4, maxLength: 40 });
    fc.assert(
      fc.property(
        labels,
        fc.double({ min: 0.2, max: 0.8, noNaN: true }),
        fc.integer(),
        (strata, part, seed) => {
          const split = splitData(counting(strata.length), {
            validation: part,
            strata,
            key: randomKey(seed),
          });
          const { trainIndices, validationIndices } = split;
          const all = [...trainIndices, ...validationIndices].sort((a, b) => a - b);
          const held = (label: number) =>
            [...validationIndices].filter((i) => strata[i] === label).length;

          expect(all).toEqual(strata.map((_, index) => index));
          expect(validationIndices.length).toBe(Math.round(part * strata.length));
          for (const label of new Set(strata)) {
            const size = strata.filter((other) => other === label).length;
            const exact = (size * validationIndices.length) / strata.length;
            expect(Math.abs(held(label) - exact)).toBeLessThan(1);
          }
        },
      ),
    );
  });

  it("repeats itself under the same key, and differs under another", () => {
    const held = (seed: number) =>
      splitData(counting(50), { validation: 0.5, key: randomKey(seed) }).validationIndices;

    expect(held(1)).toEqual(held(1));
    expect(held(1)).not.toEqual(held(2));
  });

  it("gives sources with the samples of the data", () => {
    const { train, validation, trainIndices } = splitData(counting(10), { validation: 0.3 });

    expect([train.length, validation.length]).toEqual([7, 3]);
    expect(train.get(6, context)).toBe(trainIndices[6]);
  });

  it("splits tensors, for two loaders", () => {
    const x = tensor([
      [0, 1],
      [2, 3],
      [4, 5],
      [6, 7],
    ]);
    const split = splitData({ x, y: x }, { validation: 0.25, key: randomKey(3) });

    const [train] = new DataLoader(split.train, { batchSize: 3 });
    const [validation] = new DataLoader(split.validation, { batchSize: 1 });

    expect(train.x.shape).toEqual([3, 2]);
    expect(validation.y.toArray()).toEqual([
      [...x.toTypedArray()].slice(2 * split.validationIndices[0]).slice(0, 2),
    ]);
  });

  it("refuses a part of nothing, other strata than samples, and what takes time", () => {
    const source = { length: 2, fetch: () => Promise.resolve([]) };

    expect(messageOf(() => splitData(counting(3), { validation: 0.1 }))).toMatchInlineSnapshot(
      `"ValueError: splitData: a part of 0.1 of 3 samples leaves nothing to train on or to hold back. Use a part between 0 and 1."`,
    );
    expect(
      messageOf(() => splitData(counting(3), { validation: Number.NaN })),
    ).toMatchInlineSnapshot(
      `"ValueError: splitData: a part of NaN of 3 samples leaves nothing to train on or to hold back. Use a part between 0 and 1."`,
    );
    expect(
      messageOf(() => splitData(counting(3), { validation: 0.5, strata: [1] })),
    ).toMatchInlineSnapshot(
      `"ValueError: splitData: there are 1 strata for 3 samples. Pass the class of every sample."`,
    );
    expect(messageOf(() => splitData(source, { validation: 0.5 }))).toMatchInlineSnapshot(
      `"ValueError: splitData: the source takes time. Split what it is made of."`,
    );
  });
});
