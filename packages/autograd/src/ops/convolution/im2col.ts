/** @file im2col: the patches of an image as columns of a matrix. */
import { formatShape } from "../../array/shape.ts";
import { requireTensor } from "../../core/bind.ts";
import type { Tensor } from "../../core/tensor.ts";
import { ShapeError } from "../../errors.ts";
import { gather } from "../../primitives/gather-scatter-add.ts";
import { reshape } from "../../primitives/reshape.ts";
import { pad } from "../../primitives/slice-pad.ts";
import { type PairLike, pairOf, windowsOver } from "../../primitives/windows.ts";
import { tensor } from "../create.ts";

/** How patches lie on an image; pairs are [vertical, horizontal]. */
export interface PatchOptions {
  readonly kernelSize: PairLike;
  /** 1 by default. */
  readonly stride?: PairLike | undefined;
  /** Zeros around the image; 0 by default. */
  readonly padding?: PairLike | undefined;
  /** 1 by default. */
  readonly dilation?: PairLike | undefined;
}

/**
 * All patches of images, each as a column: what a convolution multiplies with its weight, as a matrix.
 *
 * - shape: x [N, C, H, W] or [C, H, W] gives [N, C · kh · kw, patches] or [C · kh · kw, patches]
 * - derivative: the cotangent of an element is added from all patches that hold it
 *
 * @throws ShapeError if the rank does not fit or there is no patch; ValueError if an option is out of its range.
 * @see PyTorch's `torch.nn.functional.unfold`.
 */
export function im2col(x: Tensor, options: PatchOptions): Tensor {
  const op = "unfold";
  const { shape } = requireTensor(op, x);
  if (shape.length !== 3 && shape.length !== 4) {
    throw new ShapeError(op, { shape }, (d) => {
      return `shape ${formatShape(d.shape)} is no image. Use [N, C, H, W] or [C, H, W].`;
    });
  }
  const window = pairOf(op, "kernelSize", options.kernelSize, 1);
  const strides = pairOf(op, "stride", options.stride ?? 1, 1);
  const around = pairOf(op, "padding", options.padding ?? 0, 0);
  const dilation = pairOf(op, "dilation", options.dilation ?? 1, 1);
  const images = shape.length === 3 ? reshape(x, [1, ...shape]) : x;
  const sides = [0, 0, ...around];
  const padded = pad(images, { before: sides, after: sides });
  const none = [0, 0] as const;
  const windows = { strides, padding: [none, none] as const, dilation };
  const [rows, columns] = windowsOver(op, padded.shape, window, windows);
  const [samples, channels, height, width] = padded.shape;
  const places: number[] = [];
  for (let k = 0; k < window[0]; k++) {
    for (let l = 0; l < window[1]; l++) {
      for (let i = 0; i < rows; i++) {
        const row = i * strides[0] + k * dilation[0];
        for (let j = 0; j < columns; j++) {
          places.push(row * width + j * strides[1] + l * dilation[1]);
        }
      }
    }
  }
  const planes = reshape(padded, [samples, channels, height * width]);
  const found = gather(planes, tensor(Int32Array.from(places)), { axis: 2 });
  const matrix = [channels * window[0] * window[1], rows * columns];
  return reshape(found, shape.length === 3 ? matrix : [samples, ...matrix]);
}
