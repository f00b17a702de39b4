import { linalg, matMul, randomKey, type Tensor, transpose } from "@tapegrad/autograd";
import { BatchNorm, Conv2d, init, initialize, Linear, Sequential } from "@tapegrad/nn";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { expectCloseToArray } from "../oracles/close-to-array.ts";

const key = randomKey(11);
const numbers = (x: Tensor): readonly number[] => [...x.toTypedArray()];

/** Mean and standard deviation of all elements. */
function momentsOf(x: Tensor): { readonly mean: number; readonly deviation: number } {
  const values = numbers(x);
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  const squares = values.reduce((sum, value) => sum + (value - mean) ** 2, 0);
  return { mean, deviation: Math.sqrt(squares / values.length) };
}

describe("fanInAndFanOut", () => {
  it("counts inputs and outputs, times the kernel", () => {
    expect(init.fanInAndFanOut([10, 784])).toEqual({ fanIn: 784, fanOut: 10 });
    expect(init.fanInAndFanOut([64, 3, 7, 7])).toEqual({ fanIn: 147, fanOut: 3136 });
  });
});

describe("calculateGain", () => {
  it.each([
    ["linear", undefined, 1],
    ["convTranspose3d", undefined, 1],
    ["sigmoid", undefined, 1],
    ["tanh", undefined, 5 / 3],
    ["relu", undefined, Math.SQRT2],
    ["leakyRelu", undefined, Math.sqrt(2 / 1.0001)],
    ["leakyRelu", 1, 1],
    ["selu", undefined, 0.75],
  ] as const)("of %s (%s)", (nonlinearity, parameter, gain) => {
    expect(init.calculateGain(nonlinearity, parameter)).toBeCloseTo(gain, 15);
  });
});

const SHAPE = [60, 50, 2] as const; // fanIn 100, fanOut 120

/** Each rule with the standard deviation that its formula gives for SHAPE. */
const SCALED: readonly (readonly [string, init.RandomInitializer, number])[] = [
  ["xavierUniform", init.xavierUniform(), Math.sqrt(2 / 220)],
  ["xavierUniform of gain 3", init.xavierUniform({ gain: 3 }), 3 * Math.sqrt(2 / 220)],
  ["xavierNormal", init.xavierNormal(), Math.sqrt(2 / 220)],
  ["kaimingUniform", init.kaimingUniform(), Math.sqrt(2 / 100)],
  ["kaimingNormal", init.kaimingNormal({ nonlinearity: "tanh" }), 5 / 3 / 10],
  ["kaimingNormal backward", init.kaimingNormal({ mode: "fanOut" }), Math.sqrt(2 / 120)],
  ["kaimingNormal of slope 1", init.kaimingNormal({ a: 1 }), 1 / 10],
  ["glorotUniform", init.glorotUniform(), Math.sqrt(2 / 220)],
  ["glorotNormal", init.glorotNormal(), Math.sqrt(2 / 220)],
  ["heUniform", init.heUniform(), Math.sqrt(2 / 100)],
  ["heNormal", init.heNormal(), Math.sqrt(2 / 100)],
  ["lecunUniform", init.lecunUniform(), 1 / 10],
  ["lecunNormal", init.lecunNormal(), 1 / 10],
  [
    "varianceScaling",
    init.varianceScaling({ scale: 4, mode: "fanOut", distribution: "uniform" }),
    2 / Math.sqrt(120),
  ],
];

