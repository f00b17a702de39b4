/**
 * @file `gradcheck` passes a correct derivative and finds one that is wrong by a tenth of a percent,
 * with the place and both numbers.
 */
import assert from "node:assert/strict";
import {
  alikeFloating,
  bind,
  define,
  mul,
  type Primitive,
  scalarKernel,
  type Tensor,
  tensor,
} from "@tapegrad/autograd";
import { assertGradcheck, gradcheck } from "@tapegrad/autograd/testing";
import { runWhenMain } from "./run-when-main.ts";

/** The square root with the derivative of our choice, given y = √x. */
const root = (partial: (y: Tensor) => Tensor): ((x: Tensor) => Tensor) => {
  const primitive: Primitive<null> = define.withPartials({
    name: "root",
    arity: 1,
    domain: [{ min: 0.1, max: 10 }],
    cases: [{ params: null }],
    residuals: ["output"],
    abstractEval: alikeFloating("root"),
    kernel: () => scalarKernel("sqrt", 1),
    partials: [({ output }) => partial(output)],
  });
  return (x) => bind(primitive, [x], null);
};

const correct = root((y) => mul(2, y).pow(-1));
const wrong = root((y) => mul(1.998, y).pow(-1));

export function lesson(print: (...values: unknown[]) => void = console.log): void {
  const x = tensor([0.25, 1, 9], { dtype: "float64" });

  // A random combination of the outputs is differentiated in both modes, up to order 2, and compared
  // with differences of the kernel: with nothing that was derived by hand.
  print(String(assertGradcheck(correct, [x], { order: 2, seed: 5 })));

  const report = gradcheck(wrong, [x], { seed: 5 });
  print(String(report));
  assert.equal(report.ok, false);
  const { worst } = report;
  assert.ok(worst !== null && Math.abs(worst.analytic / worst.numeric - 2 / 1.998) < 1e-8);
  assert.deepEqual([worst.input, worst.index], [0, [0]]);

  // In a test, `assertGradcheck` throws; its message ends with how to repeat the check.
  assert.throws(() => assertGradcheck(wrong, [x]), /^GradientError: gradcheck: .*seed/);
}

runWhenMain(import.meta.url, lesson);
