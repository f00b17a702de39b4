import {
  linalg,
  mul,
  normal,
  randomKey,
  record,
  sub,
  sum,
  type Tensor,
  tensor,
} from "@tapegrad/autograd";
import {
  Conv2d,
  ConvTranspose2d,
  Linear,
  powerIteration,
  Sequential,
  SGD,
  SpectralNorm,
  WeightNorm,
  WeightStandardization,
  weightNorm,
} from "@tapegrad/nn";
import { describe, expect, it } from "vitest";
import { expectCloseToArray, largestOf } from "../../oracles/close-to-array.ts";
import { float64 } from "../../oracles/float64.ts";
import { messageOf } from "../../oracles/refusal.ts";

const TRAIN = { mode: "train" } as const;
const EVAL = { mode: "eval" } as const;

const linear = (weight: readonly (readonly number[])[]): Linear => {
  const layer = new Linear(weight[0].length, weight.length, { bias: false, dtype: "float64" });
  layer.weight.assign(float64(weight));
  return layer;
};

const seeded = (options = {}) =>
  new Linear(3, 2, { dtype: "float64", key: randomKey(1), ...options });

describe("WeightNorm", () => {
  it("starts from the layer as it was: its lengths, its directions, its outputs", () => {
    const layer = seeded();
    const x = normal(randomKey(2), [4, 3], { dtype: "float64" });
    const before = layer.forward(x);

    const wrapped = new WeightNorm(layer);

    expectCloseToArray(wrapped.forward(x), before, { absolute: 1e-15 });
  });

  it("has PyTorch's names in camelCase, in one place, and hides the weight", () => {
    const model = new Sequential(new WeightNorm(seeded()));

    expect(Object.keys(model.stateDict())).toEqual(["0.weightG", "0.weightV", "0.bias"]);
    expect(model.parameters().map(({ name }) => name)).toEqual(["weightG", "weightV", "bias"]);
  });

  it("gives every row the length g, whatever the length of v", () => {
    const wrapped = new WeightNorm(linear([[3, 4], [0, 2]])); // biome-ignore format: a matrix
    wrapped.weightG.assign(float64([[10], [1]]));

    const weight = wrapped.unwrap().weight.value;

    expectCloseToArray(weight, [6, 8, 0, 1], { absolute: 1e-14 });
  });

  it("takes another axis, or one length for all", () => {
    const columns = new WeightNorm(linear([[3, 0], [4, 2]]), { axis: 1 }); // biome-ignore format: a matrix
    const all = new WeightNorm(linear([[1, 1], [1, 1]]), { axis: null }); // biome-ignore format: a matrix

    expect(columns.weightG.value.toArray()).toEqual([[5, 2]]);
    expect(all.weightG.value.toArray()).toBe(2);
    expectCloseToArray(all.forward(float64([[1, 1]])), [2, 2], { absolute: 1e-14 });
  });

  it("has no gradient along v, and along g that of the length", () => {
    const wrapped = new WeightNorm(seeded({ bias: false }));
    const x = normal(randomKey(3), [4, 3], { dtype: "float64" });
    const tape = record(() => sum(mul(wrapped.forward(x), wrapped.forward(x))));

    const { g, v } = tape.gradient({ g: wrapped.weightG, v: wrapped.weightV });

    expect(largestOf(sum(mul(v, wrapped.weightV.value), { axes: 1 }))).toBeLessThan(1e-14);
    // the output is linear in g, the loss homogeneous of degree 2: <g, ∂loss/∂g> = 2 loss
    const along = sum(mul(g, wrapped.weightG.value)).item();
    expect(along).toBeCloseTo(2 * tape.output.item(), 12);
  });

  it("trains g and v", () => {
    const wrapped = new WeightNorm(seeded());
    const optimizer = new SGD(wrapped.parameters(), { learningRate: 0.05 });
    const x = normal(randomKey(4), [8, 3], { dtype: "float64" });
    const target = normal(randomKey(5), [8, 2], { dtype: "float64" });
    const losses = [0, 1, 2].map(() => {
      const tape = record(() => {
        const error = sub(wrapped.forward(x), target);
        return sum(mul(error, error));
      });
      optimizer.step(tape.gradient(wrapped.parameters()));
      return tape.output.item();
    });

    expect(losses[1]).toBeLessThan(losses[0]);
    expect(losses[2]).toBeLessThan(losses[1]);
  });

  it("leaves the layer as it was where a recording throws", () => {
    const wrapped = new WeightNorm(seeded());
    const before = wrapped.layer.weight.value;
    wrapped.weightV.assign(mul(before, -1));

    expect(() =>
      record(() => {
        wrapped.forward(float64([[1, 2, 3]]));
        throw new Error("not accepted");
      }),
    ).toThrow("not accepted");

    expect(wrapped.layer.weight.value.toArray()).toEqual(before.toArray());
  });
});

