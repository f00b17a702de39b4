/** The primitives that move elements: what goes where, and where the cotangent comes back to. */
import {
  AxisError,
  broadcastTo,
  concatenate,
  gather,
  grad,
  pad,
  reshape,
  scatterAdd,
  ShapeError,
  slice,
  type Tensor,
  tensor,
  transpose,
  ValueError,
  vjp,
  zeros,
} from "@tapegrad/autograd";
import { describe, expect, it } from "vitest";
import { refusalOf } from "../refusal.ts";

const matrix = tensor([[1, 2, 3], [4, 5, 6]]); // biome-ignore format: rows
const int32 = (...values: readonly number[]): Tensor => tensor(values, { dtype: "int32" });

/** Where the cotangent 1, 10, 100, … of the result ends up. */
function pulled(f: (x: Tensor) => Tensor, x: Tensor): unknown {
  const { output, pullback } = vjp(f, x);
  const seed = Float32Array.from({ length: output.size }, (_, i) => 10 ** i);
  return pullback(tensor(seed, { shape: output.shape }))[0].toArray();
}

describe("reshape", () => {
  it("keeps the row-major order, and works out -1", () => {
    expect(reshape(matrix, [3, 2]).toArray()).toEqual([[1, 2], [3, 4], [5, 6]]); // biome-ignore format: rows
    expect(reshape(matrix, [-1]).shape).toEqual([6]);
    expect(reshape(matrix, [2, -1, 1]).shape).toEqual([2, 3, 1]);
    expect(reshape(zeros([0, 3]), [3, -1]).shape).toEqual([3, 0]);
  });

  it("to its own shape is the tensor itself", () => {
    expect(reshape(matrix, [2, 3])).toBe(matrix);
    expect(reshape(matrix, [-1, 3])).toBe(matrix);
  });

  it("copies where strides cannot express the order", () => {
    expect(reshape(transpose(matrix), [6]).toArray()).toEqual([1, 4, 2, 5, 3, 6]);
  });

  it.each([[[4]], [[-1, -1]], [[4, -1]], [[2, -3]], [[2.5]], [[0, -1]], [[]]])(
    "refuses %j for six elements",
    (shape) => {
      const error = refusalOf(() => reshape(matrix, shape));

      expect(error).toBeInstanceOf(ShapeError);
      expect(error.op).toBe("reshape");
    },
  );

  it("cannot work out -1 beside 0", () => {
    expect(refusalOf(() => reshape(zeros([0, 2]), [0, -1]))).toBeInstanceOf(ShapeError);
  });

  it("pulls the cotangent back in the old shape", () => {
    expect(pulled((x) => reshape(x, [3, 2]), matrix)).toEqual([[1, 10, 100], [1000, 10000, 100000]]); // biome-ignore format: rows
  });
});

describe("transpose", () => {
  it("reverses the axes, or puts them in the order that is given", () => {
    expect(transpose(matrix).toArray()).toEqual([[1, 4], [2, 5], [3, 6]]); // biome-ignore format: rows
    expect(transpose(zeros([2, 3, 4])).shape).toEqual([4, 3, 2]);
    expect(transpose(zeros([2, 3, 4]), [1, -1, 0]).shape).toEqual([3, 4, 2]);
  });

  it("of a vector or a scalar is itself", () => {
    const [vector, scalar] = [tensor([1, 2]), tensor(1)];

    expect([transpose(vector), transpose(scalar)]).toEqual([vector, scalar]);
  });

  it("pulls the cotangent back under the inverse permutation", () => {
    const x = zeros([2, 3, 4]);

    expect(vjp((y) => transpose(y, [2, 0, 1]), x).pullback(zeros([4, 2, 3]))[0].shape).toEqual([
      2, 3, 4,
    ]);
    expect(pulled((y) => transpose(y), tensor([[1, 2], [3, 4]]))).toEqual([[1, 100], [10, 1000]]); // biome-ignore format: rows
  });

  it.each([[[0]], [[0, 0]], [[0, 2]], [[0, 1, 1]]])(
    "refuses the permutation %j of a matrix",
    (permutation) => {
      expect(refusalOf(() => transpose(matrix, permutation))).toBeInstanceOf(AxisError);
    },
  );
});

