/**
 * The scalar vocabulary exists twice, as printed loops and as closures. They are compared bit by bit for
 * every word, dtype and layout, on the values where two formulas for one thing come apart.
 */
import { describe, expect, it } from "vitest";
import { allocate, type DType, DTYPES } from "../../src/array/dtype.ts";
import type { Shape } from "../../src/array/shape.ts";
import { emptyArray, type StridedArray } from "../../src/array/strided-array.ts";
import {
  closureLoop,
  printElementwise,
  runElementwise,
} from "../../src/backends/reference/elementwise.ts";
import { compileLoop, planLoops, runLoops } from "../../src/backends/reference/loops.ts";
import { apply, constant, input, type Scalar, type ScalarOp } from "../../src/kernel/scalar.ts";
import { elementsOf } from "../array/index-oracle.ts";
import { layOut } from "../array/strided-arrays.ts";

const ARITY = {
  add: 2,
  sub: 2,
  mul: 2,
  div: 2,
  neg: 1,
  sqrt: 1,
  exp: 1,
  log: 1,
  pow: 2,
  abs: 1,
  sign: 1,
  sin: 1,
  cos: 1,
  tanh: 1,
  sigmoid: 1,
  erf: 1,
  maximum: 2,
  minimum: 2,
  floor: 1,
  equal: 2,
  notEqual: 2,
  less: 2,
  lessEqual: 2,
  select: 3,
  expm1: 1,
  log1p: 1,
  log2: 1,
  log10: 1,
  sinh: 1,
  cosh: 1,
  asin: 1,
  acos: 1,
  atan: 1,
  atan2: 2,
  asinh: 1,
  acosh: 1,
  atanh: 1,
  fmod: 2,
  erfc: 1,
  erfcx: 2,
  erfinv: 1,
  lgamma: 1,
  polygamma: 2,
  besselI: 2,
  besselIe: 2,
} satisfies Record<ScalarOp, number>;

const OPS = Object.entries(ARITY) as readonly (readonly [ScalarOp, number])[];

const { NaN: nan, POSITIVE_INFINITY: infinity } = Number;
const EDGES = {
  float64: [nan, 0, -0, infinity, -infinity, 1, -1, 0.5, -2.5, 3, 1e-310, -1e300, 710, 0.1],
  float32: [nan, 0, -0, infinity, -infinity, 1, -1, 0.5, -2.5, 3, 1e-42, -3e38, 89, 0.1],
  int32: [0, 1, -1, 2, 7, -7, 65537, -65537, 2147483647, -2147483648],
  bool: [0, 1],
} satisfies Record<DType, readonly number[]>;

/** All pairs of edge values as two arrays of shape [n, n], each laid out in its own way. */
function operandsOf(dtype: DType, layout: (typeof LAYOUTS)[number]["stride"]): StridedArray[] {
  const edges = EDGES[dtype];
  const n = edges.length;
  const condition = layOut([n, n], layout(n), dtype === "bool" ? "bool" : dtype, (i) => i % 2);
  const pair = (axis: number): StridedArray => {
    const array = layOut([n, n], layout(n), dtype, () => 0);
    for (let i = 0; i < n; i++) {
      for (let j = 0; j < n; j++) {
        const position = array.offset + i * array.stride[0] + j * array.stride[1];
        array.data[position] = edges[axis === 0 ? i : j];
      }
    }
    return array;
  };
  return [pair(0), pair(1), condition];
}

const LAYOUTS = [
  { name: "contiguous", stride: (n: number) => [n, 1] },
  { name: "transposed", stride: (n: number) => [1, n] },
  { name: "reversed", stride: (n: number) => [-n, -1] },
  { name: "with gaps", stride: (n: number) => [3 * n, 3] },
] as const;

/** What the closures make of the same operands. */
function byClosures(
  expression: Scalar,
  inputs: readonly StridedArray[],
  output: StridedArray,
  dtype: DType,
): void {
  const operands = [output, ...inputs];
  runLoops(closureLoop(expression, dtype), planLoops(output.shape, operands), operands);
}

function bothWays(
  expression: Scalar,
  inputs: readonly StridedArray[],
  shape: Shape,
  dtype: DType,
): [printed: readonly number[], closures: readonly number[]] {
  const [printed, closures] = [emptyArray({ shape, dtype }), emptyArray({ shape, dtype })];
  runElementwise(expression, inputs, printed, dtype);
  byClosures(expression, inputs, closures, dtype);
  return [elementsOf(printed), elementsOf(closures)];
}

function wordOf(op: ScalarOp, arity: number): Scalar {
  if (op === "select") return apply(op, input(2), input(0), input(1));
  return apply(op, ...Array.from({ length: arity }, (_, i) => input(i)));
}

it("prints loops here, so that the comparison has two sides", () => {
  const loop = compileLoop(printElementwise(apply("neg", input(0)), "float64", "11"), "test");

  expect(loop).toBeTypeOf("function");
});

