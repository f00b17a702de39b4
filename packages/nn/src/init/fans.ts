/** @file fanInAndFanOut. */
import { type Shape, ShapeError } from "@tapegrad/autograd";

export interface Fans {
  readonly fanIn: number;
  readonly fanOut: number;
}

/**
 * How many values an output of a weight depends on, and how many outputs depend on an input.
 *
 * For a weight [out, in, ...kernel] these are in and out, times the elements of the kernel. The axes of a transposed
 * convolution have other meanings; they are counted alike, as PyTorch does.
 *
 * @throws ShapeError if the shape has less than two axes.
 * @example
 * init.fanInAndFanOut([64, 3, 7, 7]);   // { fanIn: 147, fanOut: 3136 }
 */
export function fanInAndFanOut(shape: Shape): Fans {
  const [out, own, ...kernel] = shape;
  if (out === undefined || own === undefined) {
    throw new ShapeError("fanInAndFanOut", { shape }, (d) => {
      return `shape [${d.shape.join(", ")}] has no axes for outputs and inputs. Use a weight [out, in, ...], or an initialiser that does not depend on them.`;
    });
  }
  const field = kernel.reduce((size, n) => size * n, 1);
  return { fanIn: own * field, fanOut: out * field };
}