describe("broadcastTo", () => {
  it("repeats axes of size 1 and missing axes", () => {
    expect(broadcastTo(tensor([[1], [2]]), [2, 2, 2]).toArray()).toEqual([
      [[1, 1], [2, 2]],
      [[1, 1], [2, 2]],
    ]); // biome-ignore format: a cube
  });

  it("may stretch to nothing, whose cotangent is 0", () => {
    expect(broadcastTo(tensor([1]), [0]).toArray()).toEqual([]);
    expect(grad((x: Tensor) => broadcastTo(x, [0]).sum())(tensor([1])).toArray()).toEqual([0]);
  });

  it("adds the cotangents of the repeats", () => {
    expect(pulled((x) => broadcastTo(x, [2, 2]), tensor([[5], [6]]))).toEqual([[11], [1100]]);
  });

  it.each([
    [[2, 3], [3]],
    [
      [2, 3],
      [2, 1],
    ],
    [[2], [3]],
  ])("refuses to turn %j into %j", (from, to) => {
    expect(refusalOf(() => broadcastTo(zeros(from), to))).toBeInstanceOf(ShapeError);
  });
});

describe("slice", () => {
  it("takes a block, in steps, backwards", () => {
    expect(slice(matrix, { starts: [0, 1], sizes: [2, 2] }).toArray()).toEqual([[2, 3], [5, 6]]); // biome-ignore format: rows
    expect(slice(matrix, { starts: [1, 2], sizes: [2, 2], steps: [-1, -2] }).toArray()).toEqual([[6, 4], [3, 1]]); // biome-ignore format: rows
    expect(slice(matrix, { starts: [0, 0], sizes: [0, 3] }).shape).toEqual([0, 3]);
  });

  it("of everything is the tensor itself", () => {
    expect(slice(matrix, { starts: [0, 0], sizes: [2, 3] })).toBe(matrix);
  });

  it("does not follow the arrays it was given", () => {
    const [starts, sizes, steps] = [[0], [2], [1]];
    const { output, pullback } = vjp((x) => slice(x, { starts, sizes, steps }), tensor([1, 2, 3]));

    starts[0] = 1;
    sizes[0] = 1;
    steps[0] = -1;

    expect(output.shape).toEqual([2]);
    expect(pullback(tensor([10, 20]))[0].toArray()).toEqual([10, 20, 0]);
  });

  it("pulls the cotangent back to where the block was", () => {
    expect(pulled((x) => slice(x, { starts: [3], sizes: [2], steps: [-2] }), zeros([5]))).toEqual([0, 10, 0, 1, 0]); // biome-ignore format: short
  });

  it.each([
    [{ starts: [0], sizes: [1] }, ShapeError],
    [{ starts: [0, 0], sizes: [2, 3], steps: [1] }, ShapeError],
    [{ starts: [0, 1], sizes: [2, 3] }, ValueError],
    [{ starts: [-1, 0], sizes: [1, 1] }, ValueError],
    [{ starts: [0, 0], sizes: [1, 2], steps: [1, -1] }, ValueError],
    [{ starts: [0, 0], sizes: [1, 2], steps: [1, 0] }, ValueError],
    [{ starts: [0, 0.5], sizes: [1, 1] }, ValueError],
    [{ starts: [0, 0], sizes: [1, -1] }, ValueError],
    [{ starts: [0, 0], sizes: [1, 1.5] }, ValueError],
  ])("refuses %j of a 2 × 3 matrix", (options, expected) => {
    expect(refusalOf(() => slice(matrix, options))).toBeInstanceOf(expected);
  });
});

describe("pad", () => {
  it("puts zeros, or another value, around a tensor", () => {
    expect(pad(matrix, { before: [1, 0], after: [0, 1] }).toArray()).toEqual([[0, 0, 0, 0], [1, 2, 3, 0], [4, 5, 6, 0]]); // biome-ignore format: rows
    expect(pad(tensor([1]), { before: [1], after: [1], value: -Infinity }).toArray()).toEqual([-Infinity, 1, -Infinity]); // biome-ignore format: short
  });

  it("with nothing around is the tensor itself", () => {
    expect(pad(matrix, { before: [0, 0], after: [0, 0], value: 7 })).toBe(matrix);
  });

  it.each([
    [tensor([true]), 1, [true, true]],
    [int32(5), 7, [7, 5]],
    [int32(5), 2.5, [2, 5]],
    [tensor([5], { dtype: "float64" }), 0.1, [0.1, 5]],
  ])("keeps the dtype of %s, whatever the value", (x, value, expected) => {
    const padded = pad(x, { before: [1], after: [0], value });

    expect([padded.dtype, padded.toArray()]).toEqual([x.dtype, expected]);
  });

  it("pulls back the block, whatever stands around it", () => {
    expect(pulled((x) => pad(x, { before: [1], after: [1], value: 5 }), tensor([1, 2]))).toEqual([
      10, 100,
    ]);
  });

  it.each([
    [{ before: [1], after: [0, 0] }, ShapeError],
    [{ before: [1, 0], after: [0] }, ShapeError],
    [{ before: [0.5, 0], after: [0, 0] }, ValueError],
    [{ before: [0, 0], after: [0.5, 0] }, ValueError],
  ])("refuses %j of a matrix", (options, expected) => {
    expect(refusalOf(() => pad(matrix, options))).toBeInstanceOf(expected);
  });
});

