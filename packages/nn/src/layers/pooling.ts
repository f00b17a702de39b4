/**
 * @file Pooling layers: the functions of autograd, under options that are fixed when the layer is made. Shapes, ties and what
 * is thrown are those of the function.
 */
import {
  type AvgPool1dOptions,
  type AvgPool2dOptions,
  type AvgPool3dOptions,
  adaptiveAvgPool1d,
  adaptiveAvgPool2d,
  adaptiveAvgPool3d,
  adaptiveMaxPool1d,
  adaptiveMaxPool2d,
  avgPool1d,
  avgPool2d,
  avgPool3d,
  type MaxPool1dOptions,
  type MaxPool2dOptions,
  type MaxPool3dOptions,
  max,
  maxPool1d,
  maxPool2d,
  maxPool3d,
  mean,
  type OutputSize,
  type Shape,
  ShapeError,
  type Tensor,
} from "@tapegrad/autograd";
import { Module } from "../module.ts";

/** Windows of `kernelSize`; their other options may be left out. */
abstract class Pool<Options extends { readonly kernelSize: unknown }> extends Module {
  readonly kernelSize: Options["kernelSize"];
  readonly options: Omit<Options, "kernelSize"> | undefined;

  constructor(kernelSize: Options["kernelSize"], options?: Omit<Options, "kernelSize">) {
    super();
    this.kernelSize = kernelSize;
    this.options = options;
  }

  /** `x` to one element for each window; the axes before the last ones are as they were. */
  abstract forward(x: Tensor): Tensor;
}

/** The largest element of every window of [..., L]. */
export class MaxPool1d extends Pool<MaxPool1dOptions> {
  forward(x: Tensor): Tensor {
    return maxPool1d(x, { ...this.options, kernelSize: this.kernelSize });
  }
}

/**
 * The largest element of every window of [..., H, W].
 *
 * @example
 * new MaxPool2d(2).forward(zeros([1, 3, 8, 8]));   // float32[1,3,4,4]
 */
export class MaxPool2d extends Pool<MaxPool2dOptions> {
  forward(x: Tensor): Tensor {
    return maxPool2d(x, { ...this.options, kernelSize: this.kernelSize });
  }
}

/** The largest element of every window of [..., D, H, W]. */
export class MaxPool3d extends Pool<MaxPool3dOptions> {
  forward(x: Tensor): Tensor {
    return maxPool3d(x, { ...this.options, kernelSize: this.kernelSize });
  }
}

/** The mean of every window of [..., L]. */
export class AvgPool1d extends Pool<AvgPool1dOptions> {
  forward(x: Tensor): Tensor {
    return avgPool1d(x, { ...this.options, kernelSize: this.kernelSize });
  }
}

/** The mean of every window of [..., H, W]. */
export class AvgPool2d extends Pool<AvgPool2dOptions> {
  forward(x: Tensor): Tensor {
    return avgPool2d(x, { ...this.options, kernelSize: this.kernelSize });
  }
}

/** The mean of every window of [..., D, H, W]. */
export class AvgPool3d extends Pool<AvgPool3dOptions> {
  forward(x: Tensor): Tensor {
    return avgPool3d(x, { ...this.options, kernelSize: this.kernelSize });
  }
}

/** Windows that divide whatever is given into `outputSize` parts; null in a list leaves an axis as it is. */
abstract class AdaptivePool extends Module {
  readonly outputSize: OutputSize;

  constructor(outputSize: OutputSize) {
    super();
    this.outputSize = outputSize;
  }

  /** `x` to `outputSize` elements; the axes before the last ones are as they were. */
  abstract forward(x: Tensor): Tensor;
}

/** Means of the parts of [..., L]. */
export class AdaptiveAvgPool1d extends AdaptivePool {
  forward(x: Tensor): Tensor {
    return adaptiveAvgPool1d(x, this.outputSize);
  }
}

/** Means of the parts of [..., H, W]. */
export class AdaptiveAvgPool2d extends AdaptivePool {
  forward(x: Tensor): Tensor {
    return adaptiveAvgPool2d(x, this.outputSize);
  }
}

/** Means of the parts of [..., D, H, W]. */
export class AdaptiveAvgPool3d extends AdaptivePool {
  forward(x: Tensor): Tensor {
    return adaptiveAvgPool3d(x, this.outputSize);
  }
}

/** The largest elements of the parts of [..., L]. */
export class AdaptiveMaxPool1d extends AdaptivePool {
  forward(x: Tensor): Tensor {
    return adaptiveMaxPool1d(x, this.outputSize).values;
  }
}

/** The largest elements of the parts of [..., H, W]. */
export class AdaptiveMaxPool2d extends AdaptivePool {
  forward(x: Tensor): Tensor {
    return adaptiveMaxPool2d(x, this.outputSize).values;
  }
}

/**
 * The mean of every channel: [N, C, ...] to [N, C].
 *
 * @throws ShapeError if x has less than three axes.
 */
export class GlobalAvgPool extends Module {
  /** `x` [N, C, …] to [N, C]. */
  forward(x: Tensor): Tensor {
    return mean(x, { axes: spatialAxes("GlobalAvgPool", x.shape) });
  }
}

/**
 * The largest element of every channel: [N, C, ...] to [N, C]. Elements that tie for it share the derivative.
 *
 * @throws ShapeError if x has less than three axes.
 */
export class GlobalMaxPool extends Module {
  /** `x` [N, C, …] to [N, C]. */
  forward(x: Tensor): Tensor {
    return max(x, { axes: spatialAxes("GlobalMaxPool", x.shape) });
  }
}

/** All axes behind those of examples and channels. */
function spatialAxes(op: string, shape: Shape): readonly number[] {
  if (shape.length > 2) return shape.slice(2).map((_, i) => i + 2);
  throw new ShapeError(op, { shape }, (d) => {
    return `the input has shape [${d.shape.join(", ")}], in which nothing lies behind the channels. Use [examples, channels, ...] with one axis more at least.`;
  });
}
