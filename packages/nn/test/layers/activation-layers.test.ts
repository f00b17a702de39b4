import { grad, type Tensor, tensor } from "@tapegrad/autograd";
import {
  CELU,
  ELU,
  GELU,
  GLU,
  Hardshrink,
  Hardsigmoid,
  Hardswish,
  Hardtanh,
  type Layer,
  LeakyReLU,
  LogSigmoid,
  LogSoftmax,
  Mish,
  PReLU,
  ReLU6,
  SELU,
  SiLU,
  Softmax,
  Softmin,
  Softplus,
  Softshrink,
  Softsign,
  Tanh,
  Tanhshrink,
  Threshold,
} from "@tapegrad/nn";
import { describe, expect, it } from "vitest";
import { expectCloseToArray } from "../oracles/close-to-array.ts";
import { float64 } from "../oracles/float64.ts";

const { E } = Math;
const third = 1 / 3;

/** A layer, numbers, and what their formula gives, in the digits of a table or in closed form. */
const VALUES: readonly (readonly [string, Layer, readonly number[], readonly number[]])[] = [
  ["LogSigmoid", new LogSigmoid(), [0, -1000], [-Math.LN2, -1000]],
  ["Tanh", new Tanh(), [0, 0.5], [0, 0.46211715726000975]],
  ["Tanhshrink", new Tanhshrink(), [0.5], [0.5 - 0.46211715726000975]],
  ["ReLU6", new ReLU6(), [-1, 3, 7], [0, 3, 6]],
  ["LeakyReLU", new LeakyReLU(), [-2, 3], [-0.02, 3]],
  ["LeakyReLU of 0.5", new LeakyReLU({ negativeSlope: 0.5 }), [-2, 3], [-1, 3]],
  ["ELU", new ELU(), [-1, 2], [1 / E - 1, 2]],
  ["ELU of 3", new ELU({ alpha: 3 }), [-1, 2], [3 / E - 3, 2]],
  ["CELU of 2", new CELU({ alpha: 2 }), [-2, 2], [2 / E - 2, 2]],
  ["SELU", new SELU(), [-1e9, 1], [-1.7580993408473766, 1.0507009873554805]],
  ["GELU", new GELU(), [1, -1], [0.8413447460685429, -0.15865525393145707]],
  ["GELU, nearly", new GELU({ approximate: "tanh" }), [1], [0.8411919906082768]],
  ["SiLU", new SiLU(), [0, 1], [0, E / (E + 1)]],
  ["Mish", new Mish(), [0, 1], [0, 0.8650983882673103]],
  ["Softplus", new Softplus(), [0, 30], [Math.LN2, 30]],
  ["Softplus of 2", new Softplus({ beta: 2 }), [0], [Math.LN2 / 2]],
  ["Softsign", new Softsign(), [-3, 1], [-0.75, 0.5]],
  ["Hardtanh", new Hardtanh(), [-2, 0.5, 2], [-1, 0.5, 1]],
  ["Hardtanh to 3", new Hardtanh({ max: 3 }), [-2, 2, 4], [-1, 2, 3]],
  ["Hardsigmoid", new Hardsigmoid(), [-4, 0, 1.5, 4], [0, 0.5, 0.75, 1]],
  ["Hardswish", new Hardswish(), [-4, 1.5, 4], [0, 1.125, 4]],
  ["Hardshrink", new Hardshrink(), [-1, 0.25, 1], [-1, 0, 1]],
  ["Softshrink of 1", new Softshrink({ lambda: 1 }), [-3, 0.5, 3], [-2, 0, 2]],
  ["Threshold", new Threshold(1, 20), [0.5, 2], [20, 2]],
  ["Softmax", new Softmax(), [0, Math.LN2], [third, 2 * third]],
  ["Softmin", new Softmin(), [0, Math.LN2], [2 * third, third]],
  ["LogSoftmax", new LogSoftmax(), [0, Math.LN2], [Math.log(third), Math.log(2 * third)]],
  ["GLU", new GLU(), [3, 5, 0, 0], [1.5, 2.5]],
];

describe("the activations as layers", () => {
  it.each(VALUES)("%s has the values of its formula", (_, layer, x, expected) => {
    expectCloseToArray(layer.forward(float64(x)), expected, { absolute: 1e-13 });
    expect(layer.stateDict()).toEqual({});
  });

  it.each([new Softmax({ axis: 0 }), new Softmin({ axis: 0 }), new LogSoftmax({ axis: 0 })])(
    "works along the axis it is given",
    (layer) => {
      const [a, b] = [float64([1, 2]), float64([3, -1])];
      const columns = layer.forward(
        float64([
          [1, 3],
          [2, -1],
        ]),
      );

      expectCloseToArray(columns.select(0, { axis: 1 }), layer.forward(a), { absolute: 1e-15 });
      expectCloseToArray(columns.select(1, { axis: 1 }), layer.forward(b), { absolute: 1e-15 });
    },
  );

  it("gates the halves of another axis", () => {
    expect(
      new GLU({ axis: 0 })
        .forward(
          tensor([
            [2, 4],
            [0, 0],
          ]),
        )
        .toArray(),
    ).toEqual([[1, 2]]);
  });
});

describe("PReLU", () => {
  it("starts with one slope of a quarter", () => {
    expect(new PReLU().stateDict()["weight"]?.toArray()).toEqual([0.25]);
    expect(new PReLU().forward(tensor([-4, 4])).toArray()).toEqual([-1, 4]);
  });

  it("learns a slope for each channel", () => {
    const layer = new PReLU(2, { init: 0.5, dtype: "float64" });
    const x = float64([
      [
        [-1, 2],
        [-3, -5],
      ],
    ]);
    const loss = (weight: Tensor): Tensor => {
      layer.weight.assign(weight);
      return layer.forward(x).sum();
    };

    const gradient = grad(loss)(layer.weight.value);

    expect(layer.forward(x).toArray()).toEqual([
      [
        [-0.5, 2],
        [-1.5, -2.5],
      ],
    ]);
    expect(gradient.toArray()).toEqual([-1, -8]);
  });
});
