/**
 * @file Problems of a primitive: inputs inside its domain and params that fit them, from its record alone.
 */
import type { DType } from "../array/dtype.ts";
import type { Aval } from "../array/aval.ts";
import { sameShape, type Shape, sizeOf } from "../array/shape.ts";
import type { Case, Domain, Primitive } from "../core/primitive.ts";
import type { Tensor } from "../core/tensor.ts";
import { uniformAt } from "./draws.ts";
import { laidOut, LAYOUTS, relaid } from "./layouts.ts";

/** Something to bind a primitive to. The seed is for whatever a law draws by itself. */
export interface PrimitiveProblem {
  readonly inputs: readonly Tensor[];
  readonly params: unknown;
  readonly seed: number;
}

export interface ProblemOptions {
  /** Of the inputs whose domain is floating; float64 by default. */
  readonly dtype?: "float32" | "float64";
}

/** Shapes for cases that state none: scalars, axes of size 0 and 1, and ranks up to 3. */
export const SMALL_SHAPES: readonly Shape[] = [[], [3], [2, 2], [1], [4], [0], [2, 1, 2], [2, 0]];

/** The domain of input `i`: the last one stated serves all that follow. */
export function domainOf(primitive: Primitive, i: number): Domain {
  return primitive.domain[Math.min(i, primitive.domain.length - 1)];
}

/** The dtype of an input with `domain`, where floating ones are `floating`. */
export function dtypeIn(domain: Domain, floating: DType): DType {
  return domain.dtype === undefined || domain.dtype === "floating" ? floating : domain.dtype;
}

/** Shapes of all inputs for a case; `shape` where it states none. A variadic primitive gets two inputs. */
export function shapesFor(
  primitive: Primitive,
  chosen: Case<unknown>,
  shape: Shape,
): readonly Shape[] {
  const count = Number.isFinite(primitive.arity) ? primitive.arity : 2;
  return chosen.shapes ?? Array<Shape>(count).fill(shape);
}

/**
 * A problem of `primitive`, the same for the same seed: any of its cases, uniform values, any layout.
 *
 * @example
 * primitiveLaws.forEach((law) => law.check(myPrimitive, sampleProblem(myPrimitive, 7)));
 */
export function sampleProblem(
  primitive: Primitive,
  seed: number,
  options: ProblemOptions = {},
): PrimitiveProblem {
  const pick = <T>(list: readonly T[], index: number): T => {
    return list[Math.floor(uniformAt(seed, "choice", 0, index) * list.length)];
  };
  const chosen = pick(primitive.cases, 0);
  const shape = pick(SMALL_SHAPES, 1);
  const drawn = shapesFor(primitive, chosen, shape).map((own, i) => {
    const domain = domainOf(primitive, i);
    const aval: Aval = { shape: own, dtype: dtypeIn(domain, options.dtype ?? "float64") };
    return laidOut(valuesIn(domain, aval, seed, i), aval, "contiguous");
  });
  const inputs = preparedFor(chosen, drawn).map((x, i) => relaid(x, pick(LAYOUTS, 2 + i)));
  return { inputs, params: chosen.params, seed };
}

/** Other inputs for the case that `problem` is of, of the same shapes. */
export function otherInputs(
  primitive: Primitive,
  { inputs, params, seed }: PrimitiveProblem,
): readonly Tensor[] {
  const drawn = (shapes: readonly Shape[]): readonly Tensor[] =>
    inputs.map((x, i) => {
      const aval = { shape: shapes[i], dtype: x.dtype };
      return laidOut(valuesIn(domainOf(primitive, i), aval, seed, OTHER + i), aval, "contiguous");
    });
  const own = inputs.map((x) => x.shape);
  // several cases may have the same params: the one that makes inputs of these shapes is as good as the problem's
  for (const one of primitive.cases) {
    if (one.params !== params || one.prepare === undefined) continue;
    const prepared = preparedFor(one, drawn(one.shapes ?? own));
    if (prepared.every((x, i) => sameShape(x.shape, own[i]))) return prepared;
  }
  return drawn(own);
}

/** The parts of the draws from here on are for other inputs. */
const OTHER = 1024;

/** The inputs of a case, made of what was drawn for it. */
export function preparedFor(chosen: Case<unknown>, drawn: readonly Tensor[]): readonly Tensor[] {
  return chosen.prepare?.(drawn) ?? drawn;
}

function valuesIn({ min, max }: Domain, aval: Aval, seed: number, part: number): readonly number[] {
  return Array.from({ length: sizeOf(aval.shape) }, (_, at) => {
    const u = uniformAt(seed, "values", part, at);
    const isWhole = aval.dtype === "int32" || aval.dtype === "bool";
    return isWhole ? min + Math.floor(u * (max - min + 1)) : min + u * (max - min);
  });
}
