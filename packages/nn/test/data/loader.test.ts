import { randomKey, type Tensor, tensor } from "@tapegrad/autograd";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { DataLoader, type LoaderState } from "../../src/data/loader.ts";
import type { Remainder, Shuffle } from "../../src/data/order.ts";
import { randomNumbers } from "../../src/data/sample-seed.ts";
import type { AsyncSource, SampleContext } from "../../src/data/source.ts";

/** Samples that are their own index. */
const counting = (length: number) => ({ length, get: (index: number) => index });

/** The same, but every batch takes its time. */
const slowCounting = (length: number): AsyncSource<number> => ({
  length,
  fetch: (contexts) => Promise.resolve(contexts.map(({ index }) => index)),
});

const indices = (batches: Iterable<Tensor>): number[][] =>
  Array.from(batches, (batch) => [...batch.toTypedArray()]);

const sorted = (numbers: readonly number[]): number[] => numbers.toSorted((a, b) => a - b);

const upTo = (length: number): number[] => Array.from({ length }, (_, index) => index);

const shuffles = fc.oneof(
  fc.boolean(),
  fc.record({
    shardSize: fc.integer({ min: 1, max: 8 }),
    order: fc.boolean(),
    within: fc.boolean(),
  }),
);
const remainders = fc.constantFrom<Remainder>("merge", "drop", "keep");
const problems = fc.record({
  length: fc.integer({ min: 1, max: 30 }),
  batchSize: fc.integer({ min: 1, max: 8 }),
  shuffle: shuffles,
  remainder: remainders,
  seed: fc.integer(),
});

interface Problem {
  readonly length: number;
  readonly batchSize: number;
  readonly shuffle: Shuffle;
  readonly remainder: Remainder;
  readonly seed: number;
}

function loaderOf({ length, seed, ...options }: Problem) {
  const fits = length >= options.batchSize;
  const remainder = fits ? options.remainder : "merge";
  return new DataLoader(counting(length), { ...options, remainder, key: randomKey(seed) });
}

