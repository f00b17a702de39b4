/** @file uniformParameters: weight and bias of the layers that multiply, with PyTorch's initial values. */
import { type DType, type Shape, splitKey, type Tensor, uniform } from "@tapegrad/autograd";
import { freshKey } from "../init/fresh-key.ts";
import { Parameter } from "../module.ts";
import { requireFloatingDType } from "./layer-options.ts";

export interface WeightOptions {
  /** Whether a bias is added; true by default. The layer before batch norm needs none: β takes its place. */
  readonly bias?: boolean;
  /** float32 by default. */
  readonly dtype?: DType;
  /** Random key of the initial values; a fresh one, different in every run, by default. */
  readonly key?: Tensor;
}

export interface WeightAndBias {
  readonly weight: Parameter;
  readonly bias: Parameter | null;
}

/** A weight of `shape` and a bias for each of `outputs`, both uniform within ±1/√`fanIn`. */
export function uniformParameters(
  op: string,
  shape: Shape,
  { outputs, fanIn }: { readonly outputs: number; readonly fanIn: number },
  options: WeightOptions,
): WeightAndBias {
  const dtype = requireFloatingDType(op, options.dtype ?? "float32");
  const [weightKey, biasKey] = splitKey(options.key ?? freshKey());
  const bound = 1 / Math.sqrt(fanIn);
  const draw = { dtype, min: -bound, max: bound };
  const weight = new Parameter(uniform(weightKey, shape, draw), { name: "weight" });
  if (options.bias === false) return { weight, bias: null };
  return { weight, bias: new Parameter(uniform(biasKey, [outputs], draw), { name: "bias" }) };
}
