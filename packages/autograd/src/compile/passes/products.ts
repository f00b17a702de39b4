/**
 * @file Products and sums, reassociated: numbers that are the same along an axis are multiplied among
 * themselves first, divisions by them become products with a reciprocal, and they leave sums over that axis.
 *
 * - (x / σ) · γ becomes x · (γ · 1/σ): one full-size product in place of a division and a product
 * - Σ x·s becomes s · Σ x where s does not vary along the sum
 * - Σ (a + s·b) becomes Σ a + s · Σ b where s is itself the result of a later sum than a and b need, so that
 *   both sums can be taken in one pass before s is known
 *
 * Products with a division by the largest of some numbers stay as they are, and so do squares of quotients: there
 * the division keeps them from overflowing.
 * These rules change the last bits, and where numbers overflow or are subnormal more than that:
 * `compile(f, { reassociate: false })` leaves the pass out.
 */
import { isFloating } from "../../array/dtype.ts";
import { type Shape, sizeOf } from "../../array/shape.ts";
import { constantOf, isSingle, rewrite, scalarValue, sumValue } from "../builder.ts";
import type { Program, Value, Word } from "../program.ts";

/** coefficient · Π numerators / Π denominators */
interface Factors {
  readonly coefficient: number;
  readonly numerators: readonly Value[];
  readonly denominators: readonly Value[];
}

interface Product extends Factors {
  /** Whether it is divided by the largest of some numbers, or is the square of a quotient. */
  readonly isScaled: boolean;
}

/** Beyond these a coefficient might overflow where the single factors did not. */
const [SMALLEST, LARGEST] = [1e-30, 1e30];

export function reassociate(program: Program): Program {
  const depths = new Map<Value, number>();
  const order = new Map<Value, number>();
  const record = (value: Value): Value => {
    if (order.has(value)) return value;
    for (const operand of value.operands) record(operand);
    order.set(value, order.size);
    const below = Math.max(0, ...value.operands.map((x) => depths.get(x) ?? 0));
    depths.set(value, below + (value.op.kind === "reduce" ? 1 : 0));
    return value;
  };
  const position = (value: Value): number => order.get(record(value)) ?? 0;
  const depth = (value: Value): number => depths.get(record(value)) ?? 0;
  return rewrite(program, (value) => {
    const { op, dtype } = value;
    if (!isFloating(dtype)) return record(value);
    if (op.kind === "scalar" && isProduct(value)) {
      const product = productOf(value);
      return record(isTame(product) ? build(product, value, position) : value);
    }
    if (op.kind === "reduce" && op.combine === "add") {
      return record(sumOf(value.operands[0], op.axes, value, position, depth, 1) ?? value);
    }
    return record(value);
  });
}

function isProduct({ op }: Value): boolean {
  return op.kind === "scalar" && (op.word === "mul" || op.word === "div" || op.word === "neg");
}

/** The words and views through which the largest of some numbers, or a stand-in for it, is still of its size. */
const SIZE_KEEPING: ReadonlySet<Word> = new Set<Word>(["cast", "abs", "neg"]);

const largest = new WeakMap<Value, boolean>();

/** Whether one divides by it so that squares, products or sums of the quotients do not overflow. */
function isLargest(value: Value): boolean {
  let known = largest.get(value);
  if (known === undefined) {
    known = comesFromMaximum(value);
    largest.set(value, known);
  }
  return known;
}

function comesFromMaximum({ op, operands }: Value): boolean {
  if (op.kind === "reduce") return op.combine === "maximum";
  if (op.kind === "view") return isLargest(operands[0]);
  if (op.kind !== "scalar") return false;
  if (op.word === "select") return operands.slice(1).some(isLargest);
  return op.word === "maximum" || (SIZE_KEEPING.has(op.word) && isLargest(operands[0]));
}

function isSquaredQuotient({ operands: [a, b] }: Value): boolean {
  return a === b && productOf(a).denominators.length > 0;
}

/** Whether its factors may be multiplied in another order. */
function isTame({ coefficient, isScaled }: Product): boolean {
  if (isScaled) return false;
  const size = Math.abs(coefficient);
  return size >= SMALLEST && size <= LARGEST;
}

/** The factors of `value`, through products, quotients and negations of its dtype. */
function productOf(value: Value): Product {
  let coefficient = 1;
  let isScaled = false;
  const numerators: Value[] = [];
  const denominators: Value[] = [];
  const visit = (x: Value, above: boolean): void => {
    const { op, operands } = x;
    if (op.kind === "constant") {
      coefficient = above ? coefficient * op.value : coefficient / op.value;
    } else if (op.kind !== "scalar" || !isProduct(x)) {
      (above ? numerators : denominators).push(x);
    } else {
      if (op.word === "neg") coefficient = -coefficient;
      visit(operands[0], above);
      if (op.word === "mul") {
        isScaled ||= isSquaredQuotient(x);
        visit(operands[1], above);
      }
      if (op.word === "div") {
        isScaled ||= isLargest(operands[1]);
        visit(operands[1], !above);
      }
    }
  };
  visit(value, true);
  return { coefficient, numerators, denominators, isScaled };
}

