/**
 * @file What every primitive makes of NaN, infinities and zeros of both signs, as the tables of docs/special-values.md:
 * computed from the list of primitives, which is all that this file knows of them.
 */
import {
  allPrimitives,
  bindAll,
  onesLike,
  OpError,
  type Primitive,
  type Tensor,
  tensor,
  vjp,
} from "@tapegrad/autograd";
import { isFloating } from "../src/array/dtype.ts";
import { domainOf, dtypeIn, preparedFor, shapesFor } from "../src/testing/problems.ts";
import { sizeOf } from "../src/array/shape.ts";

const { NaN: nan, POSITIVE_INFINITY: infinity } = Number;
const POINTS = [nan, -infinity, -1, -0, 0, 1, infinity];

/** A number in at most six digits, the sign of zero included. */
function show(value: number): string {
  if (Object.is(value, -0)) return "-0";
  if (value === infinity) return "∞";
  if (value === -infinity) return "-∞";
  return String(Number(value.toPrecision(6)));
}

const row = (cells: readonly string[]): string => `| ${cells.join(" | ")} |`;

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  return [row(head), row(head.map(() => "---")), ...rows.map(row)].join("\n");
}

/** `polygamma, n = 1` */
function titleOf({ name }: Primitive, params: unknown): string {
  const entries = Object.entries((params ?? {}) as Record<string, unknown>);
  return [`\`${name}\``, ...entries.map(([key, value]) => `${key} = ${JSON.stringify(value)}`)].join(", ");
} // biome-ignore format: one line

/** Values, and the derivatives by all operands, at points given operand by operand. */
function at(primitive: Primitive, params: unknown, operands: readonly (readonly number[])[]): readonly string[] {
  const f = (...xs: readonly Tensor[]): Tensor => bindAll(primitive, xs, params)[0];
  const points = operands.map((values) => tensor(values, { dtype: "float64" }));
  const value = f(...points);
  const shown = Array.from(value.toTypedArray(), show);
  if (primitive.derivative.kind === "none" || !isFloating(value.dtype)) return shown;
  const slopes = vjp(f, ...points).pullback(onesLike(value)).map((slope) => Array.from(slope.toTypedArray(), show));
  return shown.map((text, i) => `${text} (${slopes.map((slope) => slope[i]).join(", ")})`);
} // biome-ignore format: long lines

const isElementwise = (primitive: Primitive, arity: number): boolean =>
  primitive.arity === arity &&
  primitive.domain.every(({ dtype = "floating" }) => dtype === "floating") &&
  primitive.cases.every(({ shapes }) => shapes === undefined) &&
  primitive.kernel(primitive.cases[0].params, Array(arity).fill({ shape: [], dtype: "float64" })).kind === "elementwise"; // biome-ignore format: a list

function unary(): string {
  const rows = allPrimitives.filter((primitive) => isElementwise(primitive, 1)).flatMap(unaryRows);
  return table(["x", ...POINTS.map(show)], rows);
}

/** One for each case. */
function unaryRows(primitive: Primitive): readonly (readonly string[])[] {
  return primitive.cases.map(({ params }) => {
    return [titleOf(primitive, params), ...at(primitive, params, [POINTS])];
  });
}

function binary(): string {
  return allPrimitives
    .filter((primitive) => isElementwise(primitive, 2))
    .flatMap((primitive) =>
      binaryRows(primitive).map((rows, i) => {
        const { params } = primitive.cases[i];
        return `### ${titleOf(primitive, params)}\n\n${table(["a \\ b", ...POINTS.map(show)], rows)}`;
      }),
    )
    .join("\n\n");
} // biome-ignore format: long lines

/** For each case one for each value of the first operand. */
function binaryRows(primitive: Primitive): readonly (readonly (readonly string[])[])[] {
  return primitive.cases.map(({ params }) =>
    POINTS.map((a) => [show(a), ...at(primitive, params, [POINTS.map(() => a), POINTS])]),
  );
}

/** What the tables say about one primitive. */
export function specialValuesOf(primitive: Primitive): string {
  if (isElementwise(primitive, 1)) return JSON.stringify(unaryRows(primitive));
  return JSON.stringify(isElementwise(primitive, 2) ? binaryRows(primitive) : otherRow(primitive));
}

const FINITE = [-1, -0, 0, 1, 2];

/** For each case the second derivatives at finite points, each row the parts of the first derivative by one operand. */
export function secondDerivativesOf(primitive: Primitive): readonly string[] {
  const { arity, derivative, cases } = primitive;
  const isUnary = isElementwise(primitive, 1);
  if (derivative.kind === "none" || !(isUnary || isElementwise(primitive, 2))) return [];
  const points = isUnary ? [FINITE] : [FINITE.flatMap((a) => FINITE.map(() => a)), FINITE.flatMap(() => FINITE)]; // biome-ignore format: a list
  const xs = points.map((values) => tensor(values, { dtype: "float64" }));
  return cases
    .filter(({ params }) => isFloating(bindAll(primitive, xs, params)[0].dtype))
    .flatMap(({ params }) => {
      const f = (...ys: readonly Tensor[]): Tensor => bindAll(primitive, ys, params)[0];
      const ones = onesLike(xs[0]);
      const rows = Array.from({ length: arity }, (_, i) => {
        const slope = (...ys: readonly Tensor[]): Tensor => vjp(f, ...ys).pullback(ones)[i];
        const parts = vjp(slope, ...xs).pullback(ones);
        return parts.map((part) => Array.from(part.toTypedArray(), show));
      });
      return points[0].map((_, at) => {
        const place = points.map((values) => show(values[at])).join(", ");
        const shown = rows.map((parts) => parts.map((part) => part[at]).join(" ")).join("; ");
        return `${titleOf(primitive, params)} at ${place}: ${shown}`;
      });
    });
}

