import {
  conv2d,
  convTranspose2d,
  grad,
  mul,
  ones,
  sum,
  type Tensor,
  tensor,
  vjp,
  zeros,
} from "@tapegrad/autograd";
import { tensors } from "@tapegrad/autograd/testing/arbitraries";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Pair } from "../../src/kernel/kernel.ts";
import type { Conv2dParams } from "../../src/primitives/conv2d.ts";
import { windowsOver } from "../../src/primitives/windows.ts";
import { distance } from "../closeness.ts";

const float64 = { dtype: "float64" } as const;

/** The definition, in plain loops: what every number of y is a sum of. */
function naive(
  x: Tensor,
  weight: Tensor,
  shape: readonly number[],
  params: Conv2dParams,
): number[] {
  const { strides, padding, dilation, groups } = params;
  const [[, channels, height, width], [outputs, perGroup, kh, kw]] = [x.shape, weight.shape];
  const [a, w] = [x.toTypedArray(), weight.toTypedArray()];
  const [batch, , p, q] = shape;
  const y: number[] = [];
  for (let n = 0; n < batch; n++) {
    for (let o = 0; o < outputs; o++) {
      for (let i = 0; i < p; i++) {
        for (let j = 0; j < q; j++) {
          let total = 0;
          for (let c = 0; c < perGroup; c++) {
            const channel = Math.floor(o / (outputs / groups)) * perGroup + c;
            for (let k = 0; k < kh; k++) {
              for (let l = 0; l < kw; l++) {
                const row = i * strides[0] + k * dilation[0] - padding[0][0];
                const column = j * strides[1] + l * dilation[1] - padding[1][0];
                if (row < 0 || row >= height || column < 0 || column >= width) continue;
                total +=
                  a[((n * channels + channel) * height + row) * width + column] *
                  w[((o * perGroup + c) * kh + k) * kw + l];
              }
            }
          }
          y.push(total);
        }
      }
    }
  }
  return y;
}

const pairs = (min: number, max: number): fc.Arbitrary<Pair> =>
  fc.tuple(fc.integer({ min, max }), fc.integer({ min, max }));

/** Any options and sizes under which a weight fits; batches and channels of 0 too. */
const problemsOf = (shortest: 0 | 1) =>
  fc
    .record({
      strides: pairs(1, 3),
      padding: fc.tuple(pairs(0, 2), pairs(0, 2)),
      dilation: pairs(1, 3),
      groups: fc.integer({ min: 1, max: 3 }),
      window: pairs(1, 3),
      rest: pairs(0, 4),
      batch: fc.integer({ min: 0, max: 2 }),
      perGroup: fc.integer({ min: 0, max: 6 }),
      outputs: fc.integer({ min: 0, max: 5 }),
    })
    .chain(({ window, rest, batch, perGroup, outputs, ...params }) => {
      const { groups, padding, dilation } = params;
      const length = (i: 0 | 1): number => {
        const extent = (window[i] - 1) * dilation[i] + 1;
        return Math.max(shortest, extent - padding[i][0] - padding[i][1]) + rest[i];
      };
      const shape = [batch, perGroup * groups, length(0), length(1)];
      const y = [batch, outputs * groups, ...windowsOver("conv2d", shape, window, params)];
      return fc.record({
        params: fc.constant(params),
        x: tensors({ shape }),
        weight: tensors({ shape: [outputs * groups, perGroup, ...window] }),
        y: tensors({ shape: y }),
      });
    });

const problems = problemsOf(0);

const optionsOf = ({ strides, ...params }: Conv2dParams) => ({ stride: strides, ...params });

const inner = (a: Tensor, b: Tensor): number => sum(mul(a, b)).item();

