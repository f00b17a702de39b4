/** @file Cases of activations. */
import { zeros } from "@tapegrad/autograd";
import type { Layer } from "@tapegrad/nn";
import * as nn from "@tapegrad/nn";
import { drawn, type LayerCase, layerCase } from "../layer-case.ts";

/** Most are flat somewhere: among so many numbers one has a gradient. */
const SHAPE = [24];

const plain = {
  ReLU: () => new nn.ReLU(),
  ReLU6: () => new nn.ReLU6(),
  LeakyReLU: () => new nn.LeakyReLU(),
  ELU: () => new nn.ELU({ alpha: 1.5 }),
  CELU: () => new nn.CELU({ alpha: 1.5 }),
  SELU: () => new nn.SELU(),
  SiLU: () => new nn.SiLU(),
  Mish: () => new nn.Mish(),
  Softplus: () => new nn.Softplus({ beta: 2 }),
  Softsign: () => new nn.Softsign(),
  Tanhshrink: () => new nn.Tanhshrink(),
  Hardtanh: () => new nn.Hardtanh(),
  Hardsigmoid: () => new nn.Hardsigmoid(),
  Hardswish: () => new nn.Hardswish(),
  Hardshrink: () => new nn.Hardshrink(),
  Softshrink: () => new nn.Softshrink(),
  Threshold: () => new nn.Threshold(0.1, 20),
} satisfies Readonly<Record<string, () => Layer>>;

/** These refuse what is not floating. */
const floating = {
  Sigmoid: () => new nn.Sigmoid(),
  Tanh: () => new nn.Tanh(),
  LogSigmoid: () => new nn.LogSigmoid(),
  GELU: () => new nn.GELU(),
  Softmax: () => new nn.Softmax(),
  Softmin: () => new nn.Softmin(),
  LogSoftmax: () => new nn.LogSoftmax(),
  GLU: () => new nn.GLU(),
} satisfies Readonly<Record<string, () => Layer>>;

const caseOf = (name: string, build: () => Layer, bad: LayerCase["bad"]): LayerCase => {
  return layerCase({
    name,
    order: 2,
    build,
    inputs: (making) => [drawn(making, SHAPE)],
    bad,
  });
};

export const activationCases: readonly LayerCase[] = [
  ...Object.entries(plain).map(([name, build]) => caseOf(name, build, null)),
  ...Object.entries(floating).map(([name, build]) => {
    return caseOf(name, build, () => [zeros(SHAPE, { dtype: "int32" })]);
  }),
  layerCase({
    name: "PReLU of channels",
    order: 2,
    build: ({ dtype }) => new nn.PReLU(2, { dtype }),
    inputs: (making) => [drawn(making, [12, 2])],
    bad: () => [zeros([2, 3])],
  }),
];
