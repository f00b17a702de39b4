/** @file The table of operators: layers and losses as functions. */
import {
  adaptiveAvgPool1d,
  adaptiveAvgPool2d,
  adaptiveAvgPool3d,
  adaptiveMaxPool1d,
  adaptiveMaxPool2d,
  avgPool1d,
  avgPool2d,
  avgPool3d,
  batchNorm,
  bilinear,
  binaryCrossEntropy,
  binaryCrossEntropyWithLogits,
  cast,
  conv1d,
  conv2d,
  convTranspose1d,
  convTranspose2d,
  convTranspose3d,
  cosineEmbeddingLoss,
  cosineSimilarity,
  crossEntropy,
  embedding,
  embeddingBag,
  gaussianNllLoss,
  glu,
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
  logSoftmax,
  marginRankingLoss,
  maxPool1dWithIndices,
  maxPool2dWithIndices,
  maxPool3dWithIndices,
  mseLoss,
  multilabelMarginLoss,
  multilabelSoftMarginLoss,
  multiMarginLoss,
  nativeBatchNorm,
  nativeLayerNorm,
  nllLoss,
  pairwiseDistance,
  pixelShuffle,
  pixelUnshuffle,
  poissonNllLoss,
  prelu,
  rmsNorm,
  scaledDotProductAttention,
  smoothL1Loss,
  softMarginLoss,
  softmax,
  softmin,
  type Tensor,
  tripletMarginLoss,
  upsampleBilinear,
  upsampleNearest,
} from "@tapegrad/autograd";
import { Mutating, type Operations, op, scalarAsVector } from "./operation.ts";

type WithIndices = { readonly values: Tensor; readonly indices: Tensor };

/** What pools of maxima return: the values alone unless indices were asked for. */
function chosen({ values, indices }: WithIndices, returnIndices: boolean): unknown {
  return returnIndices ? [values, indices] : values;
}

/** PyTorch's way to say a default stride. */
function strideOf(stride: number | readonly number[] | undefined): never {
  return (Array.isArray(stride) && stride.length === 0 ? undefined : stride) as never;
}

