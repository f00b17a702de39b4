/** @file pixelShuffle and pixelUnshuffle: channels become finer planes, and back. */
import { formatShape } from "../../array/shape.ts";
import { requireTensor } from "../../core/bind.ts";
import type { Tensor } from "../../core/tensor.ts";
import { ShapeError } from "../../errors.ts";
import { reshape } from "../../primitives/reshape.ts";
import { transpose } from "../../primitives/transpose.ts";

/**
 * [..., C · r², H, W] as [..., C, H · r, W · r]: r² channels give the elements of every r × r block.
 * Shi et al. (2016), equation 4.
 *
 * @throws ShapeError if the channels are no multiple of r².
 */
export function pixelShuffle(x: Tensor, factor: number): Tensor {
  const { shape } = requireTensor("pixelShuffle", x);
  const [channels, height, width] = shape.slice(-3);
  if (shape.length < 3 || !isFactor(factor) || channels % (factor * factor) !== 0) {
    throw new ShapeError("pixelShuffle", { shape, factor }, (d) => {
      return `the channels of shape ${formatShape(d.shape)} are no multiple of the square of ${d.factor}. Use [..., C · r², H, W] and an integer r of 1 or more.`;
    });
  }
  const leading = shape.slice(0, -3);
  const split = [...leading, channels / (factor * factor), factor, factor, height, width];
  const n = leading.length;
  const order = [...leading.keys(), n, n + 3, n + 1, n + 4, n + 2];
  const fine = [...leading, channels / (factor * factor), height * factor, width * factor];
  return reshape(transpose(reshape(x, split), order), fine);
}

/** The inverse of `pixelShuffle`. @throws ShapeError if the planes cannot be divided into blocks of r × r. */
export function pixelUnshuffle(x: Tensor, factor: number): Tensor {
  const { shape } = requireTensor("pixelUnshuffle", x);
  const [channels, height, width] = shape.slice(-3);
  if (shape.length < 3 || !isFactor(factor) || height % factor !== 0 || width % factor !== 0) {
    throw new ShapeError("pixelUnshuffle", { shape, factor }, (d) => {
      return `planes of shape ${formatShape(d.shape)} cannot be divided into blocks of ${d.factor} × ${d.factor}. Use [..., C, H · r, W · r] and an integer r of 1 or more.`;
    });
  }
  const leading = shape.slice(0, -3);
  const [rows, columns] = [height / factor, width / factor];
  const n = leading.length;
  const split = [...leading, channels, rows, factor, columns, factor];
  const order = [...leading.keys(), n, n + 2, n + 4, n + 1, n + 3];
  const coarse = [...leading, channels * factor * factor, rows, columns];
  return reshape(transpose(reshape(x, split), order), coarse);
}

function isFactor(factor: number): boolean {
  return Number.isSafeInteger(factor) && factor >= 1;
}
