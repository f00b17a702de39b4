/**
 * @file grad and valueAndGrad: the gradient of a function with one real result.
 */
import { formatShape } from "../array/shape.ts";
import { isFloating } from "../array/dtype.ts";
import { settle, splat, type Tensor } from "../core/tensor.ts";
import { transaction } from "../core/variable.ts";
import { GradientError } from "../errors.ts";
import { byArgument, type FlatTensors } from "./arguments.ts";
import { gather, seedsOf, trace } from "./vjp.ts";
import { backward } from "./walks.ts";

/** Which argument to differentiate by: its position (0 by default). */
export interface GradOptions<I extends number = number> {
  readonly argument?: I;
}

/** The value of the function and the gradient by one argument, in the nesting of that argument. */
export interface ValueAndGrad<Argument> {
  readonly value: Tensor;
  readonly gradient: Argument;
}

/**
 * The gradient of `f` by its first argument (or the one at `argument`), in any nesting.
 *
 * - `f` returns one floating number; the gradient has the nesting, shapes and dtypes of the argument
 * - the result is again a function of tensors: `grad(grad(f))` is the second derivative
 *
 * @throws GradientError if `f` does not return a scalar; DTypeError if the argument is int32 or bool.
 * @example
 * grad((x: Tensor) => sum(mul(x, x)))(tensor([1, 2, 3]));   // [2, 4, 6]
 */
export function grad<A extends readonly unknown[], I extends number = 0>(
  f: (...args: A) => Tensor,
  options: GradOptions<I> = {},
): (...args: A) => A[I] {
  return (...args) => differentiate("grad", f, args, options).gradient;
}

/**
 * The value of `f` and its gradient, from one run. Otherwise as `grad`.
 *
 * @throws GradientError if `f` does not return a scalar; DTypeError if the argument is int32 or bool.
 * @example
 * const { value, gradient } = valueAndGrad((x: Tensor) => sum(mul(x, x)))(tensor([1, 2, 3]));
 */
export function valueAndGrad<A extends readonly unknown[], I extends number = 0>(
  f: (...args: A) => Tensor,
  options: GradOptions<I> = {},
): (...args: A) => ValueAndGrad<A[I]> {
  return (...args) => differentiate("valueAndGrad", f, args, options);
}

/** As `valueAndGrad`, for the public function `op`. */
export function differentiate<A extends readonly unknown[], I extends number>(
  op: string,
  f: (...args: A) => Tensor,
  args: A,
  options: GradOptions<I>,
): ValueAndGrad<A[I]> {
  const { flat, own, along } = byArgument(op, f, args, options.argument ?? 0);
  const { value, gradient } = gradientAt(op, along, flat);
  return { value, gradient: own.rebuild(gradient) as A[I] };
}

/** The value of `f` at `flat`, and the gradient by every leaf. */
export function gradientAt<A extends readonly unknown[]>(
  op: string,
  f: (...args: A) => Tensor,
  flat: FlatTensors,
): ValueAndGrad<readonly Tensor[]> {
  // where the result is refused, or a rule throws, nothing that `f` assigned is kept
  return transaction(() => {
    const { tape, inputs, outputs } = trace(op, f, flat);
    const output = requireScalar(op, outputs);
    const seeds = seedsOf(tape, [output], [splat(output.aval, 1)]);
    const found = backward(tape, seeds, new Set(inputs), { retain: false });
    return { value: settle(output), gradient: gather(tape, inputs, found) };
  });
}

/** The one output. @throws GradientError unless it is a floating tensor without axes, in no nesting. */
export function requireScalar(op: string, outputs: FlatTensors): Tensor {
  const [result] = outputs.leaves;
  if (result === undefined || outputs.paths[0] !== "") {
    throw new GradientError(op, { tensors: outputs.leaves.length }, ({ tensors }) => {
      const found = tensors === 1 ? "a tensor" : `${tensors} tensors`;
      return `the function returned ${found} in an array or object, but only a scalar has a gradient. Return the one number to differentiate${otherwise(op, "in that nesting")}.`;
    });
  }
  if (result.rank !== 0) {
    throw new GradientError(op, { shape: result.shape }, ({ shape }) => {
      const text = formatShape(shape);
      return `the function returned shape ${text}, but only a scalar has a gradient. Reduce it, for example with \`mean(y)\`${otherwise(op, `of shape ${text}`)}.`;
    });
  }
  if (!isFloating(result.dtype)) {
    throw new GradientError(op, { dtype: result.dtype }, ({ dtype }) => {
      return `the function returned ${dtype}, which has no derivative. Compute it in float32 or float64.`;
    });
  }
  return result;
}

/** What else would do, where there is something: second derivatives have no cotangent to choose. */
function otherwise(op: string, cotangent: string): string {
  if (op === "gradient") return `, or pass the option \`cotangent\` ${cotangent}`;
  const hasPullback = op === "grad" || op === "valueAndGrad";
  return hasPullback ? `, or call \`vjp(f, x)\` with a cotangent ${cotangent}` : "";
}
