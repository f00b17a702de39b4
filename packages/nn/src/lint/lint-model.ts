/**
 * @file lintModel: looks for the known mistakes around normalisation in a model, its optimiser and its data.
 *
 * Every rule is a function of one context to findings; this file knows none of them by name.
 */
import type { Tensor } from "@tapegrad/autograd";
import type { BatchStatistics, Layer, Module } from "../module.ts";
import { withoutCommit } from "../statistics/without-commit.ts";
import type { Finding } from "./finding.ts";
import type { LintContext, LintOptions } from "./lint-context.ts";
import { rules } from "./rules.ts";

/**
 * Runs `model` on a sample batch in training mode, and says what is known to go wrong with normalisation in it.
 *
 * - nothing of the model changes: what the runs assign is dropped
 * - findings are data, in the order of the rules; an empty list is a clean bill
 * - rules that need an option are silent without it
 *
 * @param sample a batch as it comes in training.
 * @throws errors of `forward` and of `evaluate` as they are.
 * @example
 * for (const { path, message, remedy } of lintModel(model, batch, { optimizer })) console.warn(path, message, remedy);
 */
export function lintModel(
  model: Layer,
  sample: Tensor,
  options: LintOptions = {},
): readonly Finding[] {
  const modules = model.modules();
  const paths = new Map([...modules].map(([path, module]) => [module, path]));
  const heard: [Module, BatchStatistics][] = [];
  const { domain } = options;
  const mode = { mode: "train", ...(domain === undefined ? {} : { domain }) } as const;
  const onStatistics = (layer: Module, statistics: BatchStatistics): void => {
    heard.push([layer, statistics]);
  };
  const output = withoutCommit(() => model.forward(sample, { ...mode, onStatistics }));
  const context: LintContext = {
    model,
    sample,
    options,
    modules,
    heard,
    output,
    pathOf: (module) => paths.get(module) ?? "",
    train: () => model.forward(sample, mode),
  };
  return rules.flatMap((rule) => rule(context));
}