describe("the initialisers by fans", () => {
  it.each(SCALED)("%s draws with mean 0 and its standard deviation", (_, rule, expected) => {
    const drawn = rule.draw(key, SHAPE, { dtype: "float64" });
    const { mean, deviation } = momentsOf(drawn);

    expect(drawn.shape).toEqual(SHAPE);
    // 6000 draws: five standard deviations of the mean, and of the deviation of a normal distribution
    expect(Math.abs(mean)).toBeLessThan((5 * expected) / Math.sqrt(6000));
    expect(Math.abs(deviation / expected - 1)).toBeLessThan(5 / Math.sqrt(2 * 6000));
  });

  it.each(SCALED)("%s says what it draws from, and draws nothing beyond it", (_, rule) => {
    const distribution = rule.distribution(SHAPE);
    const largest = Math.max(...numbers(rule.draw(key, SHAPE, { dtype: "float64" })).map(Math.abs));

    if (distribution.kind === "normal") expect(distribution.mean).toBe(0);
    else {
      expect(distribution.min).toBe(-distribution.max);
      expect(largest).toBeLessThanOrEqual(distribution.max);
      expect(largest).toBeGreaterThan(0.97 * distribution.max);
    }
  });

  it("cuts at two standard deviations, and keeps the variance that was asked for", () => {
    const distribution = init.lecunNormal().distribution([1, 1]);

    // of a standard normal distribution cut at ±2: 1 - 4 φ(2) / (2 Φ(2) - 1)
    const variance = 1 - (4 * 0.05399096651318806) / 0.9544997361036416;
    const standardDeviation = 1 / Math.sqrt(variance);
    expect(distribution).toMatchObject({ kind: "truncatedNormal", mean: 0 });
    expectCloseToArray(
      distribution.kind === "truncatedNormal"
        ? [distribution.standardDeviation, distribution.max]
        : [],
      [standardDeviation, 2 * standardDeviation],
      { relativeToLargest: 1e-12 },
    );
  });

  it("depend on the key, the shape and the dtype alone", () => {
    const rule = init.kaimingNormal();

    expect(numbers(rule.draw(key, [4, 4]))).toEqual(numbers(rule.draw(key, [4, 4])));
    expect(numbers(rule.draw(key, [4, 4]))).not.toEqual(numbers(rule.draw(randomKey(1), [4, 4])));
    expect(rule.draw(key, [4, 4]).dtype).toBe("float32");
  });
});

describe("the plain initialisers", () => {
  it("say and draw what they are told", () => {
    expect(init.uniform({ min: 2, max: 3 }).distribution([5])).toEqual({
      kind: "uniform",
      min: 2,
      max: 3,
    });
    expect(init.normal({ mean: 1 }).distribution([5])).toEqual({
      kind: "normal",
      mean: 1,
      standardDeviation: 1,
    });
    const within = numbers(init.truncatedNormal({ min: -1, max: 0.5 }).draw(key, [1000]));
    expect(Math.max(...within)).toBeLessThanOrEqual(0.5);
    expect(Math.min(...within)).toBeGreaterThanOrEqual(-1);
    expect(Math.min(...within)).toBeLessThan(-0.97);
  });

  it("are constants", () => {
    expect(init.constant(3).draw(key, [2]).toArray()).toEqual([3, 3]);
    expect(init.zeros().draw(key, [2], { dtype: "float64" }).dtype).toBe("float64");
    expect(init.ones().draw(key, [1, 2]).toArray()).toEqual([[1, 1]]);
  });
});

describe("eye and dirac", () => {
  it("eye is the identity, cut or with zeros", () => {
    expect(init.eye().draw(key, [2, 3]).toArray()).toEqual([
      [1, 0, 0],
      [0, 1, 0],
    ]);
  });

  it("dirac passes channels on", () => {
    const layer = new Conv2d(3, 3, 3, { padding: 1, bias: false });
    initialize(layer, init.dirac());
    const x = init.normal().draw(key, [2, 3, 4, 5]);

    expect(layer.forward(x).toArray()).toEqual(x.toArray());
  });

  it("dirac does so in every group, and gives 0 where there are no more channels", () => {
    const weight = init.dirac({ groups: 2 }).draw(key, [6, 2, 1]);

    expect(weight.reshape([6, 2]).toArray()).toEqual([
      [1, 0],
      [0, 1],
      [0, 0],
      [1, 0],
      [0, 1],
      [0, 0],
    ]);
  });
});

