/** @file What the linter says by one rule, and the batches and models that its tests share. */
import { normal, randomKey, type Tensor } from "@tapegrad/autograd";
import {
  BatchNorm,
  type BatchNormLayerOptions,
  type Layer,
  Linear,
  type LintOptions,
  type LintRule,
  lintModel,
  ReLU,
  Sequential,
} from "@tapegrad/nn";

export const key: Tensor = randomKey(1);
export const x: Tensor = normal(randomKey(2), [8, 3]);
export const images: Tensor = normal(randomKey(3), [4, 2, 5, 5]);
export const TRAIN: { readonly mode: "train" } = { mode: "train" };
export const EVAL: { readonly mode: "eval" } = { mode: "eval" };

/** The findings of one rule as `path: message`. */
export function heard(
  rule: LintRule,
  model: Layer,
  sample: Tensor,
  options: LintOptions = {},
): string[] {
  const found = lintModel(model, sample, options).filter((finding) => finding.rule === rule);
  return found.map(({ path, message }) => `${path}: ${message}`);
}

export const withNorm = (options: BatchNormLayerOptions = {}): Sequential =>
  new Sequential(
    new Linear(3, 4, { key, bias: false }),
    new BatchNorm(4, options),
    new ReLU(),
    new Linear(4, 2, { key }),
  );
