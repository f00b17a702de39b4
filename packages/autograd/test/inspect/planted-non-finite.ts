/**
 * @file Functions that are not finite, each with the line at fault: the one that ends in the comment `// planted`
 * and the name of the fault. Those that are blamed on what was given name it instead.
 */
import {
  div,
  exp,
  log,
  matMul,
  max,
  maxPool2d,
  mean,
  pow,
  record,
  sqrt,
  sum,
  type Tensor,
  tensor,
  Variable,
  where,
} from "@tapegrad/autograd";

export interface Fault {
  readonly name: string;
  readonly args: readonly Tensor[];
  readonly f: (...args: readonly Tensor[]) => unknown;
  /** The primitive that made the number, or what was given. */
  readonly blamed: string;
  /** Of which primitive it is the derivative. */
  readonly derivativeOf?: string;
}

const vector = (...values: readonly number[]): Tensor => tensor(values);
const float64 = (...values: readonly number[]): Tensor => tensor(values, { dtype: "float64" });

const infinite = new Variable(vector(1, Infinity), { name: "bias" });
const step = new Variable(vector(1, 1), { name: "weight" });

export const faults: readonly Fault[] = [
  {
    name: "log of a negative",
    args: [vector(1, -2)],
    blamed: "log",
    f: (x) => {
      const y = x.mul(3);
      return log(y).sum(); // planted: log of a negative
    },
  },
  {
    name: "log of 0",
    args: [vector(1, 0)],
    blamed: "log",
    f: (x) => {
      const y = x.log(); // planted: log of 0
      return y.exp().add(y).sum();
    },
  },
  {
    name: "0 / 0",
    args: [vector(0, 1), vector(0, 2)],
    blamed: "div",
    f: (a, b) => {
      const ratio = div(a, b); // planted: 0 / 0
      return ratio.mul(2).mean();
    },
  },
  {
    name: "Infinity - Infinity",
    args: [vector(300, 1)],
    blamed: "exp",
    f: (x) => {
      const y = x.exp(); // planted: Infinity - Infinity
      return y.sub(y.mul(2)).sum();
    },
  },
  {
    name: "softmax by hand",
    args: [vector(100, 1)],
    blamed: "exp",
    f: (x) => {
      const weights = exp(x); // planted: softmax by hand
      return weights.div(weights.sum()).square().sum();
    },
  },
  {
    name: "sqrt of a negative",
    args: [vector(-1e-9, 4)],
    blamed: "sqrt",
    f: (variance) => {
      const deviation = variance.sqrt(); // planted: sqrt of a negative
      return deviation.add(1e-5).sum();
    },
  },
  {
    name: "the derivative of sqrt at 0",
    args: [vector(0, 4)],
    blamed: "div",
    derivativeOf: "sqrt",
    f: (x) => {
      const root = sqrt(x); // planted: the derivative of sqrt at 0
      return root.mul(2).sum();
    },
  },
  {
    name: "a negative number to a fraction",
    args: [vector(-8, 8)],
    blamed: "pow",
    f: (x) => {
      return pow(x, 1 / 3).sum(); // planted: a negative number to a fraction
    },
  },
  {
    name: "the derivative of a fractional power at 0",
    args: [vector(0, 8)],
    blamed: "pow",
    derivativeOf: "pow",
    f: (x) => {
      const y = x.mul(2);
      return y.pow(0.5).sum(); // planted: the derivative of a fractional power at 0
    },
  },
  {
    name: "a constant channel without epsilon",
    args: [tensor([[1, 5], [2, 5], [4, 5]])], // biome-ignore format: rows
    blamed: "div",
    f: (x) => {
      const over = { axes: 0, keepDims: true };
      const centered = x.sub(mean(x, over));
      const variance = mean(centered.square(), over);
      return centered.div(variance.sqrt()); // planted: a constant channel without epsilon
    },
  },
  {
    name: "the derivative of a norm at 0",
    args: [vector(0, 0, 0)],
    blamed: "div",
    derivativeOf: "sqrt",
    f: (x) => {
      const squares = x.mul(x).sum();
      return squares.sqrt(); // planted: the derivative of a norm at 0
    },
  },
  {
    name: "0 · log 0, a cross-entropy by hand",
    args: [vector(1, 0), vector(1, 0)],
    blamed: "log",
    f: (labels, probabilities) => {
      return labels.mul(log(probabilities)).sum().neg(); // planted: 0 · log 0, a cross-entropy by hand
    },
  },
  {
    name: "the inverse of tanh at 1",
    args: [float64(0.5, 1)],
    blamed: "div",
    f: (x) => {
      const odds = x.add(1).div(x.neg().add(1)); // planted: the inverse of tanh at 1
      return log(odds).mul(0.5).sum();
    },
  },
  {
    name: "a product beyond float32",
    args: [vector(1e30, 1), vector(1e20, 1)],
    blamed: "mul",
    f: (a, b) => {
      const product = a.mul(b); // planted: a product beyond float32
      return product.sub(1).sum();
    },
  },
  {
    name: "a sum of squares beyond float32",
    args: [tensor([[1e25, 1]])],
    blamed: "matMul",
    f: (x) => {
      const gram = matMul(x, x.transpose()); // planted: a sum of squares beyond float32
      return gram.sqrt().sum();
    },
  },
  {
    name: "logSumExp by hand",
    args: [vector(1, 2, 500)],
    blamed: "exp",
    f: (x) => {
      const shifted = x.add(1);
      return shifted.exp().sum().log(); // planted: logSumExp by hand
    },
  },
  {
    name: "the derivative of sigmoid by hand",
    args: [vector(-100)],
    blamed: "exp",
    f: (x) => {
      const e = exp(x.neg()); // planted: the derivative of sigmoid by hand
      return div(1, e.add(1)).sum();
    },
  },
  {
    name: "the derivative of the branch that is not taken",
    args: [vector(0, 4)],
    blamed: "div",
    derivativeOf: "sqrt",
    f: (x) => {
      const isPositive = x.greater(0);
      const root = sqrt(x); // planted: the derivative of the branch that is not taken
      return where(isPositive, root, 0).sum();
    },
  },
  {
    name: "a pool over what another line made",
    args: [tensor([[[[1, 0], [3, 4]]]])], // biome-ignore format: a plane
    blamed: "log",
    f: (x) => {
      const y = log(x); // planted: a pool over what another line made
      return maxPool2d(y.neg(), { kernelSize: 2 }).sum();
    },
  },
  {
    name: "the mean of nothing",
    args: [vector(1, 2)],
    blamed: "div",
    f: (x) => {
      const chosen = x.greater(10).cast("float32");
      const count = chosen.sum();
      return sum(x.mul(chosen)).div(count); // planted: the mean of nothing
    },
  },
  {
    name: "Infinity - Infinity, a row that is masked altogether",
    args: [tensor([[1, 2], [3, 4]]), tensor([[true, false], [false, false]])], // biome-ignore format: rows
    blamed: "where",
    f: (x, isSeen) => {
      const scores = where(isSeen, x, -Infinity); // planted: Infinity - Infinity, a row that is masked altogether
      const shifted = scores.sub(max(scores, { axes: 1, keepDims: true }));
      return shifted.exp().sum();
    },
  },
  {
    name: "the gradient of a step, taken inside",
    args: [vector(0, 1)],
    blamed: "div",
    derivativeOf: "sqrt",
    f: (x) => {
      const tape = record(() => {
        const y = step.value.mul(x);
        return y.sqrt().sum(); // planted: the gradient of a step, taken inside
      });
      step.assign(step.value.sub(tape.gradient(step)));
      return tape.output;
    },
  },
  {
    name: "NaN in the data",
    args: [vector(1, 2), vector(1, Number.NaN)],
    blamed: "argument 1",
    f: (x, labels) => x.sub(labels).square().sum(),
  },
  {
    name: "Infinity in a variable",
    args: [vector(1, 2)],
    blamed: "variable bias",
    f: (x) => x.add(infinite.value).tanh().sub(infinite.value).sum(),
  },
];