describe("conv2d", () => {
  it("is the naive one for all small sizes, options and layouts", () => {
    fc.assert(
      fc.property(problems, ({ params, x, weight, y }) => {
        const result = conv2d(x, weight, optionsOf(params));

        expect(result.shape).toEqual(y.shape);
        expect(distance(result, naive(x, weight, y.shape, params))).toBeLessThan(1e-12);
      }),
      { numRuns: 200 },
    );
  });

  it("has adjoints in both operands: ⟨conv(x, w), y⟩ = ⟨x, x̄(y)⟩ = ⟨w, w̄(y)⟩", () => {
    fc.assert(
      fc.property(problems, ({ params, x, weight, y }) => {
        const f = (a: Tensor, b: Tensor): Tensor => conv2d(a, b, optionsOf(params));
        const { output, pullback } = vjp(f, x, weight);
        const [xBar, weightBar] = pullback(y);

        const expected = inner(output, y);
        const allowed = 1e-12 * (1 + inner(mul(output, output), mul(y, y)) + expected ** 2);

        expect(Math.abs(inner(x, xBar) - expected)).toBeLessThan(allowed);
        expect(Math.abs(inner(weight, weightBar) - expected)).toBeLessThan(allowed);
      }),
      { numRuns: 100 },
    );
  });

  it("multiplies the weight as it is, without turning it over", () => {
    const x = tensor([[[[1, 2, 3]]]]);
    const weight = tensor([[[[1, 10]]]]);

    expect(conv2d(x, weight).toArray()).toEqual([[[[21, 32]]]]);
    expect(conv2d(x, weight, { padding: [0, 1] }).toArray()).toEqual([[[[10, 21, 32, 3]]]]);
    expect(conv2d(x, weight, { stride: [1, 2] }).toArray()).toEqual([[[[21]]]]);
    expect(conv2d(x, weight, { dilation: [1, 2] }).toArray()).toEqual([[[[31]]]]);
  });

  it.each([
    ["one image without an axis of images", [3, 5, 5], {}, [2, 3, 4]],
    ["no images", [0, 3, 5, 5], {}, [0, 2, 3, 4]],
    ["padding on each side", [1, 3, 5, 5], { padding: [[1, 0], [0, 2]] }, [1, 2, 4, 6]], // biome-ignore format: a row
    ["valid padding", [1, 3, 5, 5], { padding: "valid" }, [1, 2, 3, 4]],
    ["same padding", [1, 3, 5, 5], { padding: "same", dilation: [1, 3] }, [1, 2, 5, 5]],
  ] as const)("of %s has the right shape", (_, shape, options, expected) => {
    expect(conv2d(zeros(shape), zeros([2, 3, 3, 2]), options).shape).toEqual(expected);
  });

  it("puts the odd place of same padding at the end", () => {
    const x = tensor([[[1, 2, 3]]]);

    expect(conv2d(x, ones([1, 1, 1, 2]), { padding: "same" }).toArray()).toEqual([[[3, 5, 3]]]);
  });

  it("promotes, integers to float32", () => {
    const int32 = { dtype: "int32" } as const;
    const [i, f, d] = [int32, {}, float64].map((options) => ones([1, 1, 1, 1], options));

    expect(conv2d(i, i).dtype).toBe("float32");
    expect(conv2d(f, d).dtype).toBe("float64");
    expect(conv2d(i, d).dtype).toBe("float64");
  });

  it("accumulates float32 in float64 and rounds once", () => {
    const x = tensor([1e8, 1, -1e8]).reshape([1, 3, 1, 1]);

    expect(conv2d(x, ones([1, 3, 1, 1])).item()).toBe(1);
  });

  it("keeps what its caller changes later out of the tape", () => {
    const padding: [[number, number], [number, number]] = [[1, 1], [0, 0]]; // biome-ignore format: a row
    const { pullback } = vjp(
      (x: Tensor) => conv2d(x, ones([1, 1, 3, 1]), { padding }),
      ones([1, 1, 1]),
    );
    padding[0][0] = 7;

    expect(pullback(ones([1, 1, 1]))[0].toArray()).toEqual([[[1]]]);
  });
});

describe("convTranspose2d", () => {
  it("is the gradient of conv2d by its images, with any options", () => {
    fc.assert(
      fc.property(problemsOf(1), ({ params, x, weight, y }) => {
        const options = optionsOf(params);
        const along = (i: 0 | 1): number => {
          const [p, extent] = [y.shape[2 + i], (weight.shape[2 + i] - 1) * params.dilation[i] + 1];
          const [before, after] = params.padding[i];
          return x.shape[2 + i] - ((p - 1) * params.strides[i] + extent - before - after);
        };
        const more = [along(0), along(1)] as const;
        const expected = grad((a: Tensor) => sum(mul(conv2d(a, weight, options), y)))(x);
        // places that no window reaches, since the last step is not whole, are those of the output padding
        const result = convTranspose2d(y, weight, { ...options, outputPadding: more });

        expect(result.shape).toEqual(x.shape);
        expect(distance(result, expected.toTypedArray())).toBeLessThan(1e-12);
      }),
      { numRuns: 100 },
    );
  });

  it("fills rows of the output padding that are beyond the padding with zeros", () => {
    const x = tensor([[[1, 2]]]);
    const options = { stride: [1, 3], padding: [[0, 0], [0, 1]], outputPadding: [0, 2] } as const; // biome-ignore format: a row

    expect(convTranspose2d(x, ones([1, 1, 1, 2]), options).toArray()).toEqual([
      [[1, 1, 0, 2, 2, 0]],
    ]);
  });
});
