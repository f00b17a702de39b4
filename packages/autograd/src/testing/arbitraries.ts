/**
 * @file Arbitraries for fast-check: shapes, tensors in every layout, and problems of primitives.
 *
 * The only module of this package that needs fast-check; published as `@tapegrad/autograd/testing/arbitraries`.
 * They shrink to small shapes, round numbers and contiguous memory.
 */
import fc from "fast-check";
import type { Aval } from "../array/aval.ts";
import type { DType } from "../array/dtype.ts";
import { type Shape, sizeOf } from "../array/shape.ts";
import type { Case, Domain, Primitive } from "../core/primitive.ts";
import type { Tensor } from "../core/tensor.ts";
import { LAYOUTS, laidOut, relaid } from "./layouts.ts";
import {
  domainOf,
  dtypeIn,
  preparedFor,
  type PrimitiveProblem,
  type ProblemOptions,
  shapesFor,
} from "./problems.ts";

/** Bounds of the shapes to generate. */
export interface ShapeOptions {
  /** The smallest rank; 0 by default. */
  readonly minRank?: number;
  /** The largest rank; 3 by default. */
  readonly maxRank?: number;
  /** The smallest length of an axis; 0 by default. */
  readonly minLength?: number;
  /** The largest length of an axis; 3 by default. */
  readonly maxLength?: number;
}

/**
 * Shapes: scalars, axes of size 0 and 1 included.
 *
 * @example
 * fc.assert(fc.property(shapes({ maxRank: 2 }), (shape) => zeros(shape).rank === shape.length));
 */
export function shapes(options: ShapeOptions = {}): fc.Arbitrary<Shape> {
  const { minRank = 0, maxRank = 3, minLength = 0, maxLength = 3 } = options;
  const length = fc.nat({ max: maxLength - minLength }).map((n) => n + minLength);
  return fc.array(length, { minLength: minRank, maxLength: maxRank });
}

/**
 * Two shapes that broadcast, and their common shape: axes stretch on either side, leading axes may be missing.
 *
 * @example
 * fc.property(broadcastablePairs(), ([a, b, common]) => add(zeros(a), zeros(b)).rank === common.length);
 */
export function broadcastablePairs(
  options: ShapeOptions = {},
): fc.Arbitrary<readonly [a: Shape, b: Shape, common: Shape]> {
  return shapes(options).chain((common) => {
    const side = fc.tuple(
      fc.nat({ max: common.length }),
      fc.tuple(...common.map(() => fc.boolean())),
    );
    return fc.tuple(side, side).map(([[dropA, oneA], [dropB, oneB]]) => {
      // an axis is whole in at least one of the two
      const keepA = common.map((_, axis) => axis >= dropA && !oneA[axis]);
      const a = common.map((length, axis) => (keepA[axis] ? length : 1)).slice(dropA);
      const whole = keepA.indexOf(false) < 0 ? common.length : keepA.indexOf(false);
      const b = common
        .map((length, axis) => (keepA[axis] && oneB[axis] ? 1 : length))
        .slice(Math.min(dropB, whole));
      return [a, b, common] as const;
    });
  });
}

/** What tensors to generate. */
export interface TensorOptions {
  /** Any of `shapes()` by default. */
  readonly shape?: Shape | fc.Arbitrary<Shape>;
  /** float64 by default. */
  readonly dtype?: DType;
  /** Numbers from -3 to 3 by default (int32: whole ones; bool: 0 and 1). */
  readonly domain?: Domain;
}

const DEFAULT_DOMAIN: Domain = { min: -3, max: 3 };

/**
 * Tensors of any shape in any layout: contiguous, every second place, first axis innermost, back to front.
 * They are made of views as npm `ndarray` makes them, with NaN (or 77) in places that no element owns.
 *
 * @example
 * fc.property(tensors({ dtype: "float32" }), (x) => neg(x).size === x.size);
 */
export function tensors(options: TensorOptions = {}): fc.Arbitrary<Tensor> {
  const { shape = shapes(), dtype = "float64" } = options;
  const domain = dtype === "bool" ? { min: 0, max: 1 } : (options.domain ?? DEFAULT_DOMAIN);
  const chosen = shape instanceof fc.Arbitrary ? shape : fc.constant(shape);
  return chosen.chain((own) => tensorsOf({ shape: own, dtype }, domain));
}

/**
 * Tensors of one aval whose elements lie in `domain`. A third of the elements are whole, where the domain
 * holds whole numbers: ties, zeros and kinks are then common.
 *
 * @example
 * fc.property(tensorsInDomain([2, 3], { min: 0.01, max: 100 }), (x) => !Number.isNaN(sqrt(x).sum().item()));
 */
