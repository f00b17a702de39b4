/** @file parameterGroups: the parameters of a model, with and without weight decay. */
import { LayerNorm } from "../layers/layer-norm.ts";
import { RMSNorm } from "../layers/rms-norm.ts";
import { type Module, Parameter } from "../module.ts";
import { requireNotNegative } from "./ranges.ts";

/** Whether a parameter decays: by its path in the model, itself, and the module that holds it. */
export type Decays = (path: string, parameter: Parameter, module: Module) => boolean;

export interface ParameterGroupsOptions {
  /** Of the parameters that decay. */
  readonly weightDecay: number;
  /** All but those of `noDecay` by default. */
  readonly decays?: Decays;
}

export interface DecayGroup {
  readonly parameters: readonly Parameter[];
  readonly weightDecay: number;
}

/**
 * Two groups for an optimiser: parameters with weight decay, and those without.
 *
 * - by default norm parameters, biases and everything of rank 0 or 1 do not decay. Behind a normalisation the decay of
 *   weights acts on the learning rate only; that of γ and β would shrink the outputs
 *
 * @throws ValueError if weightDecay is negative or not finite.
 * @example
 * const optimizer = new AdamW(parameterGroups(model, { weightDecay: 0.05 }));
 * optimizer.step(tape.gradient(optimizer.parameters));
 */
export function parameterGroups(
  model: Module,
  options: ParameterGroupsOptions,
): readonly [DecayGroup, DecayGroup] {
  const { weightDecay, decays = (...of) => !noDecay(...of) } = options;
  requireNotNegative("parameterGroups", { weightDecay });
  const holders = new Map<unknown, Module>();
  for (const module of model.modules().values()) {
    for (const [, child] of module.children()) {
      if (!holders.has(child)) holders.set(child, module);
    }
  }
  const groups: readonly [Parameter[], Parameter[]] = [[], []];
  for (const [path, parameter] of model.state()) {
    if (!(parameter instanceof Parameter)) continue;
    const isDecayed = decays(path, parameter, holders.get(parameter) ?? model);
    groups[isDecayed ? 0 : 1].push(parameter);
  }
  return [
    { parameters: groups[0], weightDecay },
    { parameters: groups[1], weightDecay: 0 },
  ];
}

/** Whether a parameter is one of a normalisation, a bias, or of rank 0 or 1. */
export const noDecay: Decays = (path, { aval: { shape } }, module) => {
  const name = path.slice(path.lastIndexOf(".") + 1);
  // the other normalisations have parameters of rank 1
  const isNorm = module instanceof LayerNorm || module instanceof RMSNorm;
  return shape.length <= 1 || /bias/i.test(name) || isNorm;
};
