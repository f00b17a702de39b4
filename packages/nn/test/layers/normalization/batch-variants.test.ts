import {
  compile,
  normal,
  randomKey,
  record,
  slice,
  sum,
  type Tensor,
  tensor,
  Variable,
} from "@tapegrad/autograd";
import {
  BatchNorm,
  BatchRenorm,
  batchRenormTrain,
  DecorrelatedBatchNorm,
  decorrelatedBatchNormInference,
  GhostBatchNorm,
  IterNorm,
  type Module,
  NoisyBatchNorm,
  renormRamp,
} from "@tapegrad/nn";
import { describe, expect, it } from "vitest";
import { expectCloseToArray, largestOf } from "../../oracles/close-to-array.ts";
import { float64 } from "../../oracles/float64.ts";
import { messageOf } from "../../oracles/refusal.ts";

const WIDE = { dtype: "float64" } as const;
const TRAIN = { mode: "train" } as const;
const EVAL = { mode: "eval" } as const;

const drawn = (seed: number, shape: readonly number[]) =>
  normal(randomKey(seed), shape, { dtype: "float64" });

const rows = (x: Tensor, start: number, size: number): Tensor =>
  slice(x, { starts: [start, 0], sizes: [size, x.shape[1]] });

const snapshot = (layer: Module) =>
  Object.fromEntries(Object.entries(layer.stateDict()).map(([k, v]) => [k, v.toArray()]));

describe("GhostBatchNorm", () => {
  it("trains as BatchNorm on one ghost batch after the other, running statistics included", () => {
    const x = drawn(1, [8, 2]);
    const [ghost, plain] = [new GhostBatchNorm(2, 3, WIDE), new BatchNorm(2, WIDE)];

    const output = ghost.forward(x, TRAIN);

    for (const [start, size] of [
      [0, 3],
      [3, 3],
      [6, 2],
    ]) {
      // biome-ignore format: a table
      const part = plain.forward(rows(x, start, size), TRAIN);
      expectCloseToArray(rows(output, start, size), part, { absolute: 1e-13 });
    }
    for (const [name, value] of Object.entries(plain.stateDict())) {
      expectCloseToArray(ghost.stateDict()[name], value, { absolute: 1e-14, what: name });
    }
  });

  it("tells of every ghost batch", () => {
    const counts: unknown[] = [];
    const layer = new GhostBatchNorm(2, 3, WIDE);

    layer.forward(drawn(2, [8, 2]), {
      ...TRAIN,
      onStatistics: (_, { count }) => counts.push(count),
    });

    expect(counts).toEqual([3, 3, 2]);
  });

  it("evaluates and freezes as BatchNorm: a sample does not depend on others", () => {
    const layer = new GhostBatchNorm(2, 2, WIDE);
    const x = drawn(3, [4, 2]);
    layer.forward(x, TRAIN);
    const before = snapshot(layer);

    const evaluated = layer.forward(x, EVAL);
    const single = layer.forward(rows(x, 1, 1), EVAL);
    const frozen = layer.freeze().forward(x, TRAIN);

    expect(single.toArray()).toEqual(rows(evaluated, 1, 1).toArray());
    expect(frozen.toArray()).toEqual(evaluated.toArray());
    expect(snapshot(layer)).toEqual(before);
  });
});

describe("BatchRenorm", () => {
  const x = drawn(4, [4, 2]);

  it("is BatchNorm at the start of the paper's schedule", () => {
    const [renorm, plain] = [new BatchRenorm(2, WIDE), new BatchNorm(2, WIDE)];

    for (const seed of [5, 6]) {
      const batch = drawn(seed, [4, 2]);
      const expected = plain.forward(batch, TRAIN);
      expectCloseToArray(renorm.forward(batch, TRAIN), expected, { absolute: 1e-13 });
    }
    expect(snapshot(renorm)).toEqual(snapshot(plain));
  });

  it("computes in training what it computes in evaluation where the limits are wide", () => {
    const layer = new BatchRenorm(2, { ...WIDE, rMax: 1e6, dMax: 1e6 });
    layer.forward(drawn(7, [4, 2]), TRAIN);
    const evaluated = layer.forward(x, EVAL);

    // by the running statistics before they move towards this batch
    expectCloseToArray(layer.forward(x, TRAIN), evaluated, { absolute: 1e-12 });
    expect(largestOf(layer.forward(x, EVAL).sub(evaluated))).toBeGreaterThan(1e-3);
  });

  it("has the paper's limits at the paper's steps", () => {
    const [r, d] = [
      renormRamp(1, 3, { start: 5_000, end: 40_000 }),
      renormRamp(0, 5, { start: 5_000, end: 25_000 }),
    ];
    const at = (step: number): number[] => [r, d].map((limit) => limit(float64(step)).item());

    expect(at(0)).toEqual([1, 0]);
    expect(at(5_000)).toEqual([1, 0]);
    expect(at(15_000)[1]).toBe(2.5);
    expect(at(22_500)[0]).toBe(2);
    expect(at(40_000)).toEqual([3, 5]);
    expect(at(1e6)).toEqual([3, 5]);
  });

  it("takes the step from the batches so far, in a compiled program too", () => {
    const steps = { rMax: 4, dMax: (step: Tensor) => step };
    const layer = new BatchRenorm(1, { ...WIDE, ...steps });
    layer.runningMean.assign(float64([-100]));
    const batch = float64([[-1], [1]]);
    const step = compile((x: Tensor) => sum(layer.forward(x, TRAIN)));

    // x̂ sums to 0, so the output sums to 2 d; the running mean stays far below that of the batch
    expect([0, 1, 2].map(() => step(batch).item() / 2)).toEqual([0, 1, 2]);
  });

  it("reads a limit that is a variable at every call", () => {
    const limit = new Variable(float64(1));
    const layer = new BatchRenorm(1, { ...WIDE, rMax: 1, dMax: limit, decay: 1 });
    layer.runningMean.assign(float64([-100]));
    const batch = float64([[-1], [1]]);
    const shift = (): number => sum(layer.forward(batch, TRAIN)).item() / 2;

    const before = shift();
    limit.assign(float64(3));

    expect([before, shift()]).toEqual([1, 3]);
    expect([...layer.variables().keys()]).not.toContain("dMax");
  });

  it("corrects by r and d of its own running statistics", () => {
    const layer = new BatchRenorm(2, { ...WIDE, rMax: 1.1, dMax: 0.2 });
    layer.forward(drawn(8, [4, 2]), TRAIN);
    const stored = { mean: layer.runningMean.value, variance: layer.runningVariance.value };

    const output = layer.forward(x, TRAIN);

    const options = { ...stored, rMax: 1.1, dMax: 0.2 };
    const expected = batchRenormTrain(x, layer.weight.value, layer.bias.value, options);
    expectCloseToArray(output, expected.output, { absolute: 1e-14 });
    expect(largestOf(expected.r.sub(1))).toBeGreaterThan(0.01);
  });
});

