/** @file Dead code: values that no result and no assignment needs are dropped. */
import { type Program, rootsOf, type Value } from "../program.ts";

export function removeDeadCode(program: Program): Program {
  const needed = new Set<Value>(rootsOf(program));
  for (const value of program.values.toReversed()) {
    if (needed.has(value)) for (const operand of value.operands) needed.add(operand);
  }
  return { ...program, values: program.values.filter((value) => needed.has(value)) };
}
