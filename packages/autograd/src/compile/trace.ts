/**
 * @file Tracing: a function run once without numbers, and its tape as a program.
 */
import type { Aval } from "../array/aval.ts";
import { isSplat } from "../array/strided-array.ts";
import { sizeOf } from "../array/shape.ts";
import type { Primitive } from "../core/primitive.ts";
import { Tape } from "../core/tape.ts";
import { settle, Tensor } from "../core/tensor.ts";
import { type Variable, withTape } from "../core/variable.ts";
import { assertInvariant, CompileError } from "../errors.ts";
import { flattenResult, type FlatTensors } from "../transforms/arguments.ts";
import { constantOf, makeValue } from "./builder.ts";
import { lowerKernel, materialized, type Natural } from "./lower-kernel.ts";
import type { Program, Value } from "./program.ts";

export interface Traced {
  readonly program: Program;
  readonly variables: readonly Variable[];
  /** All of them; those of size 0 are no results of the program. null where the function returned undefined. */
  readonly outputs: FlatTensors | null;
}

/** A tape that refuses what has no kernel to compile, at the line that binds it. */
class ProgramTape extends Tape {
  override append(
    primitive: Primitive,
    operands: readonly Tensor[],
    lowered: readonly Tensor[],
    params: unknown,
    results: readonly Tensor[],
  ): readonly Tensor[] {
    const kernel = primitive.kernel(
      params,
      lowered.map((x) => x.aval),
    );
    if (kernel.kind === "opaque") {
      throw new CompileError("compile", { primitive: primitive.name }, (d) => {
        return `${d.primitive} is an opaque routine, which cannot be compiled. Call it outside of the compiled function, or give it another kind of kernel.`;
      });
    }
    return super.append(primitive, operands, lowered, params, results);
  }
}

/** @param call runs the function, given the tensors that stand for its arguments. */
export function traceProgram(
  avals: readonly Aval[],
  call: (inputs: readonly Tensor[]) => unknown,
): Traced {
  const inputs: Tensor[] = [];
  const tape = new ProgramTape(0);
  const traced = withTape(
    "compile",
    "trace",
    (open) => {
      for (const aval of avals) inputs.push(open.input(new Tensor(aval, null)));
      const result = call(inputs);
      return result === undefined ? null : flattenResult("compile", result);
    },
    tape,
  );
  const { result: outputs, reads, writes } = traced;
  const variables = [...new Set([...reads.keys(), ...writes.keys()])];
  const naturals = new Map<number, Natural>();
  const values: Value[] = [];
  const known = new Set<Value>();
  const add = (value: Value): Value => {
    if (known.has(value)) return value;
    for (const operand of value.operands) add(operand);
    known.add(value);
    values.push(value);
    return value;
  };
  const enter = (index: number, value: Value): void => {
    const aval = tape.values[index];
    const isEmpty = sizeOf(aval.shape) === 0;
    naturals.set(index, { value: add(isEmpty ? constantOf(0, aval.dtype) : value), aval });
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
    const settled = tensor.tape === tape ? tensor : settle(tensor);
    if (settled.tape !== tape) return literal(settled);
    const natural = naturals.get(settled.index);
    assertInvariant(natural !== undefined, "a value is computed before it is used");
    return natural;
  };
  for (const node of tape.nodes) {
    const kernel = node.primitive.kernel(node.params, node.avals);
    assertInvariant(kernel.kind !== "opaque" && node.count === 1, "the tape refused the others");
    const operands = node.operands.map((x) => {
      const natural = typeof x === "number" ? naturals.get(x) : literal(x);
      assertInvariant(natural !== undefined, "a value is computed before it is used");
      return natural;
    });
    enter(node.first, lowerKernel(kernel, operands, tape.values[node.first], node.primitive.name));
  }
  const root = (tensor: Tensor): Value => add(materialized(naturalOf(tensor)));
  const program: Program = {
    arguments: avals,
    variables: variables.map(({ name, aval }) => ({ name, aval })),
    values,
    results: (outputs?.leaves ?? []).filter(hasNumbers).map(root),
    writes: [...writes]
      .filter(([variable]) => hasNumbers(variable))
      .map(([variable, tensor]) => ({
        variable: variables.indexOf(variable),
        value: root(tensor),
      })),
  };
  return { program, variables, outputs };
}

function hasNumbers({ aval }: { readonly aval: Aval }): boolean {
  return sizeOf(aval.shape) > 0;
}
