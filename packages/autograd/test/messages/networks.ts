/** @file Messages of layers, pools, norms and losses as functions. */
import {
  adaptiveAvgPool1d,
  avgPool2d,
  batchNorm,
  bilinear,
  conv1d,
  conv2d,
  conv3d,
  convTranspose3d,
  crossEntropy,
  embedding,
  embeddingBag,
  glu,
  gridSample,
  groupNorm,
  huberLoss,
  im2col,
  interpolate,
  klDiv,
  layerNorm,
  mseLoss,
  multiMarginLoss,
  nllLoss,
  pixelShuffle,
  pixelUnshuffle,
  prelu,
  type Reduction,
  type Tensor,
  tensor,
  zeros,
} from "@tapegrad/autograd";

const int32 = (...values: readonly number[]): Tensor => tensor(values, { dtype: "int32" });
const unknown = <T>(value: string): T => value as T;
const volume = zeros([1, 2, 3, 3, 3]);

export const calls: readonly (() => unknown)[] = [
  () => embeddingBag(zeros([4, 2]), int32(0, 1), { mode: "max", perSampleWeights: zeros([2]) }),
  () => embeddingBag(zeros([4, 2]), int32(0, 1)),
  () => embedding(zeros([4, 2]), int32(0, 1), { paddingIndex: 4 }),
  () => glu(zeros([3])),
  () => prelu(zeros([2, 3]), zeros([2])),
  () => bilinear(zeros([2, 3]), zeros([4]), zeros([5, 3, 4])),
  () => batchNorm(zeros([2, 3]), { runningMean: zeros([2]), runningVariance: zeros([3]) }),
  () => batchNorm(zeros([2, 3])),
  () => layerNorm(zeros([2, 3]), { shape: [2] }),
  () => groupNorm(zeros([2, 3]), { groups: 2 }),
  () => conv2d(zeros([1, 1, 3, 3]), zeros([2, 1, 1, 1]), { bias: zeros([3]) }),
  () => conv1d(zeros([1, 1, 3]), zeros([1, 1, 2]), { stride: [1, 2] }),
  () => conv1d(zeros([3]), zeros([1, 1, 2])),
  () => conv3d(volume, zeros([1, 2, 4, 1, 1])),
  () => convTranspose3d(volume, zeros([2, 1, 1, 1, 1]), { outputPadding: [1, 0, 0] }),
  () => conv3d(zeros([3, 3, 3]), zeros([1, 2, 1, 1, 1])),
  () => conv3d(volume, zeros([1, 2, 2, 2, 2]), { padding: "same", stride: 2 }),
  () => convTranspose3d(volume, zeros([2, 1, 1, 3, 3]), { padding: [2, 0, 0] }),
  () => im2col(zeros([3, 3]), { kernelSize: 2 }),
  () => klDiv(tensor(0), tensor(1), { reduction: "batchmean" }),
  () => nllLoss(zeros([2, 3]), zeros([2])),
  () => nllLoss(zeros([2, 3]), int32(0, 1, 2)),
  () => crossEntropy(tensor(0), int32(0)),
  () => crossEntropy(zeros([2, 3]), int32(0, 3)),
  () => multiMarginLoss(zeros([2, 3]), int32(0, 1), { p: 3 }),
  () => multiMarginLoss(zeros([2, 3, 1]), int32(0, 1)),
  () => mseLoss(zeros([2]), zeros([2]), { reduction: unknown<Reduction>("average") }),
  () => crossEntropy(zeros([2, 3]), zeros([3, 2])),
  () => huberLoss(zeros([2]), zeros([2]), { delta: 0 }),
  () => adaptiveAvgPool1d(zeros([2, 4]), 0),
  () => avgPool2d(zeros([2, 2]), { kernelSize: 2, divisor: 0 }),
  () => gridSample(zeros([1, 1, 2, 2]), zeros([1, 2, 2, 3])),
  () => gridSample(zeros([1, 1, 2, 2]), zeros([1, 2, 2, 2]), { paddingMode: unknown("wrap") }),
  () => interpolate(zeros([1, 1, 2]), { size: 3, mode: unknown("cubic") }),
  () => interpolate(zeros([1, 1, 2]), { size: 3, mode: "bilinear" }),
  () => interpolate(zeros([1, 1, 2]), { size: 3, scaleFactor: 2 }),
  () => pixelShuffle(zeros([3, 2, 2]), 2),
  () => pixelUnshuffle(zeros([1, 3, 2]), 2),
];

