/**
 * @file W1: the matrix product, square and in the shapes of training: a layer's forward product, and the
 * two products of its backward pass, which have a transposed operand.
 */
import {
  matMul,
  randomKey,
  splitKey,
  type Tensor,
  transpose,
  uniform,
  Variable,
  zeros,
} from "@tapegrad/autograd";
import { type Matrix, productAt, requireClose, TOLERANCE } from "./check.ts";
import { compileWith, numbers, numbersOf } from "./compiled.ts";
import type { Case, Prepared, Problem, Settings, Workload } from "./workload.ts";

/** [m, k] · [k, n]; an operand that is transposed is stored the other way round. */
interface Product {
  readonly m: number;
  readonly k: number;
  readonly n: number;
  readonly transposed?: "a" | "b";
}

const square = (n: number): readonly Product[] => [
  { m: n, k: n, n },
  { m: n, k: n, n, transposed: "a" },
  { m: n, k: n, n, transposed: "b" },
];

const FULL: readonly Product[] = [
  ...square(256),
  ...square(512),
  ...square(1024),
  { m: 60, k: 784, n: 100 },
  { m: 784, k: 60, n: 100, transposed: "a" },
  { m: 60, k: 100, n: 784, transposed: "b" },
];

const TINY: readonly Product[] = [
  { m: 17, k: 19, n: 18 },
  { m: 5, k: 3, n: 4, transposed: "a" },
  { m: 5, k: 3, n: 4, transposed: "b" },
];

/** So many elements of each product are checked; a naive 1024³ would take longer than the measurement. */
const SAMPLES = 64;

export const matrixProduct: Workload = {
  name: "W1",
  title: "matrix product",
  cases: (size, settings) =>
    (size === "full" ? FULL : TINY).flatMap((product) => productCases(product, settings)),
  problems: (size) => (size === "full" ? FULL : TINY).map(problemOf),
};

function productCases(product: Product, settings: Settings): readonly Case[] {
  const { m, k, n } = product;
  const shared = { problem: nameOf(product), flops: 2 * m * k * n };
  return [
    { ...shared, variant: "eager", prepare: () => eager(product) },
    {
      ...shared,
      variant: "compiled",
      compiled: true,
      prepare: () => compiled(product, settings),
    },
  ];
}

interface Operands {
  readonly a: Tensor;
  readonly b: Tensor;
}

function operandsOf({ m, k, n, transposed }: Product): Operands {
  const [keyA, keyB] = splitKey(randomKey(1));
  const draw = { min: -1, max: 1 };
  return {
    a: uniform(keyA, transposed === "a" ? [k, m] : [m, k], draw),
    b: uniform(keyB, transposed === "b" ? [n, k] : [k, n], draw),
  };
}

function product({ transposed }: Product, a: Tensor, b: Tensor): Tensor {
  return matMul(transposed === "a" ? transpose(a) : a, transposed === "b" ? transpose(b) : b);
}

function eager(of: Product): Prepared {
  const operands = operandsOf(of);
  const run = (): Tensor => product(of, operands.a, operands.b);
  return {
    run,
    check: () => {
      requireProduct(of, operands, run());
    },
  };
}

function compiled(of: Product, settings: Settings): Prepared {
  const operands = operandsOf(of);
  const a = new Variable(operands.a);
  const b = new Variable(operands.b);
  const result = new Variable(zeros([of.m, of.n]));
  const run = compileWith(() => {
    result.assign(product(of, a.value, b.value));
  }, settings);
  return {
    run,
    check: () => {
      run();
      requireProduct(of, operands, result.value);
    },
  };
}

function requireProduct(of: Product, operands: Operands, result: Tensor): void {
  const found = result.toTypedArray();
  const { places, values } = samplesOf(of, operands);
  requireClose(
    nameOf(of),
    places.map((place) => found[place]),
    values,
    TOLERANCE,
  );
}

/** Some elements of the product, by a naive loop in float64. */
function samplesOf(
  { m, k, n, transposed }: Product,
  { a, b }: Operands,
): { readonly places: readonly number[]; readonly values: readonly number[] } {
  const left = elements(a, transposed === "a");
  const right = elements(b, transposed === "b");
  // 7919 is prime, so the samples are spread over rows and columns alike
  const places = Array.from({ length: SAMPLES }, (_, i) => (i * 7919) % (m * n));
  const values = places.map((at) => productAt(left, right, k, Math.floor(at / n), at % n));
  return { places, values };
}

function problemOf(of: Product): Problem {
  const operands = operandsOf(of);
  const { places, values } = samplesOf(of, operands);
  return {
    name: nameOf(of),
    parameters: { transposed: of.transposed ?? "none" },
    inputs: {
      a: numbersOf(operands.a),
      b: numbersOf(operands.b),
      places: { shape: [places.length], data: Int32Array.from(places) },
    },
    expected: { values: numbers(values) },
  };
}

function nameOf({ m, k, n, transposed }: Product): string {
  const a = transposed === "a" ? `(${k}×${m})ᵀ` : `${m}×${k}`;
  const b = transposed === "b" ? `(${n}×${k})ᵀ` : `${k}×${n}`;
  return `${a} · ${b}`;
}

function elements(x: Tensor, transposed: boolean): Matrix {
  const values = x.toTypedArray();
  const [, columns] = x.shape;
  return (i, j) => (transposed ? values[j * columns + i] : values[i * columns + j]);
}