describe("NoisyBatchNorm", () => {
  const x = drawn(9, [5, 2]);
  const noisy = () => new NoisyBatchNorm(2, { ...WIDE, key: randomKey(10) });

  it("adds noise in training only, other noise every time", () => {
    const [layer, plain] = [noisy(), new BatchNorm(2, WIDE)];

    const first = layer.forward(x, TRAIN);
    const second = layer.forward(x, TRAIN);
    const normalized = plain.forward(x, TRAIN);

    expect(largestOf(first.sub(normalized))).toBeGreaterThan(0.1);
    expect(largestOf(first.sub(second))).toBeGreaterThan(0.1);
    plain.forward(x, TRAIN);
    expect(snapshot(layer)).toEqual(snapshot(plain));
    expect(layer.forward(x, EVAL).toArray()).toEqual(plain.forward(x, EVAL).toArray());
  });

  it("draws again what a rejected step drew", () => {
    const layer = noisy();
    const expected = noisy().forward(x, TRAIN);

    expect(() =>
      record(() => {
        layer.forward(x, TRAIN);
        throw new Error("not accepted");
      }),
    ).toThrow("not accepted");

    expect(layer.forward(x, TRAIN).toArray()).toEqual(expected.toArray());
  });
});

describe("the messages of the relatives of BatchNorm", () => {
  const x = tensor([[1, 2], [3, 4]]); // biome-ignore format: a matrix
  const mask = tensor([true, false], { dtype: "bool" });

  it("refuse ghost batches of one value for each channel", () => {
    expect(messageOf(() => new GhostBatchNorm(2, 1).forward(x, TRAIN))).toMatchInlineSnapshot(
      `"ShapeError: ghostBatchNormTrain: a ghost batch of 1 sample has one value for each channel (shape [2, 2]), so every variance is 0. Use a \`ghostSize\` of at least 2."`,
    );
  });

  it("refuse a mask", () => {
    expect(
      messageOf(() => new GhostBatchNorm(2, 2).forward(x, { ...TRAIN, mask })),
    ).toMatchInlineSnapshot(
      `"ValueError: GhostBatchNorm: a mask of shape [2] was given, but this layer normalises all positions. Use BatchNorm, or leave the mask out."`,
    );
  });

  it("refuse groups that do not divide the channels", () => {
    expect(messageOf(() => new DecorrelatedBatchNorm(4, { groups: 3 }))).toMatchInlineSnapshot(
      `"ValueError: DecorrelatedBatchNorm: 4 channels cannot be divided into 3 groups. Use a number of groups that divides the channels."`,
    );
  });

  it("refuse an input of other channels", () => {
    expect(messageOf(() => new IterNorm(4).forward(x, TRAIN))).toMatchInlineSnapshot(
      `"ShapeError: IterNorm: the input has shape [2, 2], but the layer has 4 channels on axis 1 of layout NC. Make the layer with the layout and the channels of its input."`,
    );
  });

  it("refuse to whiten one value for each channel", () => {
    const one = rows(x, 0, 1);
    const act = () => new DecorrelatedBatchNorm(2).forward(one, TRAIN);

    expect(messageOf(act)).toMatchInlineSnapshot(
      `"ShapeError: DecorrelatedBatchNorm: each channel has only one value (shape [1, 2], statistics over axis 0), so every variance is 0 and the output would not depend on x. Use a larger batch, evaluate with \`{ mode: "eval" }\`, or \`freeze()\` the layer."`,
    );
  });

  it("refuse statistics of another shape", () => {
    const two = tensor([1, 1]);
    const options = { mean: two, covariance: x };

    expect(
      messageOf(() => decorrelatedBatchNormInference(x, two, two, options)),
    ).toMatchInlineSnapshot(
      `"ShapeError: decorrelatedBatchNormInference: covariance has shape [2, 2], but it must be [1, 2, 2] for these channels and groups. Check both, and the layout."`,
    );
  });
});
