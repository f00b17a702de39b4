/** @file Messages of shapes and indices. */
import {
  asStrided,
  at,
  blockDiag,
  chunk,
  combinations,
  compile,
  constantPadNd,
  diag,
  diagonal,
  diagonalScatter,
  fill,
  expand,
  flatten,
  getItem,
  hsplit,
  indexAdd,
  type IndexEntry,
  maskedScatter,
  meshgrid,
  movedim,
  narrow,
  pad,
  type PadOptions,
  put,
  record,
  repeat,
  repeatInterleave,
  roll,
  rot90,
  scatter,
  scatterAdd,
  scatterReduce,
  selectScatter,
  split,
  sumToSize,
  t,
  take,
  tensor,
  type Tensor,
  tile,
  tril,
  unfold,
  zeros,
} from "@tapegrad/autograd";

const int32 = (...values: readonly number[]): Tensor => tensor(values, { dtype: "int32" });
const vector = zeros([3]);

export const calls: readonly (() => unknown)[] = [
  () => blockDiag([zeros([1, 1, 1])]),
  () => split(vector, [1, 1]),
  () => split(vector, 0),
  () => chunk(vector, -2),
  () => narrow(vector, { start: -2, length: 3 }),
  () => expand(vector, [-1, 3]),
  () => hsplit(vector, 2),
  () => roll(zeros([2, 2]), [1], { axes: [0, 1] }),
  () => repeatInterleave(vector, [1, 2]),
  () => repeat(zeros([2, 2]), [2]),
  () => fill(vector, zeros([1])),
  () => constantPadNd(vector, [1, 1, 1]),
  () => t(zeros([1, 1, 1])),
  () => rot90(zeros([2, 2]), { quarters: 0.5 }),
  () => tile(vector, [-1]),
  () => movedim(zeros([2, 2]), [0, 1], [0]),
  () => flatten(zeros([2, 2]), { start: 1, end: 0 }),
  () => asStrided(vector, { size: [2, 2], stride: [1] }),
  () => meshgrid([zeros([2, 2])]),
  () => combinations(vector, { r: -1 }),
  () => unfold(vector, { axis: 0, size: 4, step: 1 }),
  () => sumToSize(vector, [2]),
  () => tril(vector),
  () => diagonal(zeros([2, 2]), { axis1: 0, axis2: -2 }),
  () => diag(zeros([1, 1, 1])),
  () => diagonalScatter(zeros([2, 2]), vector),
  () => scatter(vector, int32(3), zeros([1])),
  () => scatter(vector, int32(0, 1), zeros([1])),
  () => indexAdd(zeros([2, 3]), int32(0, 1), zeros([3, 2])),
  () => scatterAdd(vector, tensor([[0]], { dtype: "int32" }), { size: 3 }),
  () => scatterReduce(vector, int32(0), zeros([1]), { reduce: "median" as "sum" }),
  () => getItem(vector, [0, 0]),
  () => getItem(vector, 3),
  () => getItem(vector, { start: 1, step: 0 }),
  () => getItem(vector, ["...", "..."]),
  () => getItem(vector, "first" as "..."),
  () => at(vector, 0, true as unknown as IndexEntry),
  () => at(vector, undefined as unknown as IndexEntry),
  () => at(vector, { begin: 1 } as IndexEntry),
  () => at(vector, tensor([0.5])),
  () => at(vector, tensor(true)),
  () => at(vector, [0, 0.5]),
  () => at(zeros([2, 3]), 0, tensor([[0], [-4]], { dtype: "int32" })),
  () => at(zeros([2, 0]), 0, 0),
  () => at(zeros([2, 3]), 0, [true, false, true]).set(zeros([3])),
  () => compile((mask: Tensor) => vector.at(mask).get())(tensor([true, false, true])),
  () => take(zeros([2, 3]), int32(0, 6)),
  () => put(zeros([2, 3]), int32(0, 1), zeros([3])),
  () => record((i: Tensor) => scatter(vector, i, zeros([1])), int32(0)).replay(int32(3)),
  () => getItem(vector, tensor([true])),
  () => selectScatter(vector, zeros([]), 3),
  () => maskedScatter(vector, tensor([true, false, true]), zeros([1])),
  () => pad(vector, { before: [1, 1], after: [1] }),
  () => pad(vector, { before: [1], after: [1], mode: "wrap" as PadOptions["mode"] }),
  () => pad(vector, { before: [3], after: [0], mode: "reflect" }),
];

