import { add, mul, normal, randomKey, splitKey, type Tensor, uniform } from "@tapegrad/autograd";
import {
  BatchNorm,
  type BatchNormLayerOptions,
  Conv1d,
  Conv2d,
  Conv3d,
  ConvTranspose1d,
  ConvTranspose2d,
  ConvTranspose3d,
  Dropout,
  type Foldable,
  foldBatchNorm,
  foldInto,
  GhostBatchNorm,
  Identity,
  type Layer,
  type Layout,
  Linear,
  Module,
  ReLU,
  Residual,
  resNet,
  Sequential,
  WeightNorm,
} from "@tapegrad/nn";
import { describe, expect, it } from "vitest";
import { expectCloseToArray } from "../oracles/close-to-array.ts";
import { float64 } from "../oracles/float64.ts";
import { messageOf } from "../oracles/refusal.ts";

const EVAL = { mode: "eval" } as const;

/** A norm in which everything is drawn, and ε is large enough to be missed. */
function normOf(channels: number, options: BatchNormLayerOptions = {}): BatchNorm {
  return drawn(new BatchNorm(channels, { dtype: "float64", epsilon: 0.25, ...options }));
}

function drawn<N extends BatchNorm>(norm: N, seed = 7): N {
  const keys = splitKey(randomKey(seed), 4);
  const wide = { dtype: "float64" } as const;
  const like = [norm.channels];
  if (norm.hasScale) norm.weight.assign(normal(keys[0], like, wide));
  if (norm.hasCenter) norm.bias.assign(normal(keys[1], like, wide));
  norm.runningMean.assign(mul(normal(keys[2], like, wide), 3));
  norm.runningVariance.assign(uniform(keys[3], like, { ...wide, min: 0.1, max: 4 }));
  return norm;
}

const x = (shape: readonly number[]) => normal(randomKey(3), shape, { dtype: "float64" });
const wide = (options = {}) => ({ dtype: "float64", key: randomKey(5), ...options }) as const;

const BEFORE: readonly (readonly [name: string, layer: Foldable, layout: Layout, input: readonly number[]])[] = [
  ["Linear", new Linear(3, 4, wide()), "NC", [5, 3]],
  ["Linear without a bias", new Linear(3, 4, wide({ bias: false })), "NC", [5, 3]],
  ["Linear of sequences", new Linear(3, 4, wide()), "NLC", [2, 5, 3]],
  ["Linear of images", new Linear(3, 4, wide()), "NHWC", [2, 2, 3, 3]],
  ["Conv1d", new Conv1d(3, 4, 2, wide()), "NCL", [2, 3, 5]],
  ["Conv2d with every option", new Conv2d(4, 6, [3, 2], wide({ groups: 2, stride: [2, 1], padding: [1, 2], dilation: [1, 2], paddingMode: "reflect" })), "NCHW", [2, 4, 7, 6]],
  ["Conv2d without a bias", new Conv2d(2, 3, 3, wide({ bias: false, padding: "same" })), "NCHW", [1, 2, 4, 4]],
  ["Conv3d", new Conv3d(2, 3, 2, wide()), "NCDHW", [1, 2, 3, 3, 2]],
  ["ConvTranspose1d", new ConvTranspose1d(2, 3, 3, wide({ stride: 2, padding: 1, outputPadding: 1 })), "NCL", [2, 2, 4]],
  ["ConvTranspose2d in groups", new ConvTranspose2d(4, 6, 2, wide({ groups: 2, bias: false })), "NCHW", [1, 4, 3, 3]],
  ["ConvTranspose3d", new ConvTranspose3d(2, 3, 2, wide()), "NCDHW", [1, 2, 2, 2, 2]],
]; // biome-ignore format: a table

const AFTER: typeof BEFORE = [
  ["Linear", new Linear(3, 4, wide()), "NC", [5, 3]],
  ["Linear without a bias", new Linear(3, 4, wide({ bias: false })), "NC", [5, 3]],
  ["Conv1d", new Conv1d(3, 4, 2, wide()), "NCL", [2, 3, 5]],
  ["Conv2d in groups, without a bias", new Conv2d(4, 6, [3, 2], wide({ groups: 2, bias: false })), "NCHW", [1, 4, 4, 4]],
  ["Conv2d that pads with what it has", new Conv2d(2, 3, 3, wide({ padding: 1, paddingMode: "circular" })), "NCHW", [1, 2, 4, 4]],
  ["Conv3d", new Conv3d(2, 3, 2, wide({ padding: "valid" })), "NCDHW", [1, 2, 3, 3, 2]],
]; // biome-ignore format: a table

