/**
 * @file A new primitive is one record: its kernel is a scalar expression, and reverse mode, forward
 * mode and higher orders all follow from one partial derivative.
 */
import assert from "node:assert/strict";
import {
  alikeFloating,
  bind,
  define,
  elementwiseKernel,
  grad,
  jvp,
  type Primitive,
  scalar,
  sub,
  type Tensor,
  tensor,
} from "@tapegrad/autograd";
import { runWhenMain } from "./run-when-main.ts";

const { apply, constant, input } = scalar;
const x = input(0);
const KERNEL = elementwiseKernel(apply("div", x, apply("add", constant(1), apply("abs", x))));

/** y = x / (1 + |x|). Its derivative is 1 / (1 + |x|)² = (1 - |y|)²: the tape keeps y and may drop x. */
const softsignPrimitive: Primitive<null> = define.withPartials({
  name: "softsign",
  arity: 1,
  // What tests of every primitive take: where to draw its inputs, and the params to pass.
  domain: [{ min: 0.1, max: 3 }],
  cases: [{ params: null }],
  residuals: ["output"],
  abstractEval: alikeFloating("softsign"),
  kernel: () => KERNEL,
  partials: [({ output }) => sub(1, output.abs()).square()],
});

const softsign = (z: Tensor): Tensor => bind(softsignPrimitive, [z], null);

export function lesson(print: (...values: unknown[]) => void = console.log): void {
  const z = tensor([-3, 1, 3], { dtype: "float64" });
  print("softsign(z)    ", softsign(z));
  assert.deepEqual(softsign(z).toArray(), [-0.75, 0.5, 0.75]);

  // From the output to the inputs, and from a direction of the inputs to the output.
  const slope = grad((v: Tensor) => softsign(v).sum());
  const { tangent } = jvp(softsign, [z], [tensor([1, 1, 1], { dtype: "float64" })]);
  print("reverse mode   ", slope(z));
  print("forward mode   ", tangent);
  assert.deepEqual(slope(z).toArray(), [1 / 16, 1 / 4, 1 / 16]);
  assert.deepEqual(tangent.toArray(), [1 / 16, 1 / 4, 1 / 16]);

  // The partial derivative is made of operations, so it has a derivative: -2 sign(x) / (1 + |x|)³.
  const second = grad((v: Tensor) => slope(v).sum())(z);
  print("differentiated ", second);
  assert.deepEqual(second.toArray(), [1 / 32, -1 / 4, -1 / 32]);
}

runWhenMain(import.meta.url, lesson);
