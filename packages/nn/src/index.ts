/**
 * @file The public names of `@tapegrad/nn`, each exported explicitly.
 */
export { type CrossEntropyOptions, crossEntropy, type LossOptions } from "@tapegrad/autograd";
export {
  type IdxArray,
  type LabelledImages,
  pairImagesWithLabels,
  parseIdx,
} from "./data/idx.ts";
export {
  type BatchNormOptions,
  type BatchNormTrainResult,
  batchNormInference,
  batchNormTrain,
  type StoredStatistics,
} from "./functional/batch-norm.ts";
export type { Layout, LayoutOptions } from "./functional/layout.ts";
export { batchNormalization, moments } from "./functional/tensorflow.ts";
export { freshKey } from "./init/fresh-key.ts";
export { ReLU, Sigmoid } from "./layers/activations.ts";
export { BatchNorm, type BatchNormLayerOptions } from "./layers/batch-norm.ts";
export { Linear, type LinearOptions } from "./layers/linear.ts";
export { Sequential } from "./layers/sequential.ts";
export {
  type BatchStatistics,
  Buffer,
  type ForwardOptions,
  type Layer,
  type Mode,
  Module,
  Parameter,
  RandomState,
} from "./module.ts";
export { SGD, type SGDOptions } from "./optim/sgd.ts";
export type { Chunks, ReadableBytes } from "./serialization/byte-source.ts";
export { parseSafetensors, type Safetensors } from "./serialization/safetensors.ts";
export {
  type Named,
  type SafetensorsOptions,
  serializeSafetensors,
} from "./serialization/serialize-safetensors.ts";
export type { StoredTensor } from "./serialization/stored-types.ts";
export {
  type SafetensorsStream,
  streamSafetensors,
  type TensorDescription,
} from "./serialization/stream-safetensors.ts";
export { type ToTensorOptions, toTensor } from "./serialization/to-tensor.ts";
export {
  estimatePopulation,
  type Population,
  type PopulationEstimate,
  usePopulation,
} from "./statistics/estimate-population.ts";
