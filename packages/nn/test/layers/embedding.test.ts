import { compile, normal, randomKey, record, type Tensor, tensor } from "@tapegrad/autograd";
import { Embedding } from "@tapegrad/nn";
import { describe, expect, it } from "vitest";
import { expectCloseToArray } from "../oracles/close-to-array.ts";
import { float64 } from "../oracles/float64.ts";

const integers = (values: number[] | number[][]): Tensor => tensor(values, { dtype: "int32" });
const key = randomKey(2);

/** The gradient of Σ c · layer(indices). */
function gradientOf(layer: Embedding, indices: Tensor, c: Tensor): Tensor {
  return record(() => layer.forward(indices).mul(c).sum()).gradient([layer.weight])[0];
}

describe("Embedding", () => {
  it("gives the rows that are named", () => {
    const layer = new Embedding(3, 2);
    layer.weight.assign(
      tensor([
        [1, 2],
        [3, 4],
        [5, 6],
      ]),
    );

    expect(layer.forward(integers([[2, 0]])).toArray()).toEqual([
      [
        [5, 6],
        [1, 2],
      ],
    ]);
  });

  it("starts standard normal, with 0 in the row of the padding", () => {
    const plain = new Embedding(100, 50, { key });
    const padded = new Embedding(100, 50, { key, paddingIdx: -1 });

    expect(plain.weight.value.toArray()).toEqual(normal(key, [100, 50]).toArray());
    expect(padded.paddingIdx).toBe(99);
    expect(padded.weight.value.toArray()).toEqual([
      ...(plain.weight.value.toArray() as number[][]).slice(0, 99),
      new Array(50).fill(0),
    ]);
  });

  it("adds the cotangents of a row up, and gives the padding none", () => {
    const layer = new Embedding(3, 1, { paddingIdx: 0, dtype: "float64" });

    const gradient = gradientOf(layer, integers([1, 0, 1]), float64([[3], [5], [4]]));

    expect(gradient.toArray()).toEqual([[0], [7], [0]]);
  });

  it("divides the derivative of a row by how often it is named", () => {
    const layer = new Embedding(3, 1, { scaleGradByFreq: true, dtype: "float64", key });
    const [indices, c] = [integers([1, 2, 1]), float64([[3], [5], [4]])];

    expect(gradientOf(layer, indices, c).toArray()).toEqual([[0], [3.5], [5]]);
    const plain = new Embedding(3, 1, { dtype: "float64", key });
    expect(layer.forward(indices).toArray()).toEqual(plain.forward(indices).toArray());
  });
});

describe("Embedding under maxNorm", () => {
  const rows = [
    [3, 4],
    [0.6, 0.8],
    [6, 8],
  ];
  const shortened = (options = {}) => {
    const layer = new Embedding(3, 2, { maxNorm: 2, dtype: "float64", ...options });
    layer.weight.assign(float64(rows));
    return layer;
  };

  it("shortens the rows that are named and too long, in the weight too", () => {
    const layer = shortened();

    const found = layer.forward(integers([1, 0]));

    // a norm is measured up to 1e-7
    expectCloseToArray(
      found,
      float64([
        [0.6, 0.8],
        [1.2, 1.6],
      ]),
      { absolute: 1e-6 },
    );
    expectCloseToArray(
      layer.weight.value,
      float64([
        [1.2, 1.6],
        [0.6, 0.8],
        [6, 8],
      ]),
      {
        absolute: 1e-6,
      },
    );
  });

  it("measures by the norm it is told", () => {
    const found = shortened({ normType: 1 }).forward(integers([0]));

    expectCloseToArray(found, float64([[6 / 7, 8 / 7]]), { absolute: 1e-6 });
  });

  it("has the derivative by the rows as they are used", () => {
    const c = float64([
      [3, 1],
      [4, 1],
    ]);

    expect(gradientOf(shortened(), integers([0, 0]), c).toArray()).toEqual([
      [7, 2],
      [0, 0],
      [0, 0],
    ]);
  });

  it("does the same in a compiled step", () => {
    const [eager, compiled] = [shortened(), shortened()];
    const [indices, c] = [
      integers([0, 1]),
      float64([
        [3, 1],
        [4, 1],
      ]),
    ];
    const step = compile((indices: Tensor) => {
      const tape = record(() => compiled.forward(indices).mul(c).sum());
      return tape.gradient([compiled.weight])[0];
    });

    expectCloseToArray(step(indices), gradientOf(eager, indices, c), { absolute: 1e-15 });
    expectCloseToArray(compiled.weight.value, eager.weight.value, { absolute: 1e-15 });
  });
});
