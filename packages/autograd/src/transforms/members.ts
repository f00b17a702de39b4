/**
 * @file Values of all members of a vmap, and their first axis.
 */
import type { Aval } from "../array/aval.ts";
import type { Primitive } from "../core/primitive.ts";
import type { Tensor } from "../core/tensor.ts";
import type { Kernel } from "../kernel/kernel.ts";
import { reshape } from "../primitives/reshape.ts";
import { slice } from "../primitives/slice-pad.ts";
import { stretch } from "../primitives/sum-broadcast-to.ts";
import { transpose } from "../primitives/transpose.ts";

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

/** `x` with its axis `from` at `to`. */
export function moveAxis(x: Tensor, from: number, to: number): Tensor {
  const order = x.shape.map((_, axis) => axis).filter((axis) => axis !== from);
  return transpose(x, order.toSpliced(to, 0, from));
}

/** The value of every member along a first axis of length `size`. */
export function spreadOver({ value, isMapped }: Mapped, size: number): Tensor {
  return isMapped ? value : stretch(reshape(value, [1, ...value.shape]), [size, ...value.shape]);
}

/** Element `i` along the first axis, which is dropped. */
export function part(x: Tensor, i: number): Tensor {
  const shape = x.shape.slice(1);
  const block = slice(x, { starts: [i, ...shape.map(() => 0)], sizes: [1, ...shape] });
  return reshape(block, shape);
}
