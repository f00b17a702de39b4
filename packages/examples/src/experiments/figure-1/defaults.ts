/**
 * @file What the options of the main experiment are when they are not given.
 */

/** With `--data`: the length of the paper's figure 1, and enough seeds to show a spread. */
export const MNIST_DEFAULTS = { steps: 50_000, seeds: 3 } as const;

/** Without `--data`: long enough to see the difference, short enough to wait for. */
export const BUILT_IN_DEFAULTS = { steps: 1_500, seeds: 3 } as const;

/** The paper gives neither the learning rate nor the scale of the initial weights; these are our choice. */
export const DEFAULTS = {
  learningRate: 0.5,
  initStd: 0.1,
  batchSize: 60,
  out: "results/figure-1",
} as const;
