/**
 * @file A linear map along every unit vector: the one place that decides how a whole matrix is found from
 * its products. It makes one call for each vector.
 */
import type { Aval } from "../array/aval.ts";
import { allocate } from "../array/dtype.ts";
import { sizeOf } from "../array/shape.ts";
import { rowMajor } from "../array/strided-array.ts";
import { fromArray, type Tensor } from "../core/tensor.ts";
import { concatenate } from "../primitives/concatenate.ts";
import { reshape } from "../primitives/reshape.ts";
import { zeros } from "./walks.ts";

/**
 * The results of `map` for all unit vectors of `aval`, in row-major order, stacked along a new first axis.
 *
 * @param results avals of what `map` returns.
 */
export function alongBasis(
  aval: Aval,
  results: readonly Aval[],
  map: (unit: Tensor) => readonly Tensor[],
): readonly Tensor[] {
  const count = sizeOf(aval.shape);
  const runs = Array.from({ length: count }, (_, at) => map(unitVector(aval, at)));
  return results.map(({ shape, dtype }, i) => {
    if (count === 0) return zeros({ shape: [0, ...shape], dtype });
    return concatenate(runs.map((run) => reshape(run[i], [1, ...shape])));
  });
}

/** Zeros, and a 1 at one place in row-major order. */
function unitVector({ shape, dtype }: Aval, at: number): Tensor {
  const data = allocate(dtype, sizeOf(shape));
  data[at] = 1;
  return fromArray({ data, shape, stride: rowMajor(shape), offset: 0 }, dtype);
}
