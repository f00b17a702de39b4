/**
 * Linear algebra: first and second derivatives against differences, and the equations that define each function. PyTorch's
 * values: `npm run oracle -- ops --only linalg`.
 */
import {
  add,
  cdist,
  diag,
  diagEmbed,
  einsum,
  eye,
  getItem,
  grad,
  linalg,
  matMul,
  mul,
  normal,
  outer,
  pdist,
  randomKey,
  square,
  sum,
  type Tensor,
  tensor,
  tril,
  triu,
  zeros,
} from "@tapegrad/autograd";
import { assertGradcheck } from "@tapegrad/autograd/testing";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { distance } from "../closeness.ts";

const some = (shape: readonly number[], seed = 1): Tensor =>
  normal(randomKey(seed), shape, { dtype: "float64" });

/** Positive definite. */
const covariance = (a: Tensor): Tensor => add(matMul(a, a.mT), diag(tensor([1, 2, 3])));

describe("first and second derivatives agree with differences:", () => {
  it.each<[string, (...x: readonly Tensor[]) => Tensor, readonly (readonly number[])[]]>([
    ["inv", (a) => linalg.inv(a), [[2, 2, 2]]],
    [
      "solve",
      (a, b) => linalg.solve(a, b),
      [
        [3, 3],
        [3, 2],
      ],
    ],
    [
      "solve from the right, of batches",
      (a, b) => linalg.solve(a, b, { left: false }),
      [
        [2, 2, 2],
        [1, 3, 2],
      ],
    ],
    ["det", (a) => linalg.det(a), [[2, 2, 2]]],
    ["slogdet", (a) => linalg.slogdet(a).logabsdet, [[3, 3]]],
    ["matrixPower", (a) => linalg.matrixPower(a, -2), [[2, 2]]],
    ["matrixExp", (a) => linalg.matrixExp(a), [[3, 3]]],
    ["pinv, wide", (a) => linalg.pinv(a), [[2, 4]]],
    ["pinv of rank one", (u, v) => linalg.pinv(outer(u, v), { rtol: 1e-6 }), [[3], [2]]],
    [
      "lstsq",
      (a, b) => linalg.lstsq(a, b),
      [
        [4, 2],
        [4, 1],
      ],
    ],
    ["qr, wide", (a) => matMul(linalg.qr(a).q, square(linalg.qr(a).r)), [[2, 3]]],
    ["singular values", (a) => linalg.svdvals(a), [[3, 2]]],
    ["the polar factor, from svd", (a) => matMul(linalg.svd(a).u, linalg.svd(a).vh), [[3, 3]]],
    ["eigenvalues", (a) => linalg.eigvalsh(add(a, a.mT)), [[3, 3]]],
    ["cholesky", (a) => linalg.cholesky(covariance(a)), [[3, 3]]],
    [
      "einsum",
      (a, b) => einsum("...ij,kj,i->k...", a, b, getItem(b, [0, { stop: 2 }])),
      [
        [2, 2, 3],
        [2, 3],
      ],
    ],
    ["a nuclear norm", (a) => linalg.norm(a, { ord: "nuc" }), [[3, 2]]],
    ["a condition number", (a) => linalg.cond(a), [[2, 2]]],
    [
      "cdist",
      (a, b) => cdist(a, b, { p: 3 }),
      [
        [2, 2],
        [3, 2],
      ],
    ],
    ["pdist", (a) => pdist(a), [[4, 2]]],
  ])("%s", (_, f, shapes) => {
    assertGradcheck(
      f,
      shapes.map((shape, i) => some(shape, i + 3)),
      { order: 2 },
    );
  });
});

/** The largest entry of the difference, relative to 1 or to the largest entry expected. */
function error(found: Tensor, expected: Tensor): number {
  const numbers: readonly number[] = Array.from(expected.toTypedArray());
  const largest = numbers.reduce((most, x) => Math.max(most, Math.abs(x)), 1);
  return distance(
    found.div(largest),
    numbers.map((x) => x / largest),
  );
}

const identity = (like: Tensor): Tensor =>
  zeros(like.shape, { dtype: "float64" }).add(eye(like.shape[like.rank - 1], { dtype: "float64" }));

