/**
 * @file How many floating-point operations a kernel performs, by its kind, and how many those of a tape perform.
 *
 * Nominal numbers: every scalar operation counts one, exp as much as an addition; a multiply-add counts two;
 * windows count where they lie on padding, and a result that is the same along an axis counts everywhere.
 */
import type { Aval } from "../array/aval.ts";
import { sizeOf } from "../array/shape.ts";
import type { ConvolutionKernel, Kernel } from "../kernel/kernel.ts";
import type { Scalar } from "../kernel/scalar.ts";
import { recordingOf, type Tape } from "../transforms/record.ts";
import type { TapeNode } from "../transforms/recording.ts";
import { expanded } from "./observe.ts";

type Count<K extends Kernel["kind"]> = (
  kernel: Extract<Kernel, { readonly kind: K }>,
  operands: readonly Aval[],
  results: readonly Aval[],
) => number | null;

const size = ({ shape }: Aval): number => sizeOf(shape);
const none = (): number => 0;

const FLOPS = {
  elementwise: ({ expression }, _, [y]) => operationsIn(expression) * size(y),
  reduce: (_, [x], [y]) => Math.max(0, size(x) - size(y)),
  view: none,
  place: none,
  contraction: (_, [a], [y]) => 2 * size(y) * a.shape[a.shape.length - 1],
  gather: none,
  scatterAdd: (_, [updates]) => size(updates),
  randomBits: none,
  permutation: none,
  convolution: ({ role }, operands, [result]) => convolutionFlops(role, operands, result),
  pool: ({ role, window }, [x], [y]) => size(role === "sums" ? y : x) * window[0] * window[1],
  poolIndices: ({ window }, _, [y]) => size(y) * window[0] * window[1],
  planeGather: none,
  planeScatterAdd: (_, [updates]) => size(updates),
  opaque: () => null,
} satisfies { readonly [K in Kernel["kind"]]: Count<K> };

/** What the operations of a tape add up to. */
export interface TapeFlops {
  readonly flops: number;
  /** How many operations are not counted: routines into which nobody looks, such as `eigh` or a `scan`. */
  readonly uncounted: number;
}

/**
 * The floating-point operations of a tape: nominal numbers, as in `profile`, and nothing is timed.
 *
 * - every scalar operation counts one, exp as much as an addition; a multiply-add counts two
 * - windows count where they lie on padding
 * - a function that is one node, as `checkpoint` makes it, counts as what it consists of
 *
 * @example
 * flopsOf(record((x) => matMul(x, x), ones([4, 4]))).flops;   // 128
 */
export function flopsOf(tape: Tape): TapeFlops {
  const counts = expanded("flopsOf", recordingOf(tape)).nodes.map(flopsOfNode);
  return {
    flops: counts.reduce((sum: number, count) => sum + (count ?? 0), 0),
    uncounted: counts.filter((count) => count === null).length,
  };
}

/** null for a routine into which nobody looks. */
export function flopsOfNode({
  primitive,
  params,
  operandAvals,
  resultAvals,
}: TapeNode): number | null {
  const kernel = primitive.kernel(params, operandAvals);
  return (FLOPS[kernel.kind] as Count<Kernel["kind"]>)(kernel, operandAvals, resultAvals);
}

function operationsIn(expression: Scalar): number {
  if (expression.kind !== "apply") return 0;
  return expression.operands.reduce((count, operand) => count + operationsIn(operand), 1);
}

/** A multiply-add for every result of the convolution and every element of a window; its transposes have the same. */
function convolutionFlops(
  role: ConvolutionKernel["role"],
  [first, second]: readonly Aval[],
  result: Aval,
): number {
  const [y, weight] = {
    output: [result, second],
    input: [first, second],
    weight: [second, result],
  }[role];
  return 2 * size(y) * sizeOf(weight.shape.slice(1));
}
