/**
 * @file A new primitive is one record: its kernel is a scalar expression, and reverse mode, forward
 * mode and higher orders all follow from one partial derivative.
 */
import assert from "node:assert/strict";
import {
  abs,
  alikeFloating,
  bind,
  define,
  elementwiseKernel,
  grad,
  jvp,
  type Primitive,
  scalar,
  square,
  sub,
  type Tensor,
  tensor,
} from "@tapegrad/autograd";
import { assertGradcheck } from "@tapegrad/autograd/testing";
import { runWhenMain } from "./run-when-main.ts";

const { apply, constant, input } = scalar;
const x = input(0);
const KERNEL = elementwiseKernel(apply("div", x, apply("add", constant(1), apply("abs", x))));

/** y = x / (1 + |x|). Its derivative is 1 / (1 + |x|)² = (1 - |y|)²: the tape keeps y and may drop x. */
const softsignPrimitive: Primitive<null> = define.withPartials({
  name: "softsign",
  arity: 1,
  domain: [{ min: 0.1, max: 3 }],
  cases: [{ params: null }],
  residuals: ["output"],
  abstractEval: alikeFloating("softsign"),
  kernel: () => KERNEL,
  partials: [({ output }) => square(sub(1, abs(output)))],
});

const softsign = (z: Tensor): Tensor => bind(softsignPrimitive, [z], null);

export function lesson(print: (...values: unknown[]) => void = console.log): void {
  const z = tensor([-3, 0.25, 1], { dtype: "float64" });
  print("softsign(z)    ", softsign(z));
  assert.deepEqual(softsign(z).toArray(), [-0.75, 0.2, 0.5]);

  const gradient = grad((v: Tensor) => softsign(v).sum())(z);
  const { tangent } = jvp(softsign, [z], [tensor([1, 1, 1], { dtype: "float64" })]);
  print("reverse mode   ", gradient);
  print("forward mode   ", tangent);
  assert.deepEqual(tangent.toArray(), gradient.toArray());

  // Against differences of the kernel itself, up to the third derivative, in every mix of modes.
  print(String(assertGradcheck(softsign, [z], { order: 3, seed: 4 })));
}

runWhenMain(import.meta.url, lesson);
