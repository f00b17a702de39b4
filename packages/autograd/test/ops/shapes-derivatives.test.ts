/**
 * Functions that move, read and write elements: first and second derivatives against differences, and what can be seen at
 * a glance. PyTorch's values: `npm run oracle -- ops --only shape`.
 */
import {
  at,
  blockDiag,
  diagEmbed,
  diagonal,
  diagonalScatter,
  flip,
  gather,
  getItem,
  grad,
  indexAdd,
  indexCopy,
  maskedScatter,
  maskedSelect,
  meshgrid,
  normal,
  pad,
  put,
  randomKey,
  repeatInterleave,
  roll,
  rot90,
  scatter,
  scatterAdd,
  scatterReduce,
  selectScatter,
  split,
  take,
  type Tensor,
  tensor,
  tile,
  tril,
  unfold,
} from "@tapegrad/autograd";
import { assertGradcheck } from "@tapegrad/autograd/testing";
import { describe, expect, it } from "vitest";

const int32 = (...values: readonly number[]): Tensor => tensor(values, { dtype: "int32" });
const some = (shape: readonly number[], seed = 1): Tensor =>
  normal(randomKey(seed), shape, { dtype: "float64" });
const INDEX = tensor(
  [
    [0, 1, 1],
    [1, 1, 0],
  ],
  { dtype: "int32" },
);

describe("first and second derivatives agree with differences:", () => {
  it.each<[string, (...x: readonly Tensor[]) => Tensor, readonly (readonly number[])[]]>([
    ["flip", (x) => flip(x), [[2, 3]]],
    ["roll", (x) => roll(x, [1, -1], { axes: [0, 1] }), [[2, 3]]],
    ["rot90", (x) => rot90(x), [[2, 3]]],
    ["tile", (x) => tile(x, [2, 1, 2]), [[2, 2]]],
    ["repeatInterleave", (x) => repeatInterleave(x, [2, 1], { axis: 0 }), [[2, 2]]],
    [
      "blockDiag",
      (x, y) => blockDiag([x, y]),
      [
        [1, 2],
        [2, 1],
      ],
    ],
    ["meshgrid", (x, y) => meshgrid([x, y])[0].mul(meshgrid([x, y])[1]), [[2], [3]]],
    ["split", (x) => split(x, 2)[1], [[3, 2]]],
    ["tril", (x) => tril(x), [[3, 3]]],
    ["diagonal", (x) => diagonal(x, { offset: 1 }), [[3, 3]]],
    ["diagEmbed", (x) => diagEmbed(x, { offset: -1 }), [[2, 2]]],
    ["diagonalScatter", (x, y) => diagonalScatter(x, y), [[2, 3], [2]]],
    ["unfold", (x) => unfold(x, { axis: 0, size: 2, step: 1 }), [[4]]],
    [
      "pad by reflection",
      (x) => pad(x, { before: [1, 0], after: [1, 2], mode: "reflect" }),
      [[3, 3]],
    ],
    [
      "pad in circles",
      (x) => pad(x, { before: [-1, 2], after: [1, 0], mode: "circular" }),
      [[3, 2]],
    ],
    ["gather", (x) => gather(x, INDEX, { axis: 0 }), [[2, 3]]],
    [
      "scatter",
      (x, y) => scatter(x, INDEX, y),
      [
        [3, 3],
        [2, 3],
      ],
    ],
    [
      "scatterAdd",
      (x, y) => scatterAdd(x, INDEX, y),
      [
        [3, 3],
        [2, 3],
      ],
    ],
    [
      "scatterReduce prod",
      (x, y) => scatterReduce(x, INDEX, y, { reduce: "prod" }),
      [
        [3, 3],
        [2, 3],
      ],
    ],
    [
      "scatterReduce mean",
      (x, y) => scatterReduce(x, INDEX, y, { reduce: "mean", includeSelf: false }),
      [
        [3, 3],
        [2, 3],
      ],
    ],
    [
      "scatterReduce amax",
      (x, y) => scatterReduce(x, INDEX, y, { reduce: "amax" }),
      [
        [3, 3],
        [2, 3],
      ],
    ],
    [
      "indexAdd",
      (x, y) => indexAdd(x, int32(0, 0), y, { alpha: 2 }),
      [
        [2, 2],
        [2, 2],
      ],
    ],
    [
      "indexCopy",
      (x, y) => indexCopy(x, int32(1, 1), y),
      [
        [2, 2],
        [2, 2],
      ],
    ],
    ["selectScatter", (x, y) => selectScatter(x, y, -1), [[2, 2], [2]]],
    ["maskedScatter", (x, y) => maskedScatter(x, tensor([true, false, true]), y), [[3], [2]]],
    ["take", (x) => take(x, int32(0, -1, 0)), [[2, 2]]],
    ["a part read", (x) => getItem(x, [{ step: -2 }, null, [1, 0]]), [[3, 2]]],
    ["a block set", (x, y) => at(x, { step: -1 }, 0).set(y), [[2, 2], [2]]],
    ["a block added to", (x, y) => at(x, null, "...", { start: 1 }).add(y), [[2, 3], [2]]],
    ["one number where a mask is", (x, y) => at(x, 1, [true, false, true]).set(y), [[2, 3], []]],
    ["one number added there", (x, y) => at(x, 1, [true, false, true]).add(y), [[2, 3], []]],
    ["places put", (x, y) => put(x, int32(0, -1, 0), y), [[2, 2], [3]]],
    ["a part set", (x, y) => at(x, [0, 0], 1).set(y), [[2, 2], [2]]],
    [
      "a part added to",
      (x, y) => at(x, "...", [0, 0]).add(y),
      [
        [2, 2],
        [2, 2],
      ],
    ],
  ])("%s", (_, f, shapes) => {
    const squared = (...x: readonly Tensor[]): Tensor => {
      const y = f(...x);
      return y.mul(y);
    };
    assertGradcheck(
      squared,
      shapes.map((shape, i) => some(shape, i + 1)),
      {
        order: 2,
        seed: 1,
        method: "directional",
        // what is overwritten has none
        zeroGradient: true,
      },
    );
  });
});

