import { compile, ones, randomKey, type Tensor, tensor, zeros } from "@tapegrad/autograd";
import {
  Bilinear,
  Conv1d,
  Conv2d,
  Conv3d,
  type ConvOptions,
  ConvTranspose1d,
  ConvTranspose2d,
  ConvTranspose3d,
} from "@tapegrad/nn";
import { describe, expect, it } from "vitest";
import { expectCloseToArray } from "../oracles/close-to-array.ts";
import { float64 } from "../oracles/float64.ts";

const key = randomKey(5);

/** A kernel of ones over [1, 2, 3, 4], with a bias of 10. */
function slide(kernel: number, options: ConvOptions): unknown {
  const layer = new Conv1d(1, 1, kernel, options);
  layer.weight.assign(ones([1, 1, kernel]));
  layer.bias?.assign(tensor([10]));
  return layer.forward(tensor([[[1, 2, 3, 4]]])).toArray();
}

describe("Conv1d", () => {
  it.each([
    [{}, [16, 19]],
    [{ bias: false }, [6, 9]],
    [{ padding: 1, bias: false }, [3, 6, 9, 7]],
    [{ padding: 1, stride: 2, bias: false }, [3, 9]],
    [{ padding: "valid", bias: false }, [6, 9]],
    [{ padding: "same", bias: false }, [3, 6, 9, 7]],
    [{ padding: 2, dilation: 2, bias: false }, [4, 6, 4, 6]],
    [{ padding: 1, paddingMode: "reflect", bias: false }, [5, 6, 9, 10]],
    [{ padding: 1, paddingMode: "replicate", bias: false }, [4, 6, 9, 11]],
    [{ padding: "same", paddingMode: "circular", bias: false }, [7, 6, 9, 8]],
    [{ padding: "valid", paddingMode: "circular", bias: false }, [6, 9]],
  ] as const)("slides by %o", (options, expected) => {
    expect(slide(3, options)).toEqual([[expected]]);
  });

  it("puts the odd element of a padding that keeps the length behind", () => {
    expect(slide(2, { padding: "same", bias: false })).toEqual([[[3, 5, 7, 4]]]);
    const mirrored = { padding: "same", paddingMode: "replicate", bias: false } as const;
    expect(slide(2, mirrored)).toEqual([[[3, 5, 7, 8]]]);
  });
});

describe("Conv2d", () => {
  it("pads the sides of its axes with what it is told to", () => {
    const layer = new Conv2d(1, 1, 1, { padding: [0, 1], paddingMode: "circular", bias: false });
    layer.weight.assign(ones([1, 1, 1, 1]));

    expect(
      layer
        .forward(
          tensor([
            [
              [
                [1, 2, 3],
                [4, 5, 6],
              ],
            ],
          ]),
        )
        .toArray(),
    ).toEqual([
      [
        [
          [3, 1, 2, 3, 1],
          [6, 4, 5, 6, 4],
        ],
      ],
    ]);
  });

  it("convolves groups by themselves", () => {
    const layer = new Conv2d(2, 4, 1, { groups: 2, bias: false });
    layer.weight.assign(tensor([1, 2, 3, 4], { shape: [4, 1, 1, 1] }));

    expect(layer.forward(tensor([[[10]], [[100]]])).toArray()).toEqual([
      [[10]],
      [[20]],
      [[300]],
      [[400]],
    ]);
  });
});

