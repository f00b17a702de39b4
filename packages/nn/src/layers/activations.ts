/** @file Activations as layers. */
import { relu, sigmoid, type Tensor } from "@tapegrad/autograd";
import { Module } from "../module.ts";

/** 1 / (1 + exp(-x)), element by element. */
export class Sigmoid extends Module {
  forward(x: Tensor): Tensor {
    return sigmoid(x);
  }
}

/** max(x, 0), element by element; its derivative at 0 is 0. */
export class ReLU extends Module {
  forward(x: Tensor): Tensor {
    return relu(x);
  }
}
