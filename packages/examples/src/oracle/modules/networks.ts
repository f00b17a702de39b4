/** @file The networks of the training runs. */
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
