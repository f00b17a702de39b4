/** @file The table of operators: functions without a derivative. */
import {
  all,
  allClose,
  any,
  arange,
  argMax,
  argMin,
  argSort,
  arrayEqual,
  bincount,
  bucketize,
  cast,
  countNonzero,
  type DType,
  divide,
  equal,
  eye,
  floorDivide,
  fullLike,
  greater,
  greaterEqual,
  heaviside,
  histc,
  isClose,
  isFinite,
  isIn,
  isInf,
  isNaN,
  less,
  lessEqual,
  linspace,
  logicalAnd,
  logicalNot,
  logicalOr,
  logicalXor,
  max,
  nonzero,
  notEqual,
  oneHot,
  onesLike,
  reshape,
  searchsorted,
  signbit,
  slice,
  type Tensor,
  trilIndices,
  triuIndices,
  type Unique,
  unique,
  zerosLike,
} from "@tapegrad/autograd";
import { type Operations, op, scalarAsVector } from "./operation.ts";

/** Without an axis, the index among all elements. */
function chosenAt(
  f: typeof argMax,
  input: Tensor,
  dim: number | undefined,
  keepdim: boolean,
): Tensor {
  const indices =
    dim === undefined ? f(reshape(input, [-1]), { axis: 0 }) : f(input, { axis: dim });
  if (!keepdim) return indices;
  const own = dim === undefined || dim >= 0 ? dim : dim + input.rank;
  return reshape(
    indices,
    input.shape.map((n, axis) => (own === undefined || axis === own ? 1 : n)),
  );
}

function parts(found: Unique, inverse: boolean, counts: boolean): readonly Tensor[] {
  return [found.values, ...(inverse ? [found.inverse] : []), ...(counts ? [found.counts] : [])];
}

/** The columns of a matrix, as vectors. */
function columns(x: Tensor): readonly Tensor[] {
  const [rows, count] = x.shape;
  return Array.from({ length: count }, (_, k) => {
    return reshape(slice(x, { starts: [0, k], sizes: [rows, 1] }), [rows]);
  });
}

function oneHotOf(labels: Tensor, classes: number): Tensor {
  const flat = reshape(labels, [-1]);
  const count = classes < 0 ? max(flat).item() + 1 : classes;
  return reshape(oneHot(flat, count, { dtype: "int32" }), [...labels.shape, count]);
}

function dtypeOf(x: Tensor): DType {
  return x.dtype;
}

function counted(bounds: readonly number[], dtype: DType | undefined): Tensor {
  const [from, to, step] = bounds.length === 1 ? [0, bounds[0]] : bounds;
  return dtype === undefined ? arange(from, to, step) : arange(from, to, step, { dtype });
}