describe("concatenate", () => {
  it("puts tensors one after another, along any axis", () => {
    expect(concatenate([tensor([1]), tensor([2, 3]), zeros([0])]).toArray()).toEqual([1, 2, 3]);
    expect(concatenate([matrix, tensor([[7], [8]])], { axis: -1 }).toArray()).toEqual([[1, 2, 3, 7], [4, 5, 6, 8]]); // biome-ignore format: rows
  });

  it("promotes", () => {
    expect(concatenate([int32(1), tensor([2.5])]).toArray()).toEqual([1, 2.5]);
    expect(concatenate([tensor([true]), int32(2)]).dtype).toBe("int32");
  });

  it("gives each operand its block of the cotangent", () => {
    const { pullback } = vjp((a, b) => concatenate([a, b, a]), tensor([1]), tensor([2, 3]));

    const [aBar, bBar] = pullback(tensor([1, 10, 100, 1000]));

    expect([aBar.toArray(), bBar.toArray()]).toEqual([[1001], [10, 100]]);
  });

  it.each([
    ["nothing", () => concatenate([]), ShapeError],
    ["different ranks", () => concatenate([tensor([1]), matrix]), ShapeError],
    ["different lengths elsewhere", () => concatenate([matrix, zeros([2, 2])]), ShapeError],
    ["scalars", () => concatenate([tensor(1), tensor(2)]), AxisError],
  ])("refuses %s", (_, call, expected) => {
    expect(refusalOf(call)).toBeInstanceOf(expected);
  });
});

describe("gather and scatterAdd", () => {
  it("are transposes of each other", () => {
    const indices = int32(2, 0, 2);

    expect(gather(tensor([10, 20, 30]), indices).toArray()).toEqual([30, 10, 30]);
    expect(scatterAdd(tensor([1, 2, 4]), indices, { size: 3 }).toArray()).toEqual([2, 0, 5]);
    expect(pulled((x) => gather(x, indices), tensor([10, 20, 30]))).toEqual([10, 0, 101]);
    expect(pulled((x) => scatterAdd(x, indices, { size: 3 }), tensor([1, 2, 4]))).toEqual([
      100, 1, 100,
    ]);
  });

  it("work along any axis", () => {
    expect(gather(matrix, int32(2, 2), { axis: -1 }).toArray()).toEqual([[3, 3], [6, 6]]); // biome-ignore format: rows
    expect(scatterAdd(matrix, int32(0, 0, 1), { size: 2, axis: 1 }).toArray()).toEqual([[3, 3], [9, 6]]); // biome-ignore format: rows
  });

  it("pull cotangents back along that axis", () => {
    const indices = int32(2, 0, 2);

    expect(pulled((x) => gather(x, indices, { axis: 1 }), zeros([1, 3]))).toEqual([[10, 0, 101]]);
    expect(pulled((x) => scatterAdd(x, indices, { size: 3, axis: 1 }), zeros([1, 3]))).toEqual([
      [100, 1, 100],
    ]);
  });

  it("choose nothing, and add up nothing", () => {
    const none = tensor([], { dtype: "int32" });

    expect(gather(matrix, none).shape).toEqual([0, 3]);
    expect(scatterAdd(zeros([0, 2]), none, { size: 2 }).toArray()).toEqual([[0, 0], [0, 0]]); // biome-ignore format: rows
  });

  it.each([-1, 1.5, Number.NaN])("refuse a result of length %d", (size) => {
    const error = refusalOf(() => scatterAdd(tensor([1]), int32(0), { size }));

    expect(error).toBeInstanceOf(ValueError);
    expect(error).toMatchObject({ op: "scatterAdd", details: { size } });
  });

  it("refuse one index for each slice too few", () => {
    expect(refusalOf(() => scatterAdd(tensor([1, 2]), int32(0), { size: 3 }))).toBeInstanceOf(
      ShapeError,
    );
  });
});