interface Size {
  readonly m: number;
  readonly n: number;
  readonly rank: number;
  readonly seed: number;
}

/** Two matrices of any shape and rank, many of them singular, some without elements. */
const matrixOf = ({ m, n, rank, seed }: Size): Tensor =>
  matMul(some([2, m, rank], seed), some([2, rank, n], seed + 1));

function holds(statement: (a: Tensor, size: Size) => void): void {
  const length = fc.integer({ min: 0, max: 6 });
  fc.assert(
    fc.property(fc.record({ m: length, n: length, rank: length, seed: fc.nat() }), (size) => {
      statement(matrixOf(size), size);
    }),
  );
}

describe("for matrices of any shape and rank", () => {
  it("qr has orthonormal columns and a triangle whose product is the matrix", () => {
    holds((a) => {
      const { q, r } = linalg.qr(a);
      expect(error(matMul(q, r), a)).toBeLessThan(1e-14);
      expect(error(matMul(q.mT, q), identity(matMul(q.mT, q)))).toBeLessThan(1e-14);
      expect(error(triu(r), r)).toBe(0);
    });
  });

  it("svd has orthonormal vectors on both sides, and values in descending order", () => {
    holds((a) => {
      const { u, s, vh } = linalg.svd(a);
      expect(error(matMul(u, matMul(diagEmbed(s), vh)), a)).toBeLessThan(1e-14);
      expect(error(matMul(u.mT, u), identity(matMul(u.mT, u)))).toBeLessThan(1e-14);
      expect(error(matMul(vh, vh.mT), identity(matMul(vh, vh.mT)))).toBeLessThan(1e-14);
      const rows = s.toArray() as readonly (readonly number[])[];
      for (const row of rows) expect([...row].sort((x, y) => y - x)).toEqual(row);
    });
  });

  it("lu has triangles whose product is the matrix with its rows in the order given", () => {
    holds((a) => {
      const { p, l, u } = linalg.lu(a);
      expect(error(matMul(p, matMul(l, u)), a)).toBeLessThan(1e-14);
      expect([error(tril(l), l), error(triu(u), u)]).toEqual([0, 0]);
    });
  });

  it("eigh has orthonormal vectors that the matrix only stretches", () => {
    holds((x) => {
      const a = matMul(x, x.mT);
      const { values, vectors } = linalg.eigh(a);
      expect(error(matMul(a, vectors), matMul(vectors, diagEmbed(values)))).toBeLessThan(1e-13);
      expect(error(matMul(vectors.mT, vectors), identity(a))).toBeLessThan(1e-14);
    });
  });

  it("eigh keeps its vectors orthonormal where nearly all values are 0", () => {
    const x = some([40, 2]);
    const { vectors } = linalg.eigh(matMul(x, x.mT));
    expect(error(matMul(vectors.mT, vectors), identity(vectors))).toBeLessThan(2e-14);
  });

  it("pinv satisfies the equations of Penrose (1955), and matrixRank counts the rank", () => {
    holds((a, { m, n, rank }) => {
      const options = { rtol: 1e-9 };
      const p = linalg.pinv(a, options);
      const [ap, pa] = [matMul(a, p), matMul(p, a)];
      expect(error(matMul(ap, a), a)).toBeLessThan(1e-10);
      expect(error(matMul(pa, p), p)).toBeLessThan(1e-10);
      expect([error(ap.mT, ap), error(pa.mT, pa)].every((x) => x < 1e-10)).toBe(true);
      const least = Math.min(m, n, rank);
      expect(linalg.matrixRank(a, options).toArray()).toEqual([least, least]);
    });
  });
});

/** By Laplace's expansion: exact to every order. */
function expanded(a: Tensor): Tensor {
  const n = a.shape[0];
  if (n === 1) return getItem(a, [0, 0]);
  const others = (j: number): Tensor =>
    getItem(a, [{ start: 1 }, Array.from({ length: n }, (_, k) => k).filter((k) => k !== j)]);
  return Array.from({ length: n }, (_, j) => {
    return mul(getItem(a, [0, j]), expanded(others(j))).mul(j % 2 === 0 ? 1 : -1);
  }).reduce((x, y) => add(x, y));
}