describe("at a glance:", () => {
  const x = tensor([
    [1, 2, 3],
    [4, 5, 6],
  ]);

  it("parts are read as in Python, and written into a copy", () => {
    expect(x.at(-1, { start: 1 }).get().toArray()).toEqual([5, 6]);
    expect(x.at("...", [2, 0]).get().toArray()).toEqual([
      [3, 1],
      [6, 4],
    ]);
    expect(x.at([1, 0], [2, 0]).get().toArray()).toEqual([6, 1]);
    expect(x.at(null, 0).get().shape).toEqual([1, 3]);
    expect(x.at(0, { step: 2 }).set(0).toArray()).toEqual([
      [0, 2, 0],
      [4, 5, 6],
    ]);
    expect(x.at(x.greater(4)).add(10).toArray()).toEqual([
      [1, 2, 3],
      [4, 15, 16],
    ]);
    expect(x.at(x.greater(4)).get().toArray()).toEqual([5, 6]);
    expect(x.toArray()).toEqual([
      [1, 2, 3],
      [4, 5, 6],
    ]);
  });

  it("of several values for one place the last stands, and all of them add up", () => {
    const y = tensor([0, 0]);
    expect(
      y
        .at([0, 0])
        .set(tensor([1, 2]))
        .toArray(),
    ).toEqual([2, 0]);
    expect(
      y
        .at([0, 0])
        .add(tensor([1, 2]))
        .toArray(),
    ).toEqual([3, 0]);
    expect(scatter(y, int32(0, 0), tensor([1, 2])).toArray()).toEqual([2, 0]);
  });

  it("an index out of range is refused", () => {
    expect(() => x.at([0, 2])).toThrow(/index 2 at \[1\] of the indices does not exist/);
  });

  it("values that tie for the largest share the derivative", () => {
    const total = (v: Tensor): Tensor =>
      scatterReduce(tensor([0]), int32(0, 0), v, { reduce: "amax" }).sum();
    expect(grad(total)(tensor([3, 3])).toArray()).toEqual([0.5, 0.5]);
  });

  it("a product with zeros has the derivative of the other factors", () => {
    const total = (v: Tensor): Tensor =>
      scatterReduce(tensor([2]), int32(0, 0), v, { reduce: "prod" }).sum();
    expect(grad(total)(tensor([0, 3])).toArray()).toEqual([6, 0]);
  });

  it("a mask selects", () => {
    expect(maskedSelect(x, tensor([true, false, true])).toArray()).toEqual([1, 3, 4, 6]);
  });
});
