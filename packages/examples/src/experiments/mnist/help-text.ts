/** @file What `npm run mnist -- --help` prints. */

export const DEFAULTS = { epochs: 2, out: "results/mnist" } as const;

/** Usage, options with defaults, examples, and where the data are found; at most 80 columns. */
export function helpText(): string {
  return `\
Trains a small convolutional network with batch normalisation on MNIST, to more
than 98.5 % of the test images right.

Usage: npm run mnist -- [options]

Options
  --data DIR     folder with the four MNIST files (default: MNIST_DIR)
  --epochs N     passes over the 60000 training images (default ${DEFAULTS.epochs})
  --eager        run operation by operation instead of one compiled program
  --out DIR      where checkpoint and logs are written (default ${DEFAULTS.out})
  --resume       go on with the run that DIR of --out holds
  -h, --help     print this and stop

Examples
  npm run mnist -- --data path/to/mnist
  npm run mnist -- --data path/to/mnist --epochs 3 --resume

It writes checkpoint.safetensors, log.jsonl, log.csv and an event file for
TensorBoard. Ctrl-C ends it after the step in progress, with a checkpoint; with
--resume the run goes on and ends with the same bits as one without a break.

MNIST
  train-images-idx3-ubyte, train-labels-idx1-ubyte, t10k-images-idx3-ubyte and
  t10k-labels-idx1-ubyte, each as it is or with .gz, for example from
  https://storage.googleapis.com/cvdf-datasets/mnist/ or
  https://ossci-datasets.s3.amazonaws.com/mnist/
`;
}
