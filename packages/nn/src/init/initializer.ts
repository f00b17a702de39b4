/**
 * @file What an initialiser is: a rule from a key and a shape to initial values. Rules that draw every element from one
 * distribution also say which, without drawing.
 */
import {
  type DType,
  normal,
  type Shape,
  type Tensor,
  truncatedNormal,
  uniform,
  ValueError,
} from "@tapegrad/autograd";

export interface InitialValueOptions {
  /** float32 by default. */
  readonly dtype?: DType;
}

/** A rule for the initial values of a parameter. */
export interface Initializer {
  /** The values: a pure function of the key, the shape and the dtype. */
  draw(key: Tensor, shape: Shape, options?: InitialValueOptions): Tensor;
}

/** What independent elements are drawn from. Bounds and moments of "truncatedNormal" are those before it is truncated. */
export type Distribution =
  | { readonly kind: "uniform"; readonly min: number; readonly max: number }
  | { readonly kind: "normal"; readonly mean: number; readonly standardDeviation: number }
  | {
      readonly kind: "truncatedNormal";
      readonly mean: number;
      readonly standardDeviation: number;
      readonly min: number;
      readonly max: number;
    };

/** A rule that draws every element from one distribution. */
export interface RandomInitializer extends Initializer {
  /** That distribution for a parameter of this shape. Nothing is drawn. */
  distribution(shape: Shape): Distribution;
}

/** The rule that draws from `distribution(shape)`. */
export function drawnFrom(distribution: (shape: Shape) => Distribution): RandomInitializer {
  return {
    distribution,
    draw: (key, shape, options = {}) => {
      const { kind, ...parameters } = distribution(shape);
      const { dtype = "float32" } = options;
      if (kind === "uniform") return uniform(key, shape, { ...parameters, dtype });
      if (kind === "normal") return normal(key, shape, { ...parameters, dtype });
      return truncatedNormal(key, shape, { ...parameters, dtype });
    },
  };
}

/** A number that spreads what is drawn. @throws ValueError if it is not positive and finite. */
export function requireDeviation(name: string, value: number): number {
  if (value > 0 && Number.isFinite(value)) return value;
  throw new ValueError("init", { name, value }, (d) => {
    return `${d.name} is ${d.value}. Use a positive finite number.`;
  });
}
