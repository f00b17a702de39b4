/**
 * @file W1: the matrix product, square and in the shapes of training: a layer's forward product, and the
 * two products of its backward pass, which have a transposed operand.
 */
import { matMul, randomKey, splitKey, type Tensor, transpose, uniform } from "@tapegrad/autograd";
import { type Matrix, productAt, requireClose } from "./check.ts";
import type { Case, Workload } from "./workload.ts";

/** [m, k] · [k, n]; an operand that is transposed is stored the other way round. */
interface Product {
  readonly m: number;
  readonly k: number;
  readonly n: number;
  readonly transposed?: "a" | "b";
}

const FULL: readonly Product[] = [
  { m: 256, k: 256, n: 256 },
  { m: 512, k: 512, n: 512 },
  { m: 512, k: 512, n: 512, transposed: "a" },
  { m: 512, k: 512, n: 512, transposed: "b" },
  { m: 1024, k: 1024, n: 1024 },
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
  cases: (size) => (size === "full" ? FULL : TINY).map(productCase),
};

function productCase(product: Product): Case {
  const { m, k, n, transposed } = product;
  const [keyA, keyB] = splitKey(randomKey(1));
  const draw = { min: -1, max: 1 };
  const a = uniform(keyA, transposed === "a" ? [k, m] : [m, k], draw);
  const b = uniform(keyB, transposed === "b" ? [n, k] : [k, n], draw);
  const run = (): Tensor => {
    return matMul(transposed === "a" ? transpose(a) : a, transposed === "b" ? transpose(b) : b);
  };
  return {
    name: nameOf(product),
    flops: 2 * m * k * n,
    run,
    check: () => {
      const left = elements(a, transposed === "a");
      const right = elements(b, transposed === "b");
      const found = run().toTypedArray();
      // 7919 is prime, so the samples are spread over rows and columns alike
      const places = Array.from({ length: SAMPLES }, (_, i) => (i * 7919) % (m * n));
      requireClose(
        nameOf(product),
        places.map((place) => found[place]),
        places.map((place) => productAt(left, right, k, Math.floor(place / n), place % n)),
        1e-5,
      );
    },
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
