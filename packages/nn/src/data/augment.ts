/**
 * @file Augmentations of one image for `transform` of DataLoader: what is drawn comes from numbers that are given,
 * and the image is left as it is.
 */
import { ShapeError, ValueError } from "@tapegrad/autograd";
import type { NumberArray, NumericArray } from "./collate.ts";

/**
 * The image mirrored left to right with probability `probability`, one half by default.
 *
 * - shape: [..., height, width], as that of the image
 *
 * @throws ShapeError if the image has fewer than two axes.
 * @example
 * const image = { data: new Float32Array(3 * 32 * 32), shape: [3, 32, 32] };   // of a CIFAR sample
 * randomFlip(image, randomNumbers(7));
 */
export function randomFlip<Image extends NumericArray>(
  image: Image,
  random: () => number,
  probability = 0.5,
): Image {
  const { width } = sizesOf("randomFlip", image);
  if (random() >= probability) return image;
  return rearranged(image, (at) => {
    const column = at % width;
    return at - column + (width - 1 - column);
  });
}

/**
 * A window of the image's own size, at a random place of the image with `padding` zeros on every side.
 *
 * - shape: [..., height, width], as that of the image
 *
 * @throws ShapeError if the image has fewer than two axes; ValueError if the padding is no integer of 0 or more.
 * @example
 * const image = { data: new Float32Array(3 * 32 * 32), shape: [3, 32, 32] };   // of a CIFAR sample
 * randomCrop(image, randomNumbers(7), { padding: 4 });
 * @see He, Zhang, Ren & Sun (2016), section 4.2, for images of CIFAR-10.
 */
export function randomCrop<Image extends NumericArray>(
  image: Image,
  random: () => number,
  { padding }: { readonly padding: number },
): Image {
  const { height, width } = sizesOf("randomCrop", image);
  if (!(Number.isInteger(padding) && padding >= 0)) {
    throw new ValueError("randomCrop", { padding }, (d) => {
      return `padding is ${d.padding}. Use an integer of 0 or more.`;
    });
  }
  const [down, right] = [random(), random()].map(
    (x) => Math.floor(x * (2 * padding + 1)) - padding,
  );
  return rearranged(image, (at) => {
    const column = (at % width) + right;
    const row = (Math.floor(at / width) % height) + down;
    const isInside = column >= 0 && column < width && row >= 0 && row < height;
    return isInside ? at + down * width + right : -1;
  });
}

function sizesOf(op: string, { shape }: NumericArray): { height: number; width: number } {
  const [height, width] = shape.slice(-2);
  if (width !== undefined) return { height, width };
  throw new ShapeError(op, { shape }, (d) => {
    return `shape [${d.shape.join(", ")}] is no image. Pass [channels, height, width] or [height, width].`;
  });
}

/** A copy whose value at each place is that of another, or 0 where `from` is negative. */
function rearranged<Image extends NumericArray>(image: Image, from: (at: number) => number): Image {
  const { data } = image;
  const copy: NumberArray = data.slice().fill(0 as never);
  for (let at = 0; at < data.length; at++) {
    const place = from(at);
    if (place >= 0) copy[at] = data[place];
  }
  return { ...image, data: copy };
}
