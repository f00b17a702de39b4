/**
 * @file lintModel: looks for the known mistakes around normalisation in a model, its optimiser and its data.
 *
 * Every rule is a function of one context to findings; this file knows none of them by name.
 */
import type { Tensor, Variable } from "@tapegrad/autograd";
import type { BatchStatistics, Layer, Module } from "../module.ts";
import { withoutCommit } from "../statistics/without-commit.ts";
import type { Finding } from "./finding.ts";
import { rules } from "./rules.ts";

/** Parameters and their weight decay, as of an optimiser here or of anything with these fields. */
export interface DecayedGroup {
  readonly parameters: readonly Variable[];
  readonly weightDecay?: number;
  readonly options?: { readonly weightDecay?: number };
}

export interface LintOptions {
  /** The optimiser or its groups: whether γ and β decay, and which layers are trained at all. */
  readonly optimizer?: { readonly groups: readonly DecayedGroup[] } | readonly DecayedGroup[];
  /** How many samples an epoch has, and how they are cut: whether its last batch is too short. */
  readonly data?: {
    readonly size: number;
    /** That of the sample batch by default. */
    readonly batchSize?: number;
    /** What becomes of a remainder, as of DataLoader; "keep" by default. */
    readonly remainder?: "keep" | "merge" | "drop";
  };
  /** The way the model is evaluated: whether it really evaluates. */
  readonly evaluate?: (x: Tensor) => Tensor;
  /** Where layers keep statistics by domain. */
  readonly domain?: string;
}

/** What rules look at. */
export interface LintContext {
  readonly model: Layer;
  readonly sample: Tensor;
  readonly options: LintOptions;
  readonly modules: ReadonlyMap<string, Module>;
  /** The batch statistics of one forward pass in training mode, in the order in which layers told them. */
  readonly heard: readonly (readonly [Module, BatchStatistics])[];
  /** What that pass gave. */
  readonly output: Tensor;
  pathOf(module: Module): string;
  /** The same pass again. It draws the same, as long as what it assigns is dropped. */
  train(): Tensor;
}

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

/** All groups of an optimiser, with the decay of each; null if none was given. */
export function groupsOf({
  optimizer,
}: LintOptions): readonly { parameters: readonly Variable[]; weightDecay: number }[] | null {
  if (optimizer === undefined) return null;
  const groups = "groups" in optimizer ? optimizer.groups : optimizer;
  return groups.map(({ parameters, weightDecay, options }) => ({
    parameters,
    weightDecay: weightDecay ?? options?.weightDecay ?? 0,
  }));
}
