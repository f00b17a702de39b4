/**
 * 407 operators of PyTorch's operator database (torch.testing, 1.13) have their names here too, in camelCase:
 * `layerNorm` for nn.functional.layer_norm, `special.logNdtr` for special.log_ndtr. How the arguments of each
 * are said here is the table of docs/operations.md, which `npm run oracle -- ops` holds against results.
 */
import * as autograd from "@tapegrad/autograd";
import { Tensor } from "@tapegrad/autograd";
import { describe, expect, it } from "vitest";

/** By PyTorch's names; what follows a name (max.binary) is one of its cases. */
const OPERATORS = `
T __getitem__ __radd__ __rdiv__ __rmatmul__ __rmul__ __rsub__ abs acos acosh add addbmm addcdiv
addcmul addmm.decomposed addmm addmv addr all allclose amax amin aminmax any arange argmax
argmin argsort argwhere as_strided asin asinh atan atan2 atanh atleast_1d atleast_2d atleast_3d
baddbmm bincount block_diag bmm broadcast_tensors broadcast_to bucketize cartesian_prod cat
cdist ceil cholesky cholesky_inverse cholesky_solve chunk clamp clamp_max clamp_min clone
column_stack combinations constant_pad_nd contiguous copysign corrcoef cos cosh count_nonzero
cov cross cummax cummin cumprod cumsum cumulative_trapezoid deg2rad diag diag_embed diagflat
diagonal diagonal_scatter diff digamma dist div.floor_rounding div.no_rounding_mode
div.trunc_rounding dot dsplit dstack einsum eq equal erf erfc erfinv exp exp2 expand expand_as
expm1 eye fill flatten flip fliplr flipud float_power floor floor_divide fmax fmin fmod frac
full_like gather ge gradient gt heaviside histc hsplit hstack hypot i0 index_add index_copy
index_fill index_put index_select inner isclose isfinite isin isinf isnan kthvalue ldexp le lerp
lgamma linalg.cholesky linalg.cond linalg.cross linalg.det linalg.eigh linalg.eigvalsh
linalg.inv linalg.lstsq.grad_oriented linalg.lu linalg.lu_factor linalg.lu_solve
linalg.matrix_norm linalg.matrix_power linalg.matrix_rank linalg.multi_dot linalg.norm
linalg.pinv linalg.qr linalg.slogdet linalg.solve linalg.solve_triangular linalg.svd
linalg.svdvals linalg.tensorinv linalg.tensorsolve linalg.vander linalg.vecdot
linalg.vector_norm linspace log log10 log1p log2 log_softmax.dtype log_softmax logaddexp
logaddexp2 logcumsumexp logdet logical_and logical_not logical_or logical_xor logit logsumexp lt
lu_solve mT masked_fill masked_scatter masked_select matmul matrix_exp max.binary
max.reduction_no_dim max.reduction_with_dim maximum mean median meshgrid.list_of_tensors
meshgrid.variadic_tensors min.binary min.reduction_no_dim min.reduction_with_dim minimum mm mode
movedim msort mul mv nan_to_num nanmean nanmedian nansum narrow native_batch_norm
native_layer_norm ne neg nn.functional.adaptive_avg_pool1d nn.functional.adaptive_avg_pool2d
nn.functional.adaptive_avg_pool3d nn.functional.adaptive_max_pool1d
nn.functional.adaptive_max_pool2d nn.functional.avg_pool1d nn.functional.avg_pool2d
nn.functional.avg_pool3d nn.functional.batch_norm nn.functional.bilinear
nn.functional.binary_cross_entropy nn.functional.binary_cross_entropy_with_logits
nn.functional.celu nn.functional.conv1d nn.functional.conv2d nn.functional.conv_transpose1d
nn.functional.conv_transpose2d nn.functional.conv_transpose3d
nn.functional.cosine_embedding_loss nn.functional.cosine_similarity nn.functional.cross_entropy
nn.functional.elu nn.functional.embedding nn.functional.embedding_bag
nn.functional.gaussian_nll_loss nn.functional.gelu nn.functional.glu nn.functional.grid_sample
nn.functional.group_norm nn.functional.hardshrink nn.functional.hardsigmoid
nn.functional.hardswish nn.functional.hardtanh nn.functional.hinge_embedding_loss
nn.functional.huber_loss nn.functional.instance_norm nn.functional.interpolate.bicubic
nn.functional.interpolate.bilinear nn.functional.interpolate.linear
nn.functional.interpolate.nearest nn.functional.kl_div nn.functional.l1_loss
nn.functional.layer_norm nn.functional.leaky_relu nn.functional.linear
nn.functional.local_response_norm nn.functional.logsigmoid nn.functional.margin_ranking_loss
nn.functional.max_pool1d nn.functional.max_pool2d nn.functional.max_pool3d nn.functional.mish
nn.functional.mse_loss nn.functional.multi_margin_loss nn.functional.multilabel_margin_loss
nn.functional.multilabel_soft_margin_loss nn.functional.nll_loss nn.functional.normalize
nn.functional.one_hot nn.functional.pad.circular nn.functional.pad.constant
nn.functional.pad.reflect nn.functional.pad.replicate nn.functional.pairwise_distance
nn.functional.pdist nn.functional.pixel_shuffle nn.functional.pixel_unshuffle
nn.functional.poisson_nll_loss nn.functional.prelu nn.functional.relu nn.functional.relu6
nn.functional.selu nn.functional.silu nn.functional.smooth_l1_loss
nn.functional.soft_margin_loss nn.functional.softmin nn.functional.softplus
nn.functional.softshrink nn.functional.softsign nn.functional.tanhshrink nn.functional.threshold
nn.functional.triplet_margin_loss nn.functional.unfold nn.functional.upsample_bilinear
nn.functional.upsample_nearest nonzero norm.fro norm.inf norm norm.nuc ones_like outer permute
positive pow prod put quantile rad2deg ravel reciprocal remainder renorm repeat
repeat_interleave reshape reshape_as rms_norm roll rot90 round.decimals_0 round.decimals_3 round
rsqrt rsub scatter scatter_add scatter_reduce.amax scatter_reduce.amin scatter_reduce.mean
scatter_reduce.prod scatter_reduce.sum sdpa searchsorted select select_scatter sgn sigmoid sign
signbit sin sinc sinh slice softmax softmax.with_dtype sort special.entr special.i0e
special.log_ndtr special.ndtr special.xlog1py split split.list_args split_with_sizes sqrt square
squeeze stack std std_mean sub sum sum_to_size t take take_along_dim tan tanh tensor_split
tensordot tile topk trace transpose trapezoid triangular_solve tril tril_indices triu
triu_indices true_divide trunc unbind unflatten unfold unique unsqueeze var var_mean vdot view
view_as vsplit vstack where xlogy zeros_like
`
  .trim()
  .split(/\s+/);