/** The product written so that few numbers are multiplied: small factors first, in the order of their making. */
function build(product: Factors, like: Value, position: (value: Value) => number): Value {
  const { dtype, label } = like;
  const full = sizeOf(like.shape);
  const byPosition = (a: Value, b: Value): number => position(a) - position(b);
  const multiply = (a: Value | null, b: Value): Value =>
    a === null ? b : scalarValue("mul", [a, b], dtype, label);
  const numerators = product.numerators.toSorted(byPosition);
  const denominators = product.denominators.toSorted(byPosition);
  const sizes = [...new Set([...numerators, ...denominators].map(({ shape }) => sizeOf(shape)))];
  sizes.sort((a, b) => a - b);
  let rest = product.coefficient;
  let result: Value | null = null;
  for (const size of sizes) {
    const here = ({ shape }: Value): boolean => sizeOf(shape) === size;
    let part = numerators.filter(here).reduce<Value | null>(multiply, null);
    const below = denominators.filter(here).reduce<Value | null>(multiply, null);
    if (size < full && rest !== 1) {
      part = times(part, rest, dtype, label);
      rest = 1;
    }
    if (below !== null) {
      const above: Value = part ?? constantOf(rest, dtype);
      if (part === null) rest = 1;
      part = scalarValue("div", [above, below], dtype, label);
    }
    if (part !== null)
      result = result === null ? part : scalarValue("mul", [part, result], dtype, label);
  }
  return times(result, rest, dtype, label);
}

/** x · n, as briefly as it can be said. */
function times(x: Value | null, n: number, dtype: Value["dtype"], label: string): Value {
  if (x === null) return constantOf(n, dtype);
  if (n === 1) return x;
  if (n === -1) return scalarValue("neg", [x], dtype, label);
  return scalarValue("mul", [x, constantOf(n, dtype)], dtype, label);
}

/** sign · Σ x over `axes` with what does not vary taken out; null where nothing does and it is not split. */
function sumOf(
  x: Value,
  axes: readonly number[],
  like: Value,
  position: (value: Value) => number,
  depth: (value: Value) => number,
  sign: number,
): Value | null {
  const { dtype, label } = like;
  const terms = termsOf(x);
  if (terms.length > 1 && isWorthSplitting(terms, axes, depth)) {
    return terms
      .map((term) => sumOf(term.value, axes, like, position, depth, sign * term.sign))
      .map(
        (part, i) =>
          part ?? times(sumValue(terms[i].value, axes, label), sign * terms[i].sign, dtype, label),
      )
      .reduce((total, part) => scalarValue("add", [total, part], dtype, label));
  }
  const product = productOf(x);
  if (!isTame(product)) return null;
  const fixed = (factor: Value): boolean => isInvariant(factor.shape, axes);
  const outside = {
    coefficient: sign * product.coefficient,
    numerators: product.numerators.filter(fixed),
    denominators: product.denominators.filter(fixed),
  };
  const nothing = outside.numerators.length + outside.denominators.length === 0;
  if (nothing && outside.coefficient === 1) return null;
  const inside = {
    coefficient: 1,
    numerators: product.numerators.filter((factor) => !fixed(factor)),
    denominators: product.denominators.filter((factor) => !fixed(factor)),
  };
  const summand = build(inside, x, position);
  // a repeated summand would have to be counted: leave such sums as they are
  if (axes.some((axis) => summand.shape[axis] !== x.shape[axis])) return null;
  const total = sumOf(summand, axes, like, position, depth, 1) ?? sumValue(summand, axes, label);
  const scaled = build({ ...outside, numerators: [...outside.numerators, total] }, like, position);
  // a sum is never -0, but s · 0 may be
  return scalarValue("add", [scaled, constantOf(0, dtype)], dtype, label);
}

function isInvariant(shape: Shape, axes: readonly number[]): boolean {
  return isSingle({ shape }) || axes.every((axis) => shape[axis] === 1);
}

interface Term {
  readonly value: Value;
  readonly sign: 1 | -1;
}

/** The terms of a sum of `add`, `sub` and `neg` at the full shape. */
function termsOf(x: Value): readonly Term[] {
  const terms: Term[] = [];
  const visit = (value: Value, sign: 1 | -1): void => {
    const { op, operands } = value;
    const word = op.kind === "scalar" ? op.word : null;
    if (word === "add" || word === "sub") {
      visit(operands[0], sign);
      visit(operands[1], word === "sub" ? (-sign as 1 | -1) : sign);
    } else {
      terms.push({ value, sign });
    }
  };
  visit(x, 1);
  return terms;
}

/** Whether a term has a factor that is known later than the rest of all terms, and no term is a repeated value. */
function isWorthSplitting(
  terms: readonly Term[],
  axes: readonly number[],
  depth: (value: Value) => number,
): boolean {
  const [first] = terms;
  let late = 0;
  let early = 0;
  for (const { value } of terms) {
    if (value.shape.length !== first.value.shape.length) return false;
    if (axes.some((axis) => value.shape[axis] !== first.value.shape[axis])) return false;
    const product = productOf(value);
    if (!isTame(product)) return false;
    for (const factor of [...product.numerators, ...product.denominators]) {
      if (isInvariant(factor.shape, axes)) late = Math.max(late, depth(factor));
      else early = Math.max(early, depth(factor));
    }
  }
  return late > early;
}
