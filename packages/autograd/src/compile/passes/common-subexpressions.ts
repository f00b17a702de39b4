/** @file Common subexpressions: of values with the same operation and operands, the first serves all. */
import { rewrite } from "../builder.ts";
import type { Program, Value } from "../program.ts";

export function shareCommonSubexpressions(program: Program): Program {
  const numbers = new Map<Value, number>();
  const first = new Map<string, Value>();
  return rewrite(program, (value) => {
    const key = keyOf(value, numbers);
    const known = key === null ? undefined : first.get(key);
    if (known !== undefined) return known;
    numbers.set(value, numbers.size);
    if (key !== null) first.set(key, value);
    return value;
  });
}

/** A text that is equal for equal computations; null for numbers given by the caller's arrays. */
function keyOf(value: Value, numbers: ReadonlyMap<Value, number>): string | null {
  const { op, operands, shape, dtype } = value;
  if (op.kind === "literal") return null;
  const inside = operands.map((operand) => numbers.get(operand)).join(",");
  // JSON has no -0, NaN or infinity
  const text =
    op.kind === "constant"
      ? `${Object.is(op.value, -0) ? "-" : ""}${op.value}`
      : JSON.stringify(op);
  return `${text}|${inside}|${dtype}|${shape.join(",")}`;
}
