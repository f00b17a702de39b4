/** @file initialize: other initial values for the parameters of a model. */
import { splitKey, type Tensor, ValueError } from "@tapegrad/autograd";
import { type Module, Parameter } from "../module.ts";
import { freshKey } from "./fresh-key.ts";
import type { Initializer } from "./initializer.ts";

export interface InitializeOptions {
  /** Random key; every parameter draws with one of its own. A fresh one, different in every run, by default. */
  readonly key?: Tensor;
  /** Which parameters; those with two axes or more by default, which leaves biases and norms as they are. */
  readonly where?: (path: string, parameter: Parameter) => boolean;
}

/**
 * Assigns initial values by `rule` to parameters of `model`.
 *
 * @returns the paths of the parameters that were assigned.
 * @throws ValueError if there are none, before anything is assigned; what the rule throws at a shape.
 * @example
 * initialize(model, init.kaimingNormal({ nonlinearity: "relu" }), { key: randomKey(1) });
 * initialize(model, init.zeros(), { where: (path) => path.endsWith("bias") });
 */
export function initialize(
  model: Module,
  rule: Initializer,
  options: InitializeOptions = {},
): readonly string[] {
  const { key = freshKey(), where = (_, { aval }) => aval.shape.length >= 2 } = options;
  const chosen = [...model.state()].flatMap(([path, variable]) => {
    return variable instanceof Parameter && where(path, variable)
      ? [[path, variable] as const]
      : [];
  });
  if (chosen.length === 0) {
    throw new ValueError("initialize", {}, () => {
      return "no parameter of the model was chosen. Choose some with `where`, or initialise a model that has weights of two axes or more.";
    });
  }
  const keys = splitKey(key, chosen.length);
  const values = chosen.map(([, { aval }], i) => {
    return rule.draw(keys[i], aval.shape, { dtype: aval.dtype });
  });
  chosen.forEach(([, parameter], i) => {
    parameter.assign(values[i]);
  });
  return chosen.map(([path]) => path);
}
