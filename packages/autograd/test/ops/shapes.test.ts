import {
  asStrided,
  AxisError,
  chunk,
  clone,
  combinations,
  constantPadNd,
  contiguous,
  diagEmbed,
  expand,
  expandAs,
  expandDims,
  fill,
  flatten,
  hsplit,
  indexCopy,
  meshgrid,
  movedim,
  mT,
  narrow,
  repeat,
  repeatInterleave,
  reshapeAs,
  roll,
  rot90,
  ShapeError,
  split,
  squeeze,
  stack,
  tensor,
  tensorSplit,
  tile,
  transpose,
  viewAs,
  vjp,
  zeros,
} from "@tapegrad/autograd";
import { describe, expect, it } from "vitest";
import { refusalOf } from "../refusal.ts";

const zeroIndex = tensor([0], { dtype: "int32" });

describe("expandDims", () => {
  it.each([
    [0, [1, 2, 3]],
    [1, [2, 1, 3]],
    [2, [2, 3, 1]],
    [-1, [2, 3, 1]],
    [-3, [1, 2, 3]],
  ])("puts an axis of size 1 at %i of shape [2, 3]", (axis, expected) => {
    expect(expandDims(zeros([2, 3]), axis).shape).toEqual(expected);
  });

  it.each([3, -4, 0.5])("refuses axis %d", (axis) => {
    const error = refusalOf(() => expandDims(zeros([2, 3]), axis));

    expect(error).toBeInstanceOf(AxisError);
    expect(error).toMatchObject({ op: "expandDims", details: { axis, shape: [2, 3] } });
  });
});

describe("squeeze", () => {
  it("removes all axes of size 1, or those named", () => {
    const x = zeros([1, 2, 1]);

    expect(squeeze(x).shape).toEqual([2]);
    expect(squeeze(x, 0).shape).toEqual([2, 1]);
    expect(squeeze(x, [-1, 0]).shape).toEqual([2]);
    expect(squeeze(x, []).shape).toEqual([1, 2, 1]);
    expect(squeeze(tensor(1)).shape).toEqual([]);
  });

  it("refuses an axis of another size", () => {
    const error = refusalOf(() => squeeze(zeros([1, 2]), 1));

    expect(error).toBeInstanceOf(ShapeError);
    expect(error.details).toEqual({ shape: [1, 2], axis: 1 });
  });
});

describe("flatten", () => {
  it("lists the elements in row-major order", () => {
    expect(flatten(transpose(tensor([[1, 2], [3, 4]]))).toArray()).toEqual([1, 3, 2, 4]); // biome-ignore format: short
    expect(flatten(tensor(7)).toArray()).toEqual([7]);
    expect(flatten(zeros([2, 0])).shape).toEqual([0]);
  });
});

describe("stack", () => {
  it("puts tensors of one shape along a new axis", () => {
    const [a, b] = [tensor([1, 2]), tensor([3, 4])];

    expect(stack([a, b]).toArray()).toEqual([[1, 2], [3, 4]]); // biome-ignore format: rows
    expect(stack([a, b], { axis: -1 }).toArray()).toEqual([[1, 3], [2, 4]]); // biome-ignore format: rows
    expect(stack([tensor(1), tensor(2, { dtype: "int32" })]).toArray()).toEqual([1, 2]);
    expect(stack([a]).shape).toEqual([1, 2]);
  });

  it("gives each its part of the cotangent", () => {
    const { pullback } = vjp((a, b) => stack([a, b, a]), tensor(1), tensor(2));

    const found = pullback(tensor([1, 10, 100]));

    expect(found.map((x) => x.item())).toEqual([101, 10]);
  });

  it.each([
    ["nothing", () => stack([]), ShapeError],
    ["different shapes", () => stack([zeros([2]), zeros([3])]), ShapeError],
    ["an axis that does not exist", () => stack([zeros([2])], { axis: 2 }), AxisError],
  ])("refuses %s under its own name", (_, call, expected) => {
    const error = refusalOf(call);

    expect(error).toBeInstanceOf(expected);
    expect(error.op).toBe("stack");
  });
});

