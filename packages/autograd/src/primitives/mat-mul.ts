/** @file matMul. */
import { broadcastShapes } from "../array/broadcast.ts";
import { isFloating, promote } from "../array/dtype.ts";
import { formatShape, type Shape, sameShape } from "../array/shape.ts";
import { bind, requireTensor } from "../core/bind.ts";
import type { Primitive } from "../core/primitive.ts";
import type { Tensor } from "../core/tensor.ts";
import { ShapeError } from "../errors.ts";
import { cast } from "./cast.ts";
import { bilinear } from "./define.ts";
import { requireFloating } from "./door.ts";
import { reshape } from "./reshape.ts";
import { broadcastTo } from "./sum-broadcast-to.ts";
import { transpose } from "./transpose.ts";

/**
 * Matrix product over the last two axes, for each index of the leading axes.
 *
 * - shape: [..., m, k] · [..., k, n] is [..., m, n]; leading axes broadcast. A vector on the left counts
 *   as one row, on the right as one column, and that axis is dropped from the result
 * - dtype: promoted, integers to float32. Small products accumulate in float64 and round once; large ones
 *   (from 4096 multiply-adds of one matrix) in the dtype, by blocks of 256 along k, with SIMD
 * - derivative: ȳ · bᵀ for a, aᵀ · ȳ for b
 *
 * @throws ShapeError if an operand is a scalar, the inner sizes differ, or the leading axes do not broadcast.
 * @example
 * matMul(tensor([[1, 2], [3, 4]]), tensor([1, 1]));   // [3, 7]
 */
export function matMul(a: Tensor, b: Tensor): Tensor {
  const [left, right] = [requireTensor("matMul", a), requireTensor("matMul", b)];
  if (left.rank === 0 || right.rank === 0) throw misfit(left.shape, right.shape);
  const common = promote(left.dtype, right.dtype);
  const dtype = isFloating(common) ? common : "float32";
  const x = left.rank === 1 ? reshape(left, [1, -1]) : left;
  const y = right.rank === 1 ? reshape(right, [-1, 1]) : right;
  if (x.shape[x.rank - 1] !== y.shape[y.rank - 2]) throw misfit(a.shape, b.shape);
  const [batchA, batchB] = [x.shape.slice(0, -2), y.shape.slice(0, -2)];
  const leading = broadcastShapes("matMul", batchA, batchB, () => misfit(a.shape, b.shape));
  const spread = (z: Tensor): Tensor =>
    broadcastTo(cast(z, dtype), [...leading, ...z.shape.slice(-2)]);
  const product = bind(matMulPrimitive, [spread(x), spread(y)], null);
  const [m, n] = product.shape.slice(-2);
  return reshape(product, [
    ...leading,
    ...(left.rank === 1 ? [] : [m]),
    ...(right.rank === 1 ? [] : [n]),
  ]);
}

function misfit(a: Shape, b: Shape): ShapeError {
  return new ShapeError("matMul", { a, b }, () => {
    const fact = `cannot multiply shapes ${formatShape(a)} and ${formatShape(b)}`;
    if (a.length === 0 || b.length === 0) {
      return `${fact}: a scalar is not a matrix. Use \`mul\`.`;
    }
    const [k, l] = [a[a.length - 1], b[Math.max(0, b.length - 2)]];
    if (k === l) {
      const batches = `${formatShape(a.slice(0, -2))} and ${formatShape(b.slice(0, -2))}`;
      return `${fact}: their leading axes ${batches} do not broadcast. Make them equal, or 1.`;
    }
    return `${fact}: the inner sizes are ${k} and ${l}. They must be equal: transpose one operand.`;
  });
}

function swapLast(x: Tensor): Tensor {
  const order = x.shape.map((_, axis) => axis);
  return transpose(x, [...order.slice(0, -2), x.rank - 1, x.rank - 2]);
}

export const matMulPrimitive: Primitive<null> = bilinear({
  name: "matMul",
  arity: 2,
  domain: [{ min: -3, max: 3 }],
  cases: [
    {
      params: null,
      shapes: [
        [2, 3],
        [3, 2],
      ],
    },
    {
      params: null,
      shapes: [
        [1, 4],
        [4, 1],
      ],
    },
    {
      params: null,
      shapes: [
        [5, 1],
        [1, 6],
      ],
    },
    {
      params: null,
      shapes: [
        [2, 2, 3],
        [2, 3, 1],
      ],
    },
    {
      params: null,
      shapes: [
        [2, 0],
        [0, 3],
      ],
    },
    {
      params: null,
      shapes: [
        [0, 2],
        [2, 3],
      ],
    },
  ],
  abstractEval: ([a, b]) => {
    const [m, k] = a.shape.slice(-2);
    const [l, n] = b.shape.slice(-2);
    const leading = a.shape.slice(0, -2);
    if (a.shape.length < 2 || k !== l || !sameShape(leading, b.shape.slice(0, -2))) {
      throw misfit(a.shape, b.shape);
    }
    return {
      shape: [...leading, m, n],
      dtype: requireFloating("matMul", promote(a.dtype, b.dtype)),
    };
  },
  kernel: () => ({ kind: "contraction" }),
  transpose: (cotangent, other, _rule, input) =>
    input === 0 ? matMul(cotangent, swapLast(other)) : matMul(swapLast(other), cotangent),
});
