/** @file The networks of the training runs. */
import { sigmoid, type Tensor } from "@tapegrad/autograd";
import * as nn from "@tapegrad/nn";
import type { NetworkBuilder } from "./training-runs.ts";

/** Two convolutions with batch norm and ReLU, the mean of every map, and a linear layer. */
export const convBnRelu: NetworkBuilder = ({ channels, stride }, state, dtype) => {
  const [first, second, third] = channels as readonly number[];
  const near = { padding: 1, bias: false, dtype } as const;
  const images = { layout: "NCHW", dtype } as const;
  return nn.Sequential.named({
    conv1: new nn.Conv2d(first, second, 3, { ...near, stride: Number(stride) }),
    bn1: new nn.BatchNorm(second, images),
    relu1: new nn.ReLU(),
    conv2: new nn.Conv2d(second, third, 3, near),
    bn2: new nn.BatchNorm(third, images),
    relu2: new nn.ReLU(),
    pool: new nn.GlobalAvgPool(),
    fc: new nn.Linear(third, state["fc.weight"].shape[0], { dtype }),
  });
};

/** Hidden layers `fc.i`, each with batch norm `bn.i` if there is any and a sigmoid, then `out`. */
class SigmoidNetwork extends nn.Module {
  readonly fc: readonly nn.Linear[];
  readonly bn: readonly nn.BatchNorm[];
  readonly out: nn.Linear;

  constructor(fc: readonly nn.Linear[], bn: readonly nn.BatchNorm[], out: nn.Linear) {
    super();
    this.fc = fc;
    this.bn = bn;
    this.out = out;
  }

  forward(x: Tensor, options: nn.ForwardOptions = {}): Tensor {
    const hidden = this.fc.reduce((value, linear, i) => {
      const y = linear.forward(value);
      return sigmoid(i < this.bn.length ? this.bn[i].forward(y, options) : y);
    }, x);
    return this.out.forward(hidden);
  }
}

/** The network of the paper's experiment, of any depth and width. */
export const mlpBnSigmoid: NetworkBuilder = (_, state, dtype) => {
  const linear = (path: string): nn.Linear => {
    const [outputs, inputs] = state[`${path}.weight`].shape;
    return new nn.Linear(inputs, outputs, { dtype, bias: Object.hasOwn(state, `${path}.bias`) });
  };
  const paths = (prefix: string): readonly string[] => {
    const names = Object.keys(state).map((path) => path.replace(/\.\w+$/, ""));
    return [...new Set(names)].filter((name) => name.startsWith(prefix));
  };
  const norms = paths("bn.").map((path) => {
    return new nn.BatchNorm(state[`${path}.weight`].shape[0], { dtype });
  });
  return new SigmoidNetwork(paths("fc.").map(linear), norms, linear("out"));
};
