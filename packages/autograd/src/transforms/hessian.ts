/**
 * @file Second derivatives of scalar functions: the whole matrix, its product with one vector, and that of the
 * Gauss-Newton matrix. All are forward mode over reverse mode.
 */
import { settle, type Tensor } from "../core/tensor.ts";
import { transaction } from "../core/variable.ts";
import {
  flattenTensors,
  type FlatTensors,
  LEAVE_OUT,
  matchingLeaves,
  requireDifferentiable,
} from "./arguments.ts";
import { differentiate, gradientAt, type GradOptions } from "./grad.ts";
import { jacobianAt, type JacobianOf } from "./jacobian.ts";
import { pushed } from "./linearize.ts";
import { gather, seedsOf, trace } from "./vjp.ts";
import { backward } from "./walks.ts";

/** What `hvp` returns. */
export interface HessianProduct<Arguments extends readonly unknown[]> {
  readonly value: Tensor;
  /** By all arguments, in their nesting. */
  readonly gradient: Arguments;
  /** The Hessian times the tangents, in the nesting of the arguments. */
  readonly product: Arguments;
}

/** What `gaussNewtonProduct` returns. */
export interface GaussNewtonProduct<Arguments extends readonly unknown[]> {
  /** The loss. */
  readonly value: Tensor;
  /** The Gauss-Newton matrix times the tangents, in the nesting of the arguments. */
  readonly product: Arguments;
}

/**
 * The Hessian of `f` by its first argument (or the one at `argument`).
 *
 * - `f` returns one floating number; for tensors x and z of the argument the block ∂²f / ∂x ∂z has shape
 *   `[...x.shape, ...z.shape]`, and the dtype of x
 * - nested arguments: their nesting twice, x outside and z inside, as in `hessian(f)(p).weight.bias`
 * - `f` runs once; then there is one forward walk over its gradient for each number in the argument
 *
 * @throws GradientError if `f` does not return a scalar; DTypeError if the argument is int32 or bool.
 * @example
 * hessian((x: Tensor) => sum(mul(x, mul(x, x))))(tensor([1, 2]));   // [[6, 0], [0, 12]]
 */
export function hessian<A extends readonly unknown[], I extends number = 0>(
  f: (...args: A) => Tensor,
  options: GradOptions<I> = {},
): (...args: A) => JacobianOf<A[I], A[I]> {
  const gradient = (...args: A): A[I] => differentiate("hessian", f, args, options).gradient;
  return (...args) => jacobianAt("hessian", gradient, args, options.argument, "forward");
}

/**
 * Value and gradient of `f` at `primals`, and the product of its Hessian with `tangents`.
 *
 * - primals and tangents are lists of arguments, each in any nesting, alike in shape and dtype; `f` returns one
 *   floating number
 * - `f` runs once; then there is one backward walk and one forward walk over both: a few times the cost of `f`,
 *   whatever the number of arguments
 *
 * @throws GradientError if `f` does not return a scalar, or the tangents do not fit the primals; DTypeError if a
 * primal is int32 or bool.
 * @example
 * hvp((x) => sum(mul(x, mul(x, x))), [tensor([1, 2])], [tensor([1, 1])]).product;   // [[6, 12]]
 * @see Pearlmutter (1994), "Fast exact multiplication by the Hessian", section 3.
 */
export function hvp<const A extends readonly unknown[]>(
  f: (...args: A) => Tensor,
  primals: A,
  tangents: A,
): HessianProduct<A> {
  const flat = flattenTensors("hvp", "primal ", primals);
  requireDifferentiable("hvp", "primal ", flat);
  const directions = matchingLeaves("hvp", "tangent ", tangents, flat);
  const { value, gradient, product } = productAt("hvp", f, flat, directions);
  const [first, second] = [flat.rebuild(gradient), flat.rebuild(product)];
  return { value, gradient: first as A, product: second as A };
}

/**
 * The product of the Gauss-Newton matrix of `loss(model(...primals))` with `tangents`: Jᵀ H J v, where J is the
 * Jacobian of the model and H the Hessian of the loss by the model's output. Neither is built.
 *
 * - primals and tangents are lists of the model's arguments, each in any nesting, alike in shape and dtype; the
 *   model returns floating tensors in any nesting, of which the loss makes one floating number
 * - where the loss is convex the matrix has no negative eigenvalues, unlike the Hessian, to which it is equal
 *   where the model is linear
 * - model and loss run once; then there is a forward walk over the model, a backward and a forward one over the
 *   loss, and a backward one over the model
 *
 * @throws GradientError if the loss is not a scalar, or the tangents do not fit the primals; DTypeError if a
 * primal or an output of the model is int32 or bool.
 * @example
 * gaussNewtonProduct((w) => matMul(x, w), (y) => mean(square(sub(y, targets))), [w], [v]).product;
 * @see Schraudolph (2002), "Fast curvature matrix-vector products for second-order gradient descent", section 3.
 */
export function gaussNewtonProduct<const A extends readonly unknown[], Y>(
  model: (...args: A) => Y,
  loss: (output: Y) => Tensor,
  primals: A,
  tangents: A,
): GaussNewtonProduct<A> {
  const op = "gaussNewtonProduct";
  const flat = flattenTensors(op, "primal ", primals);
  requireDifferentiable(op, "primal ", flat);
  const directions = matchingLeaves(op, "tangent ", tangents, flat);
  // where a rule throws, nothing that model and loss assigned is kept
  return transaction(() => {
    const traced = trace(op, model, flat);
    const { tape, inputs, outputs } = traced;
    requireDifferentiable(op, "the output of the model", outputs, LEAVE_OUT);
    const y: FlatTensors = {
      ...outputs,
      leaves: outputs.leaves.map(settle),
      rebuild: (leaves) => [outputs.rebuild(leaves)],
    };
    const { value, product } = productAt(op, loss, y, pushed(traced, directions));
    const seeds = seedsOf(tape, outputs.leaves, product);
    const found = backward(tape, seeds, new Set(inputs), { retain: false });
    return { value, product: flat.rebuild(gather(tape, inputs, found)) as A };
  });
}

/** Value, gradient and Hessian product by every leaf of `flat`. */
function productAt<A extends readonly unknown[]>(
  op: string,
  f: (...args: A) => Tensor,
  flat: FlatTensors,
  directions: readonly Tensor[],
): HessianProduct<readonly Tensor[]> {
  // where a rule throws, nothing that `f` assigned is kept
  return transaction(() => {
    const gradients = (...leaves: readonly Tensor[]): readonly Tensor[] => {
      const { value, gradient } = gradientAt(op, f, { ...flat, leaves });
      return [value, ...gradient];
    };
    const traced = trace(op, gradients, { ...flat, rebuild: (leaves) => leaves });
    const [value, ...gradient] = traced.outputs.leaves;
    const product = pushed(
      { ...traced, outputs: { ...traced.outputs, leaves: gradient } },
      directions,
    );
    return { value: settle(value), gradient: gradient.map(settle), product };
  });
}
