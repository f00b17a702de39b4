/**
 * @file Part: what an index names in a tensor, read, or replaced or added to in a copy.
 *
 * Without arrays and masks a part is a block, and so is its region for one number if there is a mask. Otherwise it is
 * written place by place (write-at.ts).
 */
import { broadcastShapes } from "../../array/broadcast.ts";
import { formatShape, type Shape, sameShape } from "../../array/shape.ts";
import { bind, requireTensor } from "../../core/bind.ts";
import { splat, type Tensor } from "../../core/tensor.ts";
import { ShapeError } from "../../errors.ts";
import { add } from "../../primitives/add.ts";
import { cast } from "../../primitives/cast.ts";
import { shapeOf, spread, type TensorLike } from "../../primitives/door.ts";
import { reshape } from "../../primitives/reshape.ts";
import { padPrimitive } from "../../primitives/slice-pad.ts";
import { broadcastTo } from "../../primitives/sum-broadcast-to.ts";
import { where } from "../../primitives/where.ts";
import { arange } from "../create.ts";
import { readPart } from "./get-item.ts";
import {
  type IndexEntry,
  type Line,
  linesOf,
  type Plan,
  planIndex,
  takenShape,
} from "./index-plan.ts";
import { addAt, setAt } from "./write-at.ts";

/** A part of a tensor, to be read or to be written into a copy. It is made by `at`. */
export class Part {
  readonly #op: string;
  readonly #x: Tensor;
  readonly #plans: readonly Plan[];

  /** @throws as `getItem`, under the name `op`. */
  constructor(op: string, x: Tensor, index: readonly IndexEntry[]) {
    this.#op = op;
    this.#x = x;
    this.#plans = planIndex(op, x.shape, index);
  }

  /** The part itself. @throws as `getItem`. */
  get(): Tensor {
    return readPart(this.#op, this.#x, this.#plans);
  }

  /**
   * The whole tensor with `values` in the place of the part.
   *
   * - shape and dtype: those of the tensor; values broadcast to the part and are cast
   * - of several values for one element the last stands
   * - derivative: the cotangent goes to the values that stand, elsewhere to the tensor
   *
   * @throws ShapeError if the values do not broadcast to the part.
   */
  set(values: TensorLike): Tensor {
    const block = this.#block(values);
    if (block !== null) return where(block.region, block.values, this.#x);
    const places = this.#places();
    return setAt(this.#op, this.#x, places, this.#spread(values, places.shape));
  }

  /**
   * The whole tensor with `values` added to the part.
   *
   * - shape and dtype: those of the tensor; values broadcast to the part and are cast
   * - several values for one element add up
   * - derivative: the cotangent of the tensor is the cotangent, that of the values is its part
   *
   * @throws ShapeError if the values do not broadcast to the part.
   */
  add(values: TensorLike): Tensor {
    const block = this.#block(values);
    if (block !== null) {
      const { dtype } = this.#x;
      return where(block.region, cast(add(this.#x, block.values), dtype), this.#x);
    }
    const places = this.#places();
    return addAt(this.#x, places, this.#spread(values, places.shape));
  }

  /** The part as a block, where it is one: its place, and what is to stand there, in the tensor's shape. */
  #block(values: TensorLike): { readonly region: Tensor; readonly values: Tensor } | null {
    const plans = this.#plans;
    if (typeof values === "object") requireTensor(this.#op, values);
    const isNumber = shapeOf(values).length === 0;
    const masks = plans.flatMap((plan) => (plan.kind === "mask" ? [plan.mask] : []));
    if (masks.length > (isNumber ? 1 : 0) || plans.some(({ kind }) => kind === "array"))
      return null;
    const { shape, dtype } = this.#x;
    const lines = plans.flatMap(linesOf);
    const sizes = lines.map(({ size }) => size);
    const place = placeIn(shape, lines);
    const [mask] = masks;
    const marks =
      mask === undefined
        ? splat({ shape: sizes, dtype: "bool" }, 1)
        : broadcastTo(reshape(mask, maskShape(plans)), sizes);
    const placed = isNumber
      ? spread(this.#op, values, shape, dtype)
      : place(reshape(this.#spread(values, takenShape(plans)), sizes));
    return { region: place(marks), values: placed };
  }

  /** Where the elements of the part lie: the same index applied to their positions. */
  #places(): Tensor {
    const positions = reshape(arange(this.#x.size), this.#x.shape);
    return readPart(this.#op, positions, this.#plans);
  }

  /** @throws ShapeError if the values do not broadcast to the part. */
  #spread(values: TensorLike, part: Shape): Tensor {
    const refuse = (): ShapeError =>
      new ShapeError(this.#op, { values: shapeOf(values), part }, (d) => {
        return `values of shape ${formatShape(d.values)} do not broadcast to the part, which has shape ${formatShape(d.part)}. Use one number, or a value for each element.`;
      });
    if (!sameShape(broadcastShapes(this.#op, shapeOf(values), part, refuse), part)) throw refuse();
    return spread(this.#op, values, part, this.#x.dtype);
  }
}

/** Puts a block where the lines of `shape` say, among zeros. */
function placeIn(shape: Shape, lines: readonly Line[]): (block: Tensor) => Tensor {
  const isWhole = lines.every(({ size, step }, axis) => size === shape[axis] && step === 1);
  if (isWhole) return (block) => block;
  const [starts, steps] = [lines.map(({ start }) => start), lines.map(({ step }) => step)];
  return (block) => bind(padPrimitive, [block], { shape, starts, steps });
}

/** The shape in which a mask stands along its axes and is 1 elsewhere. */
function maskShape(plans: readonly Plan[]): Shape {
  return plans.flatMap((plan) => {
    return linesOf(plan).map(({ size }) => (plan.kind === "mask" ? size : 1));
  });
}

/**
 * The part of `x` that the index names, for `get`, `set` and `add`.
 *
 * @throws as `getItem`.
 * @example
 * at(tensor([[1, 2], [3, 4]]), 0).add(10);   // [[11, 12], [3, 4]]
 * at(tensor([1, 2, 3]), -1).set(0);           // [1, 2, 0]
 */
export function at(x: Tensor, ...index: readonly IndexEntry[]): Part {
  return new Part("at", requireTensor("at", x), index);
}
