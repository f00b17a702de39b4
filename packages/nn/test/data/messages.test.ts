import { randomKey, tensor, zeros } from "@tapegrad/autograd";
import { describe, expect, it } from "vitest";
import { stackSamples } from "../../src/data/collate.ts";
import { DataLoader } from "../../src/data/loader.ts";
import { messageOf } from "../oracles/refusal.ts";

const counting = (length: number) => ({ length, get: (index: number) => index });

describe("the messages of DataLoader", () => {
  it("refuses a batch size that is none", () => {
    expect(messageOf(() => new DataLoader(counting(4), { batchSize: 0 }))).toMatchInlineSnapshot(
      `"ValueError: DataLoader: batchSize is 0. Use an integer above 0."`,
    );
  });

  it("refuses data without samples", () => {
    expect(messageOf(() => new DataLoader([], { batchSize: 1 }))).toMatchInlineSnapshot(
      `"ValueError: DataLoader: there are no samples. Pass data with at least one."`,
    );
  });

  it("refuses a source of no length", () => {
    const source = { length: Number.NaN, get: () => 1 };

    expect(messageOf(() => new DataLoader(source, { batchSize: 1 }))).toMatchInlineSnapshot(
      `"ValueError: DataLoader: the length of the source is NaN. Use an integer above 0."`,
    );
  });

  it("refuses a key that is none", () => {
    const options = { batchSize: 2, key: tensor([1, 2, 3]) };

    expect(messageOf(() => new DataLoader(counting(4), options))).toMatchInlineSnapshot(
      `"DTypeError: DataLoader: the key is float32[3], but keys are int32[2]. Make one with \`randomKey(seed)\`."`,
    );
  });

  it("refuses shards of no size", () => {
    expect(
      messageOf(() => new DataLoader(counting(4), { batchSize: 2, shuffle: { shardSize: 0.5 } })),
    ).toMatchInlineSnapshot(`"ValueError: DataLoader: shardSize is 0.5. Use an integer above 0."`);
  });

  it("refuses to drop everything", () => {
    expect(
      messageOf(() => new DataLoader(counting(4), { batchSize: 5, remainder: "drop" })),
    ).toMatchInlineSnapshot(
      `"ValueError: DataLoader: remainder "drop" leaves no batch of 4 samples and batchSize 5. Use smaller batches, or "merge"."`,
    );
  });

  it("refuses a remainder it does not know", () => {
    const remainder = "pad" as "keep";

    expect(
      messageOf(() => new DataLoader(counting(4), { batchSize: 3, remainder })),
    ).toMatchInlineSnapshot(
      `"ValueError: DataLoader: remainder "pad" is not known. Use one of merge, drop, keep."`,
    );
  });

  it("refuses arrays of different lengths", () => {
    const data = { x: zeros([3, 2]), y: zeros([4]) };

    expect(messageOf(() => new DataLoader(data, { batchSize: 1 }))).toMatchInlineSnapshot(
      `"ShapeError: DataLoader: the arrays have 3, 4 samples along their first axes. Give them one number of samples."`,
    );
  });

  it("refuses what holds no samples", () => {
    const data = { x: zeros([3]), y: [[1, 2, 3] as unknown as Uint8Array] };

    expect(messageOf(() => new DataLoader(data, { batchSize: 1 }))).toMatchInlineSnapshot(
      `"DTypeError: DataLoader: data.y.0.0 is of type number, which holds no samples. Use tensors, typed arrays or { data, shape }, in any nesting."`,
    );
  });

  it("refuses an array that is not as long as its shape", () => {
    const data = { shape: [3, 2], data: Float32Array.of(1, 2, 3) };

    expect(messageOf(() => new DataLoader(data, { batchSize: 1 }))).toMatchInlineSnapshot(
      `"ShapeError: DataLoader: an array of shape [3, 2] has 3 numbers. Pass the shape of the data."`,
    );
  });

  it("refuses to give at once what takes time", () => {
    const source = { length: 2, fetch: () => Promise.resolve([1]) };
    const loader = new DataLoader(source, { batchSize: 1 });

    expect(messageOf(() => [...loader])).toMatchInlineSnapshot(
      `"ValueError: DataLoader: the source takes time, so its batches cannot be had at once. Use \`for await\`."`,
    );
  });

  it("refuses a number of batches ahead that is none", () => {
    const options = { batchSize: 2, prefetch: Number.NaN };

    expect(messageOf(() => new DataLoader(counting(4), options))).toMatchInlineSnapshot(
      `"ValueError: DataLoader: prefetch is NaN. Use an integer of 0 or more."`,
    );
  });

  it("refuses a source that gives other samples than it was asked for", async () => {
    const source = { length: 4, fetch: () => Promise.resolve([1]) };
    const loader = new DataLoader(source, { batchSize: 2 });

    await expect(loader[Symbol.asyncIterator]().next()).rejects.toThrowErrorMatchingInlineSnapshot(
      `[ValueError: DataLoader: the source gave 1 samples where 2 were asked for. Give one for each context, in order.]`,
    );
  });

  it("knows shards by what they mean", () => {
    const make = (order: object) =>
      new DataLoader(counting(4), { batchSize: 2, shuffle: { shardSize: 2, ...order } });
    make({}).restore(make({ within: true, order: true }).stateDict());
    const state = make({ order: false }).stateDict();

    expect(messageOf(() => make({}).restore(state))).toMatchInlineSnapshot(
      `"ValueError: restore: the state is of a loader with shuffle by shards of 2 (order false, within true), but this one has by shards of 2 (order true, within true). Make the loader with the same data and options."`,
    );
  });

  it("refuses the state of a loader with other settings", () => {
    const state = new DataLoader(counting(4), { batchSize: 2 }).stateDict();
    const loader = new DataLoader(counting(4), { batchSize: 2, shuffle: true });

    expect(messageOf(() => loader.restore(state))).toMatchInlineSnapshot(
      `"ValueError: restore: the state is of a loader with shuffle false, but this one has true. Make the loader with the same data and options."`,
    );
  });

  it("refuses a state that is none", () => {
    const loader = new DataLoader(counting(4), { batchSize: 2, key: randomKey(1) });
    const state = { ...loader.stateDict(), batch: 3 };

    expect(messageOf(() => loader.restore(state))).toMatchInlineSnapshot(
      `"ValueError: restore: epoch 0, batch 3 and key 1,0 are no place of this loader. Pass what \`stateDict\` gave."`,
    );
  });
});