describe("SpectralNorm", () => {
  it("divides the weight by its largest singular value", () => {
    const layer = new Linear(4, 3, { dtype: "float64", key: randomKey(6) });
    const wrapped = new SpectralNorm(layer, { key: randomKey(7), iterations: 60 });

    wrapped.forward(normal(randomKey(8), [1, 4], { dtype: "float64" }), TRAIN);

    const values = linalg.svdvals(wrapped.unwrap().weight.value).toTypedArray();
    expect(values[0]).toBeCloseTo(1, 9);
    expect(values[1]).toBeLessThan(1);
  });

  it("knows the singular vectors of a matrix with a wide gap from the start", () => {
    const wrapped = new SpectralNorm(linear([[0, 0, 4], [0.5, 0, 0]])); // biome-ignore format: a matrix

    const weight = wrapped.unwrap().weight.value;

    expectCloseToArray(weight, [0, 0, 1, 0.125, 0, 0], { absolute: 1e-12 });
    expectCloseToArray(wrapped.weightU.value.abs(), [1, 0], { absolute: 1e-12 });
    expectCloseToArray(wrapped.weightV.value.abs(), [0, 0, 1], { absolute: 1e-12 });
  });

  it("makes one step of power iteration in training, and none in evaluation", () => {
    const weight = [[2, 0], [0, 1]]; // biome-ignore format: a matrix
    const wrapped = new SpectralNorm(linear(weight));
    const half = Math.SQRT1_2;
    wrapped.weightU.assign(float64([half, half]));
    wrapped.weightV.assign(float64([half, half]));

    wrapped.forward(float64([[1, 1]]), EVAL);
    const evaluated = wrapped.stateDict();
    wrapped.forward(float64([[1, 1]]), TRAIN);

    expect(evaluated["weightU"].toArray()).toEqual([half, half]);
    expect(evaluated["weightV"].toArray()).toEqual([half, half]);
    // u ∝ W v = (2, 1), then v ∝ Wᵀ u = (4, 1)
    expectCloseToArray(wrapped.weightU.value.mul(Math.sqrt(5)), [2, 1], { absolute: 1e-14 });
    expectCloseToArray(wrapped.weightV.value.mul(Math.sqrt(17)), [4, 1], { absolute: 1e-14 });
  });

  it("holds u and v fixed in the derivative", () => {
    const wrapped = new SpectralNorm(linear([[2, 0], [0, 1]])); // biome-ignore format: a matrix
    wrapped.weightU.assign(float64([1, 0]));
    wrapped.weightV.assign(float64([1, 0]));
    const tape = record(() => sum(wrapped.forward(float64([[1, 10]]), EVAL)));

    const [gradient] = tape.gradient([wrapped.weightOrig]);

    // y = (w00 + 10 w01 + w10 + 10 w11) / w00: along w00 (2 - 12) / 4, along the others x / 2
    expectCloseToArray(gradient, [-2.5, 5, 0.5, 5], { absolute: 1e-14 });
  });

  it("takes the outputs as rows, which a transposed convolution has on its second axis", () => {
    const key = randomKey(9);
    const [conv, transposed] = [
      new Conv2d(2, 3, 2, { key }),
      new ConvTranspose2d(2, 3, 2, { key }),
    ];

    expect(new SpectralNorm(conv).weightU.value.shape).toEqual([3]);
    expect(new SpectralNorm(transposed).weightU.value.shape).toEqual([3]);
    expect(new SpectralNorm(transposed).weightV.value.shape).toEqual([8]);
    expect(new SpectralNorm(transposed, { axis: 0 }).weightU.value.shape).toEqual([2]);
  });

  it("has PyTorch's names in camelCase", () => {
    const names = Object.keys(new SpectralNorm(seeded()).stateDict());

    expect(names).toEqual(["weightOrig", "weightU", "weightV", "bias"]);
  });
});

