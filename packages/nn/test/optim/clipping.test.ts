import { compile, type Tensor, tensor } from "@tapegrad/autograd";
import { clipAdaptively, clipByNorm, clipByValue, Parameter } from "@tapegrad/nn";
import { describe, expect, it } from "vitest";
import { expectCloseToArray } from "../oracles/close-to-array.ts";
import { float64 } from "../oracles/float64.ts";
import { refusalOf } from "../oracles/refusal.ts";

describe("clipByNorm", () => {
  it("scales all gradients by one factor, to the norm that is asked for", () => {
    const { gradients, norm } = clipByNorm([float64([3, 0]), float64([[4]])], { maxNorm: 1 });

    expect(norm.item()).toBe(5);
    const factor = 1 / (5 + 1e-6);
    expectCloseToArray(gradients[0], [3 * factor, 0], { relativeToLargest: 1e-15 });
    expectCloseToArray(gradients[1], float64([[4 * factor]]), { relativeToLargest: 1e-15 });
  });

  it("leaves what is short enough, and null", () => {
    const { gradients, norm } = clipByNorm([null, float64([3, 4])], { maxNorm: 6 });

    expect(gradients[0]).toBe(null);
    expect(gradients[1]?.toArray()).toEqual([3, 4]);
    expect(norm.item()).toBe(5);
    expect(clipByNorm([null], { maxNorm: 1 }).norm.item()).toBe(0);
  });

  const norms: [number, number][] = [
    [1, 7],
    [3, 91 ** (1 / 3)],
    [Number.POSITIVE_INFINITY, 4],
  ];
  it.for(norms)("has the norm of order %d", ([normType, expected]) => {
    const { norm } = clipByNorm([float64([-3]), float64([4, 0])], { maxNorm: 1, normType });

    expect(norm.item()).toBeCloseTo(expected, 14);
  });

  it("keeps float32, also where squares would overflow", () => {
    const { gradients, norm } = clipByNorm([tensor([3e30]), tensor([4e30])], { maxNorm: 5 });

    expect(gradients[0].dtype).toBe("float32");
    expectCloseToArray(gradients[0], [3], { relativeToLargest: 1e-6 });
    expectCloseToArray(norm, [5e30], { relativeToLargest: 1e-6 });
  });

  it("makes all NaN of one that is NaN, and zeros beside one that is infinite", () => {
    const clip = (x: number) => {
      return clipByNorm([float64([x]), float64([1])], { maxNorm: 1 }).gradients.map((g) =>
        g.item(),
      );
    };

    expect(clip(Number.NaN)).toEqual([Number.NaN, Number.NaN]);
    expect(clip(Number.POSITIVE_INFINITY)).toEqual([Number.NaN, 0]);
  });
});

describe("clipByValue", () => {
  it("brings every number into the range", () => {
    const [clipped, none] = clipByValue([float64([-3, 0.5, 3]), null], 1);

    expect(clipped?.toArray()).toEqual([-1, 0.5, 1]);
    expect(none).toBe(null);
  });
});

describe("clipAdaptively", () => {
  const weights = new Parameter(
    float64([
      [3, 4],
      [0, 0],
      [6, 8],
    ]),
  );
  const bias = new Parameter(float64([0.6, 0.8]));

  it("bounds the gradient of every row by its weights, and that of a vector as a whole", () => {
    const gradients = [
      float64([
        [0, 2],
        [0, 2],
        [0, 0.5],
      ]),
      float64([0, 2]),
    ];

    const [ofWeights, ofBias] = clipAdaptively(gradients, [weights, bias], {
      clipping: 0.1,
      epsilon: 0.01,
    });

    // bounds 0.5, 0.001 and 1; 0.1 for the vector
    expectCloseToArray(ofWeights, [0, 0.5, 0, 0.001, 0, 0.5], { relativeToLargest: 1e-15 });
    expectCloseToArray(ofBias, [0, 0.1], { relativeToLargest: 1e-15 });
  });

  it("takes a filter as a unit, and passes null on", () => {
    const filters = new Parameter(float64([3, 4, 0, 0, 0, 0, 0, 1], [2, 1, 2, 2]));
    const gradient = float64([0, 0, 0, 10, 10, 0, 0, 0], [2, 1, 2, 2]);

    const [clipped, none] = clipAdaptively([gradient, null], [filters, bias], { clipping: 0.1 });

    const expected = float64([0, 0, 0, 0.5, 0.1, 0, 0, 0], [2, 1, 2, 2]);
    expectCloseToArray(clipped as Tensor, expected, { relativeToLargest: 1e-15 });
    expect(none).toBe(null);
  });

  it("leaves a gradient of 0 at weights of 0", () => {
    const zero = new Parameter(float64([0]));

    expect(clipAdaptively([float64([0])], [zero])[0].item()).toBe(0);
  });

  it("refuses another number of gradients", () => {
    expect(refusalOf(() => clipAdaptively([], [bias])).name).toBe("GradientError");
  });
});

it("clipping is the same in a compiled function", () => {
  const p = new Parameter(tensor([1, 2]));
  const clip = (g: Tensor): readonly Tensor[] => [
    ...clipByNorm([g, g], { maxNorm: 1 }).gradients,
    ...clipByValue([g], 0.5),
    ...clipAdaptively([g], [p]),
  ];
  const [eager, compiled] = [clip(tensor([3, -4])), compile(clip)(tensor([3, -4]))];

  compiled.forEach((found, i) => {
    expectCloseToArray(found, eager[i], { relativeToLargest: 1e-6 });
  });
});
