/**
 * @file How much memory a tape takes: which arrays there are, and from when on nobody needs them.
 *
 * Layouts are followed without numbers, by the rules of eager execution: a view that shares the memory of its
 * operand costs nothing, and a result that is the same along an axis is stored once.
 */
import type { Aval } from "../array/aval.ts";
import { allocate, bytesPerElement, type TypedArray } from "../array/dtype.ts";
import { spanOf } from "../array/stored-array.ts";
import { rowMajor, type StridedArray } from "../array/strided-array.ts";
import { applyView } from "../array/view.ts";
import { repeatedAxes } from "../backends/index.ts";
import type { Operand } from "../core/tape.ts";
import { concrete, type Tensor } from "../core/tensor.ts";
import { recordingOf, type Tape } from "../transforms/record.ts";
import type { Recording, TapeNode } from "../transforms/recording.ts";

export interface MemoryOptions {
  /** Whether what the tape keeps for its gradient counts, as when a function is recorded; true by default. */
  readonly residuals?: boolean;
}

/** Bytes of the arrays of a tape. */
export interface TapeMemory {
  /** The most that is there at once, inputs and constants included. */
  readonly peakBytes: number;
  /** The number of the value that is computed then; null if the peak is there before the first. */
  readonly peakValue: number | null;
  /** What is left at the end: inputs, constants, outputs and what the gradient needs. */
  readonly keptBytes: number;
  /** Of arguments and variables. */
  readonly inputBytes: number;
  readonly constantBytes: number;
}

/**
 * How much memory the arrays of a tape take while it runs eagerly.
 *
 * - a value counts from the operation that computes it to the last one that reads it; an input, a constant, an
 *   output and what the gradient needs count to the end
 * - several values that share memory (an array and its views) count once, to the end of the last of them
 * - not counted: scratch memory of kernels, what a function that is one node (`checkpoint`, `scan`) needs inside, the
 *   memory of compiled programs, JavaScript's objects (some 300 bytes for each operation), and what the collector has
 *   not yet collected
 *
 * @example
 * memoryOf(tape).peakBytes;
 */
export function memoryOf(tape: Tape, options: MemoryOptions = {}): TapeMemory {
  return memoryOfRecording(recordingOf(tape), options.residuals ?? true);
}

/** `memoryOf(tape).peakBytes` */
export function peakBytes(tape: Tape, options: MemoryOptions = {}): number {
  return memoryOf(tape, options).peakBytes;
}

export function memoryOfRecording(recording: Recording, residuals: boolean): TapeMemory {
  const { nodes, inputs, outputs } = recording;
  const heap = new Heap();
  const values = new Array<StridedArray>(recording.avals.length);
  const read = (x: Operand): StridedArray => (typeof x === "number" ? values[x] : heap.ofTensor(x));
  for (const { index, value } of inputs) values[index] = heap.ofTensor(value);
  const inputBytes = heap.bytes;
  for (const x of [...nodes.flatMap(({ operands }) => operands), ...outputs.leaves]) {
    if (typeof x !== "number") heap.ofTensor(x);
  }
  const constantBytes = heap.bytes - inputBytes;
  const kept = [...outputs.leaves];
  const made = nodes.map((node, position) => {
    const operands = node.operands.map(read);
    for (const x of operands) heap.use(x, position);
    const before = heap.blocks.length;
    heap.ofResults(node, operands).forEach((array, k) => {
      values[node.results[k]] = array;
      heap.use(array, position);
    });
    if (residuals) kept.push(...residualsOf(node));
    return heap.blocks.slice(before);
  });
  for (const x of kept) heap.use(read(x), Infinity);
  const given = inputBytes + constantBytes;
  const keptBytes = made
    .flat()
    .reduce((sum, block) => sum + (block.lastUse === Infinity ? block.bytes : 0), given);
  return { ...peakOf(nodes, made, given), keptBytes, inputBytes, constantBytes };
}

/** What a node keeps for its derivative. */
function residualsOf({ primitive, operands, results }: TapeNode): readonly Operand[] {
  return primitive.residuals.flatMap((r): readonly Operand[] => {
    if (r === "outputs") return results;
    return [r === "output" ? results[0] : operands[r]];
  });
}

/** @param made the blocks that each node allocates. */
function peakOf(
  nodes: readonly TapeNode[],
  made: readonly (readonly Block[])[],
  given: number,
): Pick<TapeMemory, "peakBytes" | "peakValue"> {
  const freedAfter = nodes.map(() => 0);
  for (const { lastUse, bytes } of made.flat())
    if (lastUse !== Infinity) freedAfter[lastUse] += bytes;
  let [bytes, peakBytes, peakValue]: [number, number, number | null] = [given, given, null];
  nodes.forEach(({ results }, position) => {
    for (const block of made[position]) bytes += block.bytes;
    if (bytes > peakBytes) [peakBytes, peakValue] = [bytes, results[0]];
    bytes -= freedAfter[position];
  });
  return { peakBytes, peakValue };
}

/** An allocation, which several values may share. */
interface Block {
  readonly bytes: number;
  /** The position of the last node that reads it; Infinity where it is kept. */
  lastUse: number;
}

/** Arrays without numbers, whose `data` only tells which block they lie in. */
class Heap {
  readonly blocks: Block[] = [];
  bytes = 0;
  readonly #blockOf = new Map<TypedArray, Block>();
  readonly #tensors = new Map<Tensor | StridedArray, StridedArray>();

  use(array: StridedArray, position: number): void {
    const block = this.#blockOf.get(array.data);
    if (block !== undefined) block.lastUse = Math.max(block.lastUse, position);
  }

  /** An input or a constant. Without numbers it is taken for contiguous. */
  ofTensor(tensor: Tensor): StridedArray {
    const numbers = concrete(tensor).array;
    const known = this.#tensors.get(numbers ?? tensor);
    if (known !== undefined) return known;
    const array = this.#allocated(tensor.aval, numbers?.stride ?? rowMajor(tensor.shape));
    this.#tensors.set(numbers ?? tensor, array);
    return array;
  }

  ofResults(node: TapeNode, operands: readonly StridedArray[]): readonly StridedArray[] {
    const { primitive, params, operandAvals, resultAvals } = node;
    const kernel = primitive.kernel(params, operandAvals);
    if (kernel.kind === "view") {
      const view = applyView(operands[0], kernel.transform);
      if (view !== null) return [view];
    }
    return resultAvals.map((aval) => {
      const repeats = kernel.kind === "elementwise" ? repeatedAxes(operands, aval.shape) : [];
      const once = aval.shape.map((n, axis) => (repeats[axis] ? 1 : n));
      return this.#allocated(
        aval,
        rowMajor(once).map((step, axis) => (repeats[axis] ? 0 : step)),
      );
    });
  }

  #allocated({ shape, dtype }: Aval, stride: readonly number[]): StridedArray {
    const bytes = spanOf(shape, stride) * bytesPerElement(dtype);
    const data = allocate(dtype, 0);
    const block = { bytes, lastUse: -1 };
    this.bytes += bytes;
    this.blocks.push(block);
    this.#blockOf.set(data, block);
    return { data, shape, stride, offset: 0 };
  }
}
