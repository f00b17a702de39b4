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
import type { Kernel } from "../kernel/kernel.ts";
import type { ScalarOp } from "../kernel/scalar.ts";

/** A word of the scalar vocabulary, or a conversion to the dtype of the value. */
export type Word = ScalarOp | "cast";

/** Kernels that a unit runs as a whole: nothing is fused into them. */
export type RoutineKernel = Exclude<
  Kernel,
  { readonly kind: "elementwise" | "reduce" | "view" | "opaque" }
>;

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
  /** `shapes` are those in which it expects its operands. */
  | {
      readonly kind: "routine";
      readonly kernel: RoutineKernel;
      readonly shapes: readonly Shape[];
    };

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
    if (value.op.kind === "constant") continue;
    lines.push(`${nameOf(value)} = ${printOp(value, program, nameOf)} : ${formatAval(value)}`);
  }
  for (const { variable, value } of program.writes) {
    lines.push(`${program.variables[variable].name} := ${nameOf(value)}`);
  }
  lines.push(`return ${program.results.map(nameOf).join(", ")}`);
  return lines.join("\n");
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
      return `${nameOfOp(op)}(${[...value.operands.map(nameOf), ...paramsOf(op)].join(", ")})`;
  }
}

function nameOfOp(op: Op): string {
  if (op.kind === "scalar") return op.word;
  if (op.kind === "reduce") return op.combine === "add" ? "sum" : "max";
  if (op.kind === "view") return op.transform.type;
  return op.kind === "routine" ? op.kernel.kind : op.kind;
}

function paramsOf(op: Op): readonly string[] {
  if (op.kind === "reduce") return [`axes=${print(op.axes)}`];
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
