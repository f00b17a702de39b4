/** @file Messages of jacobian, hessian, hvp and their kind. */
import {
  gaussNewtonProduct,
  hessian,
  hvp,
  jacobian,
  type JacobianMode,
  linearize,
  type Tensor,
  tensor,
} from "@tapegrad/autograd";
import { enclose } from "../../src/transforms/enclose.ts";

const one = tensor(1);
const pair = tensor([1, 2]);
const count = tensor(1, { dtype: "int32" });
/** What a function made that has become one node, used after it has returned. */
function usedOutside(x: Tensor): Tensor {
  const made: Tensor[] = [];
  enclose("checkpoint", ([a]) => (made[0] = a.exp()), [x]);
  return made[0].mul(x);
}

const same = (x: Tensor): Tensor => x;

export const calls: readonly (() => unknown)[] = [
  () => linearize(same, count),
  () => linearize(same, pair).pushforward([one]),
  () => jacobian(same, { mode: "backward" as JacobianMode }),
  () => jacobian(same, { argument: 1 as 0 })(one),
  () => jacobian(async (x: Tensor) => x)(one),
  () => jacobian((x: Tensor) => ({ labels: x.cast("int32") }))(one),
  () => hessian(same)(pair),
  () => hvp(same, [pair], [pair]),
  () => hvp((x: Tensor) => x.sum(), [pair], [one]),
  () => gaussNewtonProduct((x: Tensor) => x.greater(0), same, [pair], [pair]),
  () => gaussNewtonProduct(same, same, [pair], [pair]),
  () => usedOutside(one),
];

export const text = `
DTypeError: linearize: argument 0 is int32, which has no derivative. Close over it instead of passing it, or cast it to a floating dtype.
GradientError: pushforward: tangent 0 is float32[] but must be float32[2]. Cast or reshape it.
ValueError: jacobian: "backward" is no mode. Use "forward" or "reverse", or leave the option out.
ValueError: jacobian: there is no argument 1 among the 1 given, counted from 0. Choose one that is passed.
GradientError: jacobian: the function returned a Promise, and what it does later cannot be recorded. Await the data first, and pass a function that is not async.
DTypeError: jacobian: the result at .labels is int32, which has no derivative. Leave it out, or compute it in a floating dtype.
GradientError: hessian: the function returned shape [2], but only a scalar has a gradient. Reduce it, for example with \`mean(y)\`.
GradientError: hvp: the function returned shape [2], but only a scalar has a gradient. Reduce it, for example with \`mean(y)\`.
GradientError: hvp: tangent 0 is float32[] but must be float32[2]. Cast or reshape it.
DTypeError: gaussNewtonProduct: the output of the model is bool, which has no derivative. Leave it out, or compute it in a floating dtype.
GradientError: gaussNewtonProduct: the function returned shape [2], but only a scalar has a gradient. Reduce it, for example with \`mean(y)\`.
GradientError: checkpoint: a value that the function made is used after it has returned, where it has no derivative. Return it from the function.
`;
