/** @file Programs of small functions, as text: what the tests of the passes compare. */
import type { Aval } from "../../src/array/aval.ts";
import type { Shape } from "../../src/array/shape.ts";
import { removeDeadCode } from "../../src/compile/passes/dead-code.ts";
import { printProgram, type Program } from "../../src/compile/program.ts";
import { programOf, trace } from "../../src/compile/trace.ts";
import type { DType, Tensor } from "../../src/index.ts";

export const of = (dtype: DType, ...shape: Shape): Aval => ({ shape, dtype });
export const float32 = (...shape: Shape): Aval => of("float32", ...shape);

/** The program of `f`, as it was traced. */
export function traced(f: (...args: readonly Tensor[]) => unknown, ...avals: Aval[]): Program {
  return removeDeadCode(programOf(trace(avals, (inputs) => f(...inputs))).program);
}

/** What is left to do after `passes`, without the lines that say where its arguments come from. */
export function after(
  program: Program,
  ...passes: readonly ((program: Program) => Program)[]
): string {
  const changed = passes.reduce((given, pass) => pass(given), program);
  return printProgram(removeDeadCode(changed));
}
