/**
 * @file Algebra that changes no bit: operations on constants, and those that return an operand.
 *
 * What is not here is not exact. x · 0 is no zero for NaN and infinities, x - x neither; x + 0 turns -0
 * into 0, so only x - 0 and x + (-0) are x. A division becomes a product only where the reciprocal is exact.
 */
import { storedValue } from "../../array/dtype.ts";
import { sameShape } from "../../array/shape.ts";
import { computeScalar } from "../../backends/reference/scalar-code.ts";
import { apply, constant } from "../../kernel/scalar.ts";
import {
  constantNumber,
  constantOf,
  isSingle,
  rewrite,
  scalarValue,
  spreadValue,
} from "../builder.ts";
import { isSpread } from "../lower-kernel.ts";
import type { Program, Value } from "../program.ts";

export function simplifyExactly(program: Program): Program {
  return rewrite(program, (value) => {
    const simpler = simplify(value);
    if (simpler === null) return value;
    if (sameShape(simpler.shape, value.shape) || (isSingle(simpler) && isSingle(value))) {
      return simpler;
    }
    return spreadValue(simpler, value.shape);
  });
}

function simplify(value: Value): Value | null {
  const { op, operands, dtype } = value;
  if (op.kind !== "scalar" || isSpread(value)) return null;
  const numbers = operands.map(constantNumber);
  if (numbers.every((n) => n !== null)) return folded(value, numbers);
  const [a, b] = operands;
  const [m, n] = numbers;
  switch (op.word) {
    case "mul":
      if (n === 1) return a;
      if (m === 1) return b;
      if (n === -1) return scalarValue("neg", [a], dtype, value.label);
      if (m === -1) return scalarValue("neg", [b], dtype, value.label);
      return null;
    case "div":
      if (n === 1) return a;
      return n !== null && isExactReciprocal(n, dtype)
        ? scalarValue("mul", [a, constantOf(1 / n, dtype)], dtype, value.label)
        : null;
    case "sub":
      if (Object.is(n, 0)) return a;
      return isNegation(b) ? scalarValue("add", [a, b.operands[0]], dtype, value.label) : null;
    case "add":
      if (Object.is(n, -0)) return a;
      if (Object.is(m, -0)) return b;
      if (isNegation(b)) return scalarValue("sub", [a, b.operands[0]], dtype, value.label);
      if (isNegation(a)) return scalarValue("sub", [b, a.operands[0]], dtype, value.label);
      return a === b ? scalarValue("mul", [a, constantOf(2, dtype)], dtype, value.label) : null;
    case "neg":
      return isNegation(a) ? a.operands[0] : null;
    case "pow":
      if (n === 1) return a;
      return n === 2 ? scalarValue("mul", [a, a], dtype, value.label) : null;
    case "select":
      if (m !== null) return operands[m === 0 ? 2 : 1];
      return operands[1] === operands[2] ? operands[1] : null;
    default:
      return null;
  }
}

function folded({ op, dtype, shape }: Value, numbers: readonly number[]): Value | null {
  // a number written out in memory stays
  if (op.kind !== "scalar" || !isSingle({ shape })) return null;
  if (op.word === "cast") return constantOf(numbers[0], dtype);
  const compute = computeScalar(apply(op.word, ...numbers.map(constant)), dtype);
  return constantOf(storedValue(dtype, compute([])), dtype);
}

function isNegation({ op }: Value): boolean {
  return op.kind === "scalar" && op.word === "neg";
}

/** Whether n is a power of two whose reciprocal is a normal number. */
function isExactReciprocal(n: number, dtype: Value["dtype"]): boolean {
  if (dtype !== "float32" && dtype !== "float64") return false;
  const exponent = Math.log2(Math.abs(n));
  return Number.isInteger(exponent) && Math.abs(exponent) < (dtype === "float32" ? 126 : 1022);
}