describe("DataLoader", () => {
  it("gives batches of the structure of the data", () => {
    const data = {
      images: tensor(upTo(12), { shape: [3, 2, 2], dtype: "float64" }),
      labels: [{ shape: [3], data: Uint8Array.of(7, 8, 9) }],
    };

    const [first, second] = new DataLoader(data, { batchSize: 2, remainder: "keep" });

    expect(first.images.shape).toEqual([2, 2, 2]);
    expect(first.images.dtype).toBe("float64");
    expect([...first.labels[0].toTypedArray()]).toEqual([7, 8]);
    expect(second.images.toArray()).toEqual([
      [
        [8, 9],
        [10, 11],
      ],
    ]);
    expect(second.labels[0].dtype).toBe("int32");
  });

  it("takes a typed array for a number of each sample", () => {
    const data = { label: Uint8Array.of(3, 1, 2), weight: Float64Array.of(0.5, 1, 2) };

    const [{ label, weight }] = new DataLoader(data, { batchSize: 2, remainder: "drop" });

    expect(String(label)).toBe("tensor([3, 1], int32[2])");
    expect(String(weight)).toBe("tensor([0.5, 1], float64[2])");
  });

  it("reads tensors that are no dense block of memory", () => {
    const x = tensor([
      [0, 1, 2],
      [3, 4, 5],
    ]).transpose();

    const [batch] = new DataLoader(x, { batchSize: 3 });

    expect(batch.toArray()).toEqual([
      [0, 3],
      [1, 4],
      [2, 5],
    ]);
  });

  it("keeps the order of the data unless it is told to shuffle", () => {
    expect(indices(new DataLoader(counting(6), { batchSize: 3 }))).toEqual([
      [0, 1, 2],
      [3, 4, 5],
    ]);
  });

  it("joins a remainder to the last full batch, so that no sample is alone", () => {
    expect(indices(new DataLoader(counting(7), { batchSize: 3 }))).toEqual([
      [0, 1, 2],
      [3, 4, 5, 6],
    ]);
  });

  it("drops or keeps a remainder where told so", () => {
    const options = { batchSize: 3, remainder: "drop" } as const;

    expect(indices(new DataLoader(counting(7), options)).flat()).toEqual(upTo(6));
    expect(indices(new DataLoader(counting(7), { batchSize: 3, remainder: "keep" }))[2]).toEqual([
      6,
    ]);
  });

  it("visits every sample once in every epoch, or all but a dropped remainder", () => {
    fc.assert(
      fc.property(problems, (problem) => {
        const loader = loaderOf(problem);
        const visited = indices(loader).flat();

        expect(new Set(visited).size).toBe(visited.length);
        if (problem.remainder !== "drop" || problem.length < problem.batchSize) {
          expect(sorted(visited)).toEqual(upTo(problem.length));
        } else {
          expect(visited.length).toBe(problem.length - (problem.length % problem.batchSize));
        }
        expect(loader.epoch).toBe(1);
      }),
    );
  });

  it("never gives a batch of one by default, unless there is nothing else", () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 2, max: 40 }),
        fc.integer({ min: 2, max: 9 }),
        (length, batchSize) => {
          const sizes = indices(new DataLoader(counting(length), { batchSize })).map(
            (b) => b.length,
          );

          expect(Math.min(...sizes)).toBeGreaterThanOrEqual(2);
        },
      ),
    );
  });

  it("shuffles every epoch anew, and repeats itself under the same key", () => {
    const epochs = (seed: number): number[][] => {
      const loader = new DataLoader(counting(50), {
        batchSize: 7,
        shuffle: true,
        key: randomKey(seed),
      });
      return [indices(loader).flat(), indices(loader).flat()];
    };
    const [first, second] = epochs(1);

    expect(epochs(1)).toEqual([first, second]);
    expect(second).not.toEqual(first);
    expect(epochs(2)[0]).not.toEqual(first);
    expect(first).not.toEqual(upTo(50));
  });

  it("differs from run to run without a key", () => {
    const run = () => indices(new DataLoader(counting(50), { batchSize: 7, shuffle: true })).flat();

    expect(run()).not.toEqual(run());
  });

  it("keeps shards together, and shuffles them, what is in them, or both", () => {
    const epoch = (shuffle: Shuffle) =>
      indices(new DataLoader(counting(40), { batchSize: 10, shuffle, key: randomKey(5) }));
    const shardOf = (batch: readonly number[]) => batch.map((index) => Math.floor(index / 10));

    const both = epoch({ shardSize: 10 });
    const within = epoch({ shardSize: 10, order: false });
    const order = epoch({ shardSize: 10, within: false });

    for (const batch of both) expect(new Set(shardOf(batch)).size).toBe(1);
    expect(both.map((batch) => shardOf(batch)[0])).not.toEqual([0, 1, 2, 3]);
    expect(within.map((batch) => shardOf(batch)[0])).toEqual([0, 1, 2, 3]);
    expect(within.flatMap(sorted)).toEqual(upTo(40));
    expect(within.flat()).not.toEqual(upTo(40));
    for (const batch of order) expect(batch).toEqual(sorted(batch));
    expect(order.flat()).not.toEqual(upTo(40));
  });

  it("draws all orders of three samples equally often", () => {
    const loader = new DataLoader(counting(3), { batchSize: 3, shuffle: true, key: randomKey(9) });
    const counts = new Map<string, number>();
    for (let epoch = 0; epoch < 300; epoch++) {
      const order = String(indices(loader).flat());
      counts.set(order, (counts.get(order) ?? 0) + 1);
    }

    // 50 each; the standard deviation is 6.5
    expect(counts.size).toBe(6);
    for (const count of counts.values()) expect(Math.abs(count - 50)).toBeLessThan(30);
  });
});

describe("a loader that is restored", () => {
  it("goes on exactly where another one was, after any number of batches", () => {
    fc.assert(
      fc.property(problems, fc.nat({ max: 8 }), fc.integer(), (problem, taken, otherSeed) => {
        const uninterrupted = loaderOf(problem);
        const stopped = loaderOf(problem);
        take(stopped, taken);
        const state = JSON.parse(JSON.stringify(stopped.stateDict())) as LoaderState;

        const resumed = loaderOf({ ...problem, seed: otherSeed });
        resumed.restore(state);

        expect(take(resumed, 5)).toEqual(take(uninterrupted, taken + 5).slice(taken));
      }),
      { numRuns: 30 },
    );
  });

  it("counts a batch as taken while the loop is at it", () => {
    const loader = new DataLoader(counting(6), { batchSize: 2 });
    const places = Array.from(loader, () => {
      const { epoch, batch } = loader.stateDict();
      return [epoch, batch];
    });

    expect(places).toEqual([
      [0, 1],
      [0, 2],
      [0, 3],
    ]);
    expect(loader.stateDict()).toMatchObject({ epoch: 1, batch: 0 });
  });

  it("starts the next epoch after the last batch of one", () => {
    const loader = new DataLoader(counting(4), { batchSize: 2 });
    take(loader, 2);
    const other = new DataLoader(counting(4), { batchSize: 2 });
    other.restore(loader.stateDict());

    expect(indices(other)).toEqual([
      [0, 1],
      [2, 3],
    ]);
    expect(other.epoch).toBe(2);
  });

  it("continues an epoch that was left early", () => {
    const loader = new DataLoader(counting(6), { batchSize: 2 });
    take(loader, 1);

    expect(indices(loader)).toEqual([
      [2, 3],
      [4, 5],
    ]);
    expect(indices(loader)).toEqual([
      [0, 1],
      [2, 3],
      [4, 5],
    ]);
  });
});

