/**
 * @file A program in memory: arguments are copied in, it runs as one call, results are copied out.
 */
import type { Aval } from "../array/aval.ts";
import { sizeOf } from "../array/shape.ts";
import { emptyArray } from "../array/strided-array.ts";
import { memoryAs } from "../backends/wasm/memory.ts";
import { indexOutOfRange } from "../backends/reference/indexing.ts";
import { arrayOf, fromArray, type Tensor } from "../core/tensor.ts";
import type { FlatTensors } from "../transforms/arguments.ts";
import { assertInvariant } from "../errors.ts";
import { type Assembled, assemble, type Held, type MemorySummary } from "./assemble.ts";
import { copyInto } from "./copies.ts";
import { indexedBy } from "./emit/routine.ts";
import { optimize, type Stage } from "./optimize.ts";
import { printProgram, type Program } from "./program.ts";
import { copyOut, residentCell, type ResidentCell } from "./resident.ts";
import { explainNonFinite } from "./non-finite.ts";
import { programOf, type Trace, trace } from "./trace.ts";

export interface ProgramOptions {
  readonly reassociate: boolean;
  readonly finiteOnly: boolean;
  readonly relaxed: boolean;
  readonly threads: number;
}

/** One compiled program, for one signature. `String(program)` prints what runs. */
export class CompiledProgram {
  /** The program after every pass, the traced one first. */
  readonly stages: readonly Stage[];
  readonly #assembled: Assembled;
  readonly #cells: readonly ResidentCell[];
  readonly #written: readonly ResidentCell[];
  readonly #avals: readonly Aval[];
  readonly #outputs: FlatTensors | null;
  #isRunning = false;
  /** For saying where a step stopped being finite. */
  readonly #trace: Trace | null;

  /** @internal */
  constructor(
    tensors: readonly Tensor[],
    call: (inputs: readonly Tensor[]) => unknown,
    options: ProgramOptions,
  ) {
    this.#avals = tensors.map(({ aval }) => aval);
    const traced = trace(this.#avals, call);
    const { program, variables } = programOf(traced);
    this.stages = optimize(program, options);
    this.#outputs = traced.outputs;
    this.#trace = options.finiteOnly ? traced : null;
    this.#cells = variables.map(residentCell);
    const final = this.#program;
    this.#written = final.writes.map(({ variable }) => this.#cells[variable]);
    const addresses = this.#cells.map(({ region }) => region.address);
    this.#assembled = assemble(final, addresses, options);
  }

  get #program(): Program {
    return this.stages[this.stages.length - 1].program;
  }

  /**
   * What is to be given back when it is collected.
   *
   * @internal
   */
  get held(): Held {
    return this.#assembled.held;
  }

  /** How much memory it takes; known before it runs. */
  get memory(): MemorySummary {
    return this.#assembled.plan;
  }

  /** Functions of the WebAssembly module: fused loops and routines. */
  get unitCount(): number {
    return this.#assembled.units.length;
  }

  /** How many threads compute its large units now: helpers take part as soon as they have received it. */
  get threads(): number {
    return this.#assembled.threads();
  }

  /** The length of its WebAssembly module. */
  get moduleBytes(): number {
    return this.#assembled.moduleBytes;
  }

  /**
   * @param call as for the constructor; asked again only where a step fails, or calls itself.
   * @internal
   */
  run(tensors: readonly Tensor[], call: (inputs: readonly Tensor[]) => unknown): unknown {
    // a routine in JavaScript has called the function again, whose memory is in use
    if (this.#isRunning) return call(tensors);
    const { arguments: addresses, results } = this.#assembled;
    for (const cell of this.#cells) cell.bringIn();
    tensors.forEach((tensor, i) => {
      const address = addresses[i];
      if (address !== null) copyInto(address, arrayOf("compile", tensor), this.#avals[i]);
    });
    const status = this.#start();
    if (status !== 0) throw this.#failure(status, tensors, call);
    for (const cell of this.#written) cell.changed();
    if (this.#outputs === null) return undefined;
    let next = 0;
    const leaves = this.#outputs.leaves.map(({ aval }) => {
      if (sizeOf(aval.shape) === 0) return fromArray(emptyArray(aval), aval.dtype);
      const { address } = results[next++];
      return fromArray(copyOut(address, aval), aval.dtype);
    });
    return this.#outputs.rebuild(leaves);
  }

  #start(): number {
    this.#isRunning = true;
    try {
      return this.#assembled.run();
    } finally {
      this.#isRunning = false;
    }
  }

  /** What runs, a line for each operation. */
  toString(): string {
    return printProgram(this.#program);
  }

  #failure(
    status: number,
    tensors: readonly Tensor[],
    call: (inputs: readonly Tensor[]) => unknown,
  ): Error {
    if (status < 0) {
      assertInvariant(this.#trace !== null, "only a program that checks finds what is not finite");
      return explainNonFinite(this.#trace, tensors, call);
    }
    const { fallible, report } = this.#assembled;
    const { op, length } = indexedBy(fallible[status - 1]);
    const [index, position] = memoryAs("int32").subarray(report / 4, report / 4 + 2);
    return indexOutOfRange(op, index, position, length);
  }
}
