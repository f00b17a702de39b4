/**
 * @file A backend that computes nothing until a number is read, and then compiles everything that was waited
 * for as one program. `npm run test:compiled` puts it in the place of backends/index.ts, so that the whole test
 * suite runs through the compiler.
 *
 * Programs are kept by their structure, the least recently used ones are dropped. A chain that has grown long
 * is computed before it grows further. Indices are computed at once: their errors belong to the call.
 */
import type { Aval } from "../../src/array/aval.ts";
import { bytesPerElement, type TypedArray } from "../../src/array/dtype.ts";
import { sizeOf } from "../../src/array/shape.ts";
import { rowMajor, type StridedArray } from "../../src/array/strided-array.ts";
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
import type { Kernel } from "../../src/kernel/kernel.ts";
import { libraryWordOf } from "../../src/kernel/scalar.ts";
import { programs } from "./programs.ts";

type Computable = Exclude<Kernel, { readonly kind: "opaque" }>;

/** Pending kernels behind one value from which it is computed before more is added. */
const LONGEST = 40;
const CACHED = 400;

interface Pending {
  readonly kernel: Computable;
  readonly inputs: readonly StridedArray[];
  readonly inputAvals: readonly Aval[];
  readonly aval: Aval;
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
  if (
    kernel.kind === "opaque" ||
    (kernel.kind === "elementwise" && libraryWordOf(kernel.expression) !== null) ||
    avals.length !== 1 ||
    sizeOf(avals[0].shape) === 0
  ) {
    return runReference(kernel, inputs, avals);
  }
  const [aval] = avals;
  let length = 1 + inputs.reduce((sum, x) => sum + (pendingOf.get(x)?.length ?? 0), 0);
  if (length > LONGEST) {
    for (const input of inputs) void input.data;
    length = 1;
  }
  const inputAvals = inputs.map((x) => ({ shape: x.shape, dtype: dtypeOf(x) }));
  const result = defer({ kernel, inputs, inputAvals, aval, length });
  if ("op" in kernel) void result.data;
  return [result];
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

function defer(pending: Pending): StridedArray {
  const { shape, dtype } = pending.aval;
  let data: TypedArray | undefined;
  const array = {
    // an own property, so that a copy of the fields reads it too
    get data(): TypedArray {
      data ??= compute(array);
      return data;
    },
    shape,
    stride: rowMajor(shape),
    offset: 0,
  };
  pendingOf.set(array, pending);
  dtypes.set(array, dtype);
  return array;
}

function compute(array: StridedArray): TypedArray {
  const pending: StridedArray[] = [];
  const leaves: StridedArray[] = [];
  const seen = new Set<StridedArray>();
  const visit = (x: StridedArray): void => {
    if (seen.has(x)) return;
    seen.add(x);
    const own = pendingOf.get(x);
    if (own === undefined) {
      leaves.push(x);
      return;
    }
    for (const input of own.inputs) visit(input);
    pending.push(x);
  };
  visit(array);
  const program = programFor(pending, leaves);
  leaves.forEach((leaf, i) => {
    const address = program.arguments[i];
    if (address !== null) copyInto(address, leaf, { shape: leaf.shape, dtype: dtypeOf(leaf) });
  });
  const status = program.run();
  programs.run++;
  if (status !== 0) fail(program, status);
  pendingOf.delete(array);
  const [{ address, aval }] = program.results;
  const start = address / bytesPerElement(aval.dtype);
  return memoryAs(aval.dtype).slice(start, start + sizeOf(aval.shape));
}

function fail({ fallible, report }: Assembled, status: number): never {
  const { op, length } = indexedBy(fallible[status - 1]);
  const [index, position] = memoryAs("int32").subarray(report / 4, report / 4 + 2);
  throw indexOutOfRange(op, index, position, length);
}

const cache = new Map<string, Assembled>();

function programFor(pending: readonly StridedArray[], leaves: readonly StridedArray[]): Assembled {
  const numbers = new Map<StridedArray, number>();
  const avalOf = (x: StridedArray): Aval => ({ shape: x.shape, dtype: dtypeOf(x) });
  const key: string[] = [];
  for (const leaf of leaves) {
    numbers.set(leaf, numbers.size);
    key.push(`${dtypeOf(leaf)}[${leaf.shape.join()}]`);
  }
  for (const x of pending) {
    numbers.set(x, numbers.size);
    const own = pendingOf.get(x);
    const inside = own?.inputs.map((input) => numbers.get(input)).join();
    const text = JSON.stringify(own?.kernel, (_, value: unknown) => {
      return typeof value === "number" && !Number.isFinite(value)
        ? String(value)
        : Object.is(value, -0)
          ? "-0"
          : value;
    });
    key.push(`${text}(${inside}):${dtypeOf(x)}[${x.shape.join()}]`);
  }
  const name = key.join(";");
  let program = cache.get(name);
  if (program === undefined) {
    program = build(pending, leaves, avalOf);
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

function build(
  pending: readonly StridedArray[],
  leaves: readonly StridedArray[],
  avalOf: (x: StridedArray) => Aval,
): Assembled {
  const rebuild = new Rebuild();
  const naturals = new Map<StridedArray, Natural>();
  leaves.forEach((leaf, index) => {
    const aval = avalOf(leaf);
    const value = makeValue({ kind: "argument", index }, [], aval.shape, aval.dtype, "argument");
    naturals.set(leaf, { value: rebuild.add(value), aval });
  });
  for (const x of pending) {
    const own = pendingOf.get(x);
    if (own === undefined) continue;
    const operands = own.inputs.flatMap((input) => naturals.get(input) ?? []);
    naturals.set(x, {
      value: rebuild.add(lowerKernel(own.kernel, operands, own.aval, own.kernel.kind)),
      aval: own.aval,
    });
  }
  const last = naturals.get(pending[pending.length - 1]);
  if (last === undefined) throw new Error("there is a value to compute");
  const traced: Program = {
    arguments: leaves.map(avalOf),
    variables: [],
    values: rebuild.values,
    results: [rebuild.add(materialized(last))],
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
