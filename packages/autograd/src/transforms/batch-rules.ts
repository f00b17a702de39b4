/**
 * @file How a kernel computes many members at once: one rule for each kind of kernel, none for a primitive.
 *
 * A rule either binds the same primitive to inputs with one more axis, where its kind of kernel takes one,
 * which keeps whatever derivative it has; or it says the same in primitives of the library. That is right for
 * a linear map, whose derivative follows from its values. Anything else is computed one member at a time.
 */
import type { Aval } from "../array/aval.ts";
import { isFloating } from "../array/dtype.ts";
import type { Shape } from "../array/shape.ts";
import { rowMajor } from "../array/strided-array.ts";
import { bind, bindAll } from "../core/bind.ts";
import type { Primitive } from "../core/primitive.ts";
import type { Operand } from "../core/tape.ts";
import { fromArray, settle, type Tensor } from "../core/tensor.ts";
import { openTape } from "../core/variable.ts";
import type {
  ConvolutionKernel,
  GatherKernel,
  Kernel,
  PlaceKernel,
  ScatterAddKernel,
  ViewKernel,
} from "../kernel/kernel.ts";
import { add } from "../primitives/add.ts";
import { less } from "../primitives/compare.ts";
import { concatenate } from "../primitives/concatenate.ts";
import {
  conv2dInputPrimitive,
  conv2dPrimitive,
  conv2dWeightPrimitive,
} from "../primitives/conv2d.ts";
import { gather, scatterAdd } from "../primitives/gather-scatter-add.ts";
import { reshape } from "../primitives/reshape.ts";
import { padPrimitive, slice } from "../primitives/slice-pad.ts";
import { stopGradient } from "../primitives/stop-gradient.ts";
import { stretch, sum } from "../primitives/sum-broadcast-to.ts";
import { transpose } from "../primitives/transpose.ts";
import { where } from "../primitives/where.ts";
import { planeOf } from "../primitives/windows.ts";
import type { Operations } from "./enclose.ts";
import { isInput, type TapeNode } from "./recording.ts";
import { zeros } from "./walks.ts";

/** A value of all members: one for each along the first axis, or the same for all. */
export interface Mapped {
  readonly value: Tensor;
  readonly isMapped: boolean;
}

/** A node of which at least one operand is mapped, to be computed for `size` members, of which there are some. */
export interface Batch<K extends Kernel = Kernel> {
  readonly size: number;
  readonly primitive: Primitive;
  readonly params: unknown;
  readonly kernel: K;
  readonly operands: readonly Mapped[];
  /** Avals of the operands of one member. */
  readonly avals: readonly Aval[];
  /** Avals of the results of one member. */
  readonly results: readonly Aval[];
}

/** Gives the results of all members, which lie along a new first axis. */
export type BatchRule<K extends Kernel = Kernel> = (batch: Batch<K>) => readonly Tensor[];

type BatchRules = {
  readonly [Kind in Kernel["kind"]]: BatchRule<Extract<Kernel, { readonly kind: Kind }>>;
};

/** The one table. A new kind of kernel is a compile error until it has a row. */
export const BATCH_RULES: BatchRules = {
  elementwise: withLeadingAxis,
  reduce: (batch) => {
    const { kernel, operands } = batch;
    if (kernel.combine !== "add" || !isLinear(batch)) return withLastAxis(batch);
    const axes = kernel.axes.map((axis) => axis + 1);
    return [sum(operands[0].value, { axes, keepDims: true })];
  },
  view: (batch) => {
    const isSame = batch.kernel.transform.type === "same";
    return isSame ? withLeadingAxis(batch) : inOtherWords(viewed)(batch);
  },
  place: (batch) => {
    const axis = concatenatedAlong(batch);
    if (batch.operands.length !== 1 && axis === null) return oneByOne(batch);
    return inOtherWords<PlaceKernel>(axis === null ? placed : concatenated(axis))(batch);
  },
  contraction: (batch) => {
    if (batch.primitive.derivative.kind === "custom") return oneByOne(batch);
    return sharesRight(batch) ? asOneProduct(batch) : withLeadingAxis(batch);
  },
  gather: inOtherWords((batch) => {
    const { kernel, operands } = batch;
    const [source, indices] = operands;
    if (indices.isMapped) return gathered(batch);
    return gather(source.value, indices.value, { axis: kernel.axis + 1 });
  }),
  scatterAdd: inOtherWords((batch) => {
    const { kernel, operands, results } = batch;
    const [updates, indices] = operands;
    const size = results[0].shape[kernel.axis];
    if (indices.isMapped) return scattered(batch, size);
    return scatterAdd(updates.value, indices.value, { axis: kernel.axis + 1, size });
  }),
  randomBits: oneByOne,
  permutation: oneByOne,
  convolution: inOtherWords((batch) => {
    const [first, second] = batch.operands;
    const sharesWeight = batch.kernel.role !== "weight" && first.isMapped && !second.isMapped;
    return sharesWeight ? asMoreImages(batch) : asMoreGroups(batch);
  }),
  pool: withLeadingAxis,
  poolIndices: withLeadingAxis,
  planeGather: withLeadingAxis,
  planeScatterAdd: withLeadingAxis,
  opaque: (batch) => {
    const { memberAxis } = batch.kernel;
    if (memberAxis === undefined) return oneByOne(batch);
    return memberAxis === "first" ? withLeadingAxis(batch) : withLastAxis(batch);
  },
};

