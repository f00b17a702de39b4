/**
 * @file How a primitive is written: one constructor for each kind of derivative.
 *
 * The types hold two promises: a rule may read only the residuals that its primitive declares, and
 * there is exactly one partial for every input. They are erased in the record, which the mechanism reads.
 */
import type { Aval } from "../array/aval.ts";
import type { AnyRule, Case, Derivative, Domain, Primitive, Residual } from "../core/primitive.ts";
import type { Tensor } from "../core/tensor.ts";
import { assertInvariant } from "../errors.ts";
import type { Kernel } from "../kernel/kernel.ts";

/** A tuple of N elements of T; a plain array where N is not a literal. */
export type TupleOf<
  T,
  N extends number,
  Built extends readonly unknown[] = readonly [],
> = number extends N
  ? readonly T[]
  : Built["length"] extends N
    ? Built
    : TupleOf<T, N, readonly [...Built, T]>;

type Kept<T extends readonly unknown[], R> = number extends T["length"]
  ? readonly Tensor[]
  : { readonly [I in keyof T]: I extends `${Extract<R, number>}` ? Tensor : undefined };

type Each<T extends readonly unknown[], F> = { readonly [I in keyof T]: F };

/** What a derivative may read, by type: declared residuals, the avals of the inputs, and the params. */
export interface Rule<N extends number = number, R = Residual, P = unknown> {
  readonly primals: Kept<TupleOf<unknown, N>, R>;
  readonly output: "output" extends R ? Tensor : undefined;
  readonly outputs: "outputs" extends R ? readonly Tensor[] : undefined;
  readonly avals: TupleOf<Aval, N>;
  readonly params: P;
}

/** For the arity of a primitive that takes any number of inputs. */
export const VARIADIC: number = Number.POSITIVE_INFINITY;

/** What all constructors take. */
export interface Description<N extends number, P> {
  /** As it stands on printed tapes and in messages. */
  readonly name: string;
  /** The number of inputs; `VARIADIC` where any number will do. */
  readonly arity: N;
  /** Where `primitiveLaws` samples the inputs: one for each, the last one for all that follow. */
  readonly domain: readonly Domain[];
  /** Params with which `primitiveLaws` binds it. */
  readonly cases: readonly Case<P>[];
  /** Shape and dtype of the result, or of each result. @throws if those of the inputs do not fit. */
  abstractEval(avals: TupleOf<Aval, N>, params: P): Aval | readonly Aval[];
  /** What is computed: see `elementwiseKernel`. */
  kernel(params: P, avals: TupleOf<Aval, N>): Kernel;
}

/**
 * A primitive with one partial derivative for each input: x̄ᵢ = ȳ · ∂ᵢ and ẏ = Σ ∂ᵢ · ẋᵢ.
 *
 * - `residuals`: what the partials read, inputs by position and "output"; the tape keeps nothing else
 * - `partials`: one for each input, of operations on tensors, so that they are differentiated too
 * - `bind` makes an operation of it, and `primitiveLaws` test it
 *
 * @example
 * const { apply, input } = scalar;
 * const cubePrimitive = define.withPartials({
 *   name: "cube",
 *   arity: 1,
 *   domain: [{ min: -2, max: 2 }],
 *   cases: [{ params: null }],
 *   residuals: [0],
 *   abstractEval: alikeFloating("cube"),
 *   kernel: () => elementwiseKernel(apply("mul", input(0), apply("mul", input(0), input(0)))),
 *   partials: [({ primals: [x] }) => x.square().mul(3)],
 * });
 * const cube = (x: Tensor): Tensor => bind(cubePrimitive, [x], null);
 */
export function withPartials<const N extends number, const R extends Residual = never, P = null>(
  description: Description<N, P> & {
    readonly residuals: readonly R[];
    readonly partials: Each<TupleOf<unknown, N>, (rule: Rule<N, R, P>) => Tensor>;
  },
): Primitive<P> {
  const partials = description.partials as unknown as readonly ((rule: AnyRule) => Tensor)[];
  return finish(description, description.residuals, { kind: "partials", partials });
}

/** A primitive linear in the inputs named (all by default): its tangent is itself, its pullback a transpose. */
export function linear<const N extends number, const R extends Residual = never, P = null>(
  description: Description<N, P> & {
    readonly residuals?: readonly R[];
    readonly linearIn?: readonly number[];
    transpose(cotangent: Tensor, rule: Rule<N, R, P>, input: number): Tensor;
  },
): Primitive<P> {
  const transpose = description.transpose as (c: Tensor, rule: unknown, input: number) => Tensor;
  const inputs = description.linearIn ?? "all";
  return finish(description, description.residuals ?? [], { kind: "linear", inputs, transpose });
}

/** A primitive linear in each of two inputs. It keeps both. */
export function bilinear<P = null>(
  description: Description<2, P> & {
    transpose(cotangent: Tensor, other: Tensor, rule: Rule<2, 0 | 1, P>, input: number): Tensor;
  },
): Primitive<P> {
  type Transpose = (c: Tensor, other: Tensor, rule: unknown, input: number) => Tensor;
  const transpose = description.transpose as Transpose;
  return finish(description, [0, 1], { kind: "bilinear", transpose });
}

/** A primitive that states both its pullback and its tangent. */
export function custom<const N extends number, const R extends Residual = never, P = null>(
  description: Description<N, P> & {
    readonly residuals: readonly R[];
    vjp(cotangents: readonly (Tensor | null)[], rule: Rule<N, R, P>): readonly (Tensor | null)[];
    jvp(tangents: readonly (Tensor | null)[], rule: Rule<N, R, P>): readonly (Tensor | null)[];
  },
): Primitive<P> {
  type Walk = (values: readonly (Tensor | null)[], rule: unknown) => readonly (Tensor | null)[];
  const [vjp, jvp] = [description.vjp as Walk, description.jvp as Walk];
  return finish(description, description.residuals, { kind: "custom", vjp, jvp });
}

/** A primitive whose derivative is zero wherever it exists. */
export function flat<const N extends number, P = null>(
  description: Description<N, P>,
): Primitive<P> {
  return finish(description, [], { kind: "none" });
}

function finish<N extends number, P>(
  description: Description<N, P>,
  residuals: readonly Residual[],
  derivative: Derivative,
): Primitive<P> {
  const { name, arity, domain, cases } = description;
  for (const residual of residuals) {
    const known = typeof residual === "string" || (residual >= 0 && residual < arity);
    assertInvariant(known, `${name} declares residual ${residual} but has ${arity} inputs`);
  }
  const abstractEval = description.abstractEval as Primitive<P>["abstractEval"];
  const kernel = description.kernel as Primitive<P>["kernel"];
  return Object.freeze({ name, arity, domain, cases, residuals, derivative, abstractEval, kernel });
}