describe("foldInto", () => {
  it.each(BEFORE)("takes the norm into %s before it", (_, layer, layout, shape) => {
    const outputs = layer instanceof Linear ? layer.outFeatures : layer.outChannels;
    const norm = normOf(outputs, { layout });
    const before = JSON.stringify(layer.weight.value.toArray());
    const input = x(shape);

    const folded = foldInto(layer, norm);

    const expected = norm.forward(layer.forward(input), EVAL);
    expectCloseToArray(folded.forward(input), expected, { relativeToLargest: 1e-13 });
    expect(folded.constructor).toBe(layer.constructor);
    expect(JSON.stringify(layer.weight.value.toArray())).toBe(before);
  });

  it.each(AFTER)("takes the norm into %s after it", (_, layer, layout, shape) => {
    const inputs = layer instanceof Linear ? layer.inFeatures : layer.inChannels;
    const norm = normOf(inputs, { layout });
    const input = x(shape);

    const folded = foldInto(layer, norm, { layer: "after" });

    const expected = layer.forward(norm.forward(input, EVAL));
    expectCloseToArray(folded.forward(input), expected, { relativeToLargest: 1e-13 });
  });

  it("forgets neither the bias nor ε", () => {
    const layer = new Linear(1, 1, wide());
    layer.weight.assign(float64([[2]]));
    layer.bias?.assign(float64([10]));
    const norm = new BatchNorm(1, { dtype: "float64", epsilon: 3 });
    norm.runningMean.assign(float64([4]));
    norm.weight.assign(float64([6]));
    norm.bias.assign(float64([1]));

    const folded = foldInto(layer, norm);

    // s = 6 / √(1 + 3) = 3: weight 3 · 2, bias 3 (10 - 4) + 1
    expect(folded.weight.value.toArray()).toEqual([[6]]);
    expect(folded.bias?.value.toArray()).toEqual([19]);
  });

  it("takes a norm without γ and β, and the statistics of one domain", () => {
    const layer = new Linear(3, 2, wide());
    const plain = normOf(2, { scale: false, center: false });
    const byDomain = new BatchNorm(2, { dtype: "float64", domains: ["real", "fake"] });
    byDomain.statistics("fake").runningMean.assign(float64([5, -5]));
    const input = x([4, 3]);

    const [first, second] = [foldInto(layer, plain), foldInto(layer, byDomain, { domain: "fake" })];

    const y = layer.forward(input);
    expectCloseToArray(first.forward(input), plain.forward(y, EVAL), { absolute: 1e-13 });
    const fake = byDomain.forward(y, { ...EVAL, domain: "fake" });
    expectCloseToArray(second.forward(input), fake, { absolute: 1e-13 });
  });

  it("stores float32 for a layer of float32, within its tolerance", () => {
    const layer = new Linear(8, 4, { key: randomKey(1) });
    const norm = new BatchNorm(4);

    expect(foldInto(layer, norm).weight.aval.dtype).toBe("float32");
  });
});

