/**
 * Layers, pools, norms, losses and resampling as functions: values that can be seen at a glance, and first and
 * second derivatives against differences. PyTorch's values of the same functions: `npm run oracle -- ops --only nn`.
 */
import {
  adaptiveAvgPool2d,
  adaptiveMaxPool1d,
  adaptiveMaxPool2d,
  avgPool1d,
  avgPool3d,
  batchNorm,
  bilinear,
  binaryCrossEntropy,
  binaryCrossEntropyWithLogits,
  conv1d,
  conv3d,
  convTranspose1d,
  convTranspose3d,
  cosineEmbeddingLoss,
  cosineSimilarity,
  crossEntropy,
  embedding,
  embeddingBag,
  gaussianNllLoss,
  glu,
  grad,
  gridSample,
  groupNorm,
  hingeEmbeddingLoss,
  huberLoss,
  im2col,
  instanceNorm,
  interpolate,
  klDiv,
  l1Loss,
  layerNorm,
  linear,
  localResponseNorm,
  marginRankingLoss,
  maxPool1d,
  maxPool3d,
  maxPool3dWithIndices,
  mseLoss,
  multilabelMarginLoss,
  multilabelSoftMarginLoss,
  multiMarginLoss,
  nllLoss,
  normal,
  pairwiseDistance,
  pixelShuffle,
  pixelUnshuffle,
  poissonNllLoss,
  prelu,
  randomKey,
  rmsNorm,
  scaledDotProductAttention,
  smoothL1Loss,
  softMarginLoss,
  softmin,
  type Tensor,
  tensor,
  tripletMarginLoss,
} from "@tapegrad/autograd";
import { assertGradcheck } from "@tapegrad/autograd/testing";
import { describe, expect, it } from "vitest";

const float64 = { dtype: "float64" } as const;
const int32 = (...values: readonly number[]): Tensor => tensor(values, { dtype: "int32" });
/** Different numbers of unit size; the seed tells them apart. */
const some = (shape: readonly number[], seed = 1): Tensor =>
  normal(randomKey(seed), shape, { dtype: "float64" });
const grid = some([1, 2, 3, 2], 5).mul(0.4);

const DIFFERENTIABLE: Readonly<
  Record<
    string,
    readonly [f: (...x: readonly Tensor[]) => unknown, shapes: readonly (readonly number[])[]]
  >
