import {
  abs,
  add,
  cast,
  type DType,
  DTypeError,
  div,
  equal,
  erf,
  exp,
  floor,
  grad,
  log,
  maximum,
  mul,
  neg,
  pow,
  where,
  sigmoid,
  sign,
  sin,
  sqrt,
  sub,
  sum,
  type Tensor,
  tanh,
  tensor,
} from "@tapegrad/autograd";
import { describe, expect, it } from "vitest";
import { DTYPES, promote } from "../../src/array/dtype.ts";
import { refusalOf } from "../refusal.ts";

const one = (dtype: DType): Tensor => tensor([1], { dtype });
const int32 = (...values: readonly number[]): Tensor => tensor(values, { dtype: "int32" });

describe("two tensors of different dtypes", () => {
  const pairs = DTYPES.flatMap((a) => DTYPES.map((b) => [a, b] as const));

  it.each(pairs)("meet in the later of the chain: %s and %s", (a, b) => {
    const common = promote(a, b);
    const exact = common === "bool" || common === "int32";
    const [x, y] = [one(a), one(b)];

    // two bools count as int32 in arithmetic, and integers divide as float32
    expect(add(x, y).dtype).toBe(common === "bool" ? "int32" : common);
    expect(maximum(x, y).dtype).toBe(common === "bool" ? "int32" : common);
    expect(div(x, y).dtype).toBe(exact ? "float32" : common);
    expect(pow(x, y).dtype).toBe(exact ? "float32" : common);
    expect(equal(x, y).dtype).toBe("bool");
    expect(where(tensor([true]), x, y).dtype).toBe(common);
  });
});

describe("a JavaScript number beside a tensor", () => {
  it.each<readonly [DType, number | boolean, DType]>([
    ["float64", 0.1, "float64"],
    ["float32", 0.1, "float32"],
    ["int32", 2, "int32"],
    ["int32", 0.5, "float32"],
    ["int32", Number.NaN, "float32"],
    ["int32", Number.POSITIVE_INFINITY, "float32"],
    ["int32", true, "int32"],
    ["bool", 2, "int32"],
    ["bool", 0.5, "float32"],
    ["bool", true, "int32"],
  ])("takes its dtype, unless it does not fit: %s and %s give %s", (dtype, value, expected) => {
    expect(mul(one(dtype), value).dtype).toBe(expected);
    expect(mul(value, one(dtype)).dtype).toBe(expected);
  });

  it("is rounded to float32 beside float32, and kept beside float64", () => {
    expect(add(tensor(0, { dtype: "float64" }), 0.1).item()).toBe(0.1);
    expect(add(tensor(0), 0.1).item()).toBe(Math.fround(0.1));
  });

  it("counts as float32 where there is no tensor at all", () => {
    const x = add(1, 2);

    expect([x.dtype, x.item()]).toEqual(["float32", 3]);
  });

  it("leaves a choice between bools a bool", () => {
    expect(where(tensor([true, false]), tensor([true, true]), false).toArray()).toEqual([
      true,
      false,
    ]);
  });
});

describe("int32", () => {
  const [least, largest] = [-(2 ** 31), 2 ** 31 - 1];

  it.each([
    ["add", () => add(int32(largest), 1), [least]],
    ["sub", () => sub(int32(least), 1), [largest]],
    ["mul", () => mul(int32(65537), 65537), [131073]],
    ["mul of the largest", () => mul(int32(largest), int32(largest)), [1]],
    ["neg", () => neg(int32(least)), [least]],
    ["abs", () => abs(int32(least)), [least]],
  ])("wraps: %s", (_, call, expected) => {
    expect(call().toArray()).toEqual(expected);
  });

  it("divides into float32", () => {
    const x = div(int32(7, -7, 1), int32(2, 2, 0));

    expect([x.dtype, x.toArray()]).toEqual(["float32", [3.5, -3.5, Number.POSITIVE_INFINITY]]);
  });

  it("keeps its dtype under abs, sign, floor and neg", () => {
    const x = int32(-3, 0, 2);

    expect([abs(x), sign(x), floor(x), neg(x)].map((y) => [y.dtype, y.toArray()])).toEqual([
      ["int32", [3, 0, 2]],
      ["int32", [-1, 0, 1]],
      ["int32", [-3, 0, 2]],
      ["int32", [3, 0, -2]],
    ]);
  });

  it.each([sqrt, exp, log, sin, tanh, sigmoid, erf])("is refused by %o, and so is bool", (f) => {
    for (const dtype of ["int32", "bool"] as const) {
      const error = refusalOf(() => f(one(dtype)));
      expect(error).toBeInstanceOf(DTypeError);
      expect(error.details).toEqual({ dtype });
    }
  });
});

describe("bool", () => {
  const [yes, no] = [tensor([true, true]), tensor([true, false])];

  it.each([
    ["add", () => add(yes, no), [2, 1]],
    ["sub", () => sub(no, yes), [0, -1]],
    ["mul", () => mul(yes, no), [1, 0]],
    ["maximum", () => maximum(no, false), [1, 0]],
    ["neg", () => neg(no), [-1, 0]],
    ["sum", () => sum(no, { keepDims: true }), [1]],
  ])("counts as int32 in arithmetic: %s", (_, call, expected) => {
    const result = call();

    expect([result.dtype, result.toArray()]).toEqual(["int32", expected]);
  });

  it("is stored as 0 or 1, whatever made it", () => {
    const made = [cast(tensor([0.5, -3]), "bool"), abs(yes), sign(yes), floor(yes)];

    for (const x of made) expect([...x.toTypedArray()]).toEqual([1, 1]);
  });
});

describe("cast", () => {
  it.each<readonly [number, DType, DType, number]>([
    [1.9, "float64", "int32", 1],
    [-1.9, "float64", "int32", -1],
    [2 ** 31, "float64", "int32", -(2 ** 31)],
    [2 ** 32 + 5, "float64", "int32", 5],
    [Number.NaN, "float32", "int32", 0],
    [Number.POSITIVE_INFINITY, "float32", "int32", 0],
    [0.1, "float64", "float32", Math.fround(0.1)],
    [1e300, "float64", "float32", Number.POSITIVE_INFINITY],
    [16777217, "int32", "float32", 16777216],
    [16777217, "int32", "float64", 16777217],
    [0.5, "float32", "bool", 1],
    [-0, "float32", "bool", 0],
    [Number.NaN, "float32", "bool", 1],
    [-3, "int32", "bool", 1],
    [1, "bool", "float64", 1],
    [1, "bool", "int32", 1],
  ])("turns %d of %s into %s %d", (value, from, to, expected) => {
    expect(cast(tensor(value, { dtype: from }), to).item()).toBe(expected);
  });

  it("to its own dtype is the tensor itself", () => {
    const x = tensor([1]);

    expect(cast(x, "float32")).toBe(x);
  });

  it("pulls the cotangent back in the dtype of its operand", () => {
    const gradient = grad((x: Tensor) => cast(x, "float64").mul(0.1).sum())(tensor([1]));

    expect([gradient.dtype, gradient.toArray()]).toEqual(["float32", [Math.fround(0.1)]]);
  });

  it("refuses a dtype that does not exist", () => {
    const error = refusalOf(() => cast(tensor(1), "int64" as DType));

    expect(error).toBeInstanceOf(DTypeError);
    expect(error.details).toEqual({ dtype: "int64" });
  });
});