/** What `operations` give for all of `size` members; what does not depend on a mapped input is computed once. */
export function mapOperations(
  { avals, entries, results }: Operations,
  inputs: readonly Mapped[],
  size: number,
): readonly Mapped[] {
  const origins = openTape()?.origins ?? null;
  const values = new Array<Mapped>(avals.length);
  const mappedOf = (x: Operand): Mapped => {
    return typeof x === "number" ? values[x] : { value: settle(x), isMapped: false };
  };
  let next = 0;
  for (const entry of entries) {
    if (isInput(entry)) {
      values[entry.index] = inputs[next++];
      continue;
    }
    const run = (): readonly Mapped[] => mapNode(entry, entry.operands.map(mappedOf), size);
    const { origin } = entry;
    const found = origins === null || origin === null ? run() : origins.within(origin, run);
    found.forEach((value, k) => {
      values[entry.results[k]] = value;
    });
  }
  return results.map(mappedOf);
}

function mapNode(node: TapeNode, operands: readonly Mapped[], size: number): readonly Mapped[] {
  const { primitive, params, resultAvals: results } = node;
  if (!operands.some(({ isMapped }) => isMapped)) {
    const shared = operands.map(({ value }) => value);
    return bindAll(primitive, shared, params).map((value) => ({ value, isMapped: false }));
  }
  if (size === 0) return results.map((aval) => ({ value: ofNobody(aval), isMapped: true }));
  return allMembers(node, operands, size).map((value) => ({ value, isMapped: true }));
}

function allMembers(node: TapeNode, operands: readonly Mapped[], size: number): readonly Tensor[] {
  const { primitive, params, operandAvals: avals, resultAvals: results } = node;
  if (primitive.mapped !== undefined) {
    const values = operands.map(({ value }) => value);
    return primitive.mapped(
      values,
      operands.map(({ isMapped }) => isMapped),
      size,
    );
  }
  const kernel = primitive.kernel(params, avals);
  const batch: Batch = { size, primitive, params, kernel, operands, avals, results };
  return (BATCH_RULES[kernel.kind] as BatchRule)(batch);
}

/** Of each result whether it depends on a mapped input. */
export function mappedResults(
  { avals, entries, results }: Operations,
  inputs: readonly boolean[],
): readonly boolean[] {
  const isMapped = avals.map(() => false);
  const depends = (x: Operand): boolean => typeof x === "number" && isMapped[x];
  let next = 0;
  for (const entry of entries) {
    if (isInput(entry)) isMapped[entry.index] = inputs[next++];
    else for (const result of entry.results) isMapped[result] = entry.operands.some(depends);
  }
  return results.map(depends);
}

function ofNobody({ shape, dtype }: Aval): Tensor {
  return zeros({ shape: [0, ...shape], dtype });
}

/** `x` with its axis `from` at `to`. */
export function moveAxis(x: Tensor, from: number, to: number): Tensor {
  const order = x.shape.map((_, axis) => axis).filter((axis) => axis !== from);
  return transpose(x, order.toSpliced(to, 0, from));
}

/** The value of every member along a first axis of length `size`. */
export function spreadOver({ value, isMapped }: Mapped, size: number): Tensor {
  return isMapped ? value : stretch(reshape(value, [1, ...value.shape]), [size, ...value.shape]);
}

/** The same primitive, whose kernel does not care for an axis more in front. */
function withLeadingAxis({ primitive, params, operands, size }: Batch): readonly Tensor[] {
  return bindAll(
    primitive,
    operands.map((x) => spreadOver(x, size)),
    params,
  );
}

