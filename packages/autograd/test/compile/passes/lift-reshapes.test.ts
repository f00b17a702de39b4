import { describe, expect, it } from "vitest";
import {
  add,
  compile,
  mean,
  mul,
  sub,
  sqrt,
  type Tensor,
  tensor,
  zeros,
} from "../../../src/index.ts";
import { printProgram } from "../../../src/compile/program.ts";

function unitsOf(f: (x: Tensor) => unknown, x: Tensor): number {
  return compile(f).programFor(x).unitCount;
}

describe("reshapes that drop axes of size 1", () => {
  const standardized =
    (keepDims: boolean) =>
    (x: Tensor): Tensor => {
      const centered = sub(x, mean(x, { axes: 0, keepDims }));
      const variance = mean(mul(centered, centered), { axes: 0, keepDims });
      return mul(centered, sqrt(add(variance, 1)));
    };

  it("do not cut a group: statistics without keepDims are as fused as with it", () => {
    const x = zeros([8, 5]);

    expect([unitsOf(standardized(true), x), unitsOf(standardized(false), x)]).toEqual([1, 1]);
  });

  it("end behind the last scalar operation", () => {
    const program = compile((x: Tensor) => mul(add(mean(x, { axes: 1 }), 1), tensor([2, 3])), {
      reassociate: false,
    }).programFor(zeros([2, 4]));
    const lifted = program.stages.find(({ pass }) => pass === "reshapes");

    expect(lifted && printProgram(lifted.program)).toMatchInlineSnapshot(`
      "%0 = argument 0 : float32[2,4]
      %1 = sum(%0, axes=[1]) : float32[2,1]
      %2 = reshape(%1, shape=[2]) : float32[2]
      %4 = div(%1, 4) : float32[2,1]
      %5 = reshape(%4, shape=[2]) : float32[2]
      %7 = add(%4, 1) : float32[2,1]
      %8 = reshape(%7, shape=[2]) : float32[2]
      %9 = literal : float32[2]
      %10 = reshape(%9, shape=[2,1]) : float32[2,1]
      %11 = mul(%7, %10) : float32[2,1]
      %12 = reshape(%11, shape=[2]) : float32[2]
      return %12"
    `);
  });

  it("stay where an operand has no counterpart of one of its axes", () => {
    const outer = (x: Tensor): Tensor => mul(mean(x, { axes: 1 }), zeros([3, 1]));

    const program = compile(outer).programFor(zeros([2, 4]));

    expect(program.run([zeros([2, 4])], () => null)).toMatchObject({ shape: [3, 2] });
  });
});
