import { describe, expect, it } from "vitest";
import { simplifyExactly } from "../../../src/compile/passes/exact-algebra.ts";
import { pow, where, tensor, type Tensor } from "../../../src/index.ts";
import { after, of, traced } from "../traces.ts";

/** The lines that compute something, after the pass. */
function left(f: (x: Tensor, y: Tensor) => Tensor, dtype: "float32" | "int32" = "float32"): string {
  const program = traced((x, y) => f(x, y), of(dtype, 3), of(dtype, 3));
  const text = after(program, simplifyExactly);
  return text
    .split("\n")
    .filter((line) => !line.includes("argument"))
    .join("; ");
}

const one = tensor(1);

describe("a rule that changes no bit", () => {
  it.each([
    ["x · 1", (x: Tensor) => x.mul(1), "return %0"],
    ["1 · x", (x: Tensor) => one.mul(x), "return %0"],
    ["x · -1", (x: Tensor) => x.mul(-1), "%1 = neg(%0) : float32[3]; return %1"],
    ["-1 · x", (x: Tensor) => tensor(-1).mul(x), "%1 = neg(%0) : float32[3]; return %1"],
    ["x / 1", (x: Tensor) => x.div(1), "return %0"],
    ["x / 8", (x: Tensor) => x.div(8), "%2 = mul(%0, 0.125) : float32[3]; return %2"],
    ["x / -0.5", (x: Tensor) => x.div(-0.5), "%2 = mul(%0, -2) : float32[3]; return %2"],
    ["x - 0", (x: Tensor) => x.sub(0), "return %0"],
    ["x + -0", (x: Tensor) => x.add(-0), "return %0"],
    ["-0 + x", (x: Tensor) => tensor(-0).add(x), "return %0"],
    [
      "x - (-y)",
      (x: Tensor, y: Tensor) => x.sub(y.neg()),
      "%2 = add(%0, %1) : float32[3]; return %2",
    ],
    [
      "x + (-y)",
      (x: Tensor, y: Tensor) => x.add(y.neg()),
      "%2 = sub(%0, %1) : float32[3]; return %2",
    ],
    [
      "(-x) + y",
      (x: Tensor, y: Tensor) => x.neg().add(y),
      "%2 = sub(%1, %0) : float32[3]; return %2",
    ],
    ["x + x", (x: Tensor) => x.add(x), "%2 = mul(%0, 2) : float32[3]; return %2"],
    ["-(-x)", (x: Tensor) => x.neg().neg(), "return %0"],
    ["x ** 1", (x: Tensor) => pow(x, 1), "return %0"],
    ["x ** 2", (x: Tensor) => pow(x, 2), "%1 = mul(%0, %0) : float32[3]; return %1"],
    ["select(true, x, y)", (x: Tensor, y: Tensor) => where(tensor(true), x, y), "return %0"],
    ["select(false, x, y)", (x: Tensor, y: Tensor) => where(tensor(false), x, y), "return %0"],
    ["select(c, x, x)", (x: Tensor, y: Tensor) => where(x.less(y), x, x), "return %0"],
    [
      "2 · 3 + x",
      (x: Tensor) => tensor(2).mul(3).add(x),
      "%2 = add(6, %0) : float32[3]; return %2",
    ],
  ] as const)("takes %s", (_, f, expected) => {
    expect(left(f)).toBe(expected);
  });

  it("computes on constants as the backend does: in the dtype", () => {
    const f = (x: Tensor): Tensor => x.mul(0).sum().mul(0).exp().mul(x);
    expect(left(f)).toMatchInlineSnapshot(
      `"%2 = mul(%0, 0) : float32[3]; %3 = sum(%2, axes=[0]) : float32[1]; %5 = mul(%3, 0) : float32[]; %6 = exp(%5) : float32[]; %7 = mul(%6, %0) : float32[3]; return %7"`,
    );
    // 0.1 of float32
    expect(left((x) => tensor(0.1).mul(1).add(x))).toMatchInlineSnapshot(
      `"%2 = add(0.10000000149011612, %0) : float32[3]; return %2"`,
    );
  });
});

describe("a rule that would change a number, or the sign of a zero, is not there", () => {
  it.each([
    ["x · 0, which is NaN for an infinity", (x: Tensor) => x.mul(0), "mul(%0, 0)"],
    ["x - x, which is NaN for an infinity", (x: Tensor) => x.sub(x), "sub(%0, %0)"],
    ["x / x", (x: Tensor) => x.div(x), "div(%0, %0)"],
    ["x + 0, which turns -0 into 0", (x: Tensor) => x.add(0), "add(%0, 0)"],
    ["x - (-0), which turns -0 into 0", (x: Tensor) => x.sub(-0), "sub(%0, -0)"],
    ["0 - x, which is no -x at 0", (x: Tensor) => tensor(0).sub(x), "sub(0, %0)"],
    ["x / 3, whose reciprocal is rounded", (x: Tensor) => x.div(3), "div(%0, 3)"],
    ["x / 2¹²⁷, whose reciprocal is subnormal", (x: Tensor) => x.div(2 ** 127), "div(%0, 1.7"],
    ["x ** 3", (x: Tensor) => pow(x, 3), "pow(%0, 3)"],
    ["x ** 0.5, which is not sqrt at -0", (x: Tensor) => pow(x, 0.5), "pow(%0, 0.5)"],
    ["(x + 1) + 2, which is not x + 3", (x: Tensor) => x.add(1).add(2), "add(%2, 2)"],
  ] as const)("%s", (_, f, kept) => {
    expect(left(f)).toContain(kept);
  });

  it("nor is a sum of integers computed in another dtype", () => {
    expect(left((x) => x.add(x).sub(0), "int32")).toBe("%2 = mul(%0, 2) : int32[3]; return %2");
  });
});