const layers: Operations = {
  "sdpa(query, key, value, mask=None, causal=False)": op(
    ({ query, key, value, mask, causal }) =>
      scaledDotProductAttention(query, key, value, { mask, isCausal: causal }),
    "jax.nn.dot_product_attention",
    "tf.keras.layers.MultiHeadAttention",
  ),
  "rms_norm(input, weight=None, eps=1e-6)": op(
    ({ input, weight, eps }) => rmsNorm(input, { weight, epsilon: eps }),
    "flax.linen.RMSNorm",
    "tf.keras.layers.RMSNormalization",
  ),
  "nn.functional.linear(input, weight, bias=None)": op(
    ({ input, weight, bias }) => linear(input, weight, bias),
    "flax.linen.Dense",
    "tf.keras.layers.Dense",
  ),
  "nn.functional.bilinear(input1, input2, weight, bias=None)": op(
    ({ input1, input2, weight, bias }) => bilinear(input1, input2, weight, bias),
    null,
    null,
  ),
  "nn.functional.conv1d(input, weight, bias=None, stride=1, padding=0, dilation=1, groups=1)": op(
    ({ input, weight, bias, stride, padding, dilation, groups }) =>
      conv1d(input, weight, { bias, stride, padding, dilation, groups }),
    "jax.lax.conv_general_dilated",
    "tf.nn.conv1d",
  ),
  "nn.functional.conv2d(input, weight, bias=None, stride=1, padding=0, dilation=1, groups=1)": op(
    ({ input, weight, bias, stride, padding, dilation, groups }) =>
      conv2d(input, weight, { bias, stride, padding, dilation, groups }),
    "jax.lax.conv_general_dilated",
    "tf.nn.conv2d",
  ),
  "nn.functional.conv_transpose1d(input, weight, bias=None, stride=1, padding=0, output_padding=0, groups=1, dilation=1)":
    op(
      ({ input, weight, bias, stride, padding, output_padding, groups, dilation }) =>
        convTranspose1d(input, weight, {
          bias,
          stride,
          padding,
          outputPadding: output_padding,
          groups,
          dilation,
        }),
      "jax.lax.conv_transpose",
      "tf.nn.conv1d_transpose",
    ),
  "nn.functional.conv_transpose2d(input, weight, bias=None, stride=1, padding=0, output_padding=0, groups=1, dilation=1)":
    op(
      ({ input, weight, bias, stride, padding, output_padding, groups, dilation }) =>
        convTranspose2d(input, weight, {
          bias,
          stride,
          padding,
          outputPadding: output_padding,
          groups,
          dilation,
        }),
      "jax.lax.conv_transpose",
      "tf.nn.conv2d_transpose",
    ),
  "nn.functional.conv_transpose3d(input, weight, bias=None, stride=1, padding=0, output_padding=0, groups=1, dilation=1)":
    op(
      ({ input, weight, bias, stride, padding, output_padding, groups, dilation }) =>
        convTranspose3d(input, weight, {
          bias,
          stride,
          padding,
          outputPadding: output_padding,
          groups,
          dilation,
        }),
      "jax.lax.conv_transpose",
      "tf.nn.conv3d_transpose",
    ),
  "nn.functional.unfold(input, kernel_size, dilation=1, padding=0, stride=1)": op(
    ({ input, kernel_size, dilation, padding, stride }) =>
      im2col(input, { kernelSize: kernel_size, dilation, padding, stride }),
    "jax.lax.conv_general_dilated_patches",
    "tf.image.extract_patches",
  ),
  "nn.functional.embedding(weight, input, padding_idx=None)": op(
    ({ weight, input, padding_idx }) => embedding(weight, input, { paddingIndex: padding_idx }),
    "flax.linen.Embed",
    "tf.nn.embedding_lookup",
  ),
  "nn.functional.embedding_bag(weight, input, offsets=None, max_norm=None, norm_type=2, scale_grad_by_freq=False, mode='mean', sparse=False, per_sample_weights=None, include_last_offset=False, padding_idx=None)":
    op(
      ({ weight, input, offsets, mode, per_sample_weights, include_last_offset, padding_idx }) =>
        embeddingBag(weight, input, {
          offsets,
          mode,
          perSampleWeights: per_sample_weights,
          includeLastOffset: include_last_offset,
          paddingIndex: padding_idx,
        }),
      null,
      "tf.nn.embedding_lookup_sparse",
    ),
};

const POOL = "kernel_size, stride=None, padding=0";