describe("foldBatchNorm", () => {
  const evaluated = (model: Layer, input: Tensor): Tensor => model.forward(input, EVAL);

  it("folds through nested Sequentials, and keeps the names of all other layers", () => {
    const model = new Sequential(
      new Sequential(new Conv2d(2, 3, 3, wide({ bias: false, padding: 1 }))),
      normOf(3, { layout: "NCHW" }),
      new ReLU(),
      Sequential.named({ conv: new Conv2d(3, 2, 1, wide()), bn: normOf(2, { layout: "NCHW" }) }),
    );
    const input = x([2, 2, 4, 4]);

    const folded = foldBatchNorm(model);

    const expected = evaluated(model, input);
    expectCloseToArray(folded.forward(input), expected, { relativeToLargest: 1e-12 });
    expect(Object.keys(folded.stateDict())).toEqual([
      "0.0.weight",
      "0.0.bias",
      "3.conv.weight",
      "3.conv.bias",
    ]);
    expect([...folded.modules().values()].some((m) => m instanceof BatchNorm)).toBe(false);
  });

  it("folds into the layer after where there is none before, and two norms into one layer", () => {
    const model = new Sequential(
      normOf(3),
      new Linear(3, 2, wide()),
      normOf(2),
      drawn(normOf(2), 8),
    );
    const input = x([4, 3]);

    const folded = foldBatchNorm(model);

    expectCloseToArray(folded.forward(input), evaluated(model, input), {
      relativeToLargest: 1e-12,
    });
    expect(Object.keys(folded.stateDict())).toEqual(["1.weight", "1.bias"]);
  });

  it("looks into both branches of a Residual", () => {
    const block = new Residual(new Sequential(new Linear(3, 3, wide()), normOf(3), new ReLU()), {
      shortcut: new Sequential(new Linear(3, 3, wide({ bias: false })), normOf(3)),
      activation: new ReLU(),
    });
    const input = x([4, 3]);

    const folded = foldBatchNorm(new Sequential(block, new Linear(3, 1, wide())));

    const expected = block.forward(input, EVAL);
    const first = (folded as Sequential).layers[0];
    expectCloseToArray(first.forward(input), expected, { relativeToLargest: 1e-12 });
    expect(Object.keys(folded.stateDict())).toContain("0.shortcut.0.bias");
  });

  it("folds a residual network, whose blocks say how", () => {
    const model = resNet({ stages: [1, 1], width: 2, dtype: "float64", key: randomKey(2) });
    for (const [, module] of model.modules()) if (module instanceof BatchNorm) drawn(module);
    const input = x([1, 3, 4, 4]);

    const folded = foldBatchNorm(model);

    expectCloseToArray(folded.forward(input), evaluated(model, input), {
      relativeToLargest: 1e-11,
    });
    expect([...folded.modules().values()].some((m) => m instanceof BatchNorm)).toBe(false);
    expect(Object.keys(folded.stateDict())).toContain("layer2.0.downsample.0.bias");
  });

  it("does not take a subclass for what it extends", () => {
    class Doubled extends Residual {
      override forward(x: Tensor): Tensor {
        return mul(super.forward(x, EVAL), 2);
      }
    }
    const model = new Doubled(new Sequential(new Linear(3, 3, wide()), normOf(3)));

    expect(() => foldBatchNorm(model)).toThrow("inside of Doubled, whose forward is not known");
  });

  it("folds the relatives of BatchNorm, and into a layer whose weight is computed", () => {
    const ghost = drawn(new GhostBatchNorm(2, 4, { dtype: "float64" }));
    const model = new Sequential(new WeightNorm(new Linear(3, 2, wide())), ghost);
    const input = x([4, 3]);

    const folded = foldBatchNorm(model);

    expectCloseToArray(folded.forward(input), evaluated(model, input), {
      relativeToLargest: 1e-12,
    });
    expect(Object.keys(folded.stateDict())).toEqual(["0.weight", "0.bias"]);
  });

  it("shares what it does not fold, and leaves the model as it was", () => {
    const rest = new Linear(2, 1, wide());
    const model = new Sequential(new Linear(3, 2, wide()), normOf(2), new Dropout(0.5), rest);
    const before = JSON.stringify(Object.values(model.stateDict()).map((v) => v.toArray()));

    const folded = foldBatchNorm(model) as Sequential;

    expect(folded.layers[3]).toBe(rest);
    expect(folded.layers[1]).toBeInstanceOf(Identity);
    expect(JSON.stringify(Object.values(model.stateDict()).map((v) => v.toArray()))).toBe(before);
  });

  it("keeps what it cannot fold where it is told to", () => {
    const model = new Sequential(new Linear(3, 2, wide()), normOf(2), new ReLU(), normOf(2));
    const input = x([4, 3]);

    const folded = foldBatchNorm(model, { others: "keep" });

    expectCloseToArray(evaluated(folded, input), evaluated(model, input), {
      relativeToLargest: 1e-12,
    });
    expect([...folded.modules().values()].filter((m) => m instanceof BatchNorm)).toHaveLength(1);
  });
});