export const forward: Operations = {
  "argmax(input, dim=None, keepdim=False)": op(
    scalarAsVector(({ input, dim, keepdim }) => chosenAt(argMax, input, dim, keepdim)),
    "jnp.argmax",
    "tf.math.argmax",
  ),
  "argmin(input, dim=None, keepdim=False)": op(
    scalarAsVector(({ input, dim, keepdim }) => chosenAt(argMin, input, dim, keepdim)),
    "jnp.argmin",
    "tf.math.argmin",
  ),
  "argsort(input, dim=-1, descending=False)": op(
    scalarAsVector(({ input, dim, descending }) => argSort(input, { axis: dim, descending })),
    "jnp.argsort",
    "tf.argsort",
  ),
  "eq(input, other)": op(({ input, other }) => equal(input, other), "jnp.equal", "tf.math.equal"),
  "ne(input, other)": op(
    ({ input, other }) => notEqual(input, other),
    "jnp.not_equal",
    "tf.math.not_equal",
  ),
  "lt(input, other)": op(({ input, other }) => less(input, other), "jnp.less", "tf.math.less"),
  "le(input, other)": op(
    ({ input, other }) => lessEqual(input, other),
    "jnp.less_equal",
    "tf.math.less_equal",
  ),
  "gt(input, other)": op(
    ({ input, other }) => greater(input, other),
    "jnp.greater",
    "tf.math.greater",
  ),
  "ge(input, other)": op(
    ({ input, other }) => greaterEqual(input, other),
    "jnp.greater_equal",
    "tf.math.greater_equal",
  ),
  "logical_and(input, other)": op(
    ({ input, other }) => logicalAnd(input, other),
    "jnp.logical_and",
    "tf.math.logical_and",
  ),
  "logical_or(input, other)": op(
    ({ input, other }) => logicalOr(input, other),
    "jnp.logical_or",
    "tf.math.logical_or",
  ),
  "logical_xor(input, other)": op(
    ({ input, other }) => logicalXor(input, other),
    "jnp.logical_xor",
    "tf.math.logical_xor",
  ),
  "logical_not(input)": op(
    ({ input }) => logicalNot(input),
    "jnp.logical_not",
    "tf.math.logical_not",
  ),
  "isnan(input)": op(({ input }) => isNaN(input), "jnp.isnan", "tf.math.is_nan"),
  "isinf(input)": op(({ input }) => isInf(input), "jnp.isinf", "tf.math.is_inf"),
  "isfinite(input)": op(({ input }) => isFinite(input), "jnp.isfinite", "tf.math.is_finite"),
  "isclose(input, other, rtol=1e-5, atol=1e-8, equal_nan=False)": op(
    ({ input, other, rtol, atol, equal_nan }) =>
      isClose(input, other, { relative: rtol, absolute: atol, equalNaN: equal_nan }),
    "jnp.isclose",
    null,
  ),
  "allclose(input, other, rtol=1e-5, atol=1e-8, equal_nan=False)": op(
    ({ input, other, rtol, atol, equal_nan }) =>
      allClose(input, other, { relative: rtol, absolute: atol, equalNaN: equal_nan }),
    "jnp.allclose",
    null,
  ),
  "equal(input, other)": op(
    ({ input, other }) => arrayEqual(input, other),
    "jnp.array_equal",
    null,
  ),
  "any(input, dim=None, keepdim=False)": op(
    scalarAsVector(({ input, dim, keepdim }) => any(input, { axes: dim, keepDims: keepdim })),
    "jnp.any",
    "tf.reduce_any",
  ),
  "all(input, dim=None, keepdim=False)": op(
    scalarAsVector(({ input, dim, keepdim }) => all(input, { axes: dim, keepDims: keepdim })),
    "jnp.all",
    "tf.reduce_all",
  ),
  "count_nonzero(input, dim=None)": op(
    scalarAsVector(({ input, dim }) => countNonzero(input, { axes: dim })),
    "jnp.count_nonzero",
    "tf.math.count_nonzero",
  ),
  "bincount(input, weights=None, minlength=0)": op(
    ({ input, weights, minlength }) => bincount(input, { weights, minLength: minlength }),
    "jnp.bincount",
    "tf.math.bincount",
    { refused: "the shape of the result depends on the numbers" },
  ),
  "searchsorted(sorted_sequence, input, out_int32=False, right=False, side=None, sorter=None)": op(
    ({ sorted_sequence, input, right, side, sorter }) =>
      searchsorted(sorted_sequence, input, { right: right || side === "right", sorter }),
    "jnp.searchsorted",
    "tf.searchsorted",
  ),
  "bucketize(input, boundaries, out_int32=False, right=False)": op(
    ({ input, boundaries, right }) => bucketize(input, boundaries, { right }),
    "jnp.digitize",
    null,
  ),
  "unique(input, sorted=True, return_inverse=False, return_counts=False, dim=None)": op(
    ({ input, return_inverse, return_counts, dim }) =>
      parts(unique(input, { axis: dim }), return_inverse, return_counts),
    "jnp.unique",
    "tf.unique",
    { refused: "the shape of the result depends on the numbers" },
  ),
  "nonzero(input, as_tuple=False)": op(
    ({ input, as_tuple }) => (as_tuple ? columns(nonzero(input)) : nonzero(input)),
    "jnp.nonzero",
    "tf.where",
    { refused: "the shape of the result depends on the numbers" },
  ),
  "argwhere(input)": op(({ input }) => nonzero(input), "jnp.argwhere", "tf.where", {
    refused: "the shape of the result depends on the numbers",
  }),
  "nn.functional.one_hot(input, num_classes=-1)": op(
    ({ input, num_classes }) => oneHotOf(input, num_classes),
    "jax.nn.one_hot",
    "tf.one_hot",
    { refused: "without a number of classes it is read from the labels" },
  ),
  "floor_divide(input, other)": op(
    ({ input, other }) => floorDivide(input, other),
    "jnp.floor_divide",
    "tf.math.floordiv",
  ),
  "heaviside(input, values)": op(
    ({ input, values }) => heaviside(input, values),
    "jnp.heaviside",
    null,
  ),
  "signbit(input)": op(({ input }) => signbit(input), "jnp.signbit", null),
  "tril_indices(row, col, offset=0, dtype=None)": op(
    ({ row, col, offset }) => trilIndices(row, col, { offset }),
    "jnp.tril_indices",
    null,
  ),
  "triu_indices(row, col, offset=0, dtype=None)": op(
    ({ row, col, offset }) => triuIndices(row, col, { offset }),
    "jnp.triu_indices",
    null,
  ),
  "linspace(start, end, steps, dtype=None)": op(
    ({ start, end, steps, dtype }) => linspace(start, end, steps, { dtype }),
    "jnp.linspace",
    "tf.linspace",
  ),
  "arange(*bounds, dtype=None)": op(
    ({ bounds, dtype }) => counted(bounds, dtype),
    "jnp.arange",
    "tf.range",
  ),
  "eye(n, m=None, dtype=None)": op(
    ({ n, m, dtype }) => eye(n, { columns: m, dtype }),
    "jnp.eye",
    "tf.eye",
  ),
  "full_like(input, fill_value, dtype=None)": op(
    ({ input, fill_value, dtype }) => fullLike(cast(input, dtype ?? dtypeOf(input)), fill_value),
    "jnp.full_like",
    "tf.fill",
  ),
  "zeros_like(input, dtype=None)": op(
    ({ input, dtype }) => zerosLike(cast(input, dtype ?? dtypeOf(input))),
    "jnp.zeros_like",
    "tf.zeros_like",
  ),
  "ones_like(input, dtype=None)": op(
    ({ input, dtype }) => onesLike(cast(input, dtype ?? dtypeOf(input))),
    "jnp.ones_like",
    "tf.ones_like",
  ),
  "histc(input, bins=100, min=0, max=0)": op(
    ({ input, bins, min, max }) => histc(input, { bins, min, max }),
    "jnp.histogram",
    "tf.histogram_fixed_width",
  ),
  "isin(elements, test_elements, assume_unique=False, invert=False)": op(
    ({ elements, test_elements, invert }) => isIn(elements, test_elements, { invert }),
    "jnp.isin",
    null,
  ),
  "div.floor_rounding(input, other, rounding_mode)": op(
    ({ input, other, rounding_mode }) => divide(input, other, { roundingMode: rounding_mode }),
    "jnp.floor_divide",
    "tf.math.floordiv",
  ),
  "div.trunc_rounding(input, other, rounding_mode)": op(
    ({ input, other, rounding_mode }) => divide(input, other, { roundingMode: rounding_mode }),
    null,
    "tf.math.truncatediv",
  ),
};
