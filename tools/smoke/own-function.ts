/**
 * @file A consumer who checks a function of their own with `@tapegrad/autograd/testing`; compiled and
 * run by smoke.ts in a project that has the packed autograd and fast-check, and nothing else.
 *
 * The right function must pass on every input, and the one with a forgotten term must fail. The source lines of a
 * tape are those of this file, not of the bundle that was packed.
 */

import {
  add,
  exp,
  grad,
  log,
  mul,
  recordWith,
  stopGradient,
  sum,
  type Tensor,
  tensor,
} from "@tapegrad/autograd";
import { gradcheck } from "@tapegrad/autograd/testing";
import { tensors } from "@tapegrad/autograd/testing/arbitraries";
import fc from "fast-check";

/** log Σ (1 + x²) eˣ, written by hand. */
const right = (x: Tensor): Tensor => log(sum(mul(add(mul(x, x), 1), exp(x))));
const wrong = (x: Tensor): Tensor => log(sum(mul(add(mul(x, stopGradient(x)), 1), exp(x))));

const points = tensors({ shape: [2, 3], dtype: "float64", domain: { min: 0.5, max: 2 } });

fc.assert(
  fc.property(points, (x) => {
    const report = gradcheck(right, [x], { order: 2 });
    if (!report.ok) throw new Error(String(report));
  }),
  { numRuns: 20 },
);
fc.assert(
  fc.property(points, (x) => !gradcheck(wrong, [x]).ok),
  { numRuns: 20 },
);

const tape = recordWith({ sourceLines: true }, grad(right), tensor([1, 2]));
for (const { origin } of tape.nodes) {
  if (!origin?.line?.includes("own-function")) throw new Error(`no line in ${String(tape)}`);
}
