/**
 * @file Padding layers: more elements around the last axes. Sides are listed as PyTorch does, before and after the last axis,
 * then the last but one, …; one number stands for all of them. Negative numbers cut off.
 */
import { type PadOptions, pad, type Tensor, ValueError } from "@tapegrad/autograd";
import { Module } from "../module.ts";

/** Sides of the last `axes` axes: one number, or two for each axis, the last axis first. */
export type Sides = number | readonly number[];

/** @throws ValueError if the sides are not two for each axis; what `pad` throws at inputs that do not fit. */
abstract class Pad extends Module {
  readonly padding: readonly number[];
  readonly options: Pick<PadOptions, "mode" | "value">;

  constructor(
    op: string,
    axes: number,
    padding: Sides,
    options: Pick<PadOptions, "mode" | "value">,
  ) {
    super();
    this.padding = sidesOf(op, axes, padding);
    this.options = options;
  }

  /** `x` with elements beside its last axes; those before them are as they were. */
  forward(x: Tensor): Tensor {
    return padSides(x, this.padding, this.options);
  }
}

/** `x` with elements beside its last axes, the last one first. */
export function padSides(
  x: Tensor,
  sides: readonly number[],
  options: Pick<PadOptions, "mode" | "value">,
): Tensor {
  const side = (end: 0 | 1): readonly number[] => {
    return x.shape.map((_, axis) => sides[2 * (x.rank - 1 - axis) + end] ?? 0);
  };
  return pad(x, { ...options, before: side(0), after: side(1) });
}

function sidesOf(op: string, axes: number, padding: Sides): readonly number[] {
  if (typeof padding === "number") return new Array<number>(2 * axes).fill(padding);
  if (padding.length === 2 * axes) return padding;
  throw new ValueError(op, { padding, axes }, (d) => {
    return `padding is [${d.padding.join(", ")}], but ${d.axes === 1 ? "one axis has" : `${d.axes} axes have`} ${2 * d.axes} sides. Give one number, or before and after each axis, the last one first.`;
  });
}

/** Zeros around [..., L]. */
export class ZeroPad1d extends Pad {
  constructor(padding: Sides) {
    super("ZeroPad1d", 1, padding, { value: 0 });
  }
}

/** Zeros around [..., H, W]. */
export class ZeroPad2d extends Pad {
  constructor(padding: Sides) {
    super("ZeroPad2d", 2, padding, { value: 0 });
  }
}

/** Zeros around [..., D, H, W]. */
export class ZeroPad3d extends Pad {
  constructor(padding: Sides) {
    super("ZeroPad3d", 3, padding, { value: 0 });
  }
}

/** `value` around [..., L]. */
export class ConstantPad1d extends Pad {
  constructor(padding: Sides, value: number) {
    super("ConstantPad1d", 1, padding, { value });
  }
}

/** `value` around [..., H, W]. */
export class ConstantPad2d extends Pad {
  constructor(padding: Sides, value: number) {
    super("ConstantPad2d", 2, padding, { value });
  }
}

/** `value` around [..., D, H, W]. */
export class ConstantPad3d extends Pad {
  constructor(padding: Sides, value: number) {
    super("ConstantPad3d", 3, padding, { value });
  }
}

/** [..., L] mirrored at its outer elements, which are not repeated. */
export class ReflectionPad1d extends Pad {
  constructor(padding: Sides) {
    super("ReflectionPad1d", 1, padding, { mode: "reflect" });
  }
}

/** [..., H, W] mirrored at its outer elements, which are not repeated. */
export class ReflectionPad2d extends Pad {
  constructor(padding: Sides) {
    super("ReflectionPad2d", 2, padding, { mode: "reflect" });
  }
}

/** [..., D, H, W] mirrored at its outer elements, which are not repeated. */
export class ReflectionPad3d extends Pad {
  constructor(padding: Sides) {
    super("ReflectionPad3d", 3, padding, { mode: "reflect" });
  }
}

/** [..., L] with its outer elements repeated. */
export class ReplicationPad1d extends Pad {
  constructor(padding: Sides) {
    super("ReplicationPad1d", 1, padding, { mode: "replicate" });
  }
}

/** [..., H, W] with its outer elements repeated. */
export class ReplicationPad2d extends Pad {
  constructor(padding: Sides) {
    super("ReplicationPad2d", 2, padding, { mode: "replicate" });
  }
}

/** [..., D, H, W] with its outer elements repeated. */
export class ReplicationPad3d extends Pad {
  constructor(padding: Sides) {
    super("ReplicationPad3d", 3, padding, { mode: "replicate" });
  }
}

/** [..., L] continued from its other end. */
export class CircularPad1d extends Pad {
  constructor(padding: Sides) {
    super("CircularPad1d", 1, padding, { mode: "circular" });
  }
}

/** [..., H, W] continued from its other end. */
export class CircularPad2d extends Pad {
  constructor(padding: Sides) {
    super("CircularPad2d", 2, padding, { mode: "circular" });
  }
}

/** [..., D, H, W] continued from its other end. */
export class CircularPad3d extends Pad {
  constructor(padding: Sides) {
    super("CircularPad3d", 3, padding, { mode: "circular" });
  }
}
