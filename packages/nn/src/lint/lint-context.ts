/** @file What the rules of the linter look at: the model, a batch, and what else was told. */
import type { Tensor, Variable } from "@tapegrad/autograd";
import type { BatchStatistics, Layer, Module } from "../module.ts";

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