/** The next batches, over as many epochs as they take. */
function take(loader: Iterable<Tensor>, count: number): number[][] {
  const taken: number[][] = [];
  while (taken.length < count) {
    for (const batch of loader) {
      taken.push([...batch.toTypedArray()]);
      if (taken.length === count) break;
    }
  }
  return taken;
}

describe("samples of a loader", () => {
  const noisy = (sample: number, { seed }: SampleContext) => sample + randomNumbers(seed)();

  it("are transformed with a seed of their own, whatever the order they are asked for", () => {
    const options = { transform: noisy, key: randomKey(3) };
    const inOrder = new DataLoader(counting(20), { ...options, batchSize: 20 });
    const shuffled = new DataLoader(counting(20), { ...options, batchSize: 3, shuffle: true });

    const one = indices(inOrder).flat();
    const another = sorted(indices(shuffled).flat());

    expect(another).toEqual(one);
    expect(new Set(one.map((x) => x % 1)).size).toBe(20);
    expect(indices(inOrder).flat()).not.toEqual(one);
  });

  it("of tensors are views with a shape, which a transform replaces", () => {
    const images = tensor(upTo(8), { shape: [2, 2, 2] });
    const loader = new DataLoader(
      { image: images },
      {
        batchSize: 2,
        transform: ({ image }) => ({ shape: image.shape, mean: Number(image.data[0]) / 2 }),
      },
    );

    const [{ mean, shape }] = loader;

    expect([...mean.toTypedArray()]).toEqual([0, 2]);
    expect(shape.map((axis) => axis.toArray())).toEqual([
      [2, 2],
      [2, 2],
    ]);
    expect(images.toTypedArray()).toEqual(Float32Array.from(upTo(8)));
  });

  it("become batches by a function of your own", () => {
    const loader = new DataLoader(counting(4), {
      batchSize: 2,
      collate: (samples) => ({ samples, labels: tensor([...samples], { dtype: "int32" }) }),
    });

    const [{ samples, labels }] = loader;

    expect(samples).toEqual([0, 1]);
    expect(labels.dtype).toBe("int32");
  });
});

describe("a loader over a source that takes time", () => {
  const options = { batchSize: 3, shuffle: true, key: randomKey(4) };
  const collect = async (loader: AsyncIterable<Tensor>): Promise<number[][]> => {
    const batches: number[][] = [];
    for await (const batch of loader) batches.push([...batch.toTypedArray()]);
    return batches;
  };

  it("gives the batches of one that does not", async () => {
    const slow = new DataLoader(slowCounting(20), options);
    const quick = new DataLoader(counting(20), options);

    expect(await collect(slow)).toEqual(indices(quick));
    expect(await collect(slow)).toEqual(await collect(quick));
  });

  it("asks for batches ahead, and no more of them than it was told", async () => {
    let asked = 0;
    let given = 0;
    let mostAhead = 0;
    const source: AsyncSource<number> = {
      length: 30,
      fetch: (contexts) => {
        asked++;
        mostAhead = Math.max(mostAhead, asked - given);
        return Promise.resolve(contexts.map(({ index }) => index));
      },
    };

    for await (const { size } of new DataLoader(source, { batchSize: 3, prefetch: 4 }))
      given += size / 3;

    expect(asked).toBe(10);
    expect(mostAhead).toBe(5);
  });

  it("notices that the loader moved on while it awaited a batch", async () => {
    const moves: ((
      loader: AsyncIterable<Tensor> & { restore(state: LoaderState): void },
    ) => unknown)[] = [
      (loader) => loader[Symbol.asyncIterator]().next(),
      (loader) => loader.restore(new DataLoader(slowCounting(20), options).stateDict()),
    ];
    for (const move of moves) {
      const loader = new DataLoader(slowCounting(20), options);
      const awaited = loader[Symbol.asyncIterator]().next();
      const moved = move(loader);

      await expect(Promise.all([awaited, moved])).rejects.toThrow("moved on while a loop");
    }
  });

  it("can be left and restored in the middle, whatever was fetched ahead", async () => {
    const loader = new DataLoader(slowCounting(20), options);
    await loader[Symbol.asyncIterator]().next();
    const other = new DataLoader(slowCounting(20), { ...options, key: randomKey(0) });
    other.restore(loader.stateDict());

    const rest = await collect(other);

    expect(rest).toEqual(indices(new DataLoader(counting(20), options)).slice(1));
  });

  it("hands errors of the source on where the batch would be", async () => {
    let batches = 0;
    const source: AsyncSource<number> = {
      length: 9,
      fetch: ([{ index }]) =>
        index < 6 ? Promise.resolve([1, 2, 3]) : Promise.reject(new Error("disk on fire")),
    };

    const loop = async () => {
      for await (const { size } of new DataLoader(source, { batchSize: 3 })) batches += size / 3;
    };

    await expect(loop()).rejects.toThrow("disk on fire");
    expect(batches).toBe(2);
  });
});
