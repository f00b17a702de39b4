/**
 * @file Primitive: the frozen record of one operation. Everything else about it is derived from the record.
 * The constructors that authors use are in primitives/define.ts.
 */
import type { Aval } from "../array/aval.ts";
import type { Shape } from "../array/shape.ts";
import type { Kernel } from "../kernel/kernel.ts";
import type { Tensor } from "./tensor.ts";

/** What a derivative may read: declared residuals, the avals of the inputs, and the params. */
export interface AnyRule {
  readonly primals: readonly (Tensor | undefined)[];
  readonly output: Tensor | undefined;
  readonly outputs: readonly Tensor[] | undefined;
  readonly avals: readonly Aval[];
  readonly params: unknown;
}

/** Of each input, or of each result; null for zero. */
type Parts = readonly (Tensor | null)[];

/** Written with tensor operations, so it is itself recorded: that is where higher orders come from. */
export type Derivative =
  | { readonly kind: "partials"; readonly partials: readonly ((rule: AnyRule) => Tensor)[] }
  | {
      readonly kind: "linear";
      /** The inputs it is linear in; the others are constants of the map. */
      readonly inputs: readonly number[] | "all";
      transpose(cotangent: Tensor, rule: AnyRule, input: number): Tensor;
    }
  | {
      readonly kind: "bilinear";
      transpose(cotangent: Tensor, other: Tensor, rule: AnyRule, input: number): Tensor;
    }
  | {
      readonly kind: "custom";
      /** @param wanted of each input whether its cotangent is asked for; where left out, it is. */
      vjp(cotangents: Parts, rule: AnyRule, wanted?: readonly boolean[]): Parts;
      jvp(tangents: Parts, rule: AnyRule): Parts;
    }
  | { readonly kind: "none" };

/** Where the contract suite samples an input: a range in which the primitive is smooth and well conditioned. */
export interface Domain {
  readonly min: number;
  readonly max: number;
  readonly dtype?: "floating" | "int32" | "bool";
}

/** Params, and shapes of what is drawn from the domain; without shapes any equal shapes will do. */
export interface Case<P> {
  readonly params: P;
  readonly shapes?: readonly Shape[];
  /** Inputs that are well conditioned, made of those drawn from the domain: of a matrix a positive definite one. */
  prepare?(inputs: readonly Tensor[]): readonly Tensor[];
}

/** What the tape keeps for a derivative: inputs by position, the first result, or all results. */
export type Residual = number | "output" | "outputs";

/** The frozen record of one operation, made by a constructor of `define`. */
export interface Primitive<P = unknown> {
  readonly name: string;
  /** The number of inputs; Infinity where any number will do. */
  readonly arity: number;
  readonly residuals: readonly Residual[];
  readonly derivative: Derivative;
  /** One for each input; the last one serves all that follow. */
  readonly domain: readonly Domain[];
  readonly cases: readonly Case<P>[];
  /** Avals of the results. @throws if shapes or dtypes do not fit. */
  abstractEval(avals: readonly Aval[], params: P): Aval | readonly Aval[];
  /** What is computed, as data. */
  kernel(params: P, avals: readonly Aval[]): Kernel;
  /** For a primitive that is made of others: binds those. It has no kernel. */
  expand?(inputs: readonly Tensor[], params: P): readonly Tensor[];
  /** For one that calls functions: its results for `size` members, along a first axis of them and of inputs mapped. */
  mapped?(inputs: readonly Tensor[], isMapped: readonly boolean[], size: number): readonly Tensor[];
}
