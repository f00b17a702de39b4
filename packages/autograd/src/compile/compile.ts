/**
 * @file compile: a function of tensors as one WebAssembly program for each signature.
 */
import { hasProgramMemory } from "../backends/wasm/memory.ts";
import { wasmEngine } from "../backends/wasm/engine.ts";
import { usableThreads } from "../backends/wasm/threads.ts";
import { ValueError } from "../errors.ts";
import type { Tensor } from "../core/tensor.ts";
import { insideScope } from "../core/variable.ts";
import { type Held, releaseHeld } from "./assemble.ts";
import { CompiledProgram, type ProgramOptions } from "./compiled-program.ts";
import { type Signature, signatureOf } from "./signature.ts";

/** How a function is compiled. */
export interface CompileOptions {
  /**
   * Whether products and sums may be reassociated: factors taken out of sums, divisions turned into products.
   * true by default; docs/compile.md bounds the difference.
   */
  readonly reassociate?: boolean;
  /**
   * "always" (the default), or "finite": where a result or an assigned value is not finite, nothing is assigned
   * and NonFiniteError names the first operation that made such a number.
   */
  readonly commit?: "always" | "finite";
  /** Whether multiply-add may round once, where the engine can; true by default. false: the same bits everywhere. */
  readonly relaxed?: boolean;
  /**
   * How many threads may compute large operations, this one included; 1 by default, at most as many as the
   * machine runs at once. Results are the same bits for any number. Without shared memory (a page that is not
   * cross-origin isolated) it is 1.
   */
  readonly threads?: number;
}

/** A compiled function: called like the function itself. */
export interface Compiled<A extends readonly unknown[], R> {
  (...args: A): R;
  /** The program that serves these arguments, compiled now if it was not: for printing and for its memory. */
  programFor(...args: A): CompiledProgram;
}

/**
 * `f` compiled: the same results, from one WebAssembly program for each signature of its arguments.
 *
 * - the signature is the nesting, shapes and dtypes of the tensors, and the other values (numbers, texts),
 *   which are constants of the program
 * - `f` runs once for each signature, without numbers: it may read and assign variables, record and
 *   differentiate, but not look at a number (`item`, `toArray`)
 * - variables live in the program's memory from then on, and are read and assigned outside as before; several
 *   compiled functions may share them
 * - inside a recording, a transaction or another compiled function, and where there is no WebAssembly with SIMD,
 *   `f` itself is called
 * - results are new tensors; they agree with those of `f` within the bounds of docs/compile.md
 *
 * @throws CompileError for what cannot be compiled; NonFiniteError under `commit: "finite"`; what `f` throws.
 * @example
 * const step = compile((x: Tensor, labels: Tensor) => {
 *   const tape = record(() => crossEntropy(model.forward(x, { mode: "train" }), labels));
 *   optimizer.step(tape.gradient(model.parameters()));
 *   return tape.output;
 * });
 */
export function compile<A extends readonly unknown[], R>(
  f: (...args: A) => R,
  options: CompileOptions = {},
): Compiled<A, R> {
  const programs = new Map<string, CompiledProgram>();
  const settings: ProgramOptions = {
    reassociate: options.reassociate ?? true,
    finiteOnly: options.commit === "finite",
    threads: usableThreads(requireThreads(options.threads ?? 1)),
    relaxed: (options.relaxed ?? true) && (wasmEngine()?.relaxed ?? false),
  };
  const callOf =
    ({ rebuild }: Signature) =>
    (inputs: readonly Tensor[]): unknown =>
      f(...(rebuild(inputs) as unknown as A));
  const programFor = (signature: Signature): CompiledProgram => {
    let program = programs.get(signature.key);
    if (program === undefined) {
      program = new CompiledProgram(signature.tensors, callOf(signature), settings);
      collected.register(program, program.held);
      programs.set(signature.key, program);
    }
    return program;
  };
  const compiled = (...args: A): R => {
    if (insideScope() || !hasProgramMemory()) return f(...args);
    const signature = signatureOf(args);
    if (signature.tensors.some((x) => x.tape !== null || x.array === null)) return f(...args);
    return programFor(signature).run(signature.tensors, callOf(signature)) as R;
  };
  return Object.assign(compiled, { programFor: (...args: A) => programFor(signatureOf(args)) });
}

function requireThreads(threads: number): number {
  if (Number.isInteger(threads) && threads >= 1) return threads;
  throw new ValueError("compile", { threads }, (d) => {
    return `threads is ${d.threads}, which is no number of threads. Use an integer of 1 or more.`;
  });
}

const collected = new FinalizationRegistry<Held>(releaseHeld);
