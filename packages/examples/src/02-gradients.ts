/**
 * @file `grad` turns a function of tensors into the function of its gradient, which agrees with
 * central differences and can be differentiated again.
 */
import assert from "node:assert/strict";
import { grad, log, type Tensor, tensor } from "@tapegrad/autograd";
import { runWhenMain } from "./run-when-main.ts";

/** f(x) = Σ x² log x */
const f = (x: Tensor): Tensor => x.mul(x).mul(log(x)).sum();

export function lesson(print: (...values: unknown[]) => void = console.log): void {
  const at = [0.5, 1, 2];
  const x = tensor(at, { dtype: "float64" });

  const gradient = grad(f)(x);
  print("gradient             ", gradient);

  // Element by element: (f(x + h) - f(x - h)) / 2h.
  const h = 1e-5;
  const differences = at.map((value, i) => {
    const moved = (by: number): number =>
      f(tensor(at.with(i, value + by), { dtype: "float64" })).item();
    return (moved(h) - moved(-h)) / (2 * h);
  });
  print("central differences  ", tensor(differences, { dtype: "float64" }));
  gradient.toTypedArray().forEach((value, i) => {
    assert.ok(Math.abs(value - differences[i]) < 1e-8);
  });

  // The gradient is a function of tensors like any other: f″(x) = 2 log x + 3.
  const second = grad((z: Tensor) => grad(f)(z).sum())(x);
  print("second derivative    ", second);
  second.toTypedArray().forEach((value, i) => {
    assert.ok(Math.abs(value - (2 * Math.log(at[i]) + 3)) < 1e-12);
  });

  // Arguments may be nested; the gradient has the same nesting.
  const line = (p: { w: Tensor; b: Tensor }): Tensor => x.mul(p.w).add(p.b).sum();
  const { w, b } = grad(line)({
    w: tensor(2, { dtype: "float64" }),
    b: tensor(1, { dtype: "float64" }),
  });
  print("of Σ (w x + b)       ", { w, b });
  assert.equal(w.item(), 3.5);
  assert.equal(b.item(), 3);
}

runWhenMain(import.meta.url, lesson);
