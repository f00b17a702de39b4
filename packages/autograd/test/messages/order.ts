/** @file Messages of sorting, searching, counting, scans and differences. */
import {
  associativeScan,
  bincount,
  cov,
  diff,
  gradient,
  histc,
  kthvalue,
  quantile,
  searchsorted,
  takeAlongAxis,
  type Tensor,
  tensor,
  trace,
  trapezoid,
  zeros,
} from "@tapegrad/autograd";

const int32 = (...values: readonly number[]): Tensor => tensor(values, { dtype: "int32" });
const first = (a: Tensor): Tensor => a;

export const calls: readonly (() => unknown)[] = [
  () => takeAlongAxis(zeros([2]), zeros([2])),
  () => takeAlongAxis(zeros([2, 3]), int32(0)),
  () => associativeScan((a, _) => a, [zeros([2]), zeros([3])]),
  () => associativeScan(first, 3 as unknown as Tensor),
  () => kthvalue(zeros([2]), 3),
  () => quantile(zeros([2]), 2),
  () => quantile(zeros([2]), zeros([1, 1])),
  () => quantile(zeros([2]), 0.5, { interpolation: "cubic" as "linear" }),
  () => trace(zeros([2])),
  () => cov(zeros([1, 2, 3])),
  () => searchsorted(zeros([2, 3]), zeros([3, 3])),
  () => bincount(zeros([2])),
  () => histc(zeros([2]), { bins: 0 }),
  () => diff(zeros([2]), { n: -1 }),
  () => trapezoid(zeros([2, 3]), { x: zeros([2]) }),
  () => gradient(zeros([1])),
];

export const text = `
DTypeError: takeAlongAxis: indices must be int32 but are float32. Convert first: \`cast(indices, "int32")\`.
ShapeError: takeAlongAxis: indices of shape [1] do not fit shape [2, 3] along axis 0. Use as many axes, and lengths that are not larger outside of that axis.
ShapeError: associativeScan: the tensors have lengths 2, 3 along the axis. Give them one length.
ShapeError: associativeScan: what stands at the top is number, not a tensor. Use tensors, in arrays and plain objects if several.
ValueError: kthvalue: there are no 3 elements to choose along an axis of length 2. Use an integer from 1 to 2.
ValueError: quantile: 2 is no list of parts. Use a number from 0 to 1, or a tensor of them with one axis.
ValueError: quantile: a tensor of shape [1, 1] is no list of parts. Use a number from 0 to 1, or a tensor of them with one axis.
ValueError: quantile: the interpolation "cubic" is not known. Use one of linear, lower, higher, midpoint, nearest.
ShapeError: trace: shape [2] is no matrix. Use a tensor with two axes.
ShapeError: cov: shape [1, 2, 3] has more than two axes. Use [variables, observations], or [observations].
ShapeError: searchsorted: lists of shape [2, 3] and values of shape [3, 3] have other leading axes. Use equal ones, or one list [n].
DTypeError: bincount: only int32 numbers are counted, but got float32. Cast them first.
ValueError: histc: there are no 0 bins from 0 to 0. Use a positive integer and ends in their order.
ValueError: diff: differences cannot be taken -1 times. Use an integer of 0 or more.
ShapeError: trapezoid: points of shape [2] do not fit values of shape [2, 3] along axis 1. Use one point for each value along it.
ShapeError: gradient: 1 values along axis 0 of shape [1] have no estimate with this spacing and order 1 at the ends. Use at least 2 values, and a distance or 1 coordinates for each axis.
`;
