/**
 * @file The tape as text, one value a line: `%5 = mul(%4, 0.2) : float64[3,2]`.
 *
 * Inputs stand where they were first read; params are printed by name; constants of one number are
 * printed as it, others by their aval.
 */
import { formatAval } from "../array/aval.ts";
import { formatSplat } from "../array/format.ts";
import type { Node, Operand, Tape } from "../core/tape.ts";

export function printTape(tape: Tape, names: ReadonlyMap<number, string>): string {
  const lines: string[] = [];
  let next = 0;
  const printInputsBefore = (end: number): void => {
    for (; next < end; next++) {
      const name = names.get(next);
      const source = name === undefined ? "input" : `variable ${name}`;
      lines.push(`%${next} = ${source} : ${formatAval(tape.values[next])}`);
    }
  };
  for (const node of tape.nodes) {
    printInputsBefore(node.first);
    lines.push(printNode(tape, node));
    next = node.first + node.count;
  }
  printInputsBefore(tape.values.length);
  return lines.join("\n");
}

function printNode(tape: Tape, node: Node): string {
  const indices = Array.from({ length: node.count }, (_, k) => node.first + k);
  const params = Object.entries(node.params ?? {}).map(([key, value]) => `${key}=${print(value)}`);
  const inside = [...node.operands.map(printOperand), ...params].join(", ");
  const results = indices.map((index) => `%${index}`).join(", ");
  const avals = indices.map((index) => formatAval(tape.values[index])).join(", ");
  return `${results} = ${node.primitive.name}(${inside}) : ${avals}`;
}

function printOperand(operand: Operand): string {
  if (typeof operand === "number") return `%${operand}`;
  const { array, aval } = operand;
  const number = array === null ? null : formatSplat(array, aval.dtype);
  return number ?? `const ${formatAval(aval)}`;
}

function print(value: unknown): string {
  return Array.isArray(value) ? `[${value.map(print).join(",")}]` : String(value);
}
