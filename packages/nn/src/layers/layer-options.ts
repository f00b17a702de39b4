/** @file The checks of options that layers share. */
import { type DType, DTypeError, type Shape, type Tensor, ValueError } from "@tapegrad/autograd";
import type { Mode } from "../module.ts";

/** A number of features or channels. @throws ValueError if it is not an integer above 0. */
export function requireCount(op: string, name: string, value: number): number {
  if (Number.isSafeInteger(value) && value > 0) return value;
  throw new ValueError(op, { name, value }, (d) => {
    return `${d.name} is ${d.value}. Use an integer above 0.`;
  });
}

/** The dtype of parameters. @throws DTypeError if it is not floating. */
export function requireFloatingDType(op: string, dtype: DType): DType {
  if (dtype === "float32" || dtype === "float64") return dtype;
  throw new DTypeError(op, { dtype }, (d) => {
    return `dtype is ${d.dtype}, in which nothing can be trained. Use float32 or float64.`;
  });
}

/** A number of features, or the lengths of several axes. @throws ValueError if one is not an integer above 0. */
export function requireShape(op: string, name: string, value: number | Shape): Shape {
  const shape = typeof value === "number" ? [value] : [...value];
  if (shape.length > 0) return shape.map((length) => requireCount(op, name, length));
  throw new ValueError(op, { name }, (d) => {
    return `${d.name} is empty. Use the length of at least one axis.`;
  });
}

/** The mode of a call. @throws ValueError if it is missing or none of the two. */
export function requireMode(op: string, mode: Mode | undefined): Mode {
  if (mode === "train" || mode === "eval") return mode;
  throw new ValueError(op, { mode }, (d) => {
    const fact =
      d.mode === undefined ? "the mode is missing" : `${JSON.stringify(d.mode)} is no mode`;
    return `${fact}, and this layer computes different things in training and evaluation. Call \`model.forward(x, { mode: "train" })\` or \`{ mode: "eval" }\`.`;
  });
}

/**
 * One number for all of `count` axes, or one for each.
 *
 * @throws ValueError unless these are integers of at least `least`.
 */
export function requireSizes<Sizes extends readonly number[]>(
  op: string,
  name: string,
  value: number | readonly number[],
  count: Sizes["length"],
  least: 0 | 1,
): Sizes {
  const given = typeof value === "number" ? [value] : value;
  const sizes = given.length === 1 ? new Array<number>(count).fill(given[0]) : given;
  const fits = sizes.length === count && sizes.every((n) => Number.isSafeInteger(n) && n >= least);
  // as long as Sizes: that was just found
  if (fits) return sizes as readonly number[] as Sizes;
  throw new ValueError(op, { name, value, count, least }, (d) => {
    const found = typeof d.value === "number" ? `${d.value}` : JSON.stringify(d.value);
    return `${d.name} is ${found}. Use an integer of ${d.least} or more${d.count === 1 ? "" : `, or ${d.count} of them`}.`;
  });
}

/** How fast running statistics move, said in one of two ways. */
export interface DecayOptions {
  /** Weight of the old running value, as `decay` in the paper's moving average (0.9). Give this or `update`. */
  readonly decay?: number;
  /** Weight of the new batch's value, 1 - decay (0.1 by default). Give this or `decay`. */
  readonly update?: number;
}

/** The weight of the old running value; `otherwise` where neither is given. @throws ValueError if both are given, or one is no weight. */
export function decayOf(op: string, { decay, update }: DecayOptions, otherwise = 0.9): number {
  if (decay !== undefined && update !== undefined) {
    throw new ValueError(op, { decay, update }, (d) => {
      return `both decay ${d.decay} and update ${d.update} were given, and each is 1 minus the other. Give one of them.`;
    });
  }
  const value = decay ?? (update === undefined ? otherwise : 1 - update);
  if (value >= 0 && value <= 1) return value;
  throw new ValueError(op, { decay, update }, (d) => {
    const [name, given] = d.decay === undefined ? ["update", d.update] : ["decay", d.decay];
    return `${name} is ${given}, but it is a weight. Use a number from 0 to 1.`;
  });
}

/** @throws ValueError for a mask, which few layers know what to do with. */
export function refuseMask(op: string, mask: Tensor | undefined): void {
  if (mask === undefined) return;
  throw new ValueError(op, { shape: mask.shape }, (d) => {
    return `a mask of shape [${d.shape.join(", ")}] was given, but this layer normalises all positions. Use BatchNorm, or leave the mask out.`;
  });
}
