import { describe, expect, it } from "vitest";
import { copyViews } from "../../../src/compile/passes/copy-views.ts";
import { programOf, trace } from "../../../src/compile/trace.ts";
import {
  expandDims,
  gather,
  matMul,
  type Tensor,
  tensor,
  transpose,
  Variable,
} from "../../../src/index.ts";
import { after, float32, of, traced } from "../traces.ts";

const copied = (f: (x: Tensor) => unknown): string =>
  after(
    traced((x) => f(x), float32(2, 3)),
    copyViews,
  );

describe("a copy is made", () => {
  it("of a transpose that is reshaped", () => {
    expect(copied((x) => transpose(x).reshape([6]).exp())).toMatchInlineSnapshot(`
      "%0 = argument 0 : float32[2,3]
      %1 = transpose(%0, permutation=[1,0]) : float32[3,2]
      %2 = cast(%1) : float32[3,2]
      %3 = reshape(%2, shape=[6]) : float32[6]
      %4 = exp(%3) : float32[6]
      return %4"
    `);
  });

  it("of a result that is a view out of order, or a constant", () => {
    expect(copied((x) => [transpose(x.exp()), tensor(3)])).toMatchInlineSnapshot(`
      "%0 = argument 0 : float32[2,3]
      %1 = exp(%0) : float32[2,3]
      %2 = transpose(%1, permutation=[1,0]) : float32[3,2]
      %4 = cast(3) : float32[]
      %5 = cast(%2) : float32[3,2]
      return %5, %4"
    `);
  });

  it("for a routine that reads in row-major order", () => {
    const f = (x: Tensor): Tensor => gather(transpose(x), tensor([1, 0], { dtype: "int32" }));
    expect(copied(f)).toMatchInlineSnapshot(`
      "%0 = argument 0 : float32[2,3]
      %1 = transpose(%0, permutation=[1,0]) : float32[3,2]
      %2 = literal : int32[2]
      %3 = cast(%1) : float32[3,2]
      %4 = gather(%3, %2, op=gather, axis=0) : float32[2,2]
      return %4"
    `);
  });

  it("of the old value of a variable that is returned, and of what is assigned as it is", () => {
    const a = new Variable(tensor([1, 2]), { name: "a" });
    const b = new Variable(tensor([3, 4]), { name: "b" });
    const { program } = programOf(
      trace([], () => {
        const [x, y] = [a.value, b.value];
        a.assign(y);
        b.assign(x);
        return x;
      }),
    );

    expect(after(program, copyViews)).toMatchInlineSnapshot(`
      "%0 = variable a : float32[2]
      %1 = variable b : float32[2]
      %2 = cast(%0) : float32[2]
      %3 = cast(%1) : float32[2]
      %4 = cast(%0) : float32[2]
      a := %3
      b := %4
      return %2"
    `);
  });
});

describe("no copy is made", () => {
  it("for a matrix product of a transpose", () => {
    expect(copied((x) => matMul(transpose(x), x))).not.toContain("cast");
  });

  it("for a matrix product of a stretched matrix", () => {
    const program = traced((x, y) => matMul(x, expandDims(y, 0)), float32(5, 2, 3), float32(3, 4));
    expect(after(program, copyViews)).toMatchInlineSnapshot(`
      "%0 = argument 0 : float32[5,2,3]
      %1 = argument 1 : float32[3,4]
      %2 = reshape(%1, shape=[1,3,4]) : float32[1,3,4]
      %3 = stretch(%2, shape=[5,3,4]) : float32[5,3,4]
      %4 = contraction(%0, %3) : float32[5,2,4]
      return %4"
    `);
  });

  it("of a reshape in order", () => {
    expect(copied((x) => x.exp().reshape([6]))).not.toContain("cast");
  });

  it("of an argument that is returned: results are copied out anyway", () => {
    const program = traced((x) => x, of("int32", 3));
    expect(after(program, copyViews)).not.toContain("cast");
  });
});