> = {
  linear: [(x, w, b) => linear(x, w, b), [[2, 3], [4, 3], [4]]],
  bilinear: [
    (x, y, w) => bilinear(x, y, w),
    [
      [2, 2],
      [2, 3],
      [2, 2, 3],
    ],
  ],
  scaledDotProductAttention: [
    (q, k, v) => scaledDotProductAttention(q, k, v, { isCausal: true }),
    [
      [3, 2],
      [3, 2],
      [3, 2],
    ],
  ],
  conv1d: [
    (x, w, b) => conv1d(x, w, { padding: "same", dilation: 2, bias: b }),
    [[1, 2, 5], [2, 2, 2], [2]],
  ],
  convTranspose1d: [
    (x, w) => convTranspose1d(x, w, { stride: 2, outputPadding: 1 }),
    [
      [1, 2, 3],
      [2, 1, 2],
    ],
  ],
  conv3d: [
    (x, w) => conv3d(x, w, { stride: 2, padding: 1 }),
    [
      [1, 1, 3, 3, 2],
      [2, 1, 2, 2, 2],
    ],
  ],
  convTranspose3d: [
    (x, w) => convTranspose3d(x, w, { stride: 2, padding: 1, outputPadding: 1 }),
    [
      [1, 1, 2, 2, 2],
      [1, 2, 2, 2, 2],
    ],
  ],
  im2col: [(x) => im2col(x, { kernelSize: 2, padding: 1, dilation: 2 }), [[1, 1, 3, 4]]],
  embedding: [(w) => embedding(w, int32(2, 0, 2), { paddingIndex: 1 }), [[3, 2]]],
  "embeddingBag of means": [
    (w) => embeddingBag(w, int32(0, 2, 1, 2), { offsets: int32(0, 3) }),
    [[3, 2]],
  ],
  "embeddingBag of maxima": [
    (w) => embeddingBag(w, int32(0, 2, 1, 2), { offsets: int32(0, 3), mode: "max" }),
    [[3, 2]],
  ],
  maxPool1d: [(x) => maxPool1d(x, { kernelSize: 2, stride: 1 }), [[1, 5]]],
  maxPool3d: [(x) => maxPool3d(x, { kernelSize: 2, stride: 1 }), [[1, 2, 3, 3]]],
  avgPool1d: [
    (x) => avgPool1d(x, { kernelSize: 3, stride: 2, padding: 1, countIncludePad: false }),
    [[1, 5]],
  ],
  avgPool3d: [(x) => avgPool3d(x, { kernelSize: 2, stride: 1, ceilMode: true }), [[1, 3, 2, 2]]],
  adaptiveAvgPool2d: [(x) => adaptiveAvgPool2d(x, [2, 3]), [[1, 3, 4]]],
  adaptiveMaxPool2d: [(x) => adaptiveMaxPool2d(x, [2, null]).values, [[1, 5, 2]]],
  batchNorm: [
    (x, w, b) => batchNorm(x, { training: true, weight: w, bias: b }).output,
    [[3, 2], [2], [2]],
  ],
  "batchNorm by running statistics": [
    (x, m, w) =>
      batchNorm(x, { runningMean: m, runningVariance: tensor([1, 2], float64), weight: w }).output,
    [[3, 2], [2], [2]],
  ],
  instanceNorm: [(x) => instanceNorm(x).output, [[2, 2, 3]]],
  layerNorm: [(x, w, b) => layerNorm(x, { weight: w, bias: b }), [[2, 3], [3], [3]]],
  groupNorm: [(x, w) => groupNorm(x, { groups: 2, weight: w }), [[1, 4, 2], [4]]],
  rmsNorm: [(x, w) => rmsNorm(x, { weight: w }), [[2, 3], [3]]],
  localResponseNorm: [(x) => localResponseNorm(x, { size: 3, alpha: 1 }), [[1, 4, 2]]],
  glu: [(x) => glu(x), [[2, 4]]],
  prelu: [(x, w) => prelu(x, w), [[2, 3], [3]]],
  softmin: [(x) => softmin(x), [[2, 3]]],
  crossEntropy: [
    (x, w) => crossEntropy(x, int32(2, 0), { weight: w.mul(w), labelSmoothing: 0.1 }),
    [[2, 3], [3]],
  ],
  "crossEntropy with probabilities": [
    (x, p) => crossEntropy(x, p),
    [
      [2, 3],
      [2, 3],
    ],
  ],
  nllLoss: [
    (x) => nllLoss(x, int32(1, 0, 1), { ignoreIndex: 0, reduction: "sum" }).mul(x.sum()),
    [[3, 2]],
  ],
  mseLoss: [(x, y) => mseLoss(x, y), [[3], [3]]],
  l1Loss: [(x, y) => l1Loss(x, y).mul(x.sum()), [[3], [3]]],
  huberLoss: [(x, y) => huberLoss(x, y, { delta: 0.5 }), [[6], [6]]],
  smoothL1Loss: [(x, y) => smoothL1Loss(x, y, { beta: 0.5 }), [[6], [6]]],
  gaussianNllLoss: [
    (x, y, v) => gaussianNllLoss(x, y, v.mul(v).add(0.1), { full: true }),
    [[3], [3], [3]],
  ],
  poissonNllLoss: [(x, y) => poissonNllLoss(x, y.mul(y), { full: true }), [[3], [3]]],
  binaryCrossEntropy: [(x, y) => binaryCrossEntropy(x.sigmoid(), y), [[3], [3]]],
  binaryCrossEntropyWithLogits: [
    (x, y, p) => binaryCrossEntropyWithLogits(x, y, { posWeight: p }),
    [[3], [3], [3]],
  ],
  softMarginLoss: [(x, y) => softMarginLoss(x, y), [[3], [3]]],
  multilabelSoftMarginLoss: [
    (x, y) => multilabelSoftMarginLoss(x, y),
    [
      [2, 3],
      [2, 3],
    ],
  ],
  klDiv: [
    (x, y) => klDiv(x, y.mul(y), { reduction: "batchmean" }),
    [
      [2, 3],
      [2, 3],
    ],
  ],
  cosineSimilarity: [
    (x, y) => cosineSimilarity(x, y),
    [
      [2, 3],
      [2, 3],
    ],
  ],
  pairwiseDistance: [
    (x, y) => pairwiseDistance(x, y),
    [
      [2, 3],
      [2, 3],
    ],
  ],
  cosineEmbeddingLoss: [
    (x, y) => cosineEmbeddingLoss(x, y, tensor([1, -1])),
    [
      [2, 3],
      [2, 3],
    ],
  ],
  hingeEmbeddingLoss: [
    (x) => hingeEmbeddingLoss(x, tensor([1, -1, -1], float64)).mul(x.sum()),
    [[3]],
  ],
  marginRankingLoss: [
    (x, y) =>
      marginRankingLoss(x, y, tensor([1, -1, 1], float64), { margin: 3 }).mul(x.mul(y).sum()),
    [[3], [3]],
  ],
  tripletMarginLoss: [
    (a, p, n) => tripletMarginLoss(a, p, n, { margin: 5, swap: true }),
    [
      [2, 3],
      [2, 3],
      [2, 3],
    ],
  ],
  multiMarginLoss: [(x) => multiMarginLoss(x, int32(2, 0), { p: 2 }), [[2, 3]]],
  multilabelMarginLoss: [
    (x) =>
      multilabelMarginLoss(
        x,
        tensor(
          [
            [2, -1, 0],
            [0, 1, -1],
          ],
          { dtype: "int32" },
        ),
      ).mul(x.sum()),
    [[2, 3]],
  ],
  "interpolate bicubic": [(x) => interpolate(x, { size: [3, 5], mode: "bicubic" }), [[1, 1, 2, 3]]],
  "interpolate linear": [
    (x) => interpolate(x, { scaleFactor: 1.7, mode: "linear", alignCorners: true }),
    [[1, 1, 4]],
  ],
  "gridSample by the image": [(x) => gridSample(x, grid, { mode: "bicubic" }), [[1, 2, 3, 3]]],
  "gridSample by the places": [
    (g) => gridSample(some([1, 2, 3, 3]), g.mul(0.4), { paddingMode: "border" }),
    [[1, 2, 2, 2]],
  ],
  pixelShuffle: [(x) => pixelUnshuffle(pixelShuffle(x, 2), 2), [[4, 1, 2]]],
};

