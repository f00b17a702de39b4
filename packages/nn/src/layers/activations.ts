/**
 * @file Activations as layers: each is one function of autograd, under options that are fixed when it is made. Values,
 * derivatives and singular points are those of the function.
 */
import {
  type AxisOptions,
  celu,
  type DType,
  type EluOptions,
  elu,
  full,
  type GeluOptions,
  gelu,
  glu,
  hardshrink,
  hardsigmoid,
  hardswish,
  hardtanh,
  leakyRelu,
  logSigmoid,
  logSoftmax,
  mish,
  prelu,
  relu,
  relu6,
  type SoftplusOptions,
  selu,
  sigmoid,
  silu,
  softmax,
  softmin,
  softplus,
  softshrink,
  softsign,
  type Tensor,
  tanh,
  tanhshrink,
  threshold,
} from "@tapegrad/autograd";
import { Module, Parameter } from "../module.ts";
import { requireCount, requireFloatingDType } from "./layer-options.ts";

/** A layer of one tensor to one tensor, without variables; all of its options may be left out. */
export abstract class Activation<Options = unknown> extends Module {
  readonly options: Partial<Options>;

  constructor(options: Partial<Options> = {}) {
    super();
    this.options = options;
  }

  /** The function of `x`, in its dtype; what happens at singular points is said at the function of autograd. */
  abstract forward(x: Tensor): Tensor;
}

/** 1 / (1 + exp(-x)). */
export class Sigmoid extends Activation {
  forward(x: Tensor): Tensor {
    return sigmoid(x);
  }
}

/** log(1 / (1 + exp(-x))), finite where that is. */
export class LogSigmoid extends Activation {
  forward(x: Tensor): Tensor {
    return logSigmoid(x);
  }
}

/** The hyperbolic tangent. */
export class Tanh extends Activation {
  forward(x: Tensor): Tensor {
    return tanh(x);
  }
}

/** x - tanh(x). */
export class Tanhshrink extends Activation {
  forward(x: Tensor): Tensor {
    return tanhshrink(x);
  }
}

/** max(x, 0); its derivative at 0 is 0. */
export class ReLU extends Activation {
  forward(x: Tensor): Tensor {
    return relu(x);
  }
}

/** x between 0 and 6. */
export class ReLU6 extends Activation {
  forward(x: Tensor): Tensor {
    return relu6(x);
  }
}

/** x where it is positive, else `negativeSlope` (0.01) · x. Maas et al. (2013). */
export class LeakyReLU extends Activation<{ readonly negativeSlope: number }> {
  forward(x: Tensor): Tensor {
    return leakyRelu(x, this.options);
  }
}

export interface PReLUOptions {
  /** Of the slopes; 0.25 by default. */
  readonly init?: number;
  /** float32 by default. */
  readonly dtype?: DType;
}

/**
 * x where it is positive, else `weight` · x, with a slope that is learned. He et al. (2015).
 *
 * - shapes: x [N, channels, ...] for several slopes, any for one; `weight` [numParameters]
 *
 * @throws ShapeError if the slopes do not fit the channels; ValueError if their number is not an integer above 0.
 */
export class PReLU extends Module {
  readonly numParameters: number;
  readonly weight: Parameter;

  constructor(numParameters = 1, options: PReLUOptions = {}) {
    super();
    const dtype = requireFloatingDType("PReLU", options.dtype ?? "float32");
    this.numParameters = requireCount("PReLU", "numParameters", numParameters);
    const slopes = full([numParameters], options.init ?? 0.25, { dtype });
    this.weight = new Parameter(slopes, { name: "weight" });
  }

  /** `x` in its shape; with several slopes x is [N, channels, …]. */
  forward(x: Tensor): Tensor {
    return prelu(x, this.weight.value);
  }
}

/** x where it is positive, else `alpha` (1) · (exp(x) - 1). Clevert et al. (2016). */
export class ELU extends Activation<EluOptions> {
  forward(x: Tensor): Tensor {
    return elu(x, this.options);
  }
}

