/**
 * @file How a kernel computes many members at once: one rule for each kind of kernel, none for a primitive.
 *
 * A rule either binds the same primitive to inputs with one more axis, where its kind of kernel takes one,
 * which keeps whatever derivative it has; or it says the same in primitives of the library. That is right for
 * a linear map, whose derivative follows from its values. Anything else is computed one member at a time.
 */
import { isFloating } from "../array/dtype.ts";
import type { Shape } from "../array/shape.ts";
import { rowMajor } from "../array/strided-array.ts";
import { bind, bindAll } from "../core/bind.ts";
import { fromArray, type Tensor } from "../core/tensor.ts";
import type {
  GatherKernel,
  Kernel,
  PlaceKernel,
  ScatterAddKernel,
  ViewKernel,
} from "../kernel/kernel.ts";
import { add } from "../primitives/add.ts";
import { less } from "../primitives/compare.ts";
import { concatenate } from "../primitives/concatenate.ts";
import { gather, scatterAdd } from "../primitives/gather-scatter-add.ts";
import { reshape } from "../primitives/reshape.ts";
import { padPrimitive, slice } from "../primitives/slice-pad.ts";
import { stopGradient } from "../primitives/stop-gradient.ts";
import { stretch, sum } from "../primitives/sum-broadcast-to.ts";
import { transpose } from "../primitives/transpose.ts";
import { where } from "../primitives/where.ts";
import { convolved } from "./batch-convolution.ts";
import { type Batch, moveAxis, part, spreadOver } from "./members.ts";

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
  convolution: inOtherWords(convolved),
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