const pools: Operations = {
  [`nn.functional.max_pool1d(input, ${POOL}, dilation=1, ceil_mode=False, return_indices=False)`]:
    op(
      ({ input, kernel_size, stride, padding, dilation, ceil_mode, return_indices }) =>
        chosen(
          maxPool1dWithIndices(input, {
            kernelSize: kernel_size,
            stride,
            padding,
            dilation,
            ceilMode: ceil_mode,
          }),
          return_indices,
        ),
      "flax.linen.max_pool",
      "tf.nn.max_pool1d",
    ),
  [`nn.functional.max_pool2d(input, ${POOL}, dilation=1, ceil_mode=False, return_indices=False)`]:
    op(
      ({ input, kernel_size, stride, padding, dilation, ceil_mode, return_indices }) =>
        chosen(
          maxPool2dWithIndices(input, {
            kernelSize: kernel_size,
            stride,
            padding,
            dilation,
            ceilMode: ceil_mode,
          }),
          return_indices,
        ),
      "flax.linen.max_pool",
      "tf.nn.max_pool2d",
    ),
  [`nn.functional.max_pool3d(input, ${POOL}, dilation=1, ceil_mode=False, return_indices=False)`]:
    op(
      ({ input, kernel_size, stride, padding, dilation, ceil_mode, return_indices }) =>
        chosen(
          maxPool3dWithIndices(input, {
            kernelSize: kernel_size,
            stride,
            padding,
            dilation,
            ceilMode: ceil_mode,
          }),
          return_indices,
        ),
      "flax.linen.max_pool",
      "tf.nn.max_pool3d",
    ),
  [`nn.functional.avg_pool1d(input, ${POOL}, ceil_mode=False, count_include_pad=True)`]: op(
    ({ input, kernel_size, stride, padding, ceil_mode, count_include_pad }) =>
      avgPool1d(input, {
        kernelSize: kernel_size,
        stride: strideOf(stride),
        padding,
        ceilMode: ceil_mode,
        countIncludePad: count_include_pad,
      }),
    "flax.linen.avg_pool",
    "tf.nn.avg_pool1d",
  ),
  [`nn.functional.avg_pool2d(input, ${POOL}, ceil_mode=False, count_include_pad=True, divisor_override=None)`]:
    op(
      ({ input, kernel_size, stride, padding, ceil_mode, count_include_pad, divisor_override }) =>
        avgPool2d(input, {
          kernelSize: kernel_size,
          stride: strideOf(stride),
          padding,
          ceilMode: ceil_mode,
          countIncludePad: count_include_pad,
          divisor: divisor_override,
        }),
      "flax.linen.avg_pool",
      "tf.nn.avg_pool2d",
    ),
  [`nn.functional.avg_pool3d(input, ${POOL}, ceil_mode=False, count_include_pad=True, divisor_override=None)`]:
    op(
      ({ input, kernel_size, stride, padding, ceil_mode, count_include_pad, divisor_override }) =>
        avgPool3d(input, {
          kernelSize: kernel_size,
          stride: strideOf(stride),
          padding,
          ceilMode: ceil_mode,
          countIncludePad: count_include_pad,
          divisor: divisor_override,
        }),
      "flax.linen.avg_pool",
      "tf.nn.avg_pool3d",
    ),
  "nn.functional.adaptive_avg_pool1d(input, output_size)": op(
    ({ input, output_size }) => adaptiveAvgPool1d(input, output_size),
    null,
    null,
  ),
  "nn.functional.adaptive_avg_pool2d(input, output_size)": op(
    ({ input, output_size }) => adaptiveAvgPool2d(input, output_size),
    null,
    null,
  ),
  "nn.functional.adaptive_avg_pool3d(input, output_size)": op(
    ({ input, output_size }) => adaptiveAvgPool3d(input, output_size),
    null,
    null,
  ),
  "nn.functional.adaptive_max_pool1d(input, output_size, return_indices=False)": op(
    ({ input, output_size, return_indices }) =>
      chosen(adaptiveMaxPool1d(input, output_size), return_indices),
    null,
    null,
  ),
  "nn.functional.adaptive_max_pool2d(input, output_size, return_indices=False)": op(
    ({ input, output_size, return_indices }) =>
      chosen(adaptiveMaxPool2d(input, output_size), return_indices),
    null,
    null,
  ),
};

