/** @file The table of operators: shapes and indices. */
import {
  asStrided,
  atleast1d,
  atleast2d,
  atleast3d,
  blockDiag,
  broadcastTensors,
  broadcastTo,
  cartesianProd,
  chunk,
  clone,
  columnStack,
  combinations,
  concatenate,
  constantPadNd,
  contiguous,
  diag,
  diagEmbed,
  diagflat,
  diagonal,
  diagonalScatter,
  dsplit,
  dstack,
  expand,
  expandAs,
  expandDims,
  fill,
  flatten,
  flip,
  fliplr,
  flipud,
  gather,
  getItem,
  hsplit,
  hstack,
  type IndexEntry,
  indexAdd,
  indexCopy,
  indexFill,
  indexPut,
  maskedFill,
  maskedScatter,
  maskedSelect,
  meshgrid,
  movedim,
  mT,
  narrow,
  type PadOptions,
  pad,
  put,
  repeat,
  repeatInterleave,
  reshape,
  reshapeAs,
  roll,
  rot90,
  scatter,
  scatterAdd,
  scatterReduce,
  select,
  selectScatter,
  split,
  squeeze,
  stack,
  sumToSize,
  Tensor,
  t,
  take,
  takeAlongAxis,
  tensorSplit,
  tile,
  transpose,
  tril,
  triu,
  unbind,
  unflatten,
  unfold,
  viewAs,
  vsplit,
  vstack,
} from "@tapegrad/autograd";
import { type Operations, op, scalarAsVector } from "./operation.ts";

/** Axes that PyTorch squeezes: those named that have size 1. */
function squeezable(x: Tensor, dim: number | undefined): number | readonly number[] | undefined {
  if (dim === undefined) return undefined;
  const isSingle = x.rank > 0 && x.shape[dim < 0 ? dim + x.rank : dim] === 1;
  return isSingle ? dim : [];
}

/** PyTorch passes over vectors without elements. */
function withoutEmpty(tensors: readonly Tensor[]): readonly Tensor[] {
  const kept = tensors.filter((x) => x.rank !== 1 || x.size > 0);
  return kept.length === 0 ? tensors.slice(0, 1) : kept;
}

function numberOf(value: Tensor | number): number {
  return value instanceof Tensor ? value.item() : value;
}

/** Numbers that decide a shape may be given as a tensor. */
function numbersOf(value: Tensor | number | readonly number[]): number | readonly number[] {
  if (!(value instanceof Tensor)) return value;
  return value.rank === 0 ? value.item() : Array.from(value.toTypedArray());
}

function sliceAt(
  dim: number,
  start: number | undefined,
  stop: number | undefined,
  step: number,
): IndexEntry[] {
  return [...Array.from({ length: dim }, () => ({})), { start, stop, step }];
}

/** The fixtures' way to write an index, as ours. */
function indexOf(index: unknown): IndexEntry[] {
  const entry = (value: unknown): IndexEntry => {
    if (typeof value !== "object" || value === null || Array.isArray(value)) {
      return value as IndexEntry;
    }
    if (value instanceof Tensor) return value;
    if ("slice" in value) {
      const [start, stop, step] = value.slice as readonly (number | null)[];
      return { start, stop, step };
    }
    return "ellipsis" in value ? "..." : (value as IndexEntry);
  };
  return Array.isArray(index) ? index.map(entry) : [entry(index)];
}

function takenAlong(x: Tensor, indices: Tensor, dim: number | undefined): Tensor {
  if (dim === undefined) return take(x, reshape(indices, [-1]));
  const axis = dim < 0 ? dim + x.rank : dim;
  // outside of the axis both broadcast
  const shape = x.shape.map((n, i) => (i === axis ? n : Math.max(n, indices.shape[i])));
  const wide = x.shape.map((_, i) => (i === axis ? indices.shape[i] : shape[i]));
  return takeAlongAxis(broadcastTo(x, shape), broadcastTo(indices, wide), { axis });
}

