/** @file How a loss is reduced, for all losses. */
import { formatShape, type Shape, sameShape } from "../../array/shape.ts";
import type { Tensor } from "../../core/tensor.ts";
import { ShapeError, ValueError } from "../../errors.ts";
import { requireElements } from "../../primitives/max.ts";
import { sum } from "../../primitives/sum-broadcast-to.ts";
import { mean } from "../reductions.ts";

/** "none" leaves one loss for each element or sample. */
export type Reduction = "mean" | "sum" | "none";

export interface LossOptions {
  /** "mean" by default. */
  readonly reduction?: Reduction | undefined;
}

const REDUCTIONS: readonly Reduction[] = ["mean", "sum", "none"];

/** @throws ValueError if the reduction is not known. */
export function requireReduction(op: string, reduction: Reduction | undefined): Reduction {
  if (reduction === undefined) return "mean";
  if (REDUCTIONS.includes(reduction)) return reduction;
  throw new ValueError(op, { reduction }, (d) => {
    return `reduction ${JSON.stringify(d.reduction)} is not known. Use one of ${REDUCTIONS.join(", ")}.`;
  });
}

/** `losses` as `reduction` asks for. */
export function reduced(op: string, losses: Tensor, options: LossOptions): Tensor {
  const reduction = requireReduction(op, options.reduction);
  if (reduction === "none") return losses;
  if (reduction === "sum") return sum(losses);
  requireElements(
    op,
    losses.shape,
    losses.shape.map((_, axis) => axis),
  );
  return mean(losses);
}

/** @throws ShapeError unless the two have the same shape. */
export function requireSameShape(op: string, what: string, a: Shape, b: Shape): void {
  if (sameShape(a, b)) return;
  throw new ShapeError(op, { a, b }, () => {
    return `${what} have shapes ${formatShape(a)} and ${formatShape(b)}. Give them one shape.`;
  });
}
