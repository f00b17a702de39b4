/** @file One layer of a deep network, h ↦ BN(f(h) W) or f(h) W, forward, backward and its Jacobian, compiled. */
import {
  add,
  compile,
  concatenate,
  div,
  matMul,
  mean,
  mul,
  narrow,
  relu,
  sigmoid,
  sqrt,
  square,
  stack,
  sub,
  sum,
  type Tensor,
  vjp,
} from "@tapegrad/autograd";
import { batchNormTrain } from "@tapegrad/nn";
import { compiledJacobian } from "./compiled-jacobian.ts";

export type ActivationName = "linear" | "relu" | "sigmoid";

interface Activation {
  readonly apply: (x: Tensor) => Tensor;
  /** Times 1/√width: the standard deviation of the weights. */
  readonly gain: number;
}

/** With gains that keep the size of gradients in linear and relu networks without batch normalisation. */
export const ACTIVATIONS: Readonly<Record<ActivationName, Activation>> = {
  linear: { apply: (x) => x, gain: 1 },
  relu: { apply: relu, gain: Math.SQRT2 },
  sigmoid: { apply: sigmoid, gain: 1 },
};

/** Norms of the parts of dL/dx = (g - mean(g) - x̂ · mean(g x̂)) / s, from the sum to the cotangent g. */
export type Split = {
  /** dL/dx as the backward walk finds it. */
  readonly full: number;
  /** g / s. */
  readonly scaled: number;
  /** mean(g) / s. */
  readonly center: number;
  /** x̂ · mean(g x̂) / s. */
  readonly spread: number;
  readonly incoming: number;
};

const EPSILON = 1e-5;
const norm = (x: Tensor): Tensor => sqrt(sum(square(x)));
const columnMean = (x: Tensor): Tensor => mean(x, { axes: [0], keepDims: true });

/** `backward` gives the cotangent of h, and with batch normalisation the parts of its gradient. */
export function deepLayer(
  activation: ActivationName,
  batchNorm: boolean,
): {
  readonly forward: (h: Tensor, weight: Tensor) => Tensor;
  readonly backward: (
    h: Tensor,
    weight: Tensor,
    cotangent: Tensor,
  ) => { readonly cotangent: Tensor; readonly split: Split | null };
  /** Of the first sample, the others of the batch held. */
  readonly jacobian: (h: Tensor, weight: Tensor) => Tensor;
} {
  const { apply } = ACTIVATIONS[activation];
  const linear = (h: Tensor, weight: Tensor): Tensor => matMul(apply(h), weight);
  const normalise = (z: Tensor): Tensor =>
    batchNorm ? batchNormTrain(z, null, null, { epsilon: EPSILON }).output : z;
  const layer = (h: Tensor, weight: Tensor): Tensor => normalise(linear(h, weight));
  const walk = compile((h: Tensor, weight: Tensor, g: Tensor) => {
    const before = vjp((x: Tensor) => linear(x, weight), h);
    const [full] = vjp(normalise, before.output).pullback(g);
    const [cotangent] = before.pullback(full);
    return { cotangent, parts: partsOf(before.output, g, full) };
  });
  const firstRow = compiledJacobian((row: Tensor, h: Tensor, weight: Tensor) => {
    const others = narrow(h, { start: 1, length: h.shape[0] - 1 });
    return narrow(layer(concatenate([row, others]), weight), { start: 0, length: 1 });
  });
  return {
    forward: compile(layer),
    backward: (h, weight, g) => {
      const { cotangent, parts } = walk(h, weight, g);
      const [full, scaled, center, spread, incoming] = parts.toTypedArray();
      return { cotangent, split: batchNorm ? { full, scaled, center, spread, incoming } : null };
    },
    jacobian: (h, weight) => firstRow(narrow(h, { start: 0, length: 1 }), h, weight),
  };
}

/** The parts from their formula, which the backward walk does not use. */
function partsOf(z: Tensor, g: Tensor, full: Tensor): Tensor {
  const centered = sub(z, columnMean(z));
  const s = sqrt(add(columnMean(square(centered)), EPSILON));
  const xHat = div(centered, s);
  const spread = mul(xHat, columnMean(mul(g, xHat)));
  return stack([
    norm(full),
    norm(div(g, s)),
    mul(norm(div(columnMean(g), s)), Math.sqrt(z.shape[0])),
    norm(div(spread, s)),
    norm(g),
  ]);
}
