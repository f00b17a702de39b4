/**
 * @file The largest eigenvalues of a symmetric matrix of which only products with vectors are known, by Lanczos
 * iteration: in the Krylov space of a random vector the matrix is tridiagonal, and small.
 *
 * Every new direction is made orthogonal to all before it, twice: without that, eigenvalues that have converged
 * come up again (Parlett, 1998, "The Symmetric Eigenvalue Problem", chapter 13).
 */
import { linalg, normal, randomKey, tensor } from "@tapegrad/autograd";

export interface LanczosOptions {
  readonly size: number;
  /** Products with the matrix: several times as many as eigenvalues are wanted. */
  readonly iterations: number;
  readonly seed: number;
}

/** Approximate eigenvalues, the largest first; the first ones are the accurate ones. */
export function lanczos(
  multiply: (vector: Float64Array) => Float64Array,
  { size, iterations, seed }: LanczosOptions,
): readonly number[] {
  const start = normal(randomKey(seed), [size], { dtype: "float64" }).toTypedArray();
  let direction = scaled(Float64Array.from(start), 1 / length(start));
  const basis: Float64Array[] = [];
  const [diagonal, beside]: [number[], number[]] = [[], []];
  for (let i = 0; i < Math.min(iterations, size); i++) {
    basis.push(direction);
    const next = Float64Array.from(multiply(direction));
    diagonal.push(dot(next, direction));
    for (let pass = 0; pass < 2; pass++) {
      for (const known of basis) subtract(next, known, dot(next, known));
    }
    const rest = length(next);
    // the space is invariant: its eigenvalues are exact, and there is nowhere to go on
    if (rest <= 1e-12 * Math.max(...diagonal.map(Math.abs), ...beside)) break;
    beside.push(rest);
    direction = scaled(next, 1 / rest);
  }
  return eigenvalues(diagonal, beside);
}

/** Of the symmetric tridiagonal matrix, the largest first. */
function eigenvalues(diagonal: readonly number[], beside: readonly number[]): readonly number[] {
  const n = diagonal.length;
  const matrix = new Float64Array(n * n);
  for (let i = 0; i < n; i++) {
    matrix[i * n + i] = diagonal[i];
    if (i + 1 < n) matrix[i * n + i + 1] = matrix[(i + 1) * n + i] = beside[i];
  }
  const { values } = linalg.eigh(tensor(matrix, { shape: [n, n] }));
  return Array.from(values.toTypedArray()).reverse();
}

function dot(a: ArrayLike<number>, b: ArrayLike<number>): number {
  let total = 0;
  for (let i = 0; i < a.length; i++) total += a[i] * b[i];
  return total;
}

const length = (a: ArrayLike<number>): number => Math.sqrt(dot(a, a));

const scaled = (a: Float64Array, factor: number): Float64Array => a.map((x) => factor * x);

function subtract(a: Float64Array, b: Float64Array, factor: number): void {
  for (let i = 0; i < a.length; i++) a[i] -= factor * b[i];
}
