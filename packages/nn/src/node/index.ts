/**
 * @file Data, weights, checkpoints and logs in files: what needs a file system. The entry point `@tapegrad/nn/node`.
 *
 * It only re-exports. Nothing outside this folder may import from it, so that the rest runs in a browser.
 */

export { CheckpointFile } from "./checkpoint-file.ts";
export {
  CsvLogger,
  JsonLinesLogger,
  TensorBoardLogger,
  type TensorBoardLoggerOptions,
} from "./loggers.ts";
export { openSafetensors, type SafetensorsFile } from "./open-safetensors.ts";
export {
  createProgress,
  type Progress,
  type ProgressOptions,
  type ProgressStream,
} from "./progress.ts";
export { type ProgressBarOptions, progressBar } from "./progress-bar.ts";
export {
  type Cifar,
  readCifar,
  readCsv,
  readIdx,
  readNpy,
  readNpz,
} from "./read-data.ts";
export { type Mnist, readMnist, readSafetensors } from "./read-file.ts";
export { writeFileAtomically } from "./write-file.ts";
export { writeNpy, writeNpz } from "./write-numpy.ts";
export { type DeferredTensor, writeSafetensors } from "./write-safetensors.ts";
