/**
 * @file Tracing: a function run once without numbers, and its tape as a program.
 */
import type { Aval } from "../array/aval.ts";
import { isSplat } from "../array/strided-array.ts";
import { sizeOf } from "../array/shape.ts";
import type { Primitive } from "../core/primitive.ts";
import { Tape } from "../core/tape.ts";
import { Tensor } from "../core/tensor.ts";
import type { Kernel } from "../kernel/kernel.ts";
import { type Variable, withTape } from "../core/variable.ts";
import { assertInvariant } from "../errors.ts";
import { flattenResult, type FlatTensors } from "../transforms/arguments.ts";
import { operandOn } from "../transforms/recording.ts";
import { SourceLines } from "../transforms/source-lines.ts";
import { constantOf, makeValue, Rebuild } from "./builder.ts";
import { lowerKernel, materialized, type Natural } from "./lower-kernel.ts";
import type { Program, Value } from "./program.ts";

export interface Traced {
  /** Its results are those of the trace that have a size other than 0. */
  readonly program: Program;
  readonly variables: readonly Variable[];
}

/** A tape that keeps the kernels of its nodes. What is made of other primitives it has bound as those. */
class ProgramTape extends Tape {
  /** Of each node. */
  readonly kernels: Kernel[] = [];

  constructor(keepsLines: boolean) {
    super(null, keepsLines ? new SourceLines() : null);
  }

  override append(
    primitive: Primitive,
    operands: readonly Tensor[],
    lowered: readonly Tensor[],
    params: unknown,
    results: readonly Tensor[],
  ): readonly Tensor[] {
    if (primitive.expand !== undefined) return primitive.expand(operands, params);
    const kernel = primitive.kernel(
      params,
      lowered.map((x) => x.aval),
    );
    this.kernels.push(kernel);
    return super.append(primitive, operands, lowered, params, results);
  }
}

/** A function run once, without numbers. */
export interface Trace {
  readonly tape: ProgramTape;
  readonly inputs: readonly Tensor[];
  /** null where the function returned undefined. */
  readonly outputs: FlatTensors | null;
  readonly reads: ReadonlyMap<Variable, Tensor>;
  readonly writes: ReadonlyMap<Variable, Tensor>;
}

/** @param call runs the function, given the tensors that stand for its arguments. */
export function trace(
  avals: readonly Aval[],
  call: (inputs: readonly Tensor[]) => unknown,
  keepsLines = false,
): Trace {
  const inputs: Tensor[] = [];
  const tape = new ProgramTape(keepsLines);
  const { result, reads, writes } = withTape(
    "compile",
    "trace",
    (open) => {
      for (const aval of avals) inputs.push(open.input(new Tensor(aval, null)));
      const result = call(inputs);
      return result === undefined ? null : flattenResult("compile", result);
    },
    tape,
  );
  return { tape, inputs, outputs: result, reads, writes };
}

/** The program of a trace. */
export function programOf({ tape, inputs, outputs, reads, writes }: Trace): Traced {
  const variables = [...new Set([...reads.keys(), ...writes.keys()])];
  const naturals = new Map<number, Natural>();
  const rebuild = new Rebuild();
  const enter = (index: number, value: Value): void => {
    const aval = tape.values[index];
    const isEmpty = sizeOf(aval.shape) === 0;
    naturals.set(index, { value: rebuild.add(isEmpty ? constantOf(0, aval.dtype) : value), aval });
  };
  const source = (op: Value["op"], { shape, dtype }: Aval, label: string): Value =>
    makeValue(op, [], shape, dtype, label);
  inputs.forEach(({ index, aval }, i) => {
    enter(index, source({ kind: "argument", index: i }, aval, "argument"));
  });
  for (const [variable, { index, aval }] of reads) {
    const op = { kind: "variable", index: variables.indexOf(variable) } as const;
    enter(index, source(op, aval, variable.name));
  }
  const literals = new Map<Tensor, Natural>();
  const literal = (tensor: Tensor): Natural => {
    let natural = literals.get(tensor);
    if (natural === undefined) {
      const { array, aval } = tensor;
      assertInvariant(array !== null, "a constant has numbers");
      const isNumber = sizeOf(aval.shape) === 0 || isSplat(array);
      const value = isNumber
        ? constantOf(sizeOf(aval.shape) === 0 ? 0 : array.data[array.offset], aval.dtype)
        : source({ kind: "literal", array }, aval, "literal");
      natural = { value, aval };
      literals.set(tensor, natural);
    }
    return natural;
  };
  const naturalOf = (tensor: Tensor): Natural => {
    const operand = operandOn(tape, tensor);
    if (typeof operand !== "number") return literal(operand);
    const natural = naturals.get(operand);
    assertInvariant(natural !== undefined, "a value is computed before it is used");
    return natural;
  };
  tape.nodes.forEach((node, i) => {
    const operands = node.operands.map((x) => {
      const natural = typeof x === "number" ? naturals.get(x) : literal(x);
      assertInvariant(natural !== undefined, "a value is computed before it is used");
      return natural;
    });
    const { first, count, primitive } = node;
    const avals = tape.values.slice(first, first + count);
    const results = lowerKernel(tape.kernels[i], operands, avals, primitive.name);
    results.forEach((result, k) => {
      enter(first + k, result);
    });
  });
  const root = (tensor: Tensor): Value => rebuild.add(materialized(naturalOf(tensor)));
  const program: Program = {
    arguments: inputs.map(({ aval }) => aval),
    variables: variables.map(({ name, aval }) => ({ name, aval })),
    values: rebuild.values,
    results: (outputs?.leaves ?? []).filter(hasNumbers).map(root),
    writes: [...writes]
      .filter(([variable]) => hasNumbers(variable))
      .map(([variable, tensor]) => ({
        variable: variables.indexOf(variable),
        value: root(tensor),
      })),
  };
  return { program, variables };
}

function hasNumbers({ aval }: { readonly aval: Aval }): boolean {
  return sizeOf(aval.shape) > 0;
}
