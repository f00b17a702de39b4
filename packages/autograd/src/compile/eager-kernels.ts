/**
 * @file Heavy kernels lent to eager execution: a convolution or a pooling of an eager tensor runs as a program of
 * one kernel, kept for the next call with the same shapes.
 *
 * Importing this file hands them over; index.ts does. Without it, and for small arrays, the reference loops
 * serve. No multiply-add is relaxed here: eager results are the same bits on every machine.
 */
import { type Aval, formatAval } from "../array/aval.ts";
import { nativeDType } from "../array/ndarray.ts";
import type { StridedArray } from "../array/strided-array.ts";
import { sizeOf } from "../array/shape.ts";
import { lendKernels } from "../backends/index.ts";
import { indexOutOfRange } from "../backends/reference/indexing.ts";
import { hasProgramMemory, memoryAs } from "../backends/wasm/memory.ts";
import type { Kernel } from "../kernel/kernel.ts";
import { type Assembled, assemble, releaseHeld } from "./assemble.ts";
import { makeValue, Rebuild } from "./builder.ts";
import { copyInto } from "./copies.ts";
import { indexedBy } from "./emit/routine.ts";
import { lowerKernel, materialized } from "./lower-kernel.ts";
import { optimize } from "./optimize.ts";
import { copyOut } from "./resident.ts";

/** Programs that are kept; the one that was used longest ago is dropped first. */
const KEPT = 32;
/** Numbers read and written from which a program is worth its copies. */
const WORTH_LENDING = 2048;

const programs = new Map<string, Assembled>();

const LENT: ReadonlySet<Kernel["kind"]> = new Set<Kernel["kind"]>([
  "convolution",
  "pool",
  "poolIndices",
  "planeGather",
  "planeScatterAdd",
]);

function runLent(kernel: Kernel, inputs: readonly StridedArray[], aval: Aval): StridedArray | null {
  if (kernel.kind === "opaque" || !LENT.has(kernel.kind) || !hasProgramMemory()) return null;
  // bytes are bools
  const inputAvals = inputs.map(({ data, shape }) => ({
    shape,
    dtype: nativeDType(data) ?? "bool",
  }));
  const size = inputAvals.reduce((sum, { shape }) => sum + sizeOf(shape), sizeOf(aval.shape));
  if (size < WORTH_LENDING || inputAvals.some(({ shape }) => sizeOf(shape) === 0)) return null;
  const program = programFor(kernel, inputAvals, aval);
  inputs.forEach((input, i) => {
    const address = program.arguments[i];
    if (address !== null) copyInto(address, input, inputAvals[i]);
  });
  const status = program.run();
  if (status !== 0) {
    const { op, length } = indexedBy(program.fallible[status - 1]);
    const [index, position] = memoryAs("int32").subarray(
      program.report / 4,
      program.report / 4 + 2,
    );
    throw indexOutOfRange(op, index, position, length);
  }
  return copyOut(program.results[0].address, aval);
}

function programFor(
  kernel: Exclude<Kernel, { readonly kind: "opaque" }>,
  inputAvals: readonly Aval[],
  aval: Aval,
): Assembled {
  const key = [JSON.stringify(kernel), ...inputAvals.map(formatAval), formatAval(aval)].join(" ");
  let program = programs.get(key);
  if (program === undefined) {
    program = assembleKernel(kernel, inputAvals, aval);
    const [oldest] = programs.keys();
    if (programs.size >= KEPT) {
      const dropped = programs.get(oldest);
      programs.delete(oldest);
      if (dropped !== undefined) releaseHeld(dropped.held);
    }
  }
  programs.delete(key);
  programs.set(key, program);
  return program;
}

function assembleKernel(
  kernel: Exclude<Kernel, { readonly kind: "opaque" }>,
  inputAvals: readonly Aval[],
  aval: Aval,
): Assembled {
  const rebuild = new Rebuild();
  const operands = inputAvals.map((input, index) => {
    const op = { kind: "argument", index } as const;
    return {
      value: rebuild.add(makeValue(op, [], input.shape, input.dtype, "argument")),
      aval: input,
    };
  });
  const [value] = lowerKernel(kernel, operands, [aval], kernel.kind);
  const program = {
    arguments: inputAvals,
    variables: [],
    results: [rebuild.add(materialized({ value, aval }))],
    writes: [],
    values: rebuild.values,
  };
  const stages = optimize(program, { reassociate: false });
  const { program: final } = stages[stages.length - 1];
  return assemble(final, [], { relaxed: false, finiteOnly: false, threads: 1 });
}

lendKernels(runLent);
