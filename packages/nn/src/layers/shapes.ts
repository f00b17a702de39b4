/** @file Layers that change how elements lie: Identity, Flatten, Unflatten, PixelShuffle, PixelUnshuffle, Upsample. */
import {
  type FlattenOptions,
  flatten,
  type InterpolateOptions,
  interpolate,
  pixelShuffle,
  pixelUnshuffle,
  type Shape,
  type Tensor,
  unflatten,
} from "@tapegrad/autograd";
import { Module } from "../module.ts";

/** What it is given. */
export class Identity extends Module {
  /** `x` itself. */
  forward(x: Tensor): Tensor {
    return x;
  }
}

/** The axes `start` (1) to `end` (the last) as one: every example as a vector. @throws as `flatten`. */
export class Flatten extends Module {
  readonly options: FlattenOptions;

  constructor(options: FlattenOptions = {}) {
    super();
    this.options = { start: 1, ...options };
  }

  /** `x` with these axes as one. */
  forward(x: Tensor): Tensor {
    return flatten(x, this.options);
  }
}

/** `axis` as several axes; one of the sizes may be -1. @throws as `unflatten`. */
export class Unflatten extends Module {
  readonly axis: number;
  readonly sizes: Shape;

  constructor(axis: number, sizes: Shape) {
    super();
    this.axis = axis;
    this.sizes = sizes;
  }

  /** `x` with this axis as several. */
  forward(x: Tensor): Tensor {
    return unflatten(x, this.axis, this.sizes);
  }
}

/** [..., C · r², H, W] to [..., C, r · H, r · W]. Shi et al. (2016). @throws as `pixelShuffle`. */
export class PixelShuffle extends Module {
  readonly upscaleFactor: number;

  constructor(upscaleFactor: number) {
    super();
    this.upscaleFactor = upscaleFactor;
  }

  /** `x` [..., C · r², H, W] to [..., C, r · H, r · W]. */
  forward(x: Tensor): Tensor {
    return pixelShuffle(x, this.upscaleFactor);
  }
}

/** The inverse of PixelShuffle. @throws as `pixelUnshuffle`. */
export class PixelUnshuffle extends Module {
  readonly downscaleFactor: number;

  constructor(downscaleFactor: number) {
    super();
    this.downscaleFactor = downscaleFactor;
  }

  /** `x` [..., C, r · H, r · W] to [..., C · r², H, W]. */
  forward(x: Tensor): Tensor {
    return pixelUnshuffle(x, this.downscaleFactor);
  }
}

/** Images or signals of another `size`, or larger by `scaleFactor`; "nearest" by default. @throws as `interpolate`. */
export class Upsample extends Module {
  readonly options: InterpolateOptions;

  constructor(options: InterpolateOptions) {
    super();
    this.options = options;
  }

  /** `x` [N, C, …] to the same axes, the spatial ones in their new size. */
  forward(x: Tensor): Tensor {
    return interpolate(x, this.options);
  }
}
