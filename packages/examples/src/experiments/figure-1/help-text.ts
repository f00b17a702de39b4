/**
 * @file What `--help` prints. The defaults are read, not repeated.
 */
import { BUILT_IN_DEFAULTS, DEFAULTS, MNIST_DEFAULTS } from "./defaults.ts";

/** Usage, options with defaults, examples, and where the data are found; at most 80 columns. */
export function helpText(): string {
  return `\
Figure 1 of Ioffe & Szegedy (2015): the same network with and without batch
normalization, its test accuracy during training and the inputs of one sigmoid.

Usage: npm start -- [options]

Options
  --data DIR           folder with the four MNIST files; without it, digits that
                       are generated here, which are not MNIST
  --steps N            training steps of each network
                       ${defaultByData("steps")}
  --seeds N            run seeds 1 to N
                       ${defaultByData("seeds")}
  --learning-rate X    of plain gradient descent (default ${DEFAULTS.learningRate})
  --init-std X         standard deviation of the initial weights (default ${DEFAULTS.initStd})
  --batch N            examples per step, at least 2 (default ${DEFAULTS.batchSize})
  --binary             replace every pixel by x > 0.5, as the paper's binary
                       images (default: grey values)
  --out DIR            where the report is written (default ${DEFAULTS.out})
  --resume             go on with the run that DIR of --out holds
  -h, --help           print this and stop

Examples
  npm start
  npm start -- --steps 500 --seeds 1
  npm start -- --data DIR --steps 5000 --seeds 3 --learning-rate 0.5

MNIST
  train-images-idx3-ubyte, train-labels-idx1-ubyte, t10k-images-idx3-ubyte and
  t10k-labels-idx1-ubyte, each as it is or with .gz, for example from
  https://storage.googleapis.com/cvdf-datasets/mnist/ or
  https://ossci-datasets.s3.amazonaws.com/mnist/
`;
}

function defaultByData(option: "steps" | "seeds"): string {
  const [withData, without] = [MNIST_DEFAULTS[option], BUILT_IN_DEFAULTS[option]];
  return withData === without
    ? `(default ${withData})`
    : `(default ${withData} with --data, otherwise ${without})`;
}