export const text = `
ValueError: embeddingBag: weights of samples have no meaning for mode "max". Use mode "sum".
ShapeError: embeddingBag: indices have shape [2] without offsets. Use indices [bags, n], or [n] with offsets [bags].
ValueError: embedding: paddingIndex 4 is none of the 4 rows. Use an integer from -4 to 3.
ShapeError: glu: axis 0 of shape [3] has an odd length, so it has no halves. Choose an axis of even length.
ShapeError: prelu: a weight of shape [2] does not fit shape [2, 3]. Use one number, or one for each channel (axis 1).
ShapeError: bilinear: shapes [2, 3], [4] and a weight of shape [5, 3, 4] do not fit. Use [..., in1], [..., in2] and [out, in1, in2].
ShapeError: batchNorm: [2] is not one value for each channel of shape [2, 3]. Use an input [N, C, …], and [C] for weight, bias and statistics.
ShapeError: batchNorm: there are no running statistics to normalise by. Pass \`runningMean\` and \`runningVariance\`, or use those of the input.
ShapeError: layerNorm: shape [2, 3] does not end in [2], over which is to be normalised. Pass the last axes of the input as \`shape\`, at least one.
ShapeError: groupNorm: the channels of shape [2, 3] cannot be divided into 2 groups. Use an input [N, C, …] with C a multiple of the groups.
ShapeError: conv2d: a bias of shape [3] does not fit 2 output channels. Use one value for each.
ValueError: conv1d: the option stride is [1,2]. Use an integer of 1 or more, or 1 of them.
ShapeError: conv1d: shape [3] is neither a signal nor a weight. Use [N, C, L] or [C, L], and a weight of three axes.
ShapeError: conv3d: volumes of shape [1, 2, 3, 3, 3] and a weight of shape [1, 2, 4, 1, 1] leave no result. Use less padding, or a weight that fits.
ValueError: convTranspose3d: outputPadding [1, 0, 0] is not less than stride or dilation. Use less, or \`pad\` the result.
ShapeError: conv3d: volumes of shape [3, 3, 3] and a weight of shape [1, 2, 1, 1, 1] do not fit. Use [N, C, D, H, W] or [C, D, H, W], and a weight of five axes.
ValueError: conv3d: padding "same" is defined for stride 1, not [2, 2, 2]. Give the padding in numbers.
ShapeError: convTranspose3d: volumes of shape [1, 2, 3, 3, 3] and a weight of shape [2, 1, 1, 3, 3] leave no result. Use less padding, or a weight that fits.
ShapeError: unfold: shape [3, 3] is no image. Use [N, C, H, W] or [C, H, W].
ValueError: klDiv: reduction "batchmean" divides by the length of the first axis, which a scalar does not have. Use "sum".
DTypeError: nllLoss: labels must be int32 but are float32. Pass class numbers, as in \`tensor(labels, { dtype: "int32" })\`.
ShapeError: nllLoss: scores have shape [2, 3] and labels [3]. Use scores [N, classes, …] or [classes], and labels in that shape without the classes.
ShapeError: crossEntropy: scores have shape [] and labels [1]. Use scores [N, classes, …] or [classes], and labels in that shape without the classes.
ValueError: crossEntropy: label 3 of sample 1 is none of the 3 classes. Use labels from 0 to 2.
ValueError: multiMarginLoss: p is 3. Use 1 or 2.
ShapeError: multiMarginLoss: scores have shape [2, 3, 1]. Use [N, classes] or [classes].
ValueError: mseLoss: reduction "average" is not known. Use one of mean, sum, none.
ShapeError: crossEntropy: scores and probabilities have shapes [2, 3] and [3, 2]. Give them one shape.
ValueError: huberLoss: delta is 0. Use a finite number that is more than 0.
ShapeError: adaptiveAvgPool1d: shape [2, 4] cannot be pooled to 0. Use an input with 2 axes or more, and a length of at least 1, or null.
ValueError: avgPool2d: the divisor is 0. Use another number, or leave it out to divide by the count of elements.
ShapeError: gridSample: an input of shape [1, 1, 2, 2] cannot be read at places of shape [1, 2, 2, 3] in mode "bilinear". Use [N, C, H, W] with [N, p, q, 2], or [N, C, D, H, W] with [N, r, p, q, 3] (not bicubic).
ValueError: gridSample: the paddingMode "wrap" is not known. Use one of zeros, border, reflection.
ValueError: interpolate: the mode "cubic" is not known. Use one of nearest, nearest-exact, linear, bilinear, trilinear, bicubic, area.
ShapeError: interpolate: mode "bilinear" is not for shape [1, 1, 2]. Use [N, C, length] for linear, [N, C, H, W] for bilinear and bicubic, [N, C, D, H, W] for trilinear, and any of them for the others.
ShapeError: interpolate: axes of lengths [2] cannot be brought to size 3 by scale factor 2. Give one of the two, with an entry for each axis, so that every length is at least 1.
ShapeError: pixelShuffle: the channels of shape [3, 2, 2] are no multiple of the square of 2. Use [..., C · r², H, W] and an integer r of 1 or more.
ShapeError: pixelUnshuffle: planes of shape [1, 3, 2] cannot be divided into blocks of 2 × 2. Use [..., C, H · r, W · r] and an integer r of 1 or more.
`;
