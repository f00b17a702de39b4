/** @file Convolutions of signals, images and volumes, and their transposes. */
import {
  type Along,
  conv1d,
  conv2d,
  conv3d,
  convTranspose1d,
  convTranspose2d,
  convTranspose3d,
  type Tensor,
  ValueError,
} from "@tapegrad/autograd";
import { requireSizes } from "./layer-options.ts";
import { padSides } from "./padding.ts";
import { type Operation, Windowed, type WindowOptions } from "./windowed.ts";

export interface ConvOptions extends WindowOptions {
  /** Elements on both sides of each axis, 0 by default, as for "valid"; "same" keeps the lengths, at stride 1. */
  readonly padding?: Along | "same" | "valid";
  /** What the padding holds; "zeros" by default. */
  readonly paddingMode?: "zeros" | "reflect" | "replicate" | "circular";
}

abstract class Conv<Sizes extends readonly number[]> extends Windowed<Sizes> {
  readonly padding: Sizes | "same" | "valid";
  readonly paddingMode: "zeros" | "reflect" | "replicate" | "circular";

  constructor(
    op: string,
    axes: Sizes["length"],
    inChannels: number,
    outChannels: number,
    kernelSize: Along,
    options: ConvOptions,
  ) {
    super(op, axes, { in: inChannels, out: outChannels, first: "out" }, kernelSize, options);
    const { padding = 0, paddingMode = "zeros" } = options;
    const isNamed = padding === "same" || padding === "valid";
    this.padding = isNamed ? padding : requireSizes(op, "padding", padding, axes, 0);
    this.paddingMode = requirePaddingMode(op, paddingMode);
    if (padding === "same" && this.stride.some((n) => n !== 1)) {
      throw new ValueError(op, { padding, stride: this.stride }, (d) => {
        return `padding is "same", but stride ${d.stride.join(", ")} does not keep the lengths. Use stride 1, or numbers as padding.`;
      });
    }
  }

  /** x with what the convolution itself does not put around it, and the convolution's options. */
  protected prepare(x: Tensor): {
    readonly padded: Tensor;
    readonly options: Operation<Sizes> & { readonly padding: Sizes | "same" | "valid" };
  } {
    const { padding, dilation, paddingMode } = this;
    const options = { ...this.operation(), padding };
    if (paddingMode === "zeros" || padding === "valid") return { padded: x, options };
    const sides = this.kernelSize.map((size, i): readonly number[] => {
      if (padding !== "same") return [padding[i], padding[i]];
      const both = dilation[i] * (size - 1);
      return [Math.floor(both / 2), Math.ceil(both / 2)];
    });
    const padded = padSides(x, sides.toReversed().flat(), { mode: paddingMode });
    return { padded, options: { ...options, padding: "valid" } };
  }
}

/**
 * Convolution of signals: x [N, inChannels, L] or [inChannels, L], `weight` [outChannels, inChannels / groups, k], `bias`
 * [outChannels]. Initial values: uniform within ±1/√(inChannels / groups · k).
 *
 * @throws ValueError if an option is out of its range; what `conv1d` throws at inputs that do not fit.
 * @example
 * new Conv1d(1, 4, 3, { padding: 1 }).forward(zeros([2, 1, 100]));   // float32[2,4,100]
 */
export class Conv1d extends Conv<readonly [number]> {
  constructor(
    inChannels: number,
    outChannels: number,
    kernelSize: Along,
    options: ConvOptions = {},
  ) {
    super("Conv1d", 1, inChannels, outChannels, kernelSize, options);
  }

  forward(x: Tensor): Tensor {
    const { padded, options } = this.prepare(x);
    return conv1d(padded, this.weight.value, options);
  }
}

/**
 * Convolution of images: x [N, inChannels, H, W] or [inChannels, H, W], `weight` [outChannels, inChannels / groups, kh, kw],
 * `bias` [outChannels]. Initial values: uniform within ±1/√(inChannels / groups · kh · kw).
 *
 * @throws ValueError if an option is out of its range; what `conv2d` throws at inputs that do not fit.
 * @example
 * new Conv2d(3, 64, 7, { stride: 2, padding: 3, bias: false });
 */
export class Conv2d extends Conv<readonly [number, number]> {
  constructor(
    inChannels: number,
    outChannels: number,
    kernelSize: Along,
    options: ConvOptions = {},
  ) {
    super("Conv2d", 2, inChannels, outChannels, kernelSize, options);
  }