/** How many of the numbers are not finite, or which zero they all are. */
function summary(tensors: readonly (Tensor | null)[]): string {
  const numbers = tensors.flatMap((x) => (x && isFloating(x.dtype) ? [...x.toTypedArray()] : []));
  if (numbers.length === 0) return tensors.some((x) => x !== null && x.size > 0) ? "integers" : "nothing";
  const kinds = new Map<string, number>();
  for (const x of numbers) {
    const kind = Number.isFinite(x) ? "finite" : show(x);
    kinds.set(kind, (kinds.get(kind) ?? 0) + 1);
  }
  if (kinds.size > 1) return [...kinds].map(([kind, count]) => `${count} ${kind}`).toSorted().join(", ");
  const [[kind]] = kinds;
  if (kind !== "finite") return `all ${kind}`;
  const zero = [0, -0].find((value) => numbers.every((x) => Object.is(x, value)));
  return zero === undefined ? kind : `all ${show(zero)}`;
} // biome-ignore format: long lines

/** Operands of the first case: spread evenly over the domain, no two alike, so that none is in the middle of it. */
function operandsOf(primitive: Primitive): readonly Tensor[] {
  const [first] = primitive.cases;
  const drawn = shapesFor(primitive, first, [3]).map((shape, i) => {
    const domain = domainOf(primitive, i);
    const dtype = dtypeIn(domain, "float64");
    const size = sizeOf(shape);
    const values = Array.from({ length: size }, (_, j) => {
      const value = domain.min + ((j + 1) / (size + 1)) * (domain.max - domain.min);
      if (dtype === "bool") return j % 2;
      return dtype === "float64" ? value + 0.01 * (j + i) : Math.trunc(value);
    });
    return tensor(values, { shape, dtype });
  });
  return preparedFor(first, drawn);
}

function planted(x: Tensor, change: (value: number, i: number) => number): Tensor {
  return tensor(Float64Array.from(x.toTypedArray(), change), { shape: x.shape });
}

function others(): string {
  const isOther = (p: Primitive): boolean => !isElementwise(p, 1) && !isElementwise(p, 2);
  const rows = allPrimitives.filter(isOther).map(otherRow);
  return table(["the operand has", "a NaN", "an ∞", "a -∞", "-0 only"], rows);
}

function otherRow(primitive: Primitive): readonly string[] {
  const operands = operandsOf(primitive);
  const [{ params }] = primitive.cases;
  const place = operands.findIndex((x) => isFloating(x.dtype) && x.size > 0);
  if (place < 0) return [`\`${primitive.name}\``, ...Array<string>(4).fill("takes integers")];
  const middle = Math.floor(operands[place].size / 2);
  const plant = (value: number) => (v: number, i: number) => (i === middle ? value : v);
  const cells = [plant(nan), plant(infinity), plant(-infinity), () => -0].map((change) =>
    summaryAt(primitive, params, operands, place, change),
  );
  return [`\`${primitive.name}\``, ...cells];
}

function summaryAt(
  primitive: Primitive,
  params: unknown,
  operands: readonly Tensor[],
  place: number,
  change: (value: number, i: number) => number,
): string {
  const point = planted(operands[place], change);
  try {
    return summaryOf(primitive, params, operands, place, point);
  } catch (error) {
    if (error instanceof OpError) return "refused";
    throw error;
  }
}

function summaryOf(primitive: Primitive, params: unknown, operands: readonly Tensor[], place: number, point: Tensor): string {
  const f = (x: Tensor): readonly Tensor[] => bindAll(primitive, operands.with(place, x), params);
  const values = f(point);
  const shown = summary(values);
  if (primitive.derivative.kind === "none" || !values.some(({ dtype }) => isFloating(dtype))) return shown;
  const { pullback } = vjp((x: Tensor) => f(x).filter(({ dtype }) => isFloating(dtype)), point);
  const ones = values.filter(({ dtype }) => isFloating(dtype)).map((y) => onesLike(y));
  return `${shown} (${summary(pullback(ones))})`;
} // biome-ignore format: long lines

export function specialValues(): string {
  return `# Special values

What every primitive makes of NaN, infinities and zeros of both signs, in float64. These tables are computed from the list of primitives; \`npx vitest run special-values -u\` writes them, and a test compares them with what is computed. Conventions and their reasons: [singular-points.md](singular-points.md).

In a cell stands the value, and in brackets the derivative by each operand, for a cotangent of 1. Without brackets there is no derivative: it is 0, and ends there. Numbers have six digits.

## One operand

${unary()}

## Two operands

The first operand is that of the row.

${binary()}

## Moves, sums, products and the rest

The first case that the record of a primitive states, with all operands finite but the number in the middle of the first floating one. The summaries say how many of the results, and in brackets how many of that operand's derivatives, are what. What a primitive refuses, it throws.

${others()}
`;
}
