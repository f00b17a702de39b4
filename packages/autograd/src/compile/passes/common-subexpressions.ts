/** @file Common subexpressions: of values with the same operation and operands, the first serves all. */
import { rewrite } from "../builder.ts";
import type { OpaqueKernel } from "../../kernel/kernel.ts";
import { hostKernelOf, type Program, type Value } from "../program.ts";

export function shareCommonSubexpressions(program: Program): Program {
  const numbers = new Map<Value, number>();
  const first = new Map<string, Value>();
  const routines = new Map<OpaqueKernel, number>();
  return rewrite(program, (value) => {
    const key = keyOf(value, numbers, routines);
    const known = key === null ? undefined : first.get(key);
    if (known !== undefined) return known;
    numbers.set(value, numbers.size);
    if (key !== null) first.set(key, value);
    return value;
  });
}

/** A text that is equal for equal computations; null for numbers given by the caller's arrays. */
function keyOf(
  value: Value,
  numbers: ReadonlyMap<Value, number>,
  routines: Map<OpaqueKernel, number>,
): string | null {
  const { op, operands, shape, dtype } = value;
  if (op.kind === "literal") return null;
  const inside = operands.map((operand) => numbers.get(operand)).join(",");
  return `${textOf(value, routines)}|${inside}|${dtype}|${shape.join(",")}`;
}

function textOf(value: Value, routines: Map<OpaqueKernel, number>): string {
  const { op } = value;
  // JSON has no -0, NaN or infinity
  if (op.kind === "constant") return `${Object.is(op.value, -0) ? "-" : ""}${op.value}`;
  const host = hostKernelOf(value);
  if (host === null) return JSON.stringify(op);
  const { routine, ...avals } = host;
  return `${numberOf(routine, routines)} ${JSON.stringify(avals)}`;
}

/** What a routine computes only it knows: it is the same as itself. */
function numberOf(routine: OpaqueKernel, routines: Map<OpaqueKernel, number>): number {
  let number = routines.get(routine);
  if (number === undefined) {
    number = routines.size;
    routines.set(routine, number);
  }
  return number;
}