describe("roll, chunk, tensorSplit and split", () => {
  const x = tensor([1, 2, 3]);

  it("refuse counts that say nothing, under their own names", () => {
    for (const [op, call] of [
      ["roll", () => roll(x, [1, 1])],
      ["roll", () => roll(x, [])],
      ["chunk", () => chunk(x, -2)],
      ["chunk", () => chunk(x, 0)],
      ["tensorSplit", () => tensorSplit(x, 0)],
      ["hsplit", () => hsplit(x, -1)],
      ["split", () => split(x, 0)],
      ["split", () => split(x, [1, 1.5, 0.5])],
    ] as const) {
      expect(refusalOf(call)).toMatchObject({ op, name: "ShapeError" });
    }
  });

  it("cut an axis of length 0 as PyTorch does", () => {
    expect(chunk(zeros([0]), 3).map(({ shape }) => shape)).toEqual([[0], [0], [0]]);
    expect(split(zeros([0]), 0).map(({ shape }) => shape)).toEqual([[0]]);
    expect(tensorSplit(zeros([0]), 2).map(({ shape }) => shape)).toEqual([[0], [0]]);
  });
});

describe("arguments that say nothing", () => {
  it.each<[string, string, () => unknown]>([
    ["repeatInterleave", "ValueError", () => repeatInterleave(zeros([2]), -1)],
    ["tile", "ValueError", () => tile(zeros([2]), [1.5])],
    ["narrow", "ValueError", () => narrow(zeros([3]), { start: 2, length: 2 })],
    ["expand", "ShapeError", () => expand(zeros([2]), [-1, 2])],
    ["at", "DTypeError", () => zeros([2]).at([2 ** 40])],
    ["rot90", "ValueError", () => rot90(zeros([2, 2]), { quarters: 0.5 })],
    ["movedim", "ShapeError", () => movedim(zeros([2, 2]), [0, 1], 0)],
    ["movedim", "AxisError", () => movedim(zeros([2, 2]), [0, 0], [0, 1])],
    ["flatten", "AxisError", () => flatten(zeros([2, 2]), { start: 1, end: 0 })],
    ["asStrided", "ShapeError", () => asStrided(zeros([3]), { size: [2, 2], stride: [1] })],
    ["meshgrid", "ShapeError", () => meshgrid([zeros([2, 2])])],
    ["combinations", "ShapeError", () => combinations(zeros([2, 2]))],
    [
      "combinations",
      "ValueError",
      () => combinations(zeros([2]), { r: -1, withReplacement: true }),
    ],
    ["diagEmbed", "AxisError", () => diagEmbed(zeros([2]), { axis1: 0, axis2: -2 })],
    ["indexCopy", "ShapeError", () => indexCopy(zeros([2, 3]), zeroIndex, zeros([3, 1]))],
  ])("are refused by %s as a %s", (op, name, call) => {
    expect(refusalOf(call)).toMatchObject({ op, name });
  });
});

describe("PyTorch's names", () => {
  const x = tensor([[1, 2, 3]]);

  it("give shapes by an example", () => {
    expect(reshapeAs(x, zeros([3])).toArray()).toEqual([1, 2, 3]);
    expect(viewAs).toBe(reshapeAs);
    expect(expandAs(x, zeros([2, 3])).toArray()).toEqual([[1, 2, 3], [1, 2, 3]]); // biome-ignore format: rows
    expect(mT(x).shape).toEqual([3, 1]);
    expect(mT(tensor(1)).shape).toEqual([]);
  });

  it("repeat, fill and pad", () => {
    expect(repeat(x, [2, 1]).shape).toEqual([2, 3]);
    expect(refusalOf(() => repeat(x, [2]))).toMatchObject({ op: "repeat", name: "ShapeError" });
    expect(fill(x, tensor(7, { dtype: "int32" })).toArray()).toEqual([[7, 7, 7]]);
    expect(fill(x, tensor(7, { dtype: "int32" })).dtype).toBe("float32");
    expect(constantPadNd(x, [1, -1, 0, 1], { value: 9 }).toArray()).toEqual([[9, 1, 2], [9, 9, 9]]); // biome-ignore format: rows
  });

  it("copy nothing, because nothing changes", () => {
    expect(clone(x)).toBe(x);
    expect(contiguous(x)).toBe(x);
  });
});
