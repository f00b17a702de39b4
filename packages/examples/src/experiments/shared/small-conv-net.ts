/** @file A convolutional network that is small enough for sweeps: about 40,000 multiplications for an image. */
import {
  AvgPool2d,
  Conv2d,
  Flatten,
  type Layer,
  Linear,
  ReLU,
  Sequential,
  Unflatten,
} from "@tapegrad/nn";

/**
 * [N, 784] to a number for each of 10 classes: 14 × 14 images, convolutions of 8, 16 and 32 channels with
 * stride 2, a linear layer. The last maps are 2 × 2, so that batch statistics of N images are over 4 N values there.
 *
 * @param normOf what normalises the channels of a convolution, NCHW, which then has no bias; null for nothing.
 */
export function smallConvNet(normOf: ((channels: number) => Layer) | null): Sequential {
  const block = (inputs: number, outputs: number): readonly Layer[] => [
    new Conv2d(inputs, outputs, 3, { stride: 2, padding: 1, bias: normOf === null }),
    ...(normOf === null ? [] : [normOf(outputs)]),
    new ReLU(),
  ];
  const image = [new Unflatten(1, [1, 28, 28]), new AvgPool2d(2)];
  return new Sequential(
    ...image,
    ...block(1, 8),
    ...block(8, 16),
    new Flatten(),
    new Linear(256, 10),
  );
}