describe("the messages of stackSamples", () => {
  it("refuses no samples", () => {
    expect(messageOf(() => stackSamples([]))).toMatchInlineSnapshot(
      `"ValueError: stackSamples: there are no samples. Pass at least one."`,
    );
  });

  it("refuses a leaf that is no numbers", () => {
    expect(messageOf(() => stackSamples([{ a: [1, "two"] }]))).toMatchInlineSnapshot(
      `"DTypeError: stackSamples: sample.a.1 is of type string, which has no tensor. Use numbers, booleans, typed arrays, tensors or { data, shape }, in any nesting."`,
    );
  });

  it("refuses samples of different structure", () => {
    expect(messageOf(() => stackSamples<object>([{ a: 1 }, { b: 1 }]))).toMatchInlineSnapshot(
      `"ShapeError: stackSamples: sample has no "a" in one of the samples, but the first has. Give all samples one structure."`,
    );
  });

  it("refuses samples of different shapes", () => {
    expect(
      messageOf(() => stackSamples([{ x: tensor([1, 2]) }, { x: tensor([[1, 2]]) }])),
    ).toMatchInlineSnapshot(
      `"ShapeError: stackSamples: sample.x has shape [1, 2], but [2] in the first sample. Pad or crop to one shape, or pass \`collate\`."`,
    );
  });

  it("refuses integers beyond int32", () => {
    expect(messageOf(() => stackSamples([Uint32Array.of(2 ** 31)]))).toMatchInlineSnapshot(
      `"ValueError: stackSamples: the integer 2147483648 is beyond int32. Convert the array to float64 first."`,
    );
  });
});