const norms: Operations = {
  "nn.functional.batch_norm(input, running_mean, running_var, weight=None, bias=None, training=False, momentum=0.1, eps=1e-5)":
    op(
      ({ input, running_mean, running_var, weight, bias, training, momentum, eps }) => {
        const { output, runningMean, runningVariance } = batchNorm(input, {
          runningMean: running_mean,
          runningVariance: running_var,
          weight,
          bias,
          training,
          momentum,
          epsilon: eps,
        });
        return changing(output, runningMean, runningVariance);
      },
      "flax.linen.BatchNorm",
      "tf.keras.layers.BatchNormalization",
    ),
  "nn.functional.layer_norm(input, normalized_shape, weight=None, bias=None, eps=1e-5)": op(
    ({ input, normalized_shape, weight, bias, eps }) =>
      layerNorm(input, { shape: normalized_shape, weight, bias, epsilon: eps }),
    "flax.linen.LayerNorm",
    "tf.keras.layers.LayerNormalization",
  ),
  "nn.functional.group_norm(input, num_groups, weight=None, bias=None, eps=1e-5)": op(
    ({ input, num_groups, weight, bias, eps }) =>
      groupNorm(input, { groups: num_groups, weight, bias, epsilon: eps }),
    "flax.linen.GroupNorm",
    "tf.keras.layers.GroupNormalization",
  ),
  "nn.functional.instance_norm(input, running_mean=None, running_var=None, weight=None, bias=None, use_input_stats=True, momentum=0.1, eps=1e-5)":
    op(
      ({ input, running_mean, running_var, weight, bias, use_input_stats, momentum, eps }) => {
        const { output, runningMean, runningVariance } = instanceNorm(input, {
          runningMean: running_mean,
          runningVariance: running_var,
          weight,
          bias,
          useInputStatistics: use_input_stats,
          momentum,
          epsilon: eps,
        });
        return changing(output, runningMean, runningVariance);
      },
      "flax.linen.InstanceNorm",
      "tf.keras.layers.GroupNormalization",
    ),
  "nn.functional.local_response_norm(input, size, alpha=1e-4, beta=0.75, k=1)": op(
    ({ input, size, alpha, beta, k }) => localResponseNorm(input, { size, alpha, beta, k }),
    null,
    "tf.nn.local_response_normalization",
  ),
  "native_batch_norm(input, weight, bias, running_mean, running_var, training, momentum, eps)": op(
    ({ input, weight, bias, running_mean, running_var, training, momentum, eps }) => {
      const { output, mean, inverseDeviation, runningMean, runningVariance } = nativeBatchNorm(
        input,
        {
          runningMean: running_mean,
          runningVariance: running_var,
          weight,
          bias,
          training,
          momentum,
          epsilon: eps,
        },
      );
      return changing([output, mean, inverseDeviation], runningMean, runningVariance);
    },
    null,
    null,
  ),
  "native_layer_norm(input, normalized_shape, weight, bias, eps)": op(
    ({ input, normalized_shape, weight, bias, eps }) => {
      const options = { shape: normalized_shape, weight, bias, epsilon: eps };
      const { output, mean, inverseDeviation } = nativeLayerNorm(input, options);
      return [output, mean, inverseDeviation];
    },
    null,
    null,
  ),
};

function changing(
  result: unknown,
  mean: Tensor | undefined,
  variance: Tensor | undefined,
): Mutating {
  return new Mutating(result, {
    ...(mean && { running_mean: mean }),
    ...(variance && { running_var: variance }),
  });
}

const activations: Operations = {
  "softmax(input, dim, dtype=None)": op(
    scalarAsVector(({ input, dim, dtype }) =>
      softmax(cast(input, dtype ?? dtypeOf(input)), { axis: dim }),
    ),
    "jax.nn.softmax",
    "tf.nn.softmax",
  ),
  "log_softmax(input, dim, dtype=None)": op(
    scalarAsVector(({ input, dim, dtype }) =>
      logSoftmax(cast(input, dtype ?? dtypeOf(input)), { axis: dim }),
    ),
    "jax.nn.log_softmax",
    "tf.nn.log_softmax",
  ),
  "nn.functional.softmin(input, dim)": op(
    scalarAsVector(({ input, dim }) => softmin(input, { axis: dim })),
    null,
    null,
  ),
  "nn.functional.glu(input, dim=-1)": op(
    ({ input, dim }) => glu(input, { axis: dim }),
    "jax.nn.glu",
    "tf.keras.activations.glu",
  ),
  "nn.functional.prelu(input, weight)": op(
    ({ input, weight }) => prelu(input, weight),
    "flax.linen.PReLU",
    "tf.keras.layers.PReLU",
  ),
};

function dtypeOf(x: Tensor): Tensor["dtype"] {
  return x.dtype;
}

const LOSS = "size_average=None, reduce=None, reduction='mean'";

