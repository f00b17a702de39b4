/** @file The network of the MNIST example: two convolutions with batch normalisation, and a linear layer. */
import { splitKey, type Tensor } from "@tapegrad/autograd";
import { BatchNorm, Conv2d, Flatten, Linear, MaxPool2d, ReLU, Sequential } from "@tapegrad/nn";

/**
 * [N, 1, 28, 28] → 8 channels, 14 × 14 → 16 channels, 7 × 7 → 10 classes.
 *
 * The convolutions have no bias: β of the batch normalisation takes its place.
 */
export function buildNetwork(key: Tensor): Sequential {
  const [first, second, third] = splitKey(key, 3);
  const convolution = { padding: 1, bias: false };
  return new Sequential(
    new Conv2d(1, 8, 3, { ...convolution, key: first }),
    new BatchNorm(8, { layout: "NCHW" }),
    new ReLU(),
    new MaxPool2d(2),
    new Conv2d(8, 16, 3, { ...convolution, key: second }),
    new BatchNorm(16, { layout: "NCHW" }),
    new ReLU(),
    new MaxPool2d(2),
    new Flatten(),
    new Linear(16 * 7 * 7, 10, { key: third }),
  );
}
