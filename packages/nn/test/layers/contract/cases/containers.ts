/** @file Cases of modules made of modules. */
import { splitKey, zeros } from "@tapegrad/autograd";
import { BasicBlock, BatchNorm, Linear, Residual, Sequential, Sigmoid, Tanh } from "@tapegrad/nn";
import { drawn, type LayerCase, layerCase } from "../layer-case.ts";

export const containerCases: readonly LayerCase[] = [
  layerCase({
    name: "Sequential",
    order: 2,
    build: ({ key, dtype }) => {
      const [first, second] = splitKey(key);
      return new Sequential(
        new Linear(3, 2, { key: first, dtype, bias: false }),
        new BatchNorm(2, { dtype }),
        new Sigmoid(),
        new Linear(2, 2, { key: second, dtype }),
      );
    },
    inputs: (making) => [drawn(making, [4, 3])],
    bad: () => [zeros([4, 2])],
  }),
  layerCase({
    name: "Residual with a shortcut",
    order: 2,
    build: ({ key, dtype }) => {
      const [first, second] = splitKey(key);
      const shortcut = new Linear(3, 2, { key: second, dtype, bias: false });
      const body = Sequential.named({ fc: new Linear(3, 2, { key: first, dtype }) });
      return new Residual(body, { shortcut, activation: new Tanh() });
    },
    inputs: (making) => [drawn(making, [1, 3])],
    bad: () => [zeros([1, 2])],
  }),
  layerCase({
    name: "BasicBlock",
    order: 2,
    build: (making) => new BasicBlock(1, 2, { ...making, stride: 2 }),
    inputs: (making) => [drawn(making, [2, 1, 2, 3])],
    bad: () => [zeros([2, 2, 2, 3])],
  }),
];