/** x where it is positive, else `alpha` (1) · (exp(x / alpha) - 1). Barron (2017). */
export class CELU extends Activation<EluOptions> {
  forward(x: Tensor): Tensor {
    return celu(x, this.options);
  }
}

/** The ELU, scaled so that layers keep mean 0 and variance 1. Klambauer et al. (2017). */
export class SELU extends Activation {
  forward(x: Tensor): Tensor {
    return selu(x);
  }
}

/** x · Φ(x), exactly or (`approximate: "tanh"`) nearly. Hendrycks & Gimpel (2016). */
export class GELU extends Activation<GeluOptions> {
  forward(x: Tensor): Tensor {
    return gelu(x, this.options);
  }
}

/** x · sigmoid(x), also called swish. */
export class SiLU extends Activation {
  forward(x: Tensor): Tensor {
    return silu(x);
  }
}

/** x · tanh(softplus(x)). Misra (2019). */
export class Mish extends Activation {
  forward(x: Tensor): Tensor {
    return mish(x);
  }
}

/** log(1 + exp(`beta` · x)) / `beta` (1), and x where beta · x is above `threshold` (20). */
export class Softplus extends Activation<SoftplusOptions> {
  forward(x: Tensor): Tensor {
    return softplus(x, this.options);
  }
}

/** x / (1 + |x|). */
export class Softsign extends Activation {
  forward(x: Tensor): Tensor {
    return softsign(x);
  }
}

/** x between `min` (-1) and `max` (1). */
export class Hardtanh extends Activation<{ readonly min: number; readonly max: number }> {
  forward(x: Tensor): Tensor {
    return hardtanh(x, this.options);
  }
}

/** x / 6 + 1/2 between 0 and 1. */
export class Hardsigmoid extends Activation {
  forward(x: Tensor): Tensor {
    return hardsigmoid(x);
  }
}

/** x · hardsigmoid(x). Howard et al. (2019). */
export class Hardswish extends Activation {
  forward(x: Tensor): Tensor {
    return hardswish(x);
  }
}

/** x outside of ±`lambda` (0.5), else 0. */
export class Hardshrink extends Activation<{ readonly lambda: number }> {
  forward(x: Tensor): Tensor {
    return hardshrink(x, this.options);
  }
}

/** x moved by `lambda` (0.5) towards 0, and 0 where it would pass it. */
export class Softshrink extends Activation<{ readonly lambda: number }> {
  forward(x: Tensor): Tensor {
    return softshrink(x, this.options);
  }
}

/** x where it is above `threshold`, else `value`. */
export class Threshold extends Module {
  readonly threshold: number;
  readonly value: number;

  constructor(threshold: number, value: number) {
    super();
    this.threshold = threshold;
    this.value = value;
  }

  /** `x` in its shape and dtype. */
  forward(x: Tensor): Tensor {
    return threshold(x, { threshold: this.threshold, value: this.value });
  }
}

/** exp(x) over its sum along `axis` (the last). */
export class Softmax extends Activation<AxisOptions> {
  forward(x: Tensor): Tensor {
    return softmax(x, this.options);
  }
}

/** The softmax of -x along `axis` (the last). */
export class Softmin extends Activation<AxisOptions> {
  forward(x: Tensor): Tensor {
    return softmin(x, this.options);
  }
}

/** The logarithm of the softmax along `axis` (the last), finite where that is. */
export class LogSoftmax extends Activation<AxisOptions> {
  forward(x: Tensor): Tensor {
    return logSoftmax(x, this.options);
  }
}

/** a · sigmoid(b), with a and b the halves of x along `axis` (the last). Dauphin et al. (2017). */
export class GLU extends Activation<AxisOptions> {
  forward(x: Tensor): Tensor {
    return glu(x, this.options);
  }
}
