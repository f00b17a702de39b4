/** @file calculateGain. */
import { ValueError } from "@tapegrad/autograd";

/** What follows a weight: an activation, or "linear" for none. */
export type Nonlinearity =
  | "linear"
  | `conv${"" | "Transpose"}${1 | 2 | 3}d`
  | "sigmoid"
  | "tanh"
  | "relu"
  | "leakyRelu"
  | "selu";

const ONE = (): number => 1;

const GAINS: Readonly<Record<Nonlinearity, (parameter?: number) => number>> = {
  linear: ONE,
  conv1d: ONE,
  conv2d: ONE,
  conv3d: ONE,
  convTranspose1d: ONE,
  convTranspose2d: ONE,
  convTranspose3d: ONE,
  sigmoid: ONE,
  tanh: () => 5 / 3,
  relu: () => Math.SQRT2,
  leakyRelu: (slope = 0.01) => Math.sqrt(2 / (1 + slope ** 2)),
  selu: () => 3 / 4,
};

/**
 * The factor by which the standard deviation of weights makes good what `nonlinearity` takes away.
 *
 * @param parameter the negative slope of "leakyRelu", 0.01 by default.
 * @throws ValueError if the nonlinearity is not known.
 * @example
 * init.calculateGain("relu");   // √2
 * @see The values are those of PyTorch's `torch.nn.init.calculate_gain`.
 */
export function calculateGain(nonlinearity: Nonlinearity, parameter?: number): number {
  if (Object.hasOwn(GAINS, nonlinearity)) return GAINS[nonlinearity](parameter);
  throw new ValueError("calculateGain", { nonlinearity }, (d) => {
    return `no gain is known for "${d.nonlinearity}". Use one of ${Object.keys(GAINS).join(", ")}.`;
  });
}
