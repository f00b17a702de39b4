/** @file svd: the reduced singular value decomposition A = U diag(s) Vᵀ. */
import { bindAll } from "../core/bind.ts";
import type { Primitive } from "../core/primitive.ts";
import type { Tensor } from "../core/tensor.ts";
import { add } from "./add.ts";
import { custom } from "./define.ts";
import { div } from "./div.ts";
import { rotateRows } from "./eigh.ts";
import { matMul } from "./mat-mul.ts";
import {
  adjoint,
  beyond,
  constant,
  diagonalMatrix,
  diagonalOf,
  identity,
  matricesOf,
  matrixKernel,
  requireMatrix,
  scaleColumns,
  scaleRows,
  spread,
} from "./matrices.ts";
import { mul } from "./mul.ts";
import { reshape } from "./reshape.ts";
import { sub } from "./sub.ts";

/** U [..., m, k], s [..., k] in descending order and Vᵀ [..., k, n], where k = min(m, n). */
export function singularValues(a: Tensor): readonly [u: Tensor, s: Tensor, vh: Tensor] {
  const [u, s, vh] = bindAll(svdPrimitive, [a], null);
  return [u, s, vh];
}

/** M / (sⱼ² - sᵢ²) off the diagonal, 0 on it: NaN or infinite between equal values, whose vectors are not determined. */
function overGaps(m: Tensor, s: Tensor): Tensor {
  const { shape } = s;
  const k = shape[shape.length - 1];
  const [row, column] = [reshape(s, [...shape.slice(0, -1), 1, k]), reshape(s, [...shape, 1])];
  // as a product: squares would lose what tells close values apart
  const gaps = mul(sub(row, column), add(row, column));
  const outside = constant(k, k, m.dtype, (i, j) => Number(i !== j));
  return div(mul(m, outside), add(gaps, identity(k, m.dtype)));
}

function total(parts: readonly (Tensor | null)[]): Tensor | null {
  const given = parts.filter((part) => part !== null);
  return given.length === 0 ? null : given.reduce((x, y) => add(x, y));
}

/** Derivatives: Townsend (2016), "Differentiating the singular value decomposition". */
export const svdPrimitive: Primitive<null> = custom({
  name: "svd",
  arity: 1,
  domain: [{ min: -1, max: 1 }],
  cases: [
    // vectors in pairs make a reflection, which is its own transpose: here there are three
    { params: null, shapes: [[3, 3]], prepare: ([a]) => [spread(a, 10)] },
    { params: null, shapes: [[4, 3]], prepare: ([a]) => [spread(a, 10)] },
    { params: null, shapes: [[3, 4]], prepare: ([a]) => [spread(a, 10)] },
    { params: null, shapes: [[2, 2, 2]], prepare: ([a]) => [spread(a, 10)] },
  ],
  residuals: ["outputs"],
  abstractEval: ([a]) => {
    requireMatrix("svd", a);
    const { rows, columns } = matricesOf(a.shape);
    const [leading, k] = [a.shape.slice(0, -2), Math.min(rows, columns)];
    const of = (...shape: readonly number[]) => ({ shape: [...leading, ...shape], dtype: a.dtype });
    return [of(rows, k), of(k), of(k, columns)];
  },
  kernel: () => matrixKernel(decompose),
  vjp: ([uBar, sBar, vhBar], { outputs: [u, s, vh] }) => {
    const [v, vBar] = [adjoint(vh), vhBar && adjoint(vhBar)];
    const skew = (x: Tensor, bar: Tensor): Tensor => {
      const inner = matMul(adjoint(x), bar);
      return overGaps(sub(inner, adjoint(inner)), s);
    };
    const inner = total([
      uBar && scaleColumns(skew(u, uBar), s),
      sBar && diagonalMatrix(sBar),
      vBar && scaleRows(s, skew(v, vBar)),
    ]);
    const [uBeyond, vBeyond] = [uBar && beyond(u, uBar), vBar && beyond(v, vBar)];
    return [
      total([
        inner && matMul(u, matMul(inner, vh)),
        uBeyond && matMul(scaleColumns(uBeyond, div(1, s)), vh),
        vBeyond && matMul(scaleColumns(u, div(1, s)), adjoint(vBeyond)),
      ]),
    ];
  },
  jvp: ([tangent], { outputs: [u, s, vh] }) => {
    if (tangent === null) return [null, null, null];
    const v = adjoint(vh);
    const inner = matMul(adjoint(u), matMul(tangent, v));
    const turn = (p: Tensor): Tensor => {
      return overGaps(add(scaleColumns(p, s), scaleRows(s, adjoint(p))), s);
    };
    const change = (b: Tensor, p: Tensor, moved: Tensor): Tensor => {
      const outside = beyond(b, scaleColumns(moved, div(1, s)));
      const inside = matMul(b, turn(p));
      return outside === null ? inside : add(inside, outside);
    };
    const uDot = change(u, inner, matMul(tangent, v));
    const vDot = change(v, adjoint(inner), matMul(adjoint(tangent), u));
    return [uDot, diagonalOf(inner), adjoint(vDot)];
  },
});

