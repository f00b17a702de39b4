/**
 * @file A program: the values that a recorded function computes, as a graph that passes rewrite and units run.
 *
 * Differences from a tape: it knows kernels instead of primitives, one scalar operation at a time; operands of
 * a scalar operation may have axes of size 1 that are repeated (so nothing is stretched in memory); and it says
 * where its inputs come from and where its results go.
 */
import { type Aval, formatAval } from "../array/aval.ts";
import type { DType } from "../array/dtype.ts";
import type { Shape } from "../array/shape.ts";
import type { StridedArray } from "../array/strided-array.ts";
import type { ViewTransform } from "../array/view.ts";
import type { Kernel, OpaqueKernel } from "../kernel/kernel.ts";
import type { ScalarOp } from "../kernel/scalar.ts";

/** A word of the scalar vocabulary, or a conversion to the dtype of the value. */
export type Word = ScalarOp | "cast";

/** An opaque routine, which the program calls in JavaScript. */
export interface HostKernel {
  readonly kind: "host";
  readonly routine: OpaqueKernel;
  /** All of them; the value has no operands for those of size 0. */
  readonly inputs: readonly Aval[];
  readonly outputs: readonly Aval[];
}

/** Kernels that a unit runs as a whole: nothing is fused into them. */
export type RoutineKernel =
  | Exclude<Kernel, { readonly kind: "elementwise" | "reduce" | "view" | "opaque" }>
  | HostKernel;

export type Op =
  /** A tensor that is passed at every call. */
  | { readonly kind: "argument"; readonly index: number }
  /** A variable that was read. */
  | { readonly kind: "variable"; readonly index: number }
  /** Numbers that were known when the function was traced. */
  | { readonly kind: "literal"; readonly array: StridedArray }
  /** One number, of shape []. */
  | { readonly kind: "constant"; readonly value: number }
  /** One scalar operation; operands of size 1 along an axis, or of shape [], are repeated. */
  | { readonly kind: "scalar"; readonly word: Word }
  /** Reduced axes stay with size 1. */
  | {
      readonly kind: "reduce";
      readonly combine: "add" | "maximum";
      readonly axes: readonly number[];
    }
  /** Other indices of the same numbers in memory, those of operand 0; others are only waited for. */
  | { readonly kind: "view"; readonly transform: ViewTransform }
  /** `shapes` are those in which it expects its operands. That of a host kernel is the bytes of its results. */
  | {
      readonly kind: "routine";
      readonly kernel: RoutineKernel;
      readonly shapes: readonly Shape[];
    }
  /** One result of a host kernel. */
  | { readonly kind: "part"; readonly index: number };

export interface Value {
  readonly op: Op;
  readonly operands: readonly Value[];
  readonly shape: Shape;
  readonly dtype: DType;
  /** The primitive that it came from. */
  readonly label: string;
}

export interface Program {
  readonly arguments: readonly Aval[];
  readonly variables: readonly { readonly name: string; readonly aval: Aval }[];
  /** Operands before their users. */
  readonly values: readonly Value[];
  readonly results: readonly Value[];
  /** The variables that are assigned, by their number, and what. */
  readonly writes: readonly { readonly variable: number; readonly value: Value }[];
}

/** The kernel of a routine that is called in JavaScript; null for any other value. */
export function hostKernelOf({ op }: Value): HostKernel | null {
  return op.kind === "routine" && op.kernel.kind === "host" ? op.kernel : null;
}

/** Whether its numbers lie in the memory of its operand. */
export function isAlias({ op }: Value): boolean {
  return op.kind === "view" || op.kind === "part";
}

/** The values that a program must compute, whatever it does on the way. */
export function rootsOf(program: Program): readonly Value[] {
  return [...program.results, ...program.writes.map(({ value }) => value)];
}

/** One value a line, as `%4 = add(%2, %3) : float32[3]`, then what is returned and assigned. */
export function printProgram(program: Program): string {
  const numbers = new Map(program.values.map((value, i) => [value, i]));
  const nameOf = (value: Value): string =>
    value.op.kind === "constant" ? printNumber(value.op.value) : `%${numbers.get(value) ?? "?"}`;
  const lines: string[] = [];
  for (const value of program.values) {
    const { op } = value;
    // a part is printed where its call is
    if (op.kind === "constant" || op.kind === "part") continue;
    const outputs = hostKernelOf(value)?.outputs;
    const names = outputs?.map((_, i) => partName(program, value, i, nameOf)) ?? [nameOf(value)];
    const avals = (outputs ?? [value]).map(formatAval);
    lines.push(`${names.join(", ")} = ${printOp(value, program, nameOf)} : ${avals.join(", ")}`);
  }
  for (const { variable, value } of program.writes) {
    lines.push(`${program.variables[variable].name} := ${nameOf(value)}`);
  }
  lines.push(`return ${program.results.map(nameOf).join(", ")}`);
  return lines.join("\n");
}

/** `_` for a result that nobody needs. */
function partName(
  { values }: Program,
  call: Value,
  index: number,
  nameOf: (value: Value) => string,
): string {
  const part = values.find(({ op, operands }) => {
    return op.kind === "part" && op.index === index && operands[0] === call;
  });
  return part === undefined ? "_" : nameOf(part);
}

function printOp(value: Value, program: Program, nameOf: (value: Value) => string): string {
  const { op } = value;
  switch (op.kind) {
    case "argument":
      return `argument ${op.index}`;
    case "variable":
      return `variable ${program.variables[op.index].name}`;
    case "literal":
      return "literal";
    case "constant":
      return printNumber(op.value);
    default:
      return `${nameOfOp(value)}(${[...value.operands.map(nameOf), ...paramsOf(op)].join(", ")})`;
  }
}

function nameOfOp({ op, label }: Value): string {
  if (op.kind === "scalar") return op.word;
  if (op.kind === "reduce") return op.combine === "add" ? "sum" : "max";
  if (op.kind === "view") return op.transform.type;
  if (op.kind !== "routine") return op.kind;
  return op.kernel.kind === "host" ? label : op.kernel.kind;
}

function paramsOf(op: Op): readonly string[] {
  if (op.kind === "reduce") return [`axes=${print(op.axes)}`];
  if (op.kind === "routine" && op.kernel.kind === "host") return [];
  const fields = op.kind === "view" ? op.transform : op.kind === "routine" ? op.kernel : {};
  return Object.entries(fields)
    .filter(([key, field]) => key !== "type" && key !== "kind" && typeof field !== "function")
    .map(([key, field]) => `${key}=${print(field)}`);
}

function printNumber(value: number): string {
  return Object.is(value, -0) ? "-0" : String(value);
}

function print(value: unknown): string {
  return Array.isArray(value) ? `[${value.map(print).join(",")}]` : String(value);
}
