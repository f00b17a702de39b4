/** @file linearDescent: softmax regression by gradient descent on all samples at once, in any coordinates of the inputs. */
import {
  argMax,
  cast,
  compile,
  concatenate,
  crossEntropy,
  equal,
  linalg,
  matMul,
  mean,
  mul,
  ones,
  sub,
  type Tensor,
  transpose,
  valueAndGrad,
  zeros,
} from "@tapegrad/autograd";

/** Inputs [n, features], float64, and labels [n]. */
export interface Samples {
  readonly inputs: Tensor;
  readonly labels: Tensor;
}

/** After each step, from none on. */
export type Descent = {
  readonly losses: readonly number[];
  /** Of the samples that are not trained on. */
  readonly accuracy: readonly number[];
  /** Largest over smallest eigenvalue of the covariance, those near 0 left out. */
  readonly condition: number;
};

/** Eigenvalues below this part of the largest are taken for 0. */
const NEGLIGIBLE = 1e-10;

/**
 * From weights of 0, at the largest rate that is safe: the Hessian of softmax cross entropy is at most half of
 * XᵀX / n (Böhning, 1992), where a column of ones in X serves the biases.
 */
export function linearDescent(train: Samples, test: Samples, steps: number): Descent {
  const classes = 1 + Math.max(...train.labels.toTypedArray());
  const [x, held] = [train, test].map(({ inputs }) => withOnes(inputs));
  const [n, features] = x.shape;
  const moments = linalg.eigvalsh(mul(matMul(transpose(x), x), 1 / n)).toTypedArray();
  const largest = moments[features - 1];
  const advance = compile((w: Tensor) => {
    const loss = (weights: Tensor): Tensor => crossEntropy(matMul(x, weights), train.labels);
    const { value, gradient } = valueAndGrad(loss)(w);
    const right = equal(argMax(matMul(held, w)), test.labels);
    return {
      value,
      right: mean(cast(right, "float64")),
      next: sub(w, mul(gradient, 2 / largest)),
    };
  });
  const losses: number[] = [];
  const accuracy: number[] = [];
  let w = zeros([features, classes], { dtype: "float64" });
  for (let step = 0; step <= steps; step++) {
    const { value, right, next } = advance(w);
    losses.push(value.item());
    accuracy.push(right.item());
    w = next;
  }
  const kept = Array.from(moments).filter((value) => value > NEGLIGIBLE * largest);
  return { losses, accuracy, condition: largest / Math.min(...kept) };
}

const withOnes = (x: Tensor): Tensor =>
  concatenate([x, ones([x.shape[0], 1], { dtype: "float64" })], { axis: 1 });