const losses: Operations = {
  "nn.functional.cross_entropy(input, target, weight=None, size_average=None, ignore_index=-100, reduce=None, reduction='mean', label_smoothing=0)":
    op(
      ({ input, target, weight, ignore_index, reduction, label_smoothing }) =>
        crossEntropy(input, target, {
          weight,
          ignoreIndex: ignore_index,
          reduction,
          labelSmoothing: label_smoothing,
        }),
      "optax.softmax_cross_entropy",
      "tf.nn.sparse_softmax_cross_entropy_with_logits",
    ),
  "nn.functional.nll_loss(input, target, weight=None, size_average=None, ignore_index=-100, reduce=None, reduction='mean')":
    op(
      ({ input, target, weight, ignore_index, reduction }) =>
        nllLoss(input, target, { weight, ignoreIndex: ignore_index, reduction }),
      null,
      null,
    ),
  [`nn.functional.mse_loss(input, target, ${LOSS})`]: op(
    ({ input, target, reduction }) => mseLoss(input, target, { reduction }),
    "optax.squared_error",
    "tf.keras.losses.MeanSquaredError",
  ),
  [`nn.functional.l1_loss(input, target, ${LOSS})`]: op(
    ({ input, target, reduction }) => l1Loss(input, target, { reduction }),
    null,
    "tf.keras.losses.MeanAbsoluteError",
  ),
  [`nn.functional.binary_cross_entropy(input, target, weight=None, ${LOSS})`]: op(
    ({ input, target, weight, reduction }) =>
      binaryCrossEntropy(input, target, { weight, reduction }),
    null,
    "tf.keras.losses.BinaryCrossentropy",
    {
      deviations: [
        {
          at: "edge",
          reason:
            "by a target where the probability is 0 or 1, the derivative is that of the bounded logarithm",
        },
        {
          at: "grads2",
          within: 1e-7,
          reason: "PyTorch adds 1e-12 to p and 1 - p in the second derivative, which is exact here",
        },
      ],
    },
  ),
  [`nn.functional.binary_cross_entropy_with_logits(input, target, weight=None, ${LOSS}, pos_weight=None)`]:
    op(
      ({ input, target, weight, reduction, pos_weight }) =>
        binaryCrossEntropyWithLogits(input, target, { weight, reduction, posWeight: pos_weight }),
      "optax.sigmoid_binary_cross_entropy",
      "tf.nn.sigmoid_cross_entropy_with_logits",
    ),
  "nn.functional.huber_loss(input, target, reduction='mean', delta=1)": op(
    ({ input, target, reduction, delta }) => huberLoss(input, target, { reduction, delta }),
    "optax.huber_loss",
    "tf.keras.losses.Huber",
  ),
  [`nn.functional.smooth_l1_loss(input, target, ${LOSS}, beta=1)`]: op(
    ({ input, target, reduction, beta }) => smoothL1Loss(input, target, { reduction, beta }),
    null,
    null,
  ),
  [`nn.functional.kl_div(input, target, ${LOSS}, log_target=False)`]: op(
    ({ input, target, reduction, log_target }) =>
      klDiv(input, target, { reduction, logTarget: log_target }),
    "optax.kl_divergence",
    "tf.keras.losses.KLDivergence",
  ),
  "nn.functional.gaussian_nll_loss(input, target, var, full=False, eps=1e-6, reduction='mean')": op(
    ({ input, target, var: variance, full, eps, reduction }) =>
      gaussianNllLoss(input, target, variance, { full, epsilon: eps, reduction }),
    null,
    null,
  ),
  "nn.functional.poisson_nll_loss(input, target, log_input=True, full=False, size_average=None, eps=1e-8, reduce=None, reduction='mean')":
    op(
      ({ input, target, log_input, full, eps, reduction }) =>
        poissonNllLoss(input, target, { logInput: log_input, full, epsilon: eps, reduction }),
      null,
      "tf.nn.log_poisson_loss",
    ),
  "nn.functional.cosine_similarity(x1, x2, dim=1, eps=1e-8)": op(
    scalarAsVector(({ x1, x2, dim, eps }) => cosineSimilarity(x1, x2, { axis: dim, epsilon: eps })),
    "optax.cosine_similarity",
    "tf.keras.losses.CosineSimilarity",
  ),
  [`nn.functional.cosine_embedding_loss(input1, input2, target, margin=0, ${LOSS})`]: op(
    ({ input1, input2, target, margin, reduction }) =>
      cosineEmbeddingLoss(input1, input2, target, { margin, reduction }),
    null,
    null,
  ),
  [`nn.functional.hinge_embedding_loss(input, target, margin=1, ${LOSS})`]: op(
    ({ input, target, margin, reduction }) =>
      hingeEmbeddingLoss(input, target, { margin, reduction }),
    null,
    null,
  ),
  [`nn.functional.margin_ranking_loss(input1, input2, target, margin=0, ${LOSS})`]: op(
    ({ input1, input2, target, margin, reduction }) =>
      marginRankingLoss(input1, input2, target, { margin, reduction }),
    null,
    null,
  ),
  [`nn.functional.soft_margin_loss(input, target, ${LOSS})`]: op(
    ({ input, target, reduction }) => softMarginLoss(input, target, { reduction }),
    null,
    null,
  ),
  [`nn.functional.triplet_margin_loss(anchor, positive, negative, margin=1, p=2, eps=1e-6, swap=False, ${LOSS})`]:
    op(
      ({ anchor, positive, negative, margin, p, eps, swap, reduction }) =>
        tripletMarginLoss(anchor, positive, negative, {
          margin,
          p,
          epsilon: eps,
          swap,
          reduction,
        }),
      "optax.losses.triplet_margin_loss",
      null,
    ),
  [`nn.functional.multi_margin_loss(input, target, p=1, margin=1, weight=None, ${LOSS})`]: op(
    ({ input, target, p, margin, weight, reduction }) =>
      multiMarginLoss(input, target, { p, margin, weight, reduction }),
    null,
    null,
  ),
  [`nn.functional.multilabel_margin_loss(input, target, ${LOSS})`]: op(
    ({ input, target, reduction }) => multilabelMarginLoss(input, target, { reduction }),
    null,
    null,
  ),
  [`nn.functional.multilabel_soft_margin_loss(input, target, weight=None, ${LOSS})`]: op(
    ({ input, target, weight, reduction }) =>
      multilabelSoftMarginLoss(input, target, { weight, reduction }),
    null,
    null,
  ),
  "nn.functional.pairwise_distance(x1, x2, p=2, eps=1e-6, keepdim=False)": op(
    ({ x1, x2, p, eps, keepdim }) =>
      pairwiseDistance(x1, x2, { p, epsilon: eps, keepDims: keepdim }),
    null,
    null,
  ),
};

