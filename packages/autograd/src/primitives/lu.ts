/** @file lu: elimination with pivoting, P A Q = L U. */
import type { Aval } from "../array/aval.ts";
import { bindAll } from "../core/bind.ts";
import type { Primitive } from "../core/primitive.ts";
import type { Tensor } from "../core/tensor.ts";
import { add } from "./add.ts";
import { cast } from "./cast.ts";
import { equal } from "./compare.ts";
import { concatenate } from "./concatenate.ts";
import { custom } from "./define.ts";
import { matMul } from "./mat-mul.ts";
import {
  adjoint,
  constant,
  dominant,
  eachMatrix,
  identity,
  lowerPart,
  matricesOf,
  requireMatrix,
  spread,
  upperPart,
} from "./matrices.ts";
import { reshape } from "./reshape.ts";
import { slice } from "./slice-pad.ts";
import { sub } from "./sub.ts";
import { solveTriangle } from "./triangular-solve.ts";

export interface PivotingParams {
  /** Whether columns change places too, so that each pivot is the largest of all entries that are left. */
  readonly complete: boolean;
}

/**
 * L without its diagonal of ones and U in one matrix [..., m, n], and the order of rows, int32 [..., m]: row i of P A is row
 * order[i] of A.
 */
export function eliminated(a: Tensor): readonly [packed: Tensor, order: Tensor] {
  const [packed, order] = bindAll(luPrimitive, [a], { complete: false });
  return [packed, order];
}

/** The same with the order of columns too, int32 [..., n]: entry i, j of P A Q is entry rows[i], columns[j] of A. */
export function eliminatedCompletely(
  a: Tensor,
): readonly [packed: Tensor, rows: Tensor, columns: Tensor] {
  const [packed, rows, columns] = bindAll(luPrimitive, [a], { complete: true });
  return [packed, rows, columns];
}

/** P, for which P A has the rows of A in this order. */
export function permutationMatrix(order: Tensor, like: Tensor): Tensor {
  const m = order.shape[order.rank - 1];
  const places = constant(1, m, "int32", (_, j) => j);
  return cast(equal(reshape(order, [...order.shape, 1]), places), like.dtype);
}

const LOWER = { upper: false, unit: true } as const;
const UPPER = { upper: true, unit: false } as const;

/** X U⁻ᵀ. */
function overUT(x: Tensor, u: Tensor): Tensor {
  return adjoint(solveTriangle(u, adjoint(x), UPPER));
}

/** X U⁻¹. */
function overU(x: Tensor, u: Tensor): Tensor {
  return adjoint(solveTriangle(adjoint(u), adjoint(x), { upper: false, unit: false }));
}

/** Rows and columns of every matrix. */
function block(x: Tensor, row: number, rows: number, column: number, columns: number): Tensor {
  const leading = x.shape.slice(0, -2);
  return slice(x, {
    starts: [...leading.map(() => 0), row, column],
    sizes: [...leading, rows, columns],
  });
}

/** The square parts of both factors. */
function factors(packed: Tensor, k: number): readonly [l: Tensor, u: Tensor] {
  const square = block(packed, 0, k, 0, k);
  return [add(lowerPart(square, true), identity(k, packed.dtype)), upperPart(square)];
}

/**
 * With F = L⁻¹ P Ȧ U⁻¹ the square parts have L̇ = L stril(F) and U̇ = triu(F) U. Walter & Lehmann (2010), "Algorithmic
 * differentiation of linear algebra functions", section 3. What lies beside the square is A₂ U⁻¹ or L⁻¹ A₂.
 */
