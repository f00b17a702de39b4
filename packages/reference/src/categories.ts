/**
 * @file The groups of public names, found by the file that declares them: a new operation is listed where its
 * folder is, without a tag of its own. The groups are in the order of the pages.
 */

/** Group → its files and folders, relative to `packages`. The longest path that begins a file's path decides. */
const CATEGORIES: Readonly<Record<string, readonly string[]>> = {
  Tensors: ["autograd/src/core/tensor", "autograd/src/array", "autograd/src/ops/create"],
  Transforms: ["autograd/src/transforms", "autograd/src/primitives/stop-gradient"],
  "Loops and choices": [
    ...within("autograd/src/transforms", "cond", "scan", "while-loop"),
    "autograd/src/ops/associative-scan",
  ],
  Tape: [
    ...within("autograd/src/transforms", "record", "recording", "tape-json"),
    "autograd/src/core/tape",
    "autograd/src/core/variable",
    "autograd/src/inspect",
  ],
  Compilation: ["autograd/src/compile"],
  "Elementwise functions": [
    "autograd/src/primitives",
    ...within("autograd/src/ops", "arithmetic", "exponential", "rounding", "special"),
    ...within("autograd/src/ops", "trigonometry"),
  ],
  Activations: within(
    "autograd/src/ops",
    ...["activations", "gating", "rectifiers", "smooth-units", "softplus"],
  ),
  "Comparison and logic": [
    "autograd/src/ops/logic",
    ...within("autograd/src/primitives", "compare", "where"),
  ],
  "Sums and statistics": [
    "autograd/src/primitives/sum-broadcast-to",
    ...within("autograd/src/ops", "cumulative", "differences", "extremes", "reductions"),
    ...within("autograd/src/ops", "statistics", "unbiased"),
  ],
  "Shapes and layout": [
    ...within("autograd/src/primitives", "concatenate", "reshape", "slice-pad", "transpose"),
    ...within("autograd/src/ops", "diagonals", "joining", "overlapping", "padding", "rearranging"),
    ...within("autograd/src/ops", "repeating", "shapes", "splitting", "unfold"),
  ],
  "Indexing, sorting and searching": [
    "autograd/src/primitives/arg-sort",
    ...within("autograd/src/ops", "arg-max", "indexing", "one-hot", "searching", "sorting"),
    ...within("autograd/src/ops", "embedding", "take-along-axis"),
  ],
  "Linear algebra": [
    ...within("autograd/src/primitives", "mat-mul", "matrix-exp"),
    ...within("autograd/src/ops", "distances", "linalg", "linear", "norms"),
  ],
  "Convolution, pooling and images": [
    ...within("autograd/src/primitives", "conv2d", "windows"),
    ...within("autograd/src/ops", "convolution", "pooling", "resampling"),
  ],
  Layers: ["nn/src/layers", "nn/src/module"],
  "Normalising layers": within(
    "nn/src/layers",
    ...["batch-norm", "batch-renorm", "decorrelated-batch-norm", "ghost-batch-norm", "group-norm"],
    ...["instance-norm", "layer-norm", "local-response-norm", "noisy-batch-norm", "rms-norm"],
    ...["running-statistics", "spectral-norm", "weight-norm", "weight-standardization"],
    ...["reparametrized", "batch-norm-options"],
  ),
  Normalisation: [
    ...within("autograd/src/ops", "normalization", "native-norms"),
    ...within("nn/src/functional", "batch-norm", "batch-renorm", "decorrelated-batch-norm"),
    ...within("nn/src/functional", "ghost-batch-norm", "inverse-square-root", "layout"),
    ...within("nn/src/functional", "reparametrization", "tensorflow"),
  ],
  Losses: ["autograd/src/ops/losses"],
  "Random numbers": ["autograd/src/random"],
  "Primitives of your own": [
    "autograd/src/core",
    "autograd/src/kernel",
    ...within("autograd/src/primitives", "define", "door", "index"),
  ],
  Errors: ["autograd/src/errors"],

  "Functions of layers": ["nn/src/functional"],
  Initialisation: ["nn/src/init"],
  Models: ["nn/src/models", "nn/src/summary", "nn/src/lint"],
  "Statistics of a population": ["nn/src/statistics"],
  "Optimisers and schedules": ["nn/src/optim", "nn/src/schedule"],
  Training: ["nn/src/train"],
  Data: ["nn/src/data"],
  Files: ["nn/src/serialization", "nn/src/node"],

  "Gradient checking": ["autograd/src/testing"],
};

/** Names that stand for another of the same module, such as `argmax` for `argMax`. */
export const OTHER_NAMES = "Other names";

/** All groups in the order of the pages. */
export const CATEGORY_ORDER: readonly string[] = [...Object.keys(CATEGORIES), OTHER_NAMES];

/** The group of a file given relative to `packages`; null if it is in none. */
export function categoryOf(file: string): string | null {
  let [longest, found]: [number, string | null] = [0, null];
  for (const [category, paths] of Object.entries(CATEGORIES)) {
    for (const path of paths) {
      const inside = file === `${path}.ts` || file.startsWith(`${path}/`);
      if (inside && path.length > longest) [longest, found] = [path.length, category];
    }
  }
  return found;
}

/** The files and folders of the table that name nothing in `files`, which are relative to `packages`. */
export function unusedPaths(files: readonly string[]): string[] {
  return Object.values(CATEGORIES)
    .flat()
    .filter((path) => !files.some((file) => file === `${path}.ts` || file.startsWith(`${path}/`)));
}

function within(folder: string, ...names: readonly string[]): string[] {
  return names.map((name) => `${folder}/${name}`);
}
