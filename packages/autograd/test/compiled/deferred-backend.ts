/**
 * @file A backend that computes nothing until a number is read, and then compiles everything that was waited
 * for as one program. `npm run test:compiled` puts it in the place of backends/index.ts, so that the whole test
 * suite runs through the compiler.
 *
 * Programs are kept by their structure, the least recently used ones are dropped. A chain that has grown long
 * is computed before it grows further. What may fail (indices, opaque routines) is computed at once: its errors
 * belong to the call. Only what has no numbers, because all results have size 0, is left to the reference backend.
 */
import { type Aval, formatAval } from "../../src/array/aval.ts";
import type { TypedArray } from "../../src/array/dtype.ts";
import { sizeOf } from "../../src/array/shape.ts";
import { emptyArray, rowMajor, type StridedArray } from "../../src/array/strided-array.ts";
import { indexOutOfRange } from "../../src/backends/reference/indexing.ts";
import { runKernel as runReference } from "../../src/backends/reference/index.ts";
import { wasmEngine } from "../../src/backends/wasm/engine.ts";
import { memoryAs } from "../../src/backends/wasm/memory.ts";
import { type Assembled, assemble, releaseHeld } from "../../src/compile/assemble.ts";
import { makeValue, Rebuild } from "../../src/compile/builder.ts";
import { copyInto } from "../../src/compile/copies.ts";
import { lowerKernel, materialized, type Natural } from "../../src/compile/lower-kernel.ts";
import { indexedBy } from "../../src/compile/emit/routine.ts";
import { optimize } from "../../src/compile/optimize.ts";
import type { Program } from "../../src/compile/program.ts";
import { copyOut } from "../../src/compile/resident.ts";
import type { Kernel, OpaqueKernel } from "../../src/kernel/kernel.ts";
import { programs } from "./programs.ts";

/** Pending kernels behind one value from which it is computed before more is added. */
const LONGEST = 40;
const CACHED = 400;

/** A kernel that was asked for, and whose results nobody has read. */
interface Pending {
  readonly kernel: Kernel;
  readonly inputs: readonly StridedArray[];
  readonly avals: readonly Aval[];
  /** Those of size 0 as well, which are never waited for. */
  readonly results: readonly StridedArray[];
  readonly length: number;
}

const pendingOf = new WeakMap<StridedArray, Pending>();

/** In the place of the eager backend's function of this name. */
export function runKernel(
  kernel: Kernel,
  inputs: readonly StridedArray[],
  avals: readonly Aval[],
): readonly StridedArray[] {
  programs.kernels++;
  if (avals.every(isEmpty)) return runReference(kernel, inputs, avals);
  let length = 1 + inputs.reduce((sum, x) => sum + (pendingOf.get(x)?.length ?? 0), 0);
  if (length > LONGEST) {
    for (const input of inputs) void input.data;
    length = 1;
  }
  const results = avals.map((aval) => (isEmpty(aval) ? emptyArray(aval) : waiting(aval)));
  const pending = { kernel, inputs, avals, results, length };
  results.forEach((result, i) => {
    if (!isEmpty(avals[i])) pendingOf.set(result, pending);
  });
  if ("op" in kernel || kernel.kind === "opaque") compute(pending);
  return results;
}

function isEmpty({ shape }: Aval): boolean {
  return sizeOf(shape) === 0;
}

const dtypes = new WeakMap<StridedArray, Aval["dtype"]>();

/** bool is stored as bytes, and nothing else is. */
function dtypeOf(array: StridedArray): Aval["dtype"] {
  const known = dtypes.get(array);
  if (known !== undefined) return known;
  const { data } = array;
  if (data instanceof Float32Array) return "float32";
  if (data instanceof Float64Array) return "float64";
  return data instanceof Int32Array ? "int32" : "bool";
}

const computed = new WeakMap<StridedArray, TypedArray>();

function waiting({ shape, dtype }: Aval): StridedArray {
  const array = {
    // an own property, so that a copy of the fields reads it too
    get data(): TypedArray {
      const pending = pendingOf.get(array);
      if (pending !== undefined) compute(pending);
      const data = computed.get(array);
      if (data === undefined) throw new Error("what has been computed has numbers");
      return data;
    },
    shape,
    stride: rowMajor(shape),
    offset: 0,
  };
  dtypes.set(array, dtype);
  return array;
}

/** The routines that programs are calling, the innermost last: programs are shared by all with the same avals. */
const routines: OpaqueKernel[] = [];

