import { arange, full, tensor, zeros } from "@tapegrad/autograd";
import { describe, expect, it } from "vitest";
import { formatNumber, formatSplat } from "../../src/array/format.ts";
import { splatArray } from "../../src/array/strided-array.ts";
import { layOut } from "./strided-arrays.ts";

describe("a tensor as text", () => {
  it.each([
    [tensor(2.5), "tensor(2.5, float32[])"],
    [tensor([1, 2, 3], { dtype: "int32" }), "tensor([1, 2, 3], int32[3])"],
    [
      tensor([
        [1, 2],
        [3, 4],
      ]),
      "tensor([[1, 2], [3, 4]], float32[2,2])",
    ],
    [tensor([true, false]), "tensor([true, false], bool[2])"],
    [tensor([0.1, Number.NaN, -Infinity, -0]), "tensor([0.1, NaN, -Infinity, -0], float32[4])"],
    [tensor([1 / 3], { dtype: "float64" }), "tensor([0.333333], float64[1])"],
    [zeros([0]), "tensor([], float32[0])"],
    [zeros([2, 0]), "tensor([[], []], float32[2,0])"],
    [zeros([0, 2]), "tensor([], float32[0,2])"],
    [full([2, 2], 7).transpose(), "tensor([[7, 7], [7, 7]], float32[2,2])"],
    [arange(8), "tensor([0, 1, 2, 3, 4, 5, 6, 7], int32[8])"],
    [arange(9), "tensor([0, 1, 2, …, 6, 7, 8], int32[9])"],
  ])("shows six digits and three elements at each end: %s", (x, expected) => {
    expect(String(x)).toBe(expected);
  });

  it("leaves out the middle of every long axis", () => {
    const x = arange(100).reshape([10, 10]);

    expect(String(x)).toBe(
      "tensor([[0, 1, 2, …, 7, 8, 9], [10, 11, 12, …, 17, 18, 19], [20, 21, 22, …, 27, 28, 29], …, " +
        "[70, 71, 72, …, 77, 78, 79], [80, 81, 82, …, 87, 88, 89], [90, 91, 92, …, 97, 98, 99]], int32[10,10])",
    );
  });
});

describe("formatNumber", () => {
  it.each([
    [1e-7, "1e-7"],
    [123456789, "123456789"],
    [0.1234567, "0.123457"],
    [2e20, "200000000000000000000"],
    [1e21, "1e+21"],
  ])("of %d is %s", (value, expected) => {
    expect(formatNumber(value, "float64")).toBe(expected);
  });
});

describe("formatSplat", () => {
  it.each([
    ["float64", 0.1, "0.1"],
    ["float64", 1 / 3, "0.3333333333333333"],
    ["float32", 0.1, "0.1"],
    ["float32", 1 / 3, "0.33333334"],
    ["float32", 16777216, "16777216"],
    ["float32", 3.4028234663852886e38, "3.4028235e+38"],
    ["float32", Number.NaN, "NaN"],
    ["float32", -Infinity, "-Infinity"],
    ["float64", -0, "-0"],
    ["int32", -3, "-3"],
    ["bool", 1, "true"],
  ] as const)("gives all digits that tell the %s %d apart", (dtype, value, expected) => {
    expect(formatSplat(splatArray({ shape: [2, 3], dtype }, value), dtype)).toBe(expected);
  });

  it("is null where elements differ, or there are none", () => {
    expect(
      formatSplat(
        layOut([2], [1], "float32", (i) => i),
        "float32",
      ),
    ).toBeNull();
    expect(formatSplat(splatArray({ shape: [0], dtype: "float32" }, 1), "float32")).toBeNull();
  });
});