/** U, s and Vᵀ of one matrix, row-major. */
export function decompose(
  a: Float64Array,
  m: number,
  n: number,
): readonly [u: Float64Array, s: Float64Array, vh: Float64Array] {
  if (m >= n) {
    const { left, values, right } = orthogonalize(turned(a, m, n), n, m);
    return [turned(left, n, m), values, right];
  }
  const { left, values, right } = orthogonalize(a, m, n);
  return [turned(right, m, m), values, left];
}

/** The transposed of an m × n matrix. */
function turned(a: Float64Array, m: number, n: number): Float64Array {
  const result = new Float64Array(m * n);
  for (let i = 0; i < m; i++) for (let j = 0; j < n; j++) result[j * m + i] = a[i * n + j];
  return result;
}

/** Rows B of length m with B = diag(values)·left after rotations `right`: rightᵀ diag(values) left = the rows given. */
interface Rows {
  readonly left: Float64Array;
  readonly values: Float64Array;
  readonly right: Float64Array;
}

/** Convergence is quadratic once it begins: ten sweeps serve for any size that fits in memory. */
const MOST_SWEEPS = 60;

/**
 * One-sided rotations that make the k rows of length m orthogonal, m ≥ k: small values are as accurate as large ones. Golub &
 * Van Loan (2013), section 8.6.4, after Hestenes (1958).
 */
function orthogonalize(given: Float64Array, k: number, m: number): Rows {
  const rows = powerOfTwoScaled(given);
  const turns = new Float64Array(k * k);
  for (let i = 0; i < k; i++) turns[i * k + i] = 1;
  for (let sweep = 0; sweep < MOST_SWEEPS && rotateAll(rows.scaled, turns, k, m); sweep++);
  const lengths = Float64Array.from({ length: k }, (_, i) => {
    return Math.sqrt(product(rows.scaled, m, i, i));
  });
  const order = Array.from({ length: k }, (_, i) => i).sort((i, j) => lengths[j] - lengths[i]);
  const [left, right] = [new Float64Array(k * m), new Float64Array(k * k)];
  order.forEach((from, to) => {
    right.set(turns.subarray(from * k, (from + 1) * k), to * k);
    const length = lengths[from];
    for (let i = 0; i < m; i++) left[to * m + i] = rows.scaled[from * m + i] / length;
    if (length === 0) complete(left, to, m);
  });
  return { left, values: Float64Array.from(order, (i) => lengths[i] * rows.scale), right };
}

/** Numbers whose squares neither overflow nor vanish, and the factor that gives the originals back. */
function powerOfTwoScaled(given: Float64Array): { scaled: Float64Array; scale: number } {
  const largest = given.reduce((most, x) => Math.max(most, Math.abs(x)), 0);
  if (largest === 0 || !Number.isFinite(largest)) return { scaled: given.slice(), scale: 1 };
  const scale = 2 ** Math.max(-1000, Math.floor(Math.log2(largest)));
  return { scaled: given.map((x) => x / scale), scale };
}

/** The inner product of two rows. */
function product(rows: Float64Array, m: number, p: number, q: number): number {
  let sum = 0;
  for (let i = 0; i < m; i++) sum += rows[p * m + i] * rows[q * m + i];
  return sum;
}

function rotateAll(rows: Float64Array, turns: Float64Array, k: number, m: number): boolean {
  let rotated = false;
  for (let p = 0; p < k; p++) {
    for (let q = p + 1; q < k; q++) {
      const off = product(rows, m, p, q);
      const [x, y] = [product(rows, m, p, p), product(rows, m, q, q)];
      if (off === 0 || Math.abs(off) <= Number.EPSILON * Math.sqrt(x) * Math.sqrt(y)) continue;
      rotated = true;
      const tau = (y - x) / (2 * off);
      const t = (tau >= 0 ? 1 : -1) / (Math.abs(tau) + Math.hypot(1, tau));
      const c = 1 / Math.hypot(1, t);
      rotateRows(rows, m, p, q, c, t * c);
      rotateRows(turns, k, p, q, c, t * c);
    }
  }
  return rotated;
}

/** Makes row `at` a unit vector orthogonal to all rows before it: of the axes, the one that they span least. */
function complete(rows: Float64Array, at: number, m: number): void {
  let [best, most] = [new Float64Array(m), -1];
  for (let axis = 0; axis < m; axis++) {
    const candidate = new Float64Array(m);
    candidate[axis] = 1;
    // twice is enough (Kahan & Parlett)
    for (let pass = 0; pass < 2; pass++) {
      for (let row = 0; row < at; row++) {
        let sum = 0;
        for (let i = 0; i < m; i++) sum += rows[row * m + i] * candidate[i];
        for (let i = 0; i < m; i++) candidate[i] -= sum * rows[row * m + i];
      }
    }
    const length = Math.hypot(...candidate);
    if (length > most) [best, most] = [candidate.map((x) => x / length), length];
  }
  rows.set(best, at * m);
}