describe("powerIteration", () => {
  it("keeps vectors at 0 where the weight is 0", () => {
    const start = { u: float64([1, 0]), v: float64([0, 1]) };

    const { u, v } = powerIteration(float64([[0, 0], [0, 0]]), start, 3); // biome-ignore format: a matrix

    expect([u.toArray(), v.toArray()]).toEqual([
      [0, 0],
      [0, 0],
    ]);
  });
});

describe("WeightStandardization", () => {
  it("standardises the weights of every output", () => {
    const wrapped = new WeightStandardization(linear([[1, 3], [10, 10]]), { epsilon: 3 }); // biome-ignore format: a matrix

    // mean 2, variance 1, √(1 + 3) = 2; a constant row is 0
    expect(wrapped.unwrap().weight.value.toArray()).toEqual([
      [-0.5, 0.5],
      [0, 0],
    ]);
    expect(wrapped.weight.value.toArray()).toEqual([
      [1, 3],
      [10, 10],
    ]);
  });

  it("keeps the names of the layer, and can be wrapped itself", () => {
    const inner = new WeightStandardization(seeded());
    const outer = new WeightNorm(inner);

    expect(Object.keys(inner.stateDict())).toEqual(["weight", "bias"]);
    expect(Object.keys(outer.stateDict())).toEqual(["weightG", "weightV", "bias"]);
    const x: Tensor = float64([[1, -2, 3]]);
    expectCloseToArray(outer.forward(x), inner.forward(x), { absolute: 1e-13 });
  });
});

describe("the messages of computed weights", () => {
  const vector = { weight: tensor([1, 2]) };

  it("refuse lengths that do not fit", () => {
    const v = tensor([[1, 2]]);

    expect(messageOf(() => weightNorm(v, tensor([1])))).toMatchInlineSnapshot(
      `"ShapeError: weightNorm: g has shape [1], but it must have shape [1, 1], one length for each slice of v. Start from \`sliceNorms(v)\`."`,
    );
  });

  it("refuse an axis that does not exist", () => {
    expect(messageOf(() => new WeightNorm(seeded(), { axis: 2 }))).toMatchInlineSnapshot(
      `"ShapeError: weightNorm: the weight has shape [2, 3], which has no axis 2. Use an axis from 0 to 1."`,
    );
  });

  it("refuse to guess the mode of SpectralNorm", () => {
    const wrapped = new SpectralNorm(seeded());

    expect(messageOf(() => wrapped.forward(tensor([[1, 2, 3]])))).toMatchInlineSnapshot(
      `"ValueError: SpectralNorm: the mode is missing, and this layer computes different things in training and evaluation. Call \`model.forward(x, { mode: "train" })\` or \`{ mode: "eval" }\`."`,
    );
  });

  it("refuse a weight that is no matrix", () => {
    const pair = { u: vector.weight, v: vector.weight };

    expect(messageOf(() => powerIteration(vector.weight, pair, 1))).toMatchInlineSnapshot(
      `"ShapeError: spectralNorm: the weight has shape [2], which is no matrix. Use a weight of at least two axes."`,
    );
  });

  it("refuse to standardise single weights", () => {
    expect(messageOf(() => new WeightStandardization(linear([[1], [2]])))).toMatchInlineSnapshot(
      `"ShapeError: standardizeWeight: each output of a weight of shape [2, 1] has one element, so every variance is 0. Use a layer with more inputs."`,
    );
  });
});