export function tensorsInDomain(
  shape: Shape,
  domain: Domain,
  dtype: DType = "float64",
): fc.Arbitrary<Tensor> {
  return tensorsOf({ shape, dtype: dtypeIn(domain, dtype) }, domain);
}

function tensorsOf(aval: Aval, domain: Domain): fc.Arbitrary<Tensor> {
  const size = sizeOf(aval.shape);
  const values = fc.array(numbers(domain, aval.dtype), { minLength: size, maxLength: size });
  return fc
    .tuple(values, fc.constantFrom(...LAYOUTS))
    .map(([data, layout]) => laidOut(data, aval, layout));
}

const GRID = 2 ** 20;

/** Whole numbers, then uniform ones on a grid, which shrink to the middle, and rarely any double: denormals, bounds. */
function numbers({ min, max }: Domain, dtype: DType): fc.Arbitrary<number> {
  const [first, last] = [Math.ceil(min), Math.floor(max)];
  const whole = fc.integer({ min: Math.min(first, last), max: last });
  if (dtype === "int32" || dtype === "bool") return whole;
  const uniform = fc.nat({ max: GRID }).map((i) => min + ((max - min) * i) / GRID);
  const any = fc.double({ min, max, noNaN: true });
  const kinds = [
    { arbitrary: uniform, weight: 8 },
    { arbitrary: any, weight: 1 },
  ];
  return fc.oneof(...(first <= last ? [{ arbitrary: whole, weight: 4 }] : []), ...kinds);
}

/**
 * One tensor, twice: f(x, x) must add up both parts of its gradient.
 *
 * @example
 * fc.property(repeatedInputs(), ([a, b]) => a === b);
 */
export function repeatedInputs(
  options: TensorOptions = {},
): fc.Arbitrary<readonly [Tensor, Tensor]> {
  return tensors(options).map((x) => [x, x] as const);
}

/**
 * An input to use, and one of unrelated shape to leave unused: its gradient is zeros of its own shape.
 *
 * @example
 * fc.property(unusedInputs(), ([x, y]) => vjp((a, _b) => neg(a), x, y).pullback(x)[1].shape === y.shape);
 */
export function unusedInputs(
  options: TensorOptions = {},
): fc.Arbitrary<readonly [used: Tensor, unused: Tensor]> {
  return fc.tuple(tensors(options), tensors({ ...options, shape: shapes() }));
}

const FEW = 9;

/** Of nine problems eight have elements; the ninth may have axes of size 0, of which there is less to say. */
function problemShapes(): fc.Arbitrary<Shape> {
  return fc.oneof(
    { arbitrary: shapes({ maxRank: 2, minLength: 1 }), weight: FEW - 1 },
    { arbitrary: shapes({ maxRank: 2 }), weight: 1 },
  );
}

function problemCases({ cases }: Primitive): fc.Arbitrary<Case<unknown>> {
  const full = cases.filter(({ shapes: own = [] }) => own.every((shape) => sizeOf(shape) > 0));
  if (full.length === 0) return fc.constantFrom(...cases);
  return fc.oneof(
    { arbitrary: fc.constantFrom(...full), weight: FEW - 1 },
    { arbitrary: fc.constantFrom(...cases), weight: 1 },
  );
}

/**
 * Problems of a primitive, from its record: any of its cases, its shapes or (where it states none) any equal
 * ones, values in its domain, every layout. Axes of size 0 are rare.
 *
 * @example
 * const [law] = primitiveLaws;
 * fc.property(primitiveProblems(myPrimitive), (problem) => law.check(myPrimitive, problem));
 */
export function primitiveProblems(
  primitive: Primitive,
  options: ProblemOptions = {},
): fc.Arbitrary<PrimitiveProblem> {
  const dtype = options.dtype ?? "float64";
  return fc.tuple(problemCases(primitive), problemShapes()).chain(([chosen, shape]) => {
    const drawn = shapesFor(primitive, chosen, shape).map((own, i) => {
      return tensorsInDomain(own, domainOf(primitive, i), dtype);
    });
    return fc.record({
      inputs: chosen.prepare === undefined ? fc.tuple(...drawn) : preparedInputs(chosen, drawn),
      params: fc.constant(chosen.params),
      seed: fc.nat(),
    });
  });
}

/** Inputs that a case makes of what was drawn for it, in any layout of their own. */
function preparedInputs(
  chosen: Case<unknown>,
  drawn: readonly fc.Arbitrary<Tensor>[],
): fc.Arbitrary<readonly Tensor[]> {
  const layouts = fc.tuple(...drawn.map(() => fc.constantFrom(...LAYOUTS)));
  return fc
    .tuple(fc.tuple(...drawn), layouts)
    .map(([tensors, own]) => preparedFor(chosen, tensors).map((x, i) => relaid(x, own[i])));
}
