/**
 * @file expectNoGrowth: whether something that is done again and again keeps memory.
 *
 * Measured is what is left after collection, so that what is merely not yet collected does not count.
 */
import { bytesInUse, garbageCollector } from "../backends/wasm/host.ts";
import { OpError, ValueError } from "../errors.ts";

export interface GrowthOptions {
  /** How often the step runs between two measurements; 1000 by default. */
  readonly steps?: number;
  /** How often it runs before, until caches are filled and code is compiled; 100 by default. */
  readonly warmUp?: number;
  /** By how many bytes memory may have grown in between; 2 ** 20 by default. */
  readonly maxBytes?: number;
}

export interface Growth {
  readonly steps: number;
  /** Of JavaScript's heap and of arrays outside of it, after collection; below 0 where there is less in the end. */
  readonly bytes: number;
}

const ROUNDS = 3;

/** Something keeps memory from step to step. */
export class GrowthError<D extends object = object> extends OpError<D> {
  override readonly name: string = "GrowthError";
}

/**
 * Runs `step` many times, and fails where memory grows by it.
 *
 * - memory is measured before and after all steps, each time after collection and after finalizers. Where it has grown
 *   too much they run again, and once more: a cache that fills, or an engine that compiles, does not grow each time
 * - it needs Node, whose collector can be called; no flag has to be set
 *
 * @throws GrowthError where memory has grown by more than `maxBytes`; ValueError for numbers of steps that are none,
 *   and where the collector cannot be called. Both reject the promise.
 * @example
 * await expectNoGrowth(() => {
 *   const tape = record(() => crossEntropy(model.forward(x), labels));
 *   optimizer.step(tape.gradient(model.parameters()));
 * });
 */
export async function expectNoGrowth(
  step: (index: number) => unknown,
  options: GrowthOptions = {},
): Promise<Growth> {
  const { steps = 1000, warmUp = 100, maxBytes = 2 ** 20 } = options;
  requireCount("steps", steps, 1);
  requireCount("warmUp", warmUp, 0);
  const settledBytes = requireMeter();
  for (let i = 0; i < warmUp; i++) await step(i);
  let before = await settledBytes();
  let bytes = Infinity;
  for (let round = 0; round < ROUNDS && bytes > maxBytes; round++) {
    for (let i = 0; i < steps; i++) await step(warmUp + round * steps + i);
    const after = await settledBytes();
    [bytes, before] = [after - before, after];
  }
  if (bytes <= maxBytes) return { steps, bytes };
  throw new GrowthError("expectNoGrowth", { steps, bytes, maxBytes }, (d) => {
    return `every ${d.steps} steps memory grows, at last by ${d.bytes} bytes, some ${Math.round(d.bytes / d.steps)} a step, and maxBytes is ${d.maxBytes}. Keep nothing of a step but numbers and the values of variables, or raise \`warmUp\` if caches still fill.`;
  });
}

/** Measures what is in use after collection. */
function requireMeter(): () => Promise<number> {
  const collect = garbageCollector();
  const inUse = bytesInUse();
  if (collect === null || inUse === null) {
    throw new ValueError("expectNoGrowth", {}, () => {
      return "a program cannot collect garbage here, so memory cannot be measured. Run the test under Node.";
    });
  }
  return async () => {
    // finalizers run between tasks, and leave garbage themselves
    for (let i = 0; i < 2; i++) {
      collect();
      await new Promise<void>((resolve) => setTimeout(resolve, 1));
    }
    return bytesInUse() ?? inUse;
  };
}

function requireCount(option: string, value: number, least: number): void {
  if (Number.isSafeInteger(value) && value >= least) return;
  throw new ValueError("expectNoGrowth", { option, value, least }, (d) => {
    return `the option ${d.option} is ${d.value}. Use an integer of ${d.least} or more.`;
  });
}