/** The same primitive, whose params count axes from the front: the members lie along the last axis. */
function withLastAxis({ primitive, params, operands, size }: Batch): readonly Tensor[] {
  const moved = operands.map((x) => {
    const value = spreadOver(x, size);
    return moveAxis(value, 0, value.rank - 1);
  });
  return bindAll(primitive, moved, params).map((y) => moveAxis(y, y.rank - 1, 0));
}

/** One member after the other. */
function oneByOne({ primitive, params, operands, size, results }: Batch): readonly Tensor[] {
  const runs = Array.from({ length: size }, (_, member) => {
    const own = operands.map(({ value, isMapped }) => (isMapped ? part(value, member) : value));
    return bindAll(primitive, own, params);
  });
  return results.map(({ shape }, k) =>
    concatenate(runs.map((run) => reshape(run[k], [1, ...shape]))),
  );
}

/** Element `i` along the first axis, which is dropped. */
export function part(x: Tensor, i: number): Tensor {
  const shape = x.shape.slice(1);
  const block = slice(x, { starts: [i, ...shape.map(() => 0)], sizes: [1, ...shape] });
  return reshape(block, shape);
}

/** Whether its derivative is that of the linear or bilinear map that its kernel is, in every floating operand. */
function isLinear({ primitive: { derivative }, avals }: Batch): boolean {
  if (derivative.kind === "bilinear") return true;
  if (derivative.kind !== "linear") return false;
  const { inputs } = derivative;
  return inputs === "all" || avals.every((x, i) => !isFloating(x.dtype) || inputs.includes(i));
}

/**
 * `rule`, which says by primitives of the library what the kernel computes, wherever that has the right
 * derivative too; under `stopGradient` where there is none.
 */
function inOtherWords<K extends Kernel>(rule: (batch: Batch<K>) => Tensor): BatchRule<K> {
  return (batch) => {
    if (isLinear(batch)) return [rule(batch)];
    if (batch.primitive.derivative.kind !== "none") return oneByOne(batch);
    const result = rule(batch);
    return [isFloating(result.dtype) ? stopGradient(result) : result];
  };
}

/** The axis along which the inputs of a place kernel lie one after another and fill the result; null if none. */
function concatenatedAlong({ kernel, avals, results }: Batch<PlaceKernel>): number | null {
  const { starts, steps } = kernel;
  const { shape } = results[0];
  const fills = (axis: number): boolean => {
    let next = 0;
    return (
      avals.every((x, k) => {
        const start = next;
        next += x.shape[axis];
        return shape.every((length, i) => {
          const [from, size] = i === axis ? [start, x.shape[i]] : [0, length];
          return starts[k][i] === from && steps[k][i] === 1 && x.shape[i] === size;
        });
      }) && next === shape[axis]
    );
  };
  const axis = shape.findIndex((_, i) => fills(i));
  return axis < 0 ? null : axis;
}

function concatenated(axis: number): (batch: Batch<PlaceKernel>) => Tensor {
  return ({ operands, size }) =>
    concatenate(
      operands.map((x) => spreadOver(x, size)),
      { axis: axis + 1 },
    );
}

/** One input among zeros. */
function placed({ kernel, operands: [{ value }], results, size }: Batch<PlaceKernel>): Tensor {
  const { starts, steps } = kernel;
  const shape = [size, ...results[0].shape];
  return bind(padPrimitive, [value], { shape, starts: [0, ...starts[0]], steps: [1, ...steps[0]] });
}

/** Whether all members multiply their rows by one matrix. */
function sharesRight({ operands: [left, right], avals }: Batch): boolean {
  return left.isMapped && !right.isMapped && avals[0].shape.length === 2;
}

/** The rows of all members as those of one matrix. */
function asOneProduct({ primitive, params, operands, avals, size }: Batch): readonly Tensor[] {
  const [left, right] = operands;
  const [m, k] = avals[0].shape;
  const rows = reshape(left.value, [size * m, k]);
  const product = bind(primitive, [rows, right.value], params);
  return [reshape(product, [size, m, ...product.shape.slice(1)])];
}

/** Each member's own indices, into one axis that all members share where the source is mapped as well. */
function gathered({ kernel, operands, avals, size }: Batch<GatherKernel>): Tensor {
  const [source, indices] = operands;
  const { axis } = kernel;
  const length = avals[0].shape[axis];
  const count = avals[1].shape[0];
  const rest = avals[0].shape.toSpliced(axis, 1);
  const x = source.isMapped
    ? reshape(moveAxis(source.value, axis + 1, 1), [size * length, ...rest])
    : moveAxis(source.value, axis, 0);
  const own = source.isMapped ? inSharedAxis(indices.value, length) : indices.value;
  const taken = gather(x, reshape(own, [size * count]));
  return moveAxis(reshape(taken, [size, count, ...rest]), 1, axis + 1);
}