function listOf(tensors: readonly (Tensor | readonly Tensor[])[]): readonly Tensor[] {
  return tensors.flat() as readonly Tensor[];
}

function each(tensors: readonly (Tensor | readonly Tensor[])[], f: (x: Tensor) => Tensor): unknown {
  return listOf(tensors).map(f);
}

function sizeList(size: readonly (number | readonly number[])[]): readonly number[] {
  return size.flat();
}

/** PyTorch lists padding from the last axis on. */
function paddingOf(x: Tensor, sides: readonly number[]): Pick<PadOptions, "before" | "after"> {
  const at = (axis: number, end: 0 | 1): number => sides[2 * (x.rank - 1 - axis) + end] ?? 0;
  return {
    before: x.shape.map((_, axis) => at(axis, 0)),
    after: x.shape.map((_, axis) => at(axis, 1)),
  };
}

export const shape: Operations = {
  "reshape(input, shape)": op(
    ({ input, shape }) => reshape(input, shape),
    "jnp.reshape",
    "tf.reshape",
  ),
  "reshape_as(input, other)": op(({ input, other }) => reshapeAs(input, other), null, null),
  "view(input, shape)": op(
    ({ input, shape }) => reshape(input, shape),
    "jnp.reshape",
    "tf.reshape",
  ),
  "view_as(input, other)": op(({ input, other }) => viewAs(input, other), null, null),
  "flatten(input, start_dim=0, end_dim=-1)": op(
    ({ input, start_dim, end_dim }) => flatten(input, { start: start_dim, end: end_dim }),
    "jnp.ravel",
    null,
  ),
  "unflatten(input, dim, sizes)": op(
    ({ input, dim, sizes }) => unflatten(input, dim, sizes),
    null,
    null,
  ),
  "ravel(input)": op(({ input }) => flatten(input), "jnp.ravel", null),
  "permute(input, dims)": op(
    ({ input, dims }) => transpose(input, dims),
    "jnp.transpose",
    "tf.transpose",
  ),
  "transpose(input, dim0, dim1)": op(
    scalarAsVector(({ input, dim0, dim1 }) => transpose(input, dim0 as number, dim1 as number)),
    "jnp.swapaxes",
    null,
  ),
  "t(input)": op(({ input }) => t(input), null, null),
  "T(input)": op(({ input }) => (input as Tensor).T, "jnp.ndarray.T", null),
  "mT(input)": op(({ input }) => mT(input), "jnp.ndarray.mT", "tf.linalg.matrix_transpose"),
  "movedim(input, source, destination)": op(
    ({ input, source, destination }) => movedim(input, source, destination),
    "jnp.moveaxis",
    null,
  ),
  "expand(input, shape)": op(
    ({ input, shape }) => expand(input, shape),
    "jnp.broadcast_to",
    "tf.broadcast_to",
  ),
  "expand_as(input, other)": op(({ input, other }) => expandAs(input, other), null, null),
  "broadcast_to(input, shape)": op(
    ({ input, shape }) => expand(input, shape),
    "jnp.broadcast_to",
    "tf.broadcast_to",
  ),
  "broadcast_tensors(*tensors)": op(
    ({ tensors }) => broadcastTensors(tensors),
    "jnp.broadcast_arrays",
    null,
  ),
  "squeeze(input, dim=None)": op(
    ({ input, dim }) => squeeze(input, squeezable(input, dim)),
    "jnp.squeeze",
    "tf.squeeze",
  ),
  "unsqueeze(input, dim)": op(
    ({ input, dim }) => expandDims(input, dim),
    "jnp.expand_dims",
    "tf.expand_dims",
  ),
  "cat(tensors, dim=0)": op(
    ({ tensors, dim }) => concatenate(withoutEmpty(tensors), { axis: dim }),
    "jnp.concatenate",
    "tf.concat",
  ),
  "stack(tensors, dim=0)": op(
    ({ tensors, dim }) => stack(tensors, { axis: dim }),
    "jnp.stack",
    "tf.stack",
  ),
  "hstack(tensors)": op(({ tensors }) => hstack(tensors), "jnp.hstack", null),
  "vstack(tensors)": op(({ tensors }) => vstack(tensors), "jnp.vstack", null),
  "dstack(tensors)": op(({ tensors }) => dstack(tensors), "jnp.dstack", null),
  "column_stack(tensors)": op(({ tensors }) => columnStack(tensors), "jnp.column_stack", null),
  "block_diag(*tensors)": op(
    ({ tensors }) => blockDiag(tensors),
    "jax.scipy.linalg.block_diag",
    "tf.linalg.LinearOperatorBlockDiag",
  ),
  "split(tensor, split_size_or_sections, dim=0)": op(
    ({ tensor, split_size_or_sections, dim }) =>
      split(tensor, split_size_or_sections, { axis: dim }),
    null,
    "tf.split",
  ),
  "split_with_sizes(input, split_sizes, dim=0)": op(
    ({ input, split_sizes, dim }) => split(input, split_sizes, { axis: dim }),
    "jnp.split",
    "tf.split",
  ),
  "chunk(input, chunks, dim=0)": op(
    ({ input, chunks, dim }) => chunk(input, chunks, { axis: dim }),
    "jnp.array_split",
    null,
  ),
  "tensor_split(input, indices_or_sections, dim=0)": op(
    ({ input, indices_or_sections, dim }) =>
      tensorSplit(input, numbersOf(indices_or_sections), { axis: dim }),
    "jnp.array_split",
    null,
    { refused: "indices in a tensor decide the shapes of the results" },
  ),
  "unbind(input, dim=0)": op(
    ({ input, dim }) => unbind(input, { axis: dim }),
    "jnp.unstack",
    "tf.unstack",
  ),
  "hsplit(input, indices_or_sections)": op(
    ({ input, indices_or_sections }) => hsplit(input, indices_or_sections),
    "jnp.hsplit",
    null,
  ),
  "vsplit(input, indices_or_sections)": op(
    ({ input, indices_or_sections }) => vsplit(input, indices_or_sections),
    "jnp.vsplit",
    null,
  ),
  "dsplit(input, indices_or_sections)": op(
    ({ input, indices_or_sections }) => dsplit(input, indices_or_sections),
    "jnp.dsplit",
    null,
  ),
  "slice(input, dim=0, start=None, end=None, step=1)": op(
    ({ input, dim, start, end, step }) => getItem(input, sliceAt(dim, start, end, step)),
    "jax.lax.slice",
    "tf.strided_slice",
  ),
  "narrow(input, dim, start, length)": op(
    ({ input, dim, start, length }) => narrow(input, { axis: dim, start: numberOf(start), length }),
    "jax.lax.dynamic_slice",
    "tf.slice",
    { refused: "a start in a tensor is read" },
  ),
  "select(input, dim, index)": op(
    ({ input, dim, index }) => select(input, index, { axis: dim }),
    "jax.lax.index_in_dim",
    null,
  ),
  "select_scatter(input, src, dim, index)": op(
    ({ input, src, dim, index }) => selectScatter(input, src, index, { axis: dim }),
    null,
    null,
  ),
  "__getitem__(input, index)": op(
    ({ input, index }) => getItem(input, indexOf(index)),
    "jnp.ndarray.__getitem__",
    "tf.Tensor.__getitem__",
    { refused: "a mask selects as many elements as it has true ones" },
  ),
  "flip(input, dims)": op(
    ({ input, dims }) => flip(input, { axes: dims }),
    "jnp.flip",
    "tf.reverse",
  ),
  "fliplr(input)": op(({ input }) => fliplr(input), "jnp.fliplr", null),
  "flipud(input)": op(({ input }) => flipud(input), "jnp.flipud", null),
  "roll(input, shifts, dims=None)": op(
    ({ input, shifts, dims }) => roll(input, shifts, { axes: dims }),
    "jnp.roll",
    "tf.roll",
  ),
  "rot90(input, k=1, dims=[0, 1])": op(
    ({ input, k, dims }) => rot90(input, { quarters: k, axes: dims }),
    "jnp.rot90",
    "tf.image.rot90",
  ),
  "tile(input, dims)": op(({ input, dims }) => tile(input, dims), "jnp.tile", "tf.tile"),
  "repeat(input, repeats)": op(
    ({ input, repeats }) => repeat(input, repeats),
    "jnp.tile",
    "tf.tile",
  ),
  "repeat_interleave(input, repeats, dim=None, output_size=None)": op(
    ({ input, repeats, dim }) => repeatInterleave(input, numbersOf(repeats), { axis: dim }),
    "jnp.repeat",
    "tf.repeat",
    { refused: "repeats in a tensor decide the shape of the result" },
  ),
  "tril(input, diagonal=0)": op(
    ({ input, diagonal }) => tril(input, { offset: diagonal }),
    "jnp.tril",
    "tf.linalg.band_part",
  ),
  "triu(input, diagonal=0)": op(
    ({ input, diagonal }) => triu(input, { offset: diagonal }),
    "jnp.triu",
    "tf.linalg.band_part",
  ),
  "diag(input, diagonal=0)": op(
    ({ input, diagonal }) => diag(input, { offset: diagonal }),
    "jnp.diag",
    "tf.linalg.diag",
  ),
  "diagonal(input, offset=0, dim1=0, dim2=1)": op(
    ({ input, offset, dim1, dim2 }) => diagonal(input, { offset, axis1: dim1, axis2: dim2 }),
    "jnp.diagonal",
    "tf.linalg.diag_part",
  ),
  "diag_embed(input, offset=0, dim1=-2, dim2=-1)": op(
    ({ input, offset, dim1, dim2 }) => diagEmbed(input, { offset, axis1: dim1, axis2: dim2 }),
    null,
    "tf.linalg.diag",
  ),
  "diagflat(input, offset=0)": op(
    ({ input, offset }) => diagflat(input, { offset }),
    "jnp.diagflat",
    null,
  ),
  "diagonal_scatter(input, src, offset=0, dim1=0, dim2=1)": op(
    ({ input, src, offset, dim1, dim2 }) =>
      diagonalScatter(input, src, { offset, axis1: dim1, axis2: dim2 }),
    null,
    "tf.linalg.set_diag",
  ),
  "gather(input, dim, index)": op(
    ({ input, dim, index }) => gather(input, index, { axis: dim }),
    "jnp.take_along_axis",
    "tf.gather_nd",
  ),
  "scatter(input, dim, index, src)": op(
    ({ input, dim, index, src }) => scatter(input, index, src, { axis: dim }),
    null,
    "tf.tensor_scatter_nd_update",
  ),
  "scatter_add(input, dim, index, src)": op(
    ({ input, dim, index, src }) => scatterAdd(input, index, src, { axis: dim }),
    "jax.lax.scatter_add",
    "tf.tensor_scatter_nd_add",
  ),
  "scatter_reduce(input, dim, index, src, reduce, include_self=True)": op(
    ({ input, dim, index, src, reduce, include_self }) =>
      scatterReduce(input, index, src, { axis: dim, reduce, includeSelf: include_self }),
    null,
    null,
  ),
  "index_select(input, dim, index)": op(
    scalarAsVector(({ input, dim, index }) => gather(input, index, { axis: dim })),
    "jnp.take",
    "tf.gather",
  ),
  "index_add(input, dim, index, source, alpha=1)": op(
    ({ input, dim, index, source, alpha }) => indexAdd(input, index, source, { axis: dim, alpha }),
    "jnp.ndarray.at[].add",
    "tf.tensor_scatter_nd_add",
  ),
  "index_copy(input, dim, index, source)": op(
    ({ input, dim, index, source }) => indexCopy(input, index, source, { axis: dim }),
    "jnp.ndarray.at[].set",
    "tf.tensor_scatter_nd_update",
  ),
  "index_fill(input, dim, index, value)": op(
    ({ input, dim, index, value }) => indexFill(input, index, value, { axis: dim }),
    "jnp.ndarray.at[].set",
    null,
  ),
  "index_put(input, indices, values, accumulate=False)": op(
    ({ input, indices, values, accumulate }) => indexPut(input, indices, values, { accumulate }),
    "jnp.ndarray.at[].set",
    "tf.tensor_scatter_nd_update",
    { refused: "a mask selects as many elements as it has true ones" },
  ),
  "take(input, index)": op(({ input, index }) => take(input, index), "jnp.take", "tf.gather"),
  "take_along_dim(input, indices, dim=None)": op(
    ({ input, indices, dim }) => takenAlong(input, indices, dim),
    "jnp.take_along_axis",
    null,
  ),
  "put(input, index, source, accumulate=False)": op(
    ({ input, index, source, accumulate }) => put(input, index, source, { accumulate }),
    "jnp.put",
    null,
  ),
  "masked_fill(input, mask, value)": op(
    ({ input, mask, value }) => maskedFill(input, mask, value),
    "jnp.where",
    "tf.where",
  ),
  "masked_select(input, mask)": op(
    ({ input, mask }) => maskedSelect(input, mask),
    null,
    "tf.boolean_mask",
    { refused: "the shape of the result depends on the numbers" },
  ),
  "masked_scatter(input, mask, source)": op(
    ({ input, mask, source }) => maskedScatter(input, mask, source),
    null,
    null,
  ),
  "meshgrid(*tensors, indexing='ij')": op(
    ({ tensors, indexing }) => meshgrid(listOf(tensors), { indexing }),
    "jnp.meshgrid",
    "tf.meshgrid",
  ),
  "atleast_1d(*tensors)": op(({ tensors }) => each(tensors, atleast1d), "jnp.atleast_1d", null),
  "atleast_2d(*tensors)": op(({ tensors }) => each(tensors, atleast2d), "jnp.atleast_2d", null),
  "atleast_3d(*tensors)": op(({ tensors }) => each(tensors, atleast3d), "jnp.atleast_3d", null),
  "unfold(input, dimension, size, step)": op(
    ({ input, dimension, size, step }) => unfold(input, { axis: dimension, size, step }),
    null,
    "tf.signal.frame",
  ),
  "as_strided(input, size, stride, storage_offset=0)": op(
    ({ input, size, stride, storage_offset }) =>
      asStrided(input, { size, stride, offset: storage_offset }),
    null,
    null,
  ),
  "cartesian_prod(*tensors)": op(({ tensors }) => cartesianProd(tensors), null, null),
  "combinations(input, r=2, with_replacement=False)": op(
    ({ input, r, with_replacement }) =>
      combinations(input, { r, withReplacement: with_replacement }),
    null,
    null,
  ),
  "clone(input)": op(({ input }) => clone(input), "jnp.copy", "tf.identity"),
  "contiguous(input)": op(({ input }) => contiguous(input), null, null),
  "fill(input, value)": op(({ input, value }) => fill(input, value), "jnp.full_like", "tf.fill"),
  "sum_to_size(input, *size)": op(
    ({ input, size }) => sumToSize(input, sizeList(size)),
    null,
    null,
  ),
  "nn.functional.pad(input, pad, mode='constant', value=0)": op(
    ({ input, pad: sides, mode, value }) => pad(input, { ...paddingOf(input, sides), mode, value }),
    "jnp.pad",
    "tf.pad",
  ),
  "constant_pad_nd(input, pad, value=0)": op(
    ({ input, pad: sides, value }) => constantPadNd(input, sides, { value }),
    "jnp.pad",
    "tf.pad",
  ),
};
