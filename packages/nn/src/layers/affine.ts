/** @file What normalising layers have in common: scale γ and shift β, and the check of their channels. */
import { type DType, ones, type Shape, ShapeError, zeros } from "@tapegrad/autograd";
import { Parameter } from "../module.ts";

/** γ and β as parameters, or null where the layer has none. */
export interface Affine {
  readonly weight: Parameter | null;
  readonly bias: Parameter | null;
}

/** γ = 1 and β = 0 of one shape, as far as they are wanted. */
export function affineParameters(
  shape: Shape,
  dtype: DType,
  has: { readonly weight: boolean; readonly bias: boolean },
): Affine {
  const parameter = (name: string, make: typeof ones): Parameter =>
    new Parameter(make(shape, { dtype }), { name });
  return {
    weight: has.weight ? parameter("weight", ones) : null,
    bias: has.bias ? parameter("bias", zeros) : null,
  };
}

/** The values of γ and β as autograd's normalisations take them. */
export function affineValues({ weight, bias }: Affine): {
  readonly weight: Parameter["value"] | undefined;
  readonly bias: Parameter["value"] | undefined;
} {
  return { weight: weight?.value, bias: bias?.value };
}

/** @throws ShapeError unless axis 1 of [N, C, …] has `channels` entries. */
export function requireChannels(op: string, shape: Shape, channels: number): void {
  if (shape.length >= 2 && shape[1] === channels) return;
  throw new ShapeError(op, { shape, channels }, (d) => {
    return `the input has shape [${d.shape.join(", ")}], but the layer takes [N, ${d.channels}, …]. Move the channels to axis 1, or make the layer with the number of channels of its input.`;
  });
}
