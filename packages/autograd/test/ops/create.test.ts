import {
  arange,
  type DType,
  DTypeError,
  eye,
  full,
  fullLike,
  linspace,
  ones,
  onesLike,
  record,
  ShapeError,
  tensor,
  ValueError,
  zeros,
  zerosLike,
} from "@tapegrad/autograd";
import { describe, expect, it } from "vitest";
import { refusalOf } from "../refusal.ts";

describe("full, zeros and ones", () => {
  it("hold one value at every index, float32 unless told otherwise", () => {
    expect(full([2, 2], 7).toArray()).toEqual([[7, 7], [7, 7]]); // biome-ignore format: rows
    expect(zeros([2]).toArray()).toEqual([0, 0]);
    expect(ones([], { dtype: "bool" }).toArray()).toBe(true);
    expect([zeros([1]).dtype, ones([1], { dtype: "int32" }).dtype]).toEqual(["float32", "int32"]);
  });

  it("store it once", () => {
    expect(zeros([1000, 1000]).toNdarray().data).toHaveLength(1);
  });

  it("convert it to their dtype", () => {
    expect(full([1], 2.7, { dtype: "int32" }).toArray()).toEqual([2]);
    expect(full([1], -3, { dtype: "bool" }).toArray()).toEqual([true]);
  });

  it("take shape and dtype of another tensor", () => {
    const x = tensor([[1], [2]], { dtype: "float64" });

    for (const [y, value] of [
      [zerosLike(x), 0],
      [onesLike(x), 1],
      [fullLike(x, 0.1), 0.1],
    ] as const) {
      expect([y.dtype, y.toArray()]).toEqual(["float64", [[value], [value]]]);
    }
  });

  it("are constants: nothing of them is recorded", () => {
    const tape = record((x) => zerosLike(x).add(onesLike(x)), tensor([1]));

    expect(tape.nodes).toEqual([]);
  });

  it.each([
    ["full", () => full([-1], 0)],
    ["zeros", () => zeros([1.5])],
    ["ones", () => ones([2, Number.NaN])],
  ])("refuse a bad shape, each under its own name: %s", (op, call) => {
    const error = refusalOf(call);

    expect(error).toBeInstanceOf(ShapeError);
    expect(error.op).toBe(op);
  });
});

describe("arange", () => {
  it.each([
    [[4], [0, 1, 2, 3], "int32"],
    [[2, 10, 3], [2, 5, 8], "int32"],
    [[3, 0, -1], [3, 2, 1], "int32"],
    [[0], [], "int32"],
    [[5, 2], [], "int32"],
    [[0, 1, 0.25], [0, 0.25, 0.5, 0.75], "float32"],
    [[0.5], [0], "float32"],
    [[2 ** 31, 2 ** 31 + 2], [2 ** 31, 2 ** 31 + 1], "float64"],
    [[-(2 ** 31) - 1, -(2 ** 31)], [-(2 ** 31) - 1], "float64"],
  ] as const)("of %j is %j in %s", (args, expected, dtype) => {
    const [first, stop, step] = args as readonly number[];

    const x = arange(first, stop, step);

    expect([x.dtype, x.toArray()]).toEqual([dtype, expected]);
  });

  it("does not add up rounding errors", () => {
    const x = arange(0, 1, 0.1, { dtype: "float64" });

    expect(x.toArray()).toEqual(Array.from({ length: 10 }, (_, i) => i * 0.1));
  });

  it.each([[[0, 1, 0]], [[Number.NaN]], [[0, Number.POSITIVE_INFINITY]], [[0, 5, Number.NaN]]])(
    "refuses %j",
    (args) => {
      const [first, stop, step] = args;

      expect(refusalOf(() => arange(first, stop, step))).toBeInstanceOf(ValueError);
    },
  );
});

describe("linspace", () => {
  it.each([
    [0, 1, 5, [0, 0.25, 0.5, 0.75, 1]],
    [1, 0, 3, [1, 0.5, 0]],
    [2, 9, 1, [2]],
    [2, 9, 0, []],
    [3, 3, 2, [3, 3]],
  ])("from %d to %d in %i numbers is %j", (start, stop, count, expected) => {
    expect(linspace(start, stop, count).toArray()).toEqual(expected);
  });

  it("ends exactly where it was told to", () => {
    const x = linspace(-0.3, 0.6, 1000, { dtype: "float64" }).toTypedArray();

    expect(x[999]).toBe(0.6);
  });

  it.each([
    [0, 1, -1],
    [0, 1, 2.5],
    [0, 1, Number.NaN],
    [0, Number.POSITIVE_INFINITY, 3],
    [Number.NaN, 1, 3],
  ])("refuses %d to %d in %d numbers", (start, stop, count) => {
    expect(refusalOf(() => linspace(start, stop, count))).toBeInstanceOf(ValueError);
  });
});

describe("eye", () => {
  it("is the identity matrix, or a part of it", () => {
    expect(eye(2).toArray()).toEqual([[1, 0], [0, 1]]); // biome-ignore format: rows
    expect(eye(1, { columns: 3, dtype: "bool" }).toArray()).toEqual([[true, false, false]]);
    expect(eye(3, { columns: 1 }).toArray()).toEqual([[1], [0], [0]]);
    expect(eye(0).shape).toEqual([0, 0]);
  });

  it.each([-1, 0.5])("refuses %d rows", (rows) => {
    expect(refusalOf(() => eye(rows))).toMatchObject({ op: "eye", name: "ShapeError" });
  });
});

describe("a dtype that does not exist", () => {
  const bad = { dtype: "float16" as DType };

  it.each([
    ["tensor", () => tensor([1], bad)],
    ["full", () => full([1], 1, bad)],
    ["zeros", () => zeros([1], bad)],
    ["ones", () => ones([1], bad)],
    ["arange", () => arange(0, 1, 1, bad)],
    ["linspace", () => linspace(0, 1, 2, bad)],
    ["eye", () => eye(1, bad)],
  ])("is refused by %s under its own name", (op, call) => {
    const error = refusalOf(call);

    expect(error).toBeInstanceOf(DTypeError);
    expect(error).toMatchObject({ op, details: { dtype: "float16" } });
  });
});
