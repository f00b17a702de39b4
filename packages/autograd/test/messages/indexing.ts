/** @file Messages of shapes and indices. */
import {
  blockDiag,
  diag,
  diagonal,
  diagonalScatter,
  getItem,
  hsplit,
  type PadOptions,
  pad,
  repeatInterleave,
  roll,
  scatter,
  scatterAdd,
  scatterReduce,
  selectScatter,
  split,
  sumToSize,
  t,
  tensor,
  type Tensor,
  tril,
  unfold,
  zeros,
} from "@tapegrad/autograd";

const int32 = (...values: readonly number[]): Tensor => tensor(values, { dtype: "int32" });
const vector = zeros([3]);

export const calls: readonly (() => unknown)[] = [
  () => blockDiag([zeros([1, 1, 1])]),
  () => split(vector, [1, 1]),
  () => hsplit(vector, 2),
  () => roll(zeros([2, 2]), [1], { axes: [0, 1] }),
  () => repeatInterleave(vector, [1, 2]),
  () => t(zeros([1, 1, 1])),
  () => unfold(vector, { axis: 0, size: 4, step: 1 }),
  () => sumToSize(vector, [2]),
  () => tril(vector),
  () => diagonal(zeros([2, 2]), { axis1: 0, axis2: -2 }),
  () => diag(zeros([1, 1, 1])),
  () => diagonalScatter(zeros([2, 2]), vector),
  () => scatter(vector, int32(3), zeros([1])),
  () => scatter(vector, int32(0, 1), zeros([1])),
  () => scatterAdd(vector, tensor([[0]], { dtype: "int32" }), { size: 3 }),
  () => scatterReduce(vector, int32(0), zeros([1]), { reduce: "median" as "sum" }),
  () => getItem(vector, [0, 0]),
  () => getItem(vector, 3),
  () => getItem(vector, { step: 0 }),
  () => getItem(vector, tensor([true])),
  () => selectScatter(vector, zeros([]), 3),
  () => pad(vector, { before: [1, 1], after: [1] }),
  () => pad(vector, { before: [1], after: [1], mode: "wrap" as PadOptions["mode"] }),
  () => pad(vector, { before: [3], after: [0], mode: "reflect" }),
];

export const text = `
ShapeError: blockDiag: shape [1, 1, 1] is no block. Use tensors with at most two axes.
ShapeError: split: parts of sizes [1, 1] do not make up axis 0 of shape [3]. Use sizes of 0 or more that add up to its length.
ShapeError: hsplit: axis 0 of shape [3] cannot be divided into 2 equal parts. Use a divisor of its length, a list of places, or \`tensorSplit\`.
ShapeError: roll: there are 1 shifts for 2 axes. Give one for each axis.
ShapeError: repeatInterleave: there are 2 repeats for 3 slices. Give one number, or one for each slice.
ShapeError: t: shape [1, 1, 1] has more than two axes. Use \`transpose\` and say which axes to exchange.
ShapeError: unfold: shape [3] has no windows of 4 elements 1 apart along axis 0. Use a size up to its length, and a positive step.
ShapeError: sumToSize: shape [3] cannot be summed to [2]. Use a shape that broadcasts to it.
ShapeError: tril: shape [3] has no matrices. Use a tensor with at least two axes.
AxisError: diagonal: rows and columns are both axis 0 of shape [2, 2]. Name two axes.
ShapeError: diag: shape [1, 1, 1] is neither a vector nor a matrix. Use \`diagonal\` or \`diagEmbed\`, which take more axes.
ShapeError: diagonalScatter: values of shape [3] do not fit the diagonal, which has shape [2]. Give one for each of its entries.
ValueError: scatter: index 3 at position 0 is outside of 3 places. Use indices from 0 to 2, or negative ones that count from the end.
ShapeError: scatter: values of shape [1] do not cover indices of shape [2]. Give at least one for each index.
ShapeError: scatterAdd: indices must have one axis but have shape [1, 1]. Reshape them to [-1], and the result back.
ValueError: scatterReduce: the reduction "median" is not known. Use one of sum, mean, prod, amax, amin.
ShapeError: getItem: the index reads 2 axes of shape [3], which has 1, or holds "..." twice. Use at most one place for each axis.
ValueError: getItem: index 3 does not exist along axis 0, which has length 3. Use an integer from -3 to 2.
ValueError: getItem: a slice of axis 0 has step 0. Use an integer that is not 0.
ShapeError: getItem: a mask of shape [1] does not fit shape [3] from axis 0 on. Use one bool for each element of the axes that it stands for.
ShapeError: selectScatter: values of shape [] cannot take the place of slice 3 along axis 0 of shape [3]. Give the shape without that axis, and an index that exists.
ShapeError: pad: [1, 1] before and [1] after do not fit shape [3], which has rank 1. Give one entry for each axis.
ValueError: pad: the mode "wrap" is not known. Use one of constant, reflect, replicate, circular.
ValueError: pad: mode "reflect" cannot put 3 elements before and 0 after axis 0, which has 3. Use less padding, or another mode.
`;
