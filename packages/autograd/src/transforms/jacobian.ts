/**
 * @file jacobian: all first derivatives at once, one walk over the tape for each column or each row.
 */
import type { Tensor } from "../core/tensor.ts";
import { transaction } from "../core/variable.ts";
import { ValueError } from "../errors.ts";
import { cast } from "../primitives/cast.ts";
import { reshape } from "../primitives/reshape.ts";
import { transpose } from "../primitives/transpose.ts";
import { byArgument, type FlatTensors, LEAVE_OUT, requireDifferentiable } from "./arguments.ts";
import { alongBasis } from "./basis.ts";
import type { GradOptions } from "./grad.ts";
import { pushed } from "./linearize.ts";
import { gather, type Traced, trace } from "./vjp.ts";
import { backward } from "./walks.ts";

/** The walk that finds the derivatives: a forward one for each number put in, or a backward one for each that comes out. */
export type JacobianMode = "forward" | "reverse";

export interface JacobianOptions<I extends number = number> extends GradOptions<I> {
  /** By default the one that needs fewer walks; forward where they need as many. */
  readonly mode?: JacobianMode;
}

/** The nesting of the result, and in the place of each of its tensors the nesting of the argument. */
export type JacobianOf<R, X> = R extends Tensor
  ? X
  : { readonly [K in keyof R]: JacobianOf<R[K], X> };

/** All derivatives of a traced function: the block of output i by input j is `[i][j]`. */
type Blocks = readonly (readonly Tensor[])[];

/**
 * The Jacobian of `f` by its first argument (or the one at `argument`).
 *
 * - shape: for a tensor y of the result and x of the argument `[...y.shape, ...x.shape]`; dtype: that of y
 * - nested results and arguments: the nesting of the result outside, that of the argument inside
 * - `f` runs once; then there is one walk for each number in the argument (forward) or in the result (reverse)
 *
 * @throws DTypeError if the argument or a result is int32 or bool; ValueError for a mode that does not exist.
 * @example
 * jacobian((x: Tensor) => mul(x, x))(tensor([1, 2]));   // [[2, 0], [0, 4]]
 */
export function jacobian<A extends readonly unknown[], R, I extends number = 0>(
  f: (...args: A) => R,
  options: JacobianOptions<I> = {},
): (...args: A) => JacobianOf<R, A[I]> {
  const mode = requireMode(options.mode);
  return (...args) => jacobianAt("jacobian", f, args, options.argument, mode);
}

/** As `jacobian`, for the public function `op`. */
export function jacobianAt<A extends readonly unknown[], R, I extends number>(
  op: string,
  f: (...args: A) => R,
  args: A,
  argument: I | undefined,
  mode: JacobianMode | undefined,
): JacobianOf<R, A[I]> {
  const { flat, own, along } = byArgument(op, f, args, argument ?? 0);
  // where a rule throws, nothing that `f` assigned is kept
  return transaction(() => {
    const traced = trace(op, along, flat);
    const { outputs } = traced;
    requireDifferentiable(op, "the result", outputs, LEAVE_OUT);
    const fewer = numbersIn(own) <= numbersIn(outputs) ? "forward" : "reverse";
    const blocks = (mode ?? fewer) === "forward" ? byColumns(traced) : byRows(traced);
    return outputs.rebuild(blocks.map((row) => own.rebuild(row))) as JacobianOf<R, A[I]>;
  });
}

function requireMode(mode: JacobianMode | undefined): JacobianMode | undefined {
  if (mode === undefined || mode === "forward" || mode === "reverse") return mode;
  throw new ValueError("jacobian", { mode }, () => {
    return `${JSON.stringify(mode)} is no mode. Use "forward" or "reverse", or leave the option out.`;
  });
}

function numbersIn({ leaves }: FlatTensors): number {
  return leaves.reduce((sum, { size }) => sum + size, 0);
}

/** One forward walk for each number of the inputs. */
function byColumns(traced: Traced): Blocks {
  const { tape, inputs, outputs } = traced;
  const still: readonly (Tensor | null)[] = inputs.map(() => null);
  const byInput = inputs.map((index, j) => {
    const x = tape.values[index];
    const columns = alongBasis(x, outputs.leaves, (unit) => pushed(traced, still.with(j, unit)));
    return columns.map((stacked, i) => {
      const { shape } = outputs.leaves[i];
      const last = transpose(stacked, [...shape.map((_, axis) => axis + 1), 0]);
      return reshape(last, [...shape, ...x.shape]);
    });
  });
  return outputs.leaves.map((_, i) => byInput.map((columns) => columns[i]));
}

/** One backward walk for each number of the outputs. */
function byRows({ tape, inputs, outputs }: Traced): Blocks {
  const wanted = new Set(inputs);
  const avals = inputs.map((index) => tape.values[index]);
  return outputs.leaves.map((y) => {
    const rows = alongBasis(y.aval, avals, (unit) => {
      const seeds = new Map<number, Tensor>(y.tape === tape ? [[y.index, unit]] : []);
      return gather(tape, inputs, backward(tape, seeds, wanted, { retain: true }));
    });
    return rows.map((stacked, j) => {
      return cast(reshape(stacked, [...y.shape, ...avals[j].shape]), y.dtype);
    });
  });
}
