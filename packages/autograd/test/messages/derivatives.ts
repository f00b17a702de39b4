/** @file Messages of jacobian, hessian, hvp and their kind. */
import {
  checkpoint,
  type CotangentHook,
  customGradient,
  gaussNewtonProduct,
  grad,
  hessian,
  hvp,
  jacobian,
  type JacobianMode,
  jvp,
  linearize,
  onCotangent,
  record,
  type Tensor,
  tensor,
} from "@tapegrad/autograd";

const one = tensor(1);
const pair = tensor([1, 2]);
const count = tensor(1, { dtype: "int32" });
/** What a function made that has become one node, used after it has returned. */
function usedOutside(x: Tensor): Tensor {
  const made: Tensor[] = [];
  return checkpoint((a: Tensor) => (made[0] = a.exp()))(x).mul(made[0]);
}

/** The gradient of the square, under these rules. */
const squared = (rules: object): unknown =>
  grad(customGradient((x: Tensor) => x.mul(x), rules))(one);
const hooked = (x: Tensor, hook: unknown): unknown => grad((y: Tensor) => onCotangent(y, hook as CotangentHook))(x); // biome-ignore format: one call

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
  () => grad(usedOutside)(one),
  () => squared({}),
  () => jvp(customGradient(same, {}), [one], [one]),
  () => squared({ residuals: [1] }),
  () => squared({ vjp: (c: Tensor) => c }),
  () => squared({ vjp: () => [] }),
  () => squared({ vjp: () => [pair] }),
  () => grad((x: Tensor) => customGradient((y: Tensor) => x.mul(y), { vjp: (c) => [c] })(one))(one),
  () => onCotangent(count, () => undefined),
  () => hooked(one, () => pair),
  () => hooked(one, async () => one),
  () => record((x: Tensor) => checkpoint(same)(x.mul(2)), one).toJSON(),
  () => record((x: Tensor) => onCotangent(x, () => undefined), one).toJSON(),
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
GradientError: customGradient: the function has no rule \`vjp\`, which a backward walk needs. State it, or differentiate in the other mode.
GradientError: customGradient: the function has no rule \`jvp\`, which a forward walk needs. State it, or differentiate in the other mode.
ValueError: customGradient: residuals lists 1, but there is 1 argument. Use their positions, counted from 0, and "output".
GradientError: customGradient: the rule \`vjp\` returned an object of class Tensor, but there is 1 argument. Return a list of their cotangents, null for those that are zero.
GradientError: customGradient: the rule \`vjp\` returned a list of 0, but there is 1 argument. Return a list of their cotangents, null for those that are zero.
GradientError: customGradient: the cotangent of argument 0 is float32[2] but must be float32[]. Cast or reshape it.
GradientError: customGradient: the function closes over a float32[] by which it is differentiated, and no rule says how. Make it an argument, or pass it through \`stopGradient\` inside of the function.
DTypeError: onCotangent: expected a floating dtype but got int32. Convert first: \`onCotangent(cast(x, "float32"))\`.
GradientError: onCotangent: the hook returned float32[2] for a cotangent of float32[]. Return one like it, or nothing to leave it as it is.
GradientError: onCotangent: the hook returned an object of class Promise for a cotangent of float32[]. Return one like it, or nothing to leave it as it is.
ValueError: toJSON: %2 = checkpoint(…) is a function of the program that recorded it, which cannot be stored. Record the function without \`checkpoint\`.
ValueError: toJSON: the params of %1 = onCotangent(…) cannot be stored, since hook is a function. Use params of numbers, texts, arrays and plain objects only.
`;