describe("the convolutions", () => {
  it.each([
    ["Conv1d", new Conv1d(4, 6, 3, { groups: 2, key }), [2, 4, 9], [6, 2, 3], [2, 6, 7]],
    [
      "Conv2d",
      new Conv2d(3, 8, [3, 5], { stride: 2, key }),
      [1, 3, 9, 9],
      [8, 3, 3, 5],
      [1, 8, 4, 3],
    ],
    ["Conv3d", new Conv3d(1, 2, 2, { key }), [1, 1, 3, 4, 5], [2, 1, 2, 2, 2], [1, 2, 2, 3, 4]],
    [
      "ConvTranspose1d",
      new ConvTranspose1d(4, 6, 3, { groups: 2, stride: 2, key }),
      [2, 4, 5],
      [4, 3, 3],
      [2, 6, 11],
    ],
    [
      "ConvTranspose2d",
      new ConvTranspose2d(3, 2, 3, { stride: 2, padding: 1, outputPadding: 1, key }),
      [1, 3, 4, 4],
      [3, 2, 3, 3],
      [1, 2, 8, 8],
    ],
    [
      "ConvTranspose3d",
      new ConvTranspose3d(2, 1, 2, { dilation: 2, key }),
      [1, 2, 2, 2, 2],
      [2, 1, 2, 2, 2],
      [1, 1, 4, 4, 4],
    ],
  ] as const)("%s has PyTorch's shapes, and values within ±1/√fanIn", (_, layer, x, weight, y) => {
    const bound = 1 / Math.sqrt(weight.slice(1).reduce((size: number, n) => size * n, 1));
    const values = [layer.weight, layer.bias].flatMap((p) => [...(p?.value.toTypedArray() ?? [])]);

    expect(layer.weight.aval).toEqual({ shape: weight, dtype: "float32" });
    expect(layer.bias?.aval.shape).toEqual([layer.outChannels]);
    expect(layer.forward(zeros(x)).shape).toEqual(y);
    expect(layer.forward(zeros(x.slice(1))).shape).toEqual(y.slice(1));
    // the largest of so many is near the bound
    const largest = Math.max(...values.map(Math.abs));
    expect(largest).toBeLessThanOrEqual(bound);
    expect(largest).toBeGreaterThan(0.7 * bound);
  });

  it("are the transposes of each other", () => {
    const [conv, transposed] = [
      new Conv1d(1, 1, 3, { stride: 2, padding: 1, bias: false, key, dtype: "float64" }),
      new ConvTranspose1d(1, 1, 3, { stride: 2, padding: 1, bias: false, dtype: "float64" }),
    ];
    transposed.weight.assign(conv.weight.value);
    const [x, y] = [float64([3, -1, 4, 1, 5], [1, 1, 5]), float64([2, 7, -1], [1, 1, 3])];

    expectCloseToArray(
      [conv.forward(x).mul(y).sum().item()],
      [transposed.forward(y).mul(x).sum().item()],
      { relativeToLargest: 1e-14 },
    );
  });

  it("draws the same values from the same key", () => {
    const layers = [new Conv2d(2, 3, 3, { key }), new Conv2d(2, 3, 3, { key })];
    const [a, b] = layers.map((layer) => layer.weight.value.toArray());

    expect(a).toEqual(b);
  });

  it("computes the same compiled as eager", () => {
    const layer = new Conv2d(2, 3, 3, { key, padding: 1, paddingMode: "reflect" });
    const x = float64([...new Array(32).keys()], [1, 2, 4, 4]);

    const compiled = compile((x: Tensor) => layer.forward(x))(x);

    expectCloseToArray(compiled, layer.forward(x), { relativeToLargest: 1e-14 });
  });
});

describe("Bilinear", () => {
  it("is x₁ᵀ W x₂ + b", () => {
    const layer = new Bilinear(2, 2, 1, { dtype: "float64" });
    layer.weight.assign(
      float64([
        [
          [1, 2],
          [3, 4],
        ],
      ]),
    );
    layer.bias?.assign(float64([100]));

    expect(layer.forward(float64([[1, 10]]), float64([[5, 7]])).toArray()).toEqual([[549]]);
  });

  it("starts within ±1/√in1Features", () => {
    const layer = new Bilinear(4, 100, 10, { key });
    const largest = Math.max(...layer.weight.value.toTypedArray().map(Math.abs));

    expect(largest).toBeLessThanOrEqual(0.5);
    expect(largest).toBeGreaterThan(0.49);
  });
});
