/**
 * @file The tape as text, one value a line: `%5 = mul(%4, 0.2) : float64[3,2]`, and the source line where that
 * is kept.
 *
 * Inputs stand where they were first read; params are printed by name; constants of one number are
 * printed as it, others by their aval.
 */
import { formatAval } from "../array/aval.ts";
import { formatSplat } from "../array/format.ts";
import type { Operand, Origin } from "../core/tape.ts";
import { isInput, type Recording, type TapeEntry, type TapeNode } from "./recording.ts";

export function printTape({ entries }: Recording): string {
  return entries.map(printEntry).join("\n");
}

/** One line of a printed tape. */
export function printEntry(entry: TapeEntry): string {
  if (isInput(entry)) {
    const source = entry.variable === null ? "input" : entry.name;
    return `%${entry.index} = ${source} : ${formatAval(entry.value.aval)}`;
  }
  const line = entry.origin === null ? "" : ` # ${printOrigin(entry.origin)}`;
  return `${printNode(entry)}${line}`;
}

/** A node without its source line. */
export function printNode({ primitive, operands, params, results, resultAvals }: TapeNode): string {
  const inside = [...operands.map(printOperand), ...printParams(params)].join(", ");
  const numbers = results.map((index) => `%${index}`).join(", ");
  return `${numbers} = ${primitive.name}(${inside}) : ${resultAvals.map(formatAval).join(", ")}`;
}

/** `%3`, the number of a constant that is one, or its aval. */
export function printOperand(operand: Operand): string {
  if (typeof operand === "number") return `%${operand}`;
  const { array, aval } = operand;
  const number = array === null ? null : formatSplat(array, aval.dtype);
  return number ?? `const ${formatAval(aval)}`;
}

/** `axes=[0]` and the like. */
export function printParams(params: unknown): readonly string[] {
  return Object.entries(params ?? {}).map(([key, value]) => `${key}=${print(value)}`);
}

/** `/app/train.ts:12:5`, `derivative of sqrt at /app/train.ts:12:5` */
export function printOrigin({ line, derivativeOf }: Origin): string {
  const place = line ?? "an unknown line";
  return derivativeOf === null ? place : `derivative of ${derivativeOf} at ${place}`;
}

function print(value: unknown): string {
  // whoever reads a tape does not want the source of a hook
  if (typeof value === "function") return value.name === "" ? "function" : value.name;
  return Array.isArray(value) ? `[${value.map(print).join(",")}]` : String(value);
}
