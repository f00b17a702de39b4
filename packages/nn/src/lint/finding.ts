/** @file Finding: what a rule of the linter says, as data. */

/** All rules, in the order of their findings; docs/normalization.md has what each looks for. */
export const LINT_RULES = [
  "bias-before-norm",
  "decay-of-norm",
  "decay-below-half",
  "frozen-but-updating",
  "training-mode-at-evaluation",
  "short-last-batch",
  "no-population-statistics",
  "two-values-per-channel",
] as const;

/** One of `LINT_RULES`. */
export type LintRule = (typeof LINT_RULES)[number];

export interface Finding {
  readonly rule: LintRule;
  /** Of the layer or parameter in the model; "" is the model itself. */
  readonly path: string;
  /** The fact, with its values. */
  readonly message: string;
  /** What would be right. */
  readonly remedy: string;
}