  forward(x: Tensor): Tensor {
    const { padded, options } = this.prepare(x);
    return conv2d(padded, this.weight.value, options);
  }
}

/**
 * Convolution of volumes: x [N, inChannels, D, H, W] or without N, `weight` [outChannels, inChannels / groups, kd, kh, kw],
 * `bias` [outChannels]. Initial values: uniform within ±1/√(inChannels / groups · kd · kh · kw).
 *
 * @throws ValueError if an option is out of its range; what `conv3d` throws at inputs that do not fit.
 */
export class Conv3d extends Conv<readonly [number, number, number]> {
  constructor(
    inChannels: number,
    outChannels: number,
    kernelSize: Along,
    options: ConvOptions = {},
  ) {
    super("Conv3d", 3, inChannels, outChannels, kernelSize, options);
  }

  forward(x: Tensor): Tensor {
    const { padded, options } = this.prepare(x);
    return conv3d(padded, this.weight.value, options);
  }
}

const PADDING_MODES = ["zeros", "reflect", "replicate", "circular"] as const;

function requirePaddingMode<M extends (typeof PADDING_MODES)[number]>(op: string, mode: M): M {
  if (PADDING_MODES.includes(mode)) return mode;
  throw new ValueError(op, { mode }, (d) => {
    return `paddingMode ${JSON.stringify(d.mode)} is not known. Use one of ${PADDING_MODES.join(", ")}.`;
  });
}

export interface ConvTransposeOptions extends WindowOptions {
  /** What is cut off at both sides of each axis of the result; 0 by default. */
  readonly padding?: Along;
  /** So many elements more at the end of each axis, less than stride or dilation; 0 by default. */
  readonly outputPadding?: Along;
}

abstract class ConvTranspose<Sizes extends readonly number[]> extends Windowed<Sizes> {
  readonly padding: Sizes;
  readonly outputPadding: Sizes;

  constructor(
    op: string,
    axes: Sizes["length"],
    inChannels: number,
    outChannels: number,
    kernelSize: Along,
    options: ConvTransposeOptions,
  ) {
    super(op, axes, { in: inChannels, out: outChannels, first: "in" }, kernelSize, options);
    this.padding = requireSizes(op, "padding", options.padding ?? 0, axes, 0);
    this.outputPadding = requireSizes(op, "outputPadding", options.outputPadding ?? 0, axes, 0);
  }

  protected options(): Operation<Sizes> & {
    readonly padding: Sizes;
    readonly outputPadding: Sizes;
  } {
    const { padding, outputPadding } = this;
    return { ...this.operation(), padding, outputPadding };
  }
}

/**
 * The transpose of Conv1d: x [N, inChannels, L] or [inChannels, L], `weight` [inChannels, outChannels / groups, k]. Initial
 * values: uniform within ±1/√(outChannels / groups · k).
 *
 * @throws ValueError if an option is out of its range; what `convTranspose1d` throws at inputs that do not fit.
 */
export class ConvTranspose1d extends ConvTranspose<readonly [number]> {
  constructor(
    inChannels: number,
    outChannels: number,
    kernelSize: Along,
    options: ConvTransposeOptions = {},
  ) {
    super("ConvTranspose1d", 1, inChannels, outChannels, kernelSize, options);
  }

  forward(x: Tensor): Tensor {
    return convTranspose1d(x, this.weight.value, this.options());
  }
}

/** The transpose of Conv2d: x [N, inChannels, H, W] or without N; otherwise as ConvTranspose1d. */
export class ConvTranspose2d extends ConvTranspose<readonly [number, number]> {
  constructor(
    inChannels: number,
    outChannels: number,
    kernelSize: Along,
    options: ConvTransposeOptions = {},
  ) {
    super("ConvTranspose2d", 2, inChannels, outChannels, kernelSize, options);
  }

  forward(x: Tensor): Tensor {
    return convTranspose2d(x, this.weight.value, this.options());
  }
}

/** The transpose of Conv3d: x [N, inChannels, D, H, W] or without N; otherwise as ConvTranspose1d. */
export class ConvTranspose3d extends ConvTranspose<readonly [number, number, number]> {
  constructor(
    inChannels: number,
    outChannels: number,
    kernelSize: Along,
    options: ConvTransposeOptions = {},
  ) {
    super("ConvTranspose3d", 3, inChannels, outChannels, kernelSize, options);
  }

  forward(x: Tensor): Tensor {
    return convTranspose3d(x, this.weight.value, this.options());
  }
}