/** Those that are found under another name: which, and why. */
const EXCEPTIONS: Readonly<Record<string, readonly [here: string, reason: string]>> = {
  __getitem__: ["getItem", "an operator of Python; here also x.at(…)"],
  __radd__: ["add", "an operator of Python with its operands exchanged"],
  __rdiv__: ["div", "an operator of Python with its operands exchanged"],
  __rmatmul__: ["matMul", "an operator of Python with its operands exchanged"],
  __rmul__: ["mul", "an operator of Python with its operands exchanged"],
  __rsub__: ["sub", "an operator of Python with its operands exchanged"],
  equal: ["arrayEqual", "`equal` compares element by element, as in NumPy, JAX and TensorFlow"],
  "nn.functional.unfold": ["im2col", "`unfold` is the method of that name, windows along one axis"],
  sdpa: ["scaledDotProductAttention", "the database's abbreviation"],
};

/** Namespaces that PyTorch's names and ours have in common. */
const NAMESPACES = /^(linalg|special)\./;

/** Where an operator should be found, by its name alone. */
function ruleOf(operator: string): string {
  const plain = operator.replace(/^nn\.functional\./, "");
  const [, namespace = ""] = NAMESPACES.exec(plain) ?? [];
  const [name] = plain.slice(namespace === "" ? 0 : namespace.length + 1).split(".");
  const camel = name.replace(/_+([a-z0-9])/g, (_, letter: string) => letter.toUpperCase());
  return namespace === "" ? camel : `${namespace}.${camel}`;
}

/** What the package exports under `path`, or a tensor has as a property. */
function found(path: string): unknown {
  const property = Object.getOwnPropertyDescriptor(Tensor.prototype, path);
  if (property?.get !== undefined) return property.get;
  return path.split(".").reduce<unknown>((at, key) => {
    return typeof at === "object" && at !== null ? Reflect.get(at, key) : undefined;
  }, autograd);
}

describe("operators of PyTorch", () => {
  it("are as many as the database's", () => {
    expect(new Set(OPERATORS).size).toBe(407);
  });

  it.each(OPERATORS)("%s", (operator) => {
    const path = EXCEPTIONS[operator]?.[0] ?? ruleOf(operator);

    expect(found(path), `expected a function ${path}`).toBeTypeOf("function");
  });

  it.each(Object.entries(EXCEPTIONS))("%s is here %s", (operator, [here, reason]) => {
    expect(OPERATORS).toContain(operator);
    expect(here).not.toBe(ruleOf(operator));
    expect(reason).not.toBe("");
  });
});
