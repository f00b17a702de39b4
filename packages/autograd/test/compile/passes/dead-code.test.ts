import { describe, expect, it } from "vitest";
import { removeDeadCode } from "../../../src/compile/passes/dead-code.ts";
import { printProgram } from "../../../src/compile/program.ts";
import { programOf, trace } from "../../../src/compile/trace.ts";
import { Variable, tensor } from "../../../src/index.ts";
import { float32 } from "../traces.ts";

describe("dead code", () => {
  it("goes, with its operands; what is returned or assigned stays", () => {
    const state = new Variable(tensor([0, 0, 0]), { name: "state" });
    const { program } = programOf(
      trace([float32(3), float32(3)], ([x, y]) => {
        y.exp().mul(2);
        state.assign(x.neg());
        return x.add(1);
      }),
    );

    expect(printProgram(program)).toMatchInlineSnapshot(`
      "%0 = argument 0 : float32[3]
      %1 = argument 1 : float32[3]
      %2 = exp(%1) : float32[3]
      %4 = mul(%2, 2) : float32[3]
      %5 = neg(%0) : float32[3]
      %7 = add(%0, 1) : float32[3]
      state := %5
      return %7"
    `);
    expect(printProgram(removeDeadCode(program))).toMatchInlineSnapshot(`
      "%0 = argument 0 : float32[3]
      %1 = neg(%0) : float32[3]
      %3 = add(%0, 1) : float32[3]
      state := %1
      return %3"
    `);
  });

  it("leaves a program without any as it is", () => {
    const { program } = programOf(trace([float32(3)], ([x]) => x.sin()));

    expect(removeDeadCode(program)).toEqual(program);
  });
});