describe("orthogonal", () => {
  it("has orthonormal rows or columns, whichever are fewer, times the gain", () => {
    const sizes = fc.integer({ min: 1, max: 6 });
    fc.assert(
      fc.property(sizes, sizes, fc.integer(), (rows, columns, seed) => {
        const drawn = init
          .orthogonal({ gain: 3 })
          .draw(randomKey(seed), [rows, columns], { dtype: "float64" });
        const other = transpose(drawn);
        const product = rows <= columns ? matMul(drawn, other) : matMul(other, drawn);
        const n = Math.min(rows, columns);
        const expected = Array.from({ length: n * n }, (_, i) => (i % (n + 1) === 0 ? 9 : 0));

        expectCloseToArray(numbers(product), expected, { absolute: 1e-12 });
      }),
      { numRuns: 30 },
    );
  });

  it("joins the axes of kernels, and reflects as often as it rotates", () => {
    expect(init.orthogonal().draw(key, [4, 2, 3, 3]).shape).toEqual([4, 2, 3, 3]);
    const signs = Array.from({ length: 16 }, (_, seed) => {
      const q = init.orthogonal().draw(randomKey(seed), [2, 2], { dtype: "float64" });
      return Math.sign(linalg.det(q).item());
    });

    // without the signs of R all determinants would be alike
    expect(signs.filter((sign) => sign > 0).length).toBeGreaterThan(2);
    expect(signs.filter((sign) => sign < 0).length).toBeGreaterThan(2);
  });
});

describe("sparse", () => {
  it("has the same number of zeros in every column, at other places", () => {
    const drawn = init.sparse({ sparsity: 0.25 }).draw(key, [10, 40]);
    const columns = transpose(drawn).toArray() as number[][];
    const zeros = columns.map((column) => column.filter((value) => value === 0).length);

    expect(zeros).toEqual(new Array(40).fill(3));
    expect(new Set(columns.map((column) => column.indexOf(0))).size).toBeGreaterThan(3);
    const others = columns.flat().filter((value) => value !== 0);
    const deviation = Math.sqrt(others.reduce((sum, v) => sum + v ** 2, 0) / others.length);
    expect(Math.abs(deviation / 0.01 - 1)).toBeLessThan(5 / Math.sqrt(2 * 280));
  });
});

describe("initialize", () => {
  const model = () => {
    return new Sequential(new Linear(3, 4, { key }), new BatchNorm(4), new Linear(4, 2, { key }));
  };

  it("assigns the weights, each by a key of its own, and leaves biases and norms", () => {
    const [before, changed] = [model(), model()];

    const paths = initialize(changed, init.normal(), { key });

    const state = changed.stateDict();
    expect(paths).toEqual(["0.weight", "2.weight"]);
    expect(state["0.bias"]?.toArray()).toEqual(before.stateDict()["0.bias"]?.toArray());
    expect(state["1.weight"]?.toArray()).toEqual([1, 1, 1, 1]);
    const [first, second] = paths.map((path) => numbers(state[path] as Tensor));
    expect(first?.slice(0, 8)).not.toEqual(second);
    expect(momentsOf(state["0.weight"] as Tensor).deviation).toBeGreaterThan(0.5);
  });

  it("assigns what is chosen, in its dtype", () => {
    const layer = new Linear(2, 2, { dtype: "float64" });

    const paths = initialize(layer, init.constant(0.1), { where: (path) => path === "bias" });

    expect(paths).toEqual(["bias"]);
    expect(layer.bias?.value.toArray()).toEqual([0.1, 0.1]);
  });

  it("repeats itself for the same key", () => {
    const models = [model(), model()];
    for (const made of models) initialize(made, init.heNormal(), { key });
    const [a, b] = models.map((made) => numbers(made.stateDict()["2.weight"] as Tensor));

    expect(a).toEqual(b);
  });
});