export const text = `
ShapeError: blockDiag: shape [1, 1, 1] is no block. Use tensors with at most two axes.
ShapeError: split: parts of sizes [1, 1] do not make up axis 0 of shape [3]. Use sizes of 0 or more that add up to its length.
ShapeError: split: axis 0 of shape [3] cannot be cut into parts of 0 elements. Use a positive integer, or a list of sizes.
ShapeError: chunk: axis 0 of shape [3] cannot be cut into -2 parts. Use a positive integer.
ValueError: narrow: axis 0 of shape [3] does not hold 3 elements from -2 on. Use integers that stay inside.
ShapeError: expand: [-1, 3] leaves axis 0 as it is, which shape [3] does not have. Give new axes a length.
ShapeError: hsplit: axis 0 of shape [3] cannot be divided into 2 equal parts. Use a divisor of its length, a list of places, or \`tensorSplit\`.
ShapeError: roll: there are 1 shifts for 2 axes. Give one for each axis, or one alone for all elements in row-major order.
ShapeError: repeatInterleave: there are 2 repeats for 3 slices. Give one number, or one for each slice.
ShapeError: repeat: [2] does not have a number for each axis of shape [2, 2]. Give one for each, or call \`tile\`.
ShapeError: fill: a value of shape [1] cannot stand at every index. Use a number or a scalar tensor.
ShapeError: constantPadNd: [1, 1, 1] does not list pairs for axes of shape [3]. Give two numbers for each axis, the last axis first.
ShapeError: t: shape [1, 1, 1] has more than two axes. Use \`transpose\` and say which axes to exchange.
ValueError: rot90: 0.5 quarters are no number of right angles. Use an integer.
ValueError: tile: nothing can be repeated -1 times. Use integers of 0 or more.
ShapeError: movedim: axes [0, 1] cannot be moved to [0]. Name one place for each axis.
AxisError: flatten: axis 1 of shape [2, 2] is behind axis 0. Name the first axis as the start.
ShapeError: asStrided: size [2, 2] and stride [1] have other lengths. Give one stride for each axis.
ShapeError: meshgrid: shape [2, 2] is no vector. Use tensors with at most one axis.
ValueError: combinations: -1 elements cannot be chosen. Use an integer of 0 or more.
ShapeError: unfold: shape [3] has no windows of 4 elements 1 apart along axis 0. Use a size up to its length, and a positive step.
ShapeError: sumToSize: shape [3] cannot be summed to [2]. Use a shape that broadcasts to it.
ShapeError: tril: shape [3] has no matrices. Use a tensor with at least two axes.
AxisError: diagonal: rows and columns are both axis 0 of shape [2, 2]. Name two axes.
ShapeError: diag: shape [1, 1, 1] is neither a vector nor a matrix. Use \`diagonal\` or \`diagEmbed\`, which take more axes.
ShapeError: diagonalScatter: values of shape [3] do not fit the diagonal, which has shape [2]. Give one for each of its entries.
ValueError: scatter: index 3 at [0] of the indices does not exist along axis 0, which has length 3. Use integers from -3 to 2.
ShapeError: scatter: values of shape [1] do not cover indices of shape [2]. Give at least one for each index.
ShapeError: indexAdd: values of shape [3, 2] are no slices for 2 indices, which have shape [2, 3]. Give one slice for each index.
ShapeError: scatterAdd: indices must have one axis but have shape [1, 1]. Reshape them to [-1], and the result back.
ValueError: scatterReduce: the reduction "median" is not known. Use one of sum, mean, prod, amax, amin.
ShapeError: getItem: the index reads 2 axes, but shape [3] has 1. Use at most one entry for each axis.
ValueError: getItem: index 3 does not exist along axis 0, which has length 3. Use integers from -3 to 2.
ValueError: getItem: the slice { start: 1, step: 0 } of axis 0 names no elements. Use integers, and a step that is not 0.
ShapeError: getItem: "..." stands at place 1 of the index for the second time. Use it once: it takes all axes that are left.
DTypeError: getItem: "first" at place 0 of the index names nothing. Use integers, slices { start, stop, step }, "...", null, lists, int32 tensors or masks.
DTypeError: at: true at place 1 of the index names nothing. Use integers, slices { start, stop, step }, "...", null, lists, int32 tensors or masks.
DTypeError: at: a value of type undefined at place 0 of the index names nothing. Use integers, slices { start, stop, step }, "...", null, lists, int32 tensors or masks.
DTypeError: at: { begin } at place 0 of the index names nothing. Use integers, slices { start, stop, step }, "...", null, lists, int32 tensors or masks.
DTypeError: at: the tensor at place 0 is float32, but indices are int32 and masks bool. Convert it first: \`cast(indices, "int32")\`.
ShapeError: at: the mask at place 0 is a scalar, which stands for no axis. Give it an axis, or choose by \`where\`.
DTypeError: at: a list of indices holds 0.5. Use integers of 32 bits only, or booleans only.
ValueError: at: index -4 at [1, 0] of the indices does not exist along axis 1, which has length 3. Use integers from -3 to 2.
ValueError: at: index 0 does not exist along axis 1, which has length 0. There is nothing to choose from: use no indices, or a slice.
ShapeError: at: values of shape [3] do not broadcast to the part, which has shape [2]. Use one number, or a value for each element.
ValueError: at: how many elements a mask of shape [3] names is not known while a function is compiled or traced without data. Choose by \`where\`, or set or add one number, which needs no count.
ValueError: take: index 6 at [1] of the indices does not exist among 6 elements. Use integers from -6 to 5.
ShapeError: put: values of shape [3] are not as many as places of shape [2]. Give one value for each place.
ValueError: scatter: the index at position 0 is out of range: none of 3 places has it. Use indices that exist along their axis.
ShapeError: getItem: a mask of shape [1] does not fit shape [3] from axis 0 on. Use one bool for each element of the axes that it stands for.
ShapeError: selectScatter: values of shape [] cannot take the place of slice 3 along axis 0 of shape [3]. Give the shape without that axis, and an index that exists.
ShapeError: maskedScatter: the mask is true 2 times, but values of shape [1] have 1 elements. Give one for each.
ShapeError: pad: [1, 1] before and [1] after do not fit shape [3], which has rank 1. Give one entry for each axis.
ValueError: pad: the mode "wrap" is not known. Use one of constant, reflect, replicate, circular.
ValueError: pad: mode "reflect" cannot put 3 elements before and 0 after axis 0, which has 3. Use less padding, or another mode.
`;