describe("the derivatives of", () => {
  it.each(Object.entries(DIFFERENTIABLE))("%s agree with differences, of both orders", (_, row) => {
    const [f, shapes] = row;

    // the square makes what is linear have a second derivative
    const squared = (...x: readonly Tensor[]): Tensor => {
      const y = f(...x) as Tensor;
      return y.mul(y);
    };
    assertGradcheck(
      squared,
      shapes.map((shape, i) => some(shape, i + 1)),
      { order: 2, seed: 1, method: "directional" },
    );
  });
});

describe("what can be seen at a glance", () => {
  it("pools of maxima name the place in the volume, the first of equals", () => {
    const x = tensor([1, 1, 1, 1, 1, 1, 1, 2], { shape: [1, 2, 2, 2] });

    const { values, indices } = maxPool3dWithIndices(x, { kernelSize: [1, 2, 2] });

    expect(values.toArray()).toEqual([[[[1]], [[2]]]]);
    expect(indices.toArray()).toEqual([[[[0]], [[7]]]]);
  });

  it("adaptive windows overlap where the lengths do not divide", () => {
    const { values, indices } = adaptiveMaxPool1d(tensor([[3, 9, 4, 9, 1]]), 3);

    expect(values.toArray()).toEqual([[9, 9, 9]]);
    expect(indices.toArray()).toEqual([[1, 1, 3]]);
  });

  it("a label that is ignored counts for nothing, nor does the mean", () => {
    const scores = tensor([
      [-1, -2],
      [-3, -4],
    ]);

    expect(nllLoss(scores, int32(0, 1), { ignoreIndex: 0 }).item()).toBe(4);
  });

  it("running statistics move towards those of the batch, the variance unbiased", () => {
    const { runningMean, runningVariance } = batchNorm(tensor([[0], [2]]), {
      training: true,
      runningMean: tensor([0]),
      runningVariance: tensor([1]),
      momentum: 0.5,
    });

    expect([runningMean?.toArray(), runningVariance?.toArray()]).toEqual([[0.5], [1.5]]);
  });

  it("the row of padding receives no derivative", () => {
    const total = (w: Tensor): Tensor => embedding(w, int32(0, 1), { paddingIndex: 1 }).sum();

    expect(grad(total)(tensor([[1], [2]])).toArray()).toEqual([[1], [0]]);
  });

  it("an empty bag is 0", () => {
    const options = { offsets: int32(0, 0), mode: "max" } as const;

    expect(embeddingBag(tensor([[5], [7]]), int32(0, 1), options).toArray()).toEqual([[0], [7]]);
  });

  it("binary cross-entropy is finite at 0 and 1, and so is its derivative", () => {
    const loss = (p: Tensor): Tensor =>
      binaryCrossEntropy(p, tensor([0, 0], float64), { reduction: "sum" });
    const p = tensor([0, 1], float64);

    expect(loss(p).item()).toBe(100);
    expect(grad(loss)(p).toArray()).toEqual([0, 1 / Math.fround(1e-12)]);
  });

  it("where no target has mass, the divergence is 0 there", () => {
    expect(klDiv(tensor([-1, -1]), tensor([0, 1]), { reduction: "none" }).toArray()).toEqual([
      0, 1,
    ]);
  });

  it("a mask that lets nothing through leaves weights 0/0", () => {
    const x = tensor([[1]]);

    expect(scaledDotProductAttention(x, x, x, { mask: tensor([[false]]) }).item()).toBeNaN();
  });

  it("nearest neighbours repeat, and half a step up", () => {
    expect(interpolate(tensor([[[1, 3]]]), { size: 4 }).toArray()).toEqual([[[1, 1, 3, 3]]]);
    expect(interpolate(tensor([[[1, 3]]]), { size: 4, mode: "linear" }).toArray()).toEqual([
      [[1, 1.5, 2.5, 3]],
    ]);
  });
});
