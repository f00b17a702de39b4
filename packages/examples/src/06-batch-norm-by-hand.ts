/**
 * @file Batch normalisation is six lines of mean, sub, mul, sqrt, div and add, and the gradient that
 * the tape derives from them is the closed form of the paper.
 */
import assert from "node:assert/strict";
import { add, div, mean, mul, sqrt, sub, type Tensor, tensor, vjp } from "@tapegrad/autograd";
import { runWhenMain } from "./run-when-main.ts";

const EPSILON = 1e-5;

/** Algorithm 1 of the paper. */
function batchNorm(x: Tensor, gamma: Tensor, beta: Tensor): Tensor {
  const mu = mean(x, { axes: 0 });
  const centered = sub(x, mu);
  const sigmaSquared = mean(mul(centered, centered), { axes: 0 });
  const sigma = sqrt(add(sigmaSquared, EPSILON));
  const xHat = div(centered, sigma);
  return add(mul(xHat, gamma), beta);
}

/**
 * x̄ = γ/σ · (ȳ - mean(ȳ) - x̂ · mean(ȳ x̂)) for one channel, in plain numbers: what the gradient in
 * section 3 of Ioffe & Szegedy (2015), "Batch Normalization", simplifies to.
 */
function closedForm(x: readonly number[], gamma: number, yBar: readonly number[]): number[] {
  const average = (values: readonly number[]): number =>
    values.reduce((total, value) => total + value, 0) / values.length;
  const mu = average(x);
  const sigma = Math.sqrt(average(x.map((value) => (value - mu) ** 2)) + EPSILON);
  const xHat = x.map((value) => (value - mu) / sigma);
  const slope = average(yBar.map((value, i) => value * xHat[i]));
  const level = average(yBar);
  return yBar.map((value, i) => {
    return (gamma / sigma) * (value - level - xHat[i] * slope);
  });
}

export function lesson(print: (...values: unknown[]) => void = console.log): void {
  const values = [2, -1, 0.5, 4];
  const yBar = [0.3, -0.7, 1.1, 0.2]; // never constant: then x̄ is 0, and a wrong rule looks right
  const column = (numbers: readonly number[]): Tensor =>
    tensor(numbers, { shape: [numbers.length, 1], dtype: "float64" });
  const [gamma, beta] = [tensor([1.5], { dtype: "float64" }), tensor([0.1], { dtype: "float64" })];

  // `vjp` runs the function; what it returns pulls a cotangent of the output back to the inputs.
  const { output, pullback } = vjp(batchNorm, column(values), gamma, beta);
  const xBar = pullback(column(yBar))[0].toTypedArray();
  const expected = closedForm(values, 1.5, yBar);
  print("batchNorm(x)      ", output.flatten());
  print("x̄ by the tape     ", tensor(xBar));
  print("x̄ by the paper    ", tensor(expected, { dtype: "float64" }));
  xBar.forEach((value, i) => {
    assert.ok(Math.abs(value - expected[i]) < 1e-14);
  });
}

runWhenMain(import.meta.url, lesson);