describe("the determinant has the derivatives of its expansion", () => {
  /** The gradient of the derivative along a direction. */
  const along = (f: (a: Tensor) => Tensor, seed: number) => (a: Tensor) =>
    sum(mul(some(a.shape, seed), grad(f)(a)));
  const second = (f: (a: Tensor) => Tensor) => grad(along(f, 9));
  const third = (f: (a: Tensor) => Tensor) => grad(along(along(f, 9), 10));

  it.each<[string, Tensor]>([
    ["a regular matrix", some([4, 4])],
    ["a matrix of rank 3", matMul(some([4, 3]), some([3, 4], 2))],
    ["a matrix of rank 2", matMul(some([4, 2]), some([2, 4], 2))],
    ["a matrix of rank 1", matMul(some([4, 1]), some([1, 4], 2))],
    ["0", zeros([4, 4], { dtype: "float64" })],
    ["a nilpotent matrix", diag(tensor([1, 2, 3]), { offset: 1 })],
    [
      "rows that are exactly equal",
      tensor([
        [1, 2, 3, 4],
        [1, 2, 3, 4],
        [0, 1, 0, 1],
        [2, 2, 1, 0],
      ]),
    ],
  ])("at %s", (_, given) => {
    const a = given.cast("float64");
    expect(error(linalg.det(a), expanded(a))).toBeLessThan(1e-13);
    expect(error(grad(linalg.det)(a), grad(expanded)(a))).toBeLessThan(1e-12);
    expect(error(second(linalg.det)(a), second(expanded)(a))).toBeLessThan(1e-12);
    expect(error(third(linalg.det)(a), third(expanded)(a))).toBeLessThan(1e-11);
  });
});

describe("einsum", () => {
  const letters = ["a", "b", "c", "d"];
  const lengths: Readonly<Record<string, number>> = { a: 2, b: 3, c: 1, d: 2 };

  /** Σ over all values of all letters, one after the other. */
  function looped(terms: readonly string[], result: string, operands: readonly Tensor[]): Tensor {
    const sums = new Map<string, number>();
    const used = letters.filter((c) => terms.some((term) => term.includes(c)));
    const arrays = operands.map((x) => x.toTypedArray());
    const visit = (at: Readonly<Record<string, number>>, rest: readonly string[]): void => {
      if (rest.length > 0) {
        for (let i = 0; i < lengths[rest[0]]; i++) visit({ ...at, [rest[0]]: i }, rest.slice(1));
        return;
      }
      const place = (term: string): number => [...term].reduce((k, c) => k * lengths[c] + at[c], 0);
      const product = terms.reduce((x, term, i) => x * arrays[i][place(term)], 1);
      const key = String(place(result));
      sums.set(key, (sums.get(key) ?? 0) + product);
    };
    visit({}, used);
    const shape = [...result].map((c) => lengths[c]);
    const size = shape.reduce((x, y) => x * y, 1);
    return tensor(
      Float64Array.from({ length: size }, (_, i) => sums.get(String(i)) ?? 0),
      { shape, dtype: "float64" },
    );
  }

  it("is the sum over all letters that are not in the result, diagonals included", () => {
    const term = fc
      .array(fc.constantFrom(...letters), { maxLength: 3 })
      .map((list) => list.join(""));
    const equation = fc.array(term, { minLength: 1, maxLength: 4 }).chain((terms) => {
      const used = letters.filter((c) => terms.some((t) => t.includes(c)));
      return fc.record({ terms: fc.constant(terms), result: fc.shuffledSubarray(used) });
    });
    fc.assert(
      fc.property(equation, fc.nat(), ({ terms, result }, seed) => {
        const operands = terms.map((t, i) =>
          some(
            [...t].map((c) => lengths[c]),
            seed + i,
          ),
        );
        const text = `${terms.join(",")}->${result.join("")}`;
        expect(
          error(einsum(text, ...operands), looped(terms, result.join(""), operands)),
        ).toBeLessThan(1e-13);
      }),
    );
  });
});