const STAND_IN: OpaqueKernel = {
  kind: "opaque",
  run: (inputs, outputs) => routines.at(-1)?.run(inputs, outputs),
};

function compute(last: Pending): void {
  const pending = new Set<Pending>();
  const leaves = new Set<StridedArray>();
  const visit = (own: Pending): void => {
    for (const input of own.inputs) {
      const before = pendingOf.get(input);
      if (before === undefined) leaves.add(input);
      else if (!pending.has(before)) visit(before);
    }
    pending.add(own);
  };
  visit(last);
  const program = programFor([...pending], [...leaves]);
  [...leaves].forEach((leaf, i) => {
    const address = program.arguments[i];
    if (address !== null) copyInto(address, leaf, avalOf(leaf));
  });
  programs.run++;
  const status = calling(last.kernel, program.run);
  if (status !== 0) fail(program, status);
  let next = 0;
  last.results.forEach((result, i) => {
    if (isEmpty(last.avals[i])) return;
    pendingOf.delete(result);
    computed.set(result, copyOut(program.results[next++].address, last.avals[i]).data);
  });
}

/** Runs a program. Routines are never waited for, so there is one at most: the last. */
function calling(last: Kernel, run: () => number): number {
  if (last.kind !== "opaque") return run();
  routines.push(last);
  try {
    return run();
  } finally {
    routines.pop();
  }
}

function avalOf(x: StridedArray): Aval {
  return { shape: x.shape, dtype: dtypeOf(x) };
}

function fail({ fallible, report }: Assembled, status: number): never {
  const { op, length } = indexedBy(fallible[status - 1]);
  const [index, position] = memoryAs("int32").subarray(report / 4, report / 4 + 2);
  throw indexOutOfRange(op, index, position, length);
}

const cache = new Map<string, Assembled>();

function programFor(pending: readonly Pending[], leaves: readonly StridedArray[]): Assembled {
  const numbers = new Map<StridedArray, number>();
  const key: string[] = [];
  for (const leaf of leaves) {
    numbers.set(leaf, numbers.size);
    key.push(formatAval(avalOf(leaf)));
  }
  for (const { kernel, inputs, avals, results } of pending) {
    for (const result of results) numbers.set(result, numbers.size);
    const inside = inputs.map((input) => numbers.get(input)).join();
    const text = JSON.stringify(kernel, (_, value: unknown) => {
      return typeof value === "number" && !Number.isFinite(value)
        ? String(value)
        : Object.is(value, -0)
          ? "-0"
          : value;
    });
    key.push(`${text}(${inside}):${avals.map(formatAval).join()}`);
  }
  // a routine, such as a scan, may call one with the same avals, while the program that called it has its memory
  const name = `${routines.length};${key.join(";")}`;
  let program = cache.get(name);
  if (program === undefined) {
    program = build(pending, leaves);
    if (cache.size >= CACHED) {
      const [oldest] = cache.keys();
      const dropped = cache.get(oldest);
      if (dropped !== undefined) releaseHeld(dropped.held);
      cache.delete(oldest);
    }
  }
  cache.delete(name);
  cache.set(name, program);
  return program;
}

function build(pending: readonly Pending[], leaves: readonly StridedArray[]): Assembled {
  const rebuild = new Rebuild();
  const naturals = new Map<StridedArray, Natural>();
  leaves.forEach((leaf, index) => {
    const aval = avalOf(leaf);
    const value = makeValue({ kind: "argument", index }, [], aval.shape, aval.dtype, "argument");
    naturals.set(leaf, { value: rebuild.add(value), aval });
  });
  for (const { kernel, inputs, avals, results } of pending) {
    const operands = inputs.flatMap((input) => naturals.get(input) ?? []);
    const lowered = kernel.kind === "opaque" ? STAND_IN : kernel;
    lowerKernel(lowered, operands, avals, kernel.kind).forEach((value, i) => {
      naturals.set(results[i], { value: rebuild.add(value), aval: avals[i] });
    });
  }
  const last = pending[pending.length - 1].results.flatMap((x) => naturals.get(x) ?? []);
  const traced: Program = {
    arguments: leaves.map(avalOf),
    variables: [],
    values: rebuild.values,
    results: last
      .filter(({ aval }) => !isEmpty(aval))
      .map((natural) => rebuild.add(materialized(natural))),
    writes: [],
  };
  const stages = optimize(traced, { reassociate: true });
  const relaxed = wasmEngine()?.relaxed ?? false;
  return assemble(stages[stages.length - 1].program, [], {
    relaxed,
    finiteOnly: false,
    threads: 1,
  });
}
