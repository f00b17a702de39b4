/** @file Initialisers of whole matrices: eye, dirac, orthogonal, sparse. */
import {
  argSort,
  cast,
  diagonal,
  eye as identity,
  less,
  linalg,
  mul,
  normal,
  reshape,
  type Shape,
  ShapeError,
  splitKey,
  tensor,
  transpose,
  uniform,
  ValueError,
  where,
} from "@tapegrad/autograd";
import type { Initializer } from "./initializer.ts";

/** 1 on the diagonal of a matrix, else 0. @throws ShapeError if the shape is no matrix. */
export function eye(): Initializer {
  return {
    draw: (_, shape, options = {}) => {
      const [rows, columns] = requireMatrix("eye", shape);
      return identity(rows, { ...options, columns });
    },
  };
}

/**
 * Convolutions that pass channels on: 1 in the middle of the kernel from channel i to channel i, of every group. More
 * channels than there are on the other side give 0.
 *
 * @throws ShapeError if the shape is no weight of a convolution, or the groups do not divide its channels.
 */
export function dirac(options: { readonly groups?: number } = {}): Initializer {
  const { groups = 1 } = options;
  return {
    draw: (_, shape, { dtype = "float32" } = {}) => {
      const [out = 0, own = 0, ...kernel] = shape;
      const isWeight = kernel.length >= 1 && kernel.length <= 3;
      if (!isWeight || !Number.isInteger(groups) || groups < 1 || out % groups !== 0) {
        throw new ShapeError("dirac", { shape, groups }, (d) => {
          return `shape [${d.shape.join(", ")}] is no weight of a convolution in ${d.groups} groups. Use [out, in, ...kernel] with a kernel of 1 to 3 axes, and groups that divide out.`;
        });
      }
      const field = kernel.reduce((size, n) => size * n, 1);
      const middle = kernel.reduce((place, n) => place * n + Math.floor(n / 2), 0);
      const data = new Float64Array(out * own * field);
      for (let channel = 0; channel < out; channel++) {
        const from = channel % (out / groups);
        if (from < own) data[(channel * own + from) * field + middle] = 1;
      }
      return tensor(data, { shape, dtype });
    },
  };
}

/**
 * Orthonormal rows, or columns where there are more rows, times `gain` (1): Q of a normal matrix, with the signs that make
 * it uniform over such matrices. Axes behind the first count as one.
 *
 * @throws ShapeError if the shape has less than two axes.
 * @see Saxe et al. (2014); Mezzadri (2007) for the signs.
 */
export function orthogonal(options: { readonly gain?: number } = {}): Initializer {
  const { gain = 1 } = options;
  return {
    draw: (key, shape, { dtype = "float32" } = {}) => {
      const [rows, columns] = requireMatrix("orthogonal", flattened(shape));
      const tall = [Math.max(rows, columns), Math.min(rows, columns)];
      const { q, r } = linalg.qr(normal(key, tall, { dtype: "float64" }));
      const signed = mul(mul(q, where(less(diagonal(r), 0), -1, 1)), gain);
      const matrix = rows < columns ? transpose(signed) : signed;
      return cast(reshape(matrix, shape), dtype);
    },
  };
}

export interface SparseOptions {
  /** The part of each column that is 0, rounded up to whole elements. */
  readonly sparsity: number;
  /** Of the others, which are normal; 0.01 by default. */
  readonly standardDeviation?: number;
}

/**
 * A matrix with the same number of zeros, at random places, in every column, and normal values elsewhere.
 *
 * @throws ValueError if the sparsity is not from 0 to 1; ShapeError if the shape is no matrix.
 * @see Martens (2010).
 */
export function sparse({ sparsity, standardDeviation = 0.01 }: SparseOptions): Initializer {
  if (!(sparsity >= 0 && sparsity <= 1)) {
    throw new ValueError("sparse", { sparsity }, (d) => {
      return `sparsity is ${d.sparsity}, but it is a part of each column. Use a number from 0 to 1.`;
    });
  }
  return {
    draw: (key, shape, { dtype = "float32" } = {}) => {
      const [rows, columns] = requireMatrix("sparse", shape);
      const [places, values] = splitKey(key);
      const order = argSort(uniform(places, [rows, columns], { dtype: "float64" }), { axis: 0 });
      const isZero = less(argSort(order, { axis: 0 }), Math.ceil(sparsity * rows));
      return where(isZero, 0, normal(values, shape, { dtype, standardDeviation }));
    },
  };
}

function flattened(shape: Shape): Shape {
  const [rows, ...others] = shape;
  const columns = others.reduce((size, n) => size * n, 1);
  return rows === undefined || others.length === 0 ? shape : [rows, columns];
}

function requireMatrix(op: string, shape: Shape): readonly [number, number] {
  const [rows, columns] = shape;
  if (shape.length === 2 && rows !== undefined && columns !== undefined) return [rows, columns];
  throw new ShapeError(op, { shape }, (d) => {
    return `shape [${d.shape.join(", ")}] is no matrix. Use an initialiser of single values, such as \`normal()\`.`;
  });
}