describe.each(OPS)("%s", (op, arity) => {
  it.each(LAYOUTS)("printed equals closures for every dtype, $name", ({ stride }) => {
    for (const dtype of DTYPES) {
      const operands = operandsOf(dtype, stride);
      const inputs = op === "select" ? operands : operands.slice(0, arity);

      const [printed, closures] = bothWays(wordOf(op, arity), inputs, operands[0].shape, dtype);

      expect({ dtype, values: printed }).toEqual({ dtype, values: closures });
    }
  });

  it("printed equals closures where the operands are held still or stretched", () => {
    for (const dtype of ["float64", "int32"] as const) {
      const edges = EDGES[dtype];
      const n = edges.length;
      const column = { ...layOut([n, n], [1, 0], dtype, (i) => edges[i]), shape: [n, n] };
      const row = layOut([n, n], [0, 1], dtype, (i) => edges[i]);
      const still = layOut([n, n], [0, 0], dtype, () => 1);
      const inputs = [column, row, still].slice(0, op === "select" ? 3 : arity);

      const [printed, closures] = bothWays(wordOf(op, arity), inputs, [n, n], dtype);

      expect({ dtype, values: printed }).toEqual({ dtype, values: closures });
    }
  });

  it("gives bools for floating operands as both ways store them", () => {
    const inputs = operandsOf("float32", LAYOUTS[0].stride).slice(0, op === "select" ? 3 : arity);
    const { shape } = inputs[0];

    const [printed, closures] = bothWays(wordOf(op, arity), inputs, shape, "bool");

    expect(printed).toEqual(closures);
  });
});

describe("an expression of several words", () => {
  // a * b + c in float32: (1 + 2^-12)² needs 25 bits, so rounding once and twice differ
  const expression = apply("add", apply("mul", input(0), input(1)), input(2));
  const step = 1 + 2 ** -12;
  const operands = [step, step, -1].map((value) => layOut([2], [0], "float32", () => value));

  it("rounds to float32 after each of them", () => {
    const [printed, closures] = bothWays(expression, operands, [2], "float32");

    const rounded = Math.fround(Math.fround(step * step) - 1);
    expect(rounded).not.toBe(Math.fround(step * step - 1));
    expect(printed).toEqual([rounded, rounded]);
    expect(closures).toEqual([rounded, rounded]);
  });

  it("wraps to int32 after each of them", () => {
    const sum = apply("add", input(0), input(1));
    const wrapsBelow = apply("less", sum, input(0));
    const large = layOut([2], [0], "int32", () => 2 ** 31 - 1);
    const one = layOut([2], [0], "int32", () => 1);

    const [printed, closures] = bothWays(wrapsBelow, [large, one], [2], "int32");

    expect(printed).toEqual([1, 1]);
    expect(closures).toEqual([1, 1]);
  });

  it("multiplies int32 exactly beyond 2^53", () => {
    const product = apply("mul", input(0), input(1));
    const factor = layOut([1], [0], "int32", () => 0x7fffffff);

    const [printed, closures] = bothWays(product, [factor, factor], [1], "int32");

    expect(printed).toEqual([1]);
    expect(closures).toEqual([1]);
  });

  it.each([-0, 0, -3, 1e-7, 1e21, nan, infinity, -infinity])(
    "holds the constant %d, alone and negated",
    (value) => {
      const still = layOut([1], [0], "float64", () => 0);
      for (const words of [constant(value), apply("neg", constant(value))]) {
        const [printed, closures] = bothWays(words, [still], [1], "float64");

        expect(printed).toEqual([words.kind === "constant" ? value : -value]);
        expect(closures).toEqual(printed);
      }
    },
  );
});

describe("loops over many axes", () => {
  it("run over every index, however the axes merge", () => {
    const shape = [2, 1, 3, 2, 2];
    const a = layOut(shape, [12, 5, 4, 2, 1], "float64", (i) => i);
    const b = layOut(shape, [1, 0, 2, 0, -30], "float64", (i) => 100 * i);

    const [printed, closures] = bothWays(
      apply("add", input(0), input(1)),
      [a, b],
      shape,
      "float64",
    );

    const [left, right] = [elementsOf(a), elementsOf(b)];
    const expected = left.map((x, i) => x + right[i]);
    expect(printed).toEqual(expected);
    expect(closures).toEqual(expected);
  });

  it.each([[[0]], [[3, 0]], [[0, 3]], [[2, 0, 2]], [[2, 2, 0, 2]]])(
    "do nothing for %j",
    (shape) => {
      const empty = { data: allocate("float64", 0), shape, stride: shape.map(() => 1), offset: 0 };
      const output = { ...layOut([], [], "float64", () => 7), shape, stride: shape.map(() => 1) };

      runElementwise(apply("neg", input(0)), [empty], output, "float64");

      expect([...output.data]).toEqual([7]);
    },
  );
});
