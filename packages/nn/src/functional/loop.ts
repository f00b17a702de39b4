/**
 * @file loop: a recurrence over the first axis of tensors, either step by step on the tape or as one node of it.
 */
import { scan, select, stack, type Tensor } from "@tapegrad/autograd";

/** How the steps of a sequence are recorded. */
export interface UnrollOptions {
  /**
   * Whether every step has nodes of its own on the tape. Compiled, such a loop is fused and runs in WebAssembly, two to
   * fifty times as fast (the larger the steps, the less), but the time to compile it grows with its length. Otherwise it is
   * one node, of any length, whose steps are run one by one; eagerly that is the faster way. By default loops of up to 32
   * steps are unrolled.
   */
  readonly unroll?: boolean | undefined;
}

interface LoopOptions extends UnrollOptions {
  /** Whether the elements are taken from the last to the first. */
  readonly reverse: boolean;
}

const LONGEST_UNROLLED = 32;

export type LoopStep = (
  carry: readonly Tensor[],
  elements: readonly Tensor[],
) => readonly [carry: readonly Tensor[], result: Tensor];

/**
 * `step` makes of the carry and of an element of each of `xs`, along its first axis, the next carry and a result.
 *
 * - gives the last carry, and the results stacked along a new first axis, result i at element i
 */
export function loop(
  step: LoopStep,
  initial: readonly Tensor[],
  xs: readonly Tensor[],
  { reverse, unroll }: LoopOptions,
): readonly [carry: readonly Tensor[], results: Tensor] {
  const [length] = xs[0].shape;
  if (!(unroll ?? length <= LONGEST_UNROLLED)) return scan(step, initial, xs, { reverse });
  const results: Tensor[] = [];
  let carry = initial;
  for (let i = 0; i < length; i++) {
    const at = reverse ? length - 1 - i : i;
    const [next, result] = step(
      carry,
      xs.map((x) => select(x, at)),
    );
    carry = next;
    results[at] = result;
  }
  return [carry, stack(results)];
}
