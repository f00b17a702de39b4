/**
 * @file Calls from a program into JavaScript: opaque routines, and words of the vocabulary that exist as
 * functions alone. A program imports them, and they have the numbers of its first functions.
 *
 * A routine is given views of the program's memory where that is shared between threads: growing a shared memory
 * leaves them as they are. Elsewhere it gets copies, because it may compile something, which may make the memory
 * grow and takes the views away.
 */
import type { Aval } from "../array/aval.ts";
import { bytesPerElement } from "../array/dtype.ts";
import { sizeOf } from "../array/shape.ts";
import { emptyArray, rowMajor, type StridedArray } from "../array/strided-array.ts";
import { LIBRARY } from "../backends/reference/library/index.ts";
import type { HostFunction } from "../backends/wasm/encoder.ts";
import { isMemoryShared, memoryAs } from "../backends/wasm/memory.ts";
import type { LibraryWord } from "../kernel/scalar.ts";
import { copyInto } from "./copies.ts";
import { placesOf } from "./layout.ts";
import type { HostKernel } from "./program.ts";
import { copyOut } from "./resident.ts";

/** What a program imports, in the order of the functions' numbers. */
export class HostCalls {
  readonly functions: HostFunction[] = [];
  readonly #words = new Map<LibraryWord, number>();

  /** The number of the function of a word, which takes `arity` float64 and gives one. */
  word(word: LibraryWord, arity: number): number {
    let number = this.#words.get(word);
    if (number === undefined) {
      const parameters = Array.from({ length: arity }, () => "f64" as const);
      number = this.#add({ parameters, result: "f64", run: LIBRARY[word] });
      this.#words.set(word, number);
    }
    return number;
  }

  /**
   * The number of a function that runs a routine.
   *
   * @param inputs byte addresses, by the index of the operand; null for one of size 0.
   * @param results byte address of all results.
   */
  routine(kernel: HostKernel, inputs: readonly (number | null)[], results: number): number {
    const run = (): void => runRoutine(kernel, inputs, results);
    return this.#add({ parameters: [], result: null, run });
  }

  #add(call: HostFunction): number {
    return this.functions.push(call) - 1;
  }
}

function runRoutine(
  { routine, inputs, outputs }: HostKernel,
  addresses: readonly (number | null)[],
  results: number,
): void {
  const isShared = isMemoryShared();
  const { offsets } = placesOf(outputs);
  const given = inputs.map((aval, i) => {
    const address = addresses[i];
    if (address === null) return emptyArray(aval);
    return isShared ? viewOf(address, aval) : copyOut(address, aval);
  });
  const filled = outputs.map((aval, i) => {
    if (!isShared || sizeOf(aval.shape) === 0) return emptyArray(aval);
    const view = viewOf(results + offsets[i], aval);
    view.data.fill(0);
    return view;
  });
  routine.run(given, filled);
  if (isShared) return;
  outputs.forEach((aval, i) => {
    copyInto(results + offsets[i], filled[i], aval);
  });
}

function viewOf(address: number, { shape, dtype }: Aval): StridedArray {
  const start = address / bytesPerElement(dtype);
  const data = memoryAs(dtype).subarray(start, start + sizeOf(shape));
  return { data, shape, stride: rowMajor(shape), offset: 0 };
}