/** A module of its own, with a norm inside. */
class Block extends Module {
  readonly linear: Linear = new Linear(2, 2, wide());
  readonly norm: BatchNorm = normOf(2);

  forward(x: Tensor): Tensor {
    return add(this.norm.forward(this.linear.forward(x), EVAL), 1);
  }
}

describe("the messages of folding", () => {
  const after = { layer: "after" } as const;

  it("names every norm that cannot be folded, and says why", () => {
    const model = new Sequential(
      new ReLU(),
      normOf(2),
      new Sequential(new Dropout(0.5), new Block()),
    );

    expect(messageOf(() => foldBatchNorm(model))).toMatchInlineSnapshot(
      `"ValueError: foldBatchNorm: cannot fold 2.1.norm, BatchNorm (inside of Block, whose forward is not known); 1, BatchNorm (before: ReLU is not Linear, Conv or ConvTranspose; after: Dropout is not Linear, Conv or ConvTranspose). Fold the others by \`{ others: "keep" }\`, or by hand with \`foldInto\`."`,
    );
    expect(messageOf(() => foldBatchNorm(normOf(2)))).toMatchInlineSnapshot(
      `"ValueError: foldBatchNorm: cannot fold BatchNorm (nothing comes before; nothing comes after). Fold the others by \`{ others: "keep" }\`, or by hand with \`foldInto\`."`,
    );
  });

  it("refuses a pair whose channels differ", () => {
    expect(messageOf(() => foldInto(new Linear(3, 2), normOf(3)))).toMatchInlineSnapshot(
      `"ValueError: foldInto: the norm cannot be folded: the norm has 3 channels and Linear 2. Keep both layers, or fold into another one."`,
    );
  });

  it("refuses a layout whose channels are not those of the layer", () => {
    const norm = normOf(2, { layout: "NCL" });

    expect(messageOf(() => foldInto(new Linear(3, 2), norm))).toMatchInlineSnapshot(
      `"ValueError: foldInto: the norm cannot be folded: the channels of layout NCL are not those of Linear (NC, NLC, NHWC, NDHWC). Keep both layers, or fold into another one."`,
    );
  });

  it("refuses a norm in front of a convolution that pads with 0", () => {
    const [conv, norm] = [new Conv2d(2, 3, 3, { padding: 1 }), normOf(2, { layout: "NCHW" })];

    expect(messageOf(() => foldInto(conv, norm, after))).toMatchInlineSnapshot(
      `"ValueError: foldInto: the norm cannot be folded: the convolution pads with 0 what the norm has shifted. Keep both layers, or fold into another one."`,
    );
  });

  it("refuses a norm in front of a transposed convolution", () => {
    const [conv, norm] = [new ConvTranspose1d(2, 3, 3), normOf(2, { layout: "NCL" })];

    expect(messageOf(() => foldInto(conv, norm, after))).toMatchInlineSnapshot(
      `"ValueError: foldInto: the norm cannot be folded: a transposed convolution adds up fewer weights at the borders than inside. Keep both layers, or fold into another one."`,
    );
  });

  it("refuses a norm without running statistics", () => {
    const norm = new BatchNorm(2, { trackRunningStats: false });

    expect(messageOf(() => foldInto(new Linear(3, 2), norm))).toMatchInlineSnapshot(
      `"ValueError: foldInto: the norm cannot be folded: the norm has no running statistics. Keep both layers, or fold into another one."`,
    );
  });

  it("refuses a result that differs from the pair", () => {
    const norm = normOf(2);
    norm.runningVariance.assign(float64([1, Number.NaN]));
    const strict = () =>
      foldInto(new Linear(3, 2, { key: randomKey(1) }), normOf(2), { tolerance: 0 });

    expect(messageOf(() => foldInto(new Linear(3, 2), norm))).toMatchInlineSnapshot(
      `"ValueError: foldInto: on random input the folded layer differs by NaN of the largest output, and 0.0001 is allowed. Look for running statistics that are not finite or variances near 0, or allow more by \`tolerance\`."`,
    );
    expect(messageOf(strict)).toMatch(/differs by \d(\.\d+)?e-\d+ of the largest output, and 0 is/);
  });
});
