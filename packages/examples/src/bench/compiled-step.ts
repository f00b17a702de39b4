/**
 * @file W8: reports on a compiled training step in a process of its own, as one line of JSON. "steps": how
 * long compiling takes, and the first three steps. "memory": the peak the program names before it runs, and by
 * how much WebAssembly memory really grows.
 */
import { compileWith } from "./compiled.ts";
import { updateOf } from "./training.ts";
import { networkProblem } from "./w5-training-step.ts";
import { convProblem } from "./w6-conv-step.ts";

const memories = watchMemories();
const [, , workload, report, threads] = process.argv;
const problem = workload === "W5" ? networkProblem("batch norm", "full") : convProblem("full");
const training = problem.make("float32");
const step = compileWith(updateOf(training), { threads: Number(threads) });
console.log(JSON.stringify(report === "steps" ? firstSteps() : memoryOfStep()));

function firstSteps(): object {
  const start = performance.now();
  step.programFor(...training.batch);
  const compileMs = performance.now() - start;
  const steps = [1, 2, 3].map(() => {
    const from = performance.now();
    step(...training.batch).item();
    return performance.now() - from;
  });
  return { compileMs, steps };
}

function memoryOfStep(): object {
  const before = memories.bytes();
  const { arenaBytes } = step.programFor(...training.batch).memory;
  const variables = training.parameters.reduce((sum, { aval }) => {
    return sum + 4 * aval.shape.reduce((size, length) => size * length, 1);
  }, 0);
  for (let i = 0; i < 3; i++) step(...training.batch).item();
  return { announced: arenaBytes + variables, grown: memories.bytes() - before };
}

interface WasmMemory {
  readonly buffer: ArrayBufferLike;
}

/** Counts the WebAssembly memories made from now on. */
function watchMemories(): { bytes(): number } {
  const made: WasmMemory[] = [];
  // Node's types do not declare it
  const wasm = (
    globalThis as unknown as { WebAssembly: { Memory: new (of: object) => WasmMemory } }
  ).WebAssembly;
  wasm.Memory = class extends wasm.Memory {
    constructor(descriptor: object) {
      super(descriptor);
      made.push(this);
    }
  };
  return { bytes: () => made.reduce((sum, { buffer }) => sum + buffer.byteLength, 0) };
}
