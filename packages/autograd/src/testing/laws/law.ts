/**
 * @file What a law is, how it complains, and the small things that all laws need.
 */
import { isFloating } from "../../array/dtype.ts";
import { formatShape } from "../../array/shape.ts";
import { bindAll } from "../../core/bind.ts";
import type { Primitive } from "../../core/primitive.ts";
import type { Tensor } from "../../core/tensor.ts";
import { OpError } from "../../errors.ts";
import { cast } from "../../primitives/cast.ts";
import { largest, unravel } from "../point.ts";
import type { PrimitiveProblem } from "../problems.ts";
import type { GradcheckReport } from "../report.ts";
import { tolerances } from "../tolerances.ts";

/** A law that every primitive must satisfy, for every problem in its domain. */
export interface PrimitiveLaw {
  /** A clause that follows the name of the primitive. */
  readonly name: string;
  /**
   * @param onGradcheck is told of every gradcheck that the law makes, before it is judged.
   * @throws ContractError if the primitive breaks the law for this problem.
   */
  check(
    primitive: Primitive,
    problem: PrimitiveProblem,
    onGradcheck?: (report: GradcheckReport) => void,
  ): void;
}

/** A primitive that breaks a law. */
export class ContractError<D extends object = object> extends OpError<D> {
  override readonly name: string = "ContractError";
}

/** @throws ContractError unless `holds`. */
export function demand(
  primitive: Primitive,
  holds: boolean,
  details: object,
  explain: () => string,
): void {
  if (!holds) throw new ContractError(primitive.name, details, explain);
}

/** What the primitive computes for these inputs. */
export function apply(
  primitive: Primitive,
  inputs: readonly Tensor[],
  params: unknown,
): readonly Tensor[] {
  return bindAll(primitive, inputs, params);
}

/** The avals that the primitive predicts for its results. */
export function predicted(
  primitive: Primitive,
  inputs: readonly Tensor[],
  params: unknown,
): readonly Tensor["aval"][] {
  const result = primitive.abstractEval(
    inputs.map((x) => x.aval),
    params,
  );
  return Array.isArray(result) ? result : [result as Tensor["aval"]];
}

/** Positions of the inputs that carry a derivative. */
export function floatingInputs({ inputs }: PrimitiveProblem): readonly number[] {
  return [...inputs.keys()].filter((i) => isFloating(inputs[i].dtype));
}

/** The same problem with all floating inputs in `dtype`. */
export function inDType(problem: PrimitiveProblem, dtype: "float32" | "float64"): PrimitiveProblem {
  const inputs = problem.inputs.map((x) => (isFloating(x.dtype) ? cast(x, dtype) : x));
  return { ...problem, inputs };
}

/** The same problem with its floating inputs replaced by `values`, in their order. */
export function withFloating(
  problem: PrimitiveProblem,
  values: readonly Tensor[],
): readonly Tensor[] {
  const floating = floatingInputs(problem);
  return problem.inputs.map((x, i) => values[floating.indexOf(i)] ?? x);
}

/** The results of a primitive that carry a derivative, as a function of its floating inputs alone. */
export function smoothPart(
  primitive: Primitive,
  problem: PrimitiveProblem,
): (...values: readonly Tensor[]) => readonly Tensor[] {
  return (...values) =>
    apply(primitive, withFloating(problem, values), problem.params).filter((y) =>
      isFloating(y.dtype),
    );
}

/** Where `found` lies further from `expected` than `tolerance` times `scale`; null if nowhere. NaN equals NaN. */
export function firstDifference(
  found: Tensor,
  expected: ArrayLike<number>,
  tolerance: (at: number) => number,
): string | null {
  const values = found.toTypedArray();
  const { underflow } = tolerances[found.dtype];
  for (let at = 0; at < values.length; at++) {
    if (Object.is(values[at], expected[at]) || values[at] === expected[at]) continue;
    if (Math.abs(values[at] - expected[at]) <= tolerance(at) + underflow) continue;
    const place = formatShape(unravel(at, found.shape));
    return `${values[at]} at ${place} where ${expected[at]} is right (${tolerance(at)} allowed)`;
  }
  return null;
}

/** As `firstDifference`, with a tolerance relative to the largest number. */
export function differsFrom(found: Tensor, expected: Tensor, relative: number): string | null {
  const values = expected.toTypedArray();
  const allowed = relative * largest(values);
  return firstDifference(found, values, () => allowed);
}