const resampling: Operations = {
  "nn.functional.interpolate(input, size=None, scale_factor=None, mode='nearest', align_corners=None, recompute_scale_factor=None)":
    op(
      ({ input, size, scale_factor, mode, align_corners, recompute_scale_factor }) =>
        interpolate(input, {
          size,
          scaleFactor: scale_factor,
          mode,
          alignCorners: align_corners,
          recomputeScaleFactor: recompute_scale_factor,
        }),
      "jax.image.resize",
      "tf.image.resize",
    ),
  "nn.functional.upsample_nearest(input, size=None, scale_factor=None)": op(
    ({ input, size, scale_factor }) => upsampleNearest(input, { size, scaleFactor: scale_factor }),
    "jax.image.resize",
    "tf.image.resize",
  ),
  "nn.functional.upsample_bilinear(input, size=None, scale_factor=None)": op(
    ({ input, size, scale_factor }) => upsampleBilinear(input, { size, scaleFactor: scale_factor }),
    "jax.image.resize",
    "tf.image.resize",
  ),
  "nn.functional.grid_sample(input, grid, mode='bilinear', padding_mode='zeros', align_corners=None)":
    op(
      ({ input, grid, mode, padding_mode, align_corners }) =>
        gridSample(input, grid, { mode, paddingMode: padding_mode, alignCorners: align_corners }),
      "jax.scipy.ndimage.map_coordinates",
      null,
    ),
  "nn.functional.pixel_shuffle(input, upscale_factor)": op(
    ({ input, upscale_factor }) => pixelShuffle(input, upscale_factor),
    null,
    "tf.nn.depth_to_space",
  ),
  "nn.functional.pixel_unshuffle(input, downscale_factor)": op(
    ({ input, downscale_factor }) => pixelUnshuffle(input, downscale_factor),
    null,
    "tf.nn.space_to_depth",
  ),
};

export const nn: Operations = {
  ...layers,
  ...pools,
  ...norms,
  ...activations,
  ...losses,
  ...resampling,
};
