/** @file SGD. */
import {
  add,
  GradientError,
  mul,
  sub,
  Tensor,
  ValueError,
  Variable,
  zeros,
} from "@tapegrad/autograd";
import type { Parameter } from "../module.ts";

export interface SGDOptions {
  readonly learningRate: number;
  /** Weight of the previous velocity; 0 (plain gradient descent) by default. */
  readonly momentum?: number;
}

/**
 * Stochastic gradient descent: v ← momentum · v + g, p ← p - learningRate · v.
 *
 * @throws ValueError if the rate is not positive or the momentum not in [0, 1).
 * @example
 * const optimizer = new SGD(model.parameters(), { learningRate: 0.5 });
 * optimizer.step(tape.gradient(model.parameters()));
 */
export class SGD {
  readonly parameters: readonly Parameter[];
  readonly learningRate: number;
  readonly momentum: number;
  /** One for each parameter; none without momentum. */
  readonly velocities: readonly Variable[];

  constructor(parameters: readonly Parameter[], options: SGDOptions) {
    const { learningRate, momentum = 0 } = options;
    requireRange("learningRate", learningRate, learningRate > 0, "a positive number");
    requireRange("momentum", momentum, momentum >= 0 && momentum < 1, "a number from 0 to below 1");
    this.parameters = parameters;
    this.learningRate = learningRate;
    this.momentum = momentum;
    this.velocities =
      momentum === 0
        ? []
        : parameters.map((p) => {
            const { shape, dtype } = p.aval;
            return new Variable(zeros(shape, { dtype }), { name: `${p.name}.velocity` });
          });
  }

  /**
   * Moves every parameter against its gradient.
   *
   * @param gradients one for each parameter, in their order and shapes.
   * @throws GradientError if their number, a shape or a dtype differs; then no parameter has moved.
   */
  step(gradients: readonly Tensor[]): void {
    if (gradients.length !== this.parameters.length) {
      throw new GradientError(
        "SGD.step",
        { found: gradients.length, expected: this.parameters.length },
        (d) => {
          return `got ${d.found} gradients for ${d.expected} parameters. Pass \`tape.gradient(model.parameters())\` of the same parameters.`;
        },
      );
    }
    this.parameters.forEach((parameter, i) => {
      requireFit(parameter, gradients[i], i);
    });
    this.parameters.forEach((parameter, i) => {
      const direction = this.#direction(gradients[i], i);
      parameter.assign(sub(parameter.value, mul(direction, this.learningRate)));
    });
  }

  #direction(gradient: Tensor, i: number): Tensor {
    if (this.momentum === 0) return gradient;
    const velocity = this.velocities[i];
    velocity.assign(add(mul(velocity.value, this.momentum), gradient));
    return velocity.value;
  }
}

function requireFit(parameter: Parameter, gradient: Tensor, position: number): void {
  const text = ({ dtype, shape }: Parameter["aval"]): string => `${dtype}[${shape.join(",")}]`;
  const found = gradient instanceof Tensor ? text(gradient.aval) : "no tensor";
  const expected = text(parameter.aval);
  if (found === expected) return;
  const details = { position, name: parameter.name, found, expected };
  throw new GradientError("SGD.step", details, (d) => {
    return `gradient ${d.position} is ${d.found}, but its parameter ${d.name} is ${d.expected}. Pass one gradient for each parameter, in their order.`;
  });
}

function requireRange(name: string, value: number, fits: boolean, range: string): void {
  if (fits && Number.isFinite(value)) return;
  throw new ValueError("SGD", { name, value }, (d) => `${d.name} is ${d.value}. Use ${range}.`);
}