export const luPrimitive: Primitive<PivotingParams> = custom({
  name: "lu",
  arity: 1,
  domain: [{ min: -1, max: 1 }],
  cases: [
    { params: { complete: false }, shapes: [[2, 2, 2]], prepare: ([a]) => [dominant(a)] },
    { params: { complete: true }, shapes: [[3, 3]], prepare: ([a]) => [spread(a, 20)] },
    {
      params: { complete: false },
      shapes: [[3, 3]],
      // whose first rows become the last: an order that is not its own inverse
      prepare: ([a]) => [concatenate([block(a, 0, 2, 0, 3), dominant(a)], { axis: -2 })],
    },
    {
      params: { complete: false },
      shapes: [[3, 3]],
      prepare: ([a]) => [concatenate([dominant(a), block(a, 0, 3, 0, 2)], { axis: -1 })],
    },
  ],
  residuals: ["outputs"],
  abstractEval: ([a], { complete }) => {
    requireMatrix("lu", a);
    const { rows, columns } = matricesOf(a.shape);
    const leading = a.shape.slice(0, -2);
    const order = (n: number): Aval => ({ shape: [...leading, n], dtype: "int32" });
    return complete ? [a, order(rows), order(columns)] : [a, order(rows)];
  },
  kernel: ({ complete }) => ({
    kind: "opaque",
    memberAxis: "first",
    run: ([a], results) => {
      eachMatrix(a, results, (matrix, rows, columns) => {
        return eliminate(matrix, rows, columns, complete).slice(0, results.length);
      });
    },
  }),
  vjp: ([cotangent], { outputs: [packed, rows, columns], params }) => {
    if (cotangent === null) return [null];
    const { rows: m, columns: n } = matricesOf(packed.shape);
    const k = Math.min(m, n);
    const [l, u] = factors(packed, k);
    let bar = block(cotangent, 0, k, 0, k);
    let beside: Tensor | null = null;
    if (m > n) {
      // L₂ = A₂ U⁻¹: Ā₂ = L̄₂ U⁻ᵀ, and U receives -L₂ᵀ Ā₂
      beside = overUT(block(cotangent, k, m - k, 0, k), u);
      bar = sub(bar, upperPart(matMul(adjoint(block(packed, k, m - k, 0, k)), beside)));
    } else if (n > m) {
      // U₂ = L⁻¹ A₂: Ā₂ = L⁻ᵀ Ū₂, and L receives -Ā₂ U₂ᵀ
      const right = block(cotangent, 0, k, k, n - k);
      beside = solveTriangle(adjoint(l), right, { upper: true, unit: true });
      bar = sub(bar, lowerPart(matMul(beside, adjoint(block(packed, 0, k, k, n - k))), true));
    }
    const inner = add(lowerPart(matMul(adjoint(l), bar), true), upperPart(matMul(bar, adjoint(u))));
    const square = overUT(solveTriangle(adjoint(l), inner, { upper: true, unit: true }), u);
    const ordered =
      beside === null ? square : concatenate([square, beside], { axis: m > n ? -2 : -1 });
    const inRows = matMul(adjoint(permutationMatrix(rows, packed)), ordered);
    return [params.complete ? matMul(inRows, permutationMatrix(columns, packed)) : inRows];
  },
  jvp: ([tangent], { outputs: [packed, rows, columns], params }) => {
    const others = params.complete ? [null, null] : [null];
    if (tangent === null) return [null, ...others];
    const { rows: m, columns: n } = matricesOf(packed.shape);
    const k = Math.min(m, n);
    const [l, u] = factors(packed, k);
    const inRows = matMul(permutationMatrix(rows, packed), tangent);
    const ordered = params.complete
      ? matMul(inRows, adjoint(permutationMatrix(columns, packed)))
      : inRows;
    const f = overU(solveTriangle(l, block(ordered, 0, k, 0, k), LOWER), u);
    const [lDot, uDot] = [matMul(l, lowerPart(f, true)), matMul(upperPart(f), u)];
    const square = add(lDot, uDot);
    if (m > n) {
      const below = block(packed, k, m - k, 0, k);
      const change = sub(block(ordered, k, m - k, 0, k), matMul(below, uDot));
      return [concatenate([square, overU(change, u)], { axis: -2 }), ...others];
    }
    if (n === m) return [square, ...others];
    const right = block(packed, 0, k, k, n - k);
    const change = sub(block(ordered, 0, k, k, n - k), matMul(lDot, right));
    return [concatenate([square, solveTriangle(l, change, LOWER)], { axis: -1 }), ...others];
  },
});

/** The factors, which take the place of `a`, and both orders. Golub & Van Loan (2013), algorithms 3.4.1 and 3.4.2. */
function eliminate(
  a: Float64Array,
  m: number,
  n: number,
  complete: boolean,
): readonly [packed: Float64Array, rows: Int32Array, columns: Int32Array] {
  const rows = Int32Array.from({ length: m }, (_, i) => i);
  const columns = Int32Array.from({ length: n }, (_, j) => j);
  for (let k = 0; k < Math.min(m, n); k++) {
    const [row, column] = largest(a, m, n, k, complete ? n : k + 1);
    exchange(a, k * n, row * n, 1, n);
    exchange(a, k, column, n, m);
    exchange(rows, k, row, 1, 1);
    exchange(columns, k, column, 1, 1);
    const pivot = a[k * n + k];
    for (let i = k + 1; i < m; i++) {
      // a column of zeros needs no elimination
      const factor = a[i * n + k] === 0 ? 0 : a[i * n + k] / pivot;
      a[i * n + k] = factor;
      for (let j = k + 1; j < n; j++) a[i * n + j] -= factor * a[k * n + j];
    }
  }
  return [a, rows, columns];
}

/** Where the largest entry stands from row and column k on, up to column `end`. */
function largest(
  a: Float64Array,
  m: number,
  n: number,
  k: number,
  end: number,
): readonly [row: number, column: number] {
  let [row, column] = [k, k];
  for (let i = k; i < m; i++) {
    for (let j = k; j < end; j++) {
      if (Math.abs(a[i * n + j]) > Math.abs(a[row * n + column])) [row, column] = [i, j];
    }
  }
  return [row, column];
}

/** `count` numbers from `i` and from `j` on, `step` apart, change places. */
function exchange(
  a: Float64Array | Int32Array,
  i: number,
  j: number,
  step: number,
  count: number,
): void {
  if (i === j) return;
  for (let k = 0; k < count; k++) {
    const [from, to] = [i + k * step, j + k * step];
    [a[from], a[to]] = [a[to], a[from]];
  }
}