/** The transpose of `gathered`. */
function scattered(batch: Batch<ScatterAddKernel>, length: number): Tensor {
  const { kernel, operands, avals, size } = batch;
  const { axis } = kernel;
  const count = avals[1].shape[0];
  const rest = avals[0].shape.toSpliced(axis, 1);
  const updates = moveAxis(spreadOver(operands[0], size), axis + 1, 1);
  const places = reshape(inSharedAxis(operands[1].value, length), [size * count]);
  const added = scatterAdd(reshape(updates, [size * count, ...rest]), places, {
    size: size * length,
  });
  return moveAxis(reshape(added, [size, length, ...rest]), 1, axis + 1);
}

/** Indices of every member, [size, count], into axes of `length` laid one after another; -1 where out of range. */
function inSharedAxis(indices: Tensor, length: number): Tensor {
  const [size] = indices.shape;
  const data = Int32Array.from({ length: size }, (_, member) => member * length);
  const shape: Shape = [size, 1];
  const firsts = fromArray({ data, shape, stride: rowMajor(shape), offset: 0 }, "int32");
  // an index that lies outside of its own axis must not fall into that of another member
  const shared = where(less(indices, length), add(indices, firsts), -1);
  return where(less(indices, 0), -1, shared);
}

/** The images of all members as one batch of images. */
function asMoreImages(batch: Batch<ConvolutionKernel>): Tensor {
  const { operands, avals, size, results } = batch;
  const [images, weight] = operands;
  const [count, ...rest] = avals[0].shape;
  const all = reshape(images.value, [size * count, ...rest]);
  const convolved = convolve(batch.kernel, all, weight.value, planeOf(results[0].shape));
  return reshape(convolved, [size, ...results[0].shape]);
}

/** Members as groups of channels: each is convolved by itself. */
function asMoreGroups({ kernel, operands, size, results }: Batch<ConvolutionKernel>): Tensor {
  const { role, groups } = kernel;
  // [size, N, C, H, W] → [N, size · C, H, W]
  const images = (x: Mapped): Tensor => {
    const [, n, c, ...plane] = spreadOver(x, size).shape;
    return reshape(moveAxis(spreadOver(x, size), 0, 1), [n, size * c, ...plane]);
  };
  // [size, O, C, kh, kw] → [size · O, C, kh, kw]
  const weight = (x: Mapped): Tensor => {
    const [, o, ...rest] = spreadOver(x, size).shape;
    return reshape(spreadOver(x, size), [size * o, ...rest]);
  };
  const [first, second] = operands;
  const { shape } = results[0];
  const convolved = convolve(
    { ...kernel, groups: groups * size },
    images(first),
    role === "weight" ? images(second) : weight(second),
    planeOf(shape),
  );
  if (role === "weight") return reshape(convolved, [size, ...shape]);
  const [n, ...rest] = shape;
  return moveAxis(reshape(convolved, [n, size, ...rest]), 1, 0);
}

/** The convolution that `kernel` is. @param size height and width of the result. */
function convolve(
  kernel: ConvolutionKernel,
  a: Tensor,
  b: Tensor,
  size: readonly [number, number],
): Tensor {
  const { role, strides, padding, dilation, groups } = kernel;
  const params = { strides, padding, dilation, groups };
  switch (role) {
    case "output":
      return bind(conv2dPrimitive, [a, b], params);
    case "input":
      return bind(conv2dInputPrimitive, [a, b], { ...params, size });
    case "weight":
      return bind(conv2dWeightPrimitive, [a, b], { ...params, size });
  }
}

function viewed({ kernel: { transform }, operands: [{ value }], size }: Batch<ViewKernel>): Tensor {
  switch (transform.type) {
    case "transpose":
      return transpose(value, [0, ...transform.permutation.map((axis) => axis + 1)]);
    case "slice":
      return slice(value, {
        starts: [0, ...transform.starts],
        sizes: [size, ...transform.sizes],
        steps: [1, ...transform.steps],
      });
    case "stretch":
      return stretch(value, [size, ...transform.shape]);
    case "reshape":
      return reshape(value, [size, ...transform.shape]);
    case "same":
      return value;
  }
}
