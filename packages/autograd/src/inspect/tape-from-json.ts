/**
 * @file A tape from JSON, which may come from a stranger: everything is checked before anything is computed.
 *
 * Shapes and dtypes are predicted anew by the primitives themselves; those in the file only have to agree.
 */
import { bytesPerElement } from "../array/dtype.ts";
import { sizeOf } from "../array/shape.ts";
import type { Primitive } from "../core/primitive.ts";
import { OpError, ValueError } from "../errors.ts";
import { allPrimitives } from "../primitives/index.ts";
import { recordAgain, type Tape } from "../transforms/record.ts";
import type { Recording } from "../transforms/recording.ts";
import { malformed } from "./json-checks.ts";
import { memoryOfRecording } from "./memory.ts";
import { RecordingReader } from "./recording-reader.ts";

export interface TapeFromJSONOptions {
  /** Primitives beside those of the library, found by their names. */
  readonly primitives?: readonly Primitive[];
  /** How much memory running the tape may take, by `peakBytes`; 2 ** 30 by default. */
  readonly maxBytes?: number;
}

/**
 * The tape that `JSON.stringify(tape)` or `tape.toJSON()` has written, recorded anew: it has its output, prints,
 * replays and can be differentiated, with the same bits as the one that was written.
 *
 * - variables become new ones, with the names and the values that they had; `tape.variables` has them in their order
 * - the file is data from a stranger: names, numbers, shapes, dtypes and sizes are checked before anything is computed
 *
 * @throws FormatError for text that `toJSON` does not write; ValueError if running it would take more than
 *   `maxBytes`, or a primitive is called as one of the library's.
 * @example
 * const tape = tapeFromJSON<[Tensor], Tensor>(readFileSync("step.json", "utf8"));
 * tape.replay(x);
 */
export function tapeFromJSON<A extends readonly unknown[] = readonly unknown[], R = unknown>(
  json: unknown,
  options: TapeFromJSONOptions = {},
): Tape<A, R> {
  const { primitives = [], maxBytes = 2 ** 30 } = options;
  const byName = namesOf(primitives);
  try {
    const recording = new RecordingReader(byName, maxBytes).read(parsed(json));
    requireMemory(recording, maxBytes);
    return recordAgain(recording) as unknown as Tape<A, R>;
  } catch (error) {
    if (error instanceof OpError) throw error;
    throw malformed("the tape", "has params that its primitives cannot use", { reason: error });
  }
}

function parsed(json: unknown): unknown {
  if (typeof json !== "string") return json;
  try {
    return JSON.parse(json) as unknown;
  } catch (error) {
    throw malformed("the text", "is not JSON", { reason: error });
  }
}

function namesOf(own: readonly Primitive[]): ReadonlyMap<string, Primitive> {
  const byName = new Map(allPrimitives.map((primitive) => [primitive.name, primitive]));
  for (const primitive of own) {
    if (byName.has(primitive.name)) {
      throw new ValueError("tapeFromJSON", { primitive: primitive.name }, (d) => {
        return `two primitives are called ${d.primitive}. Pass those that the library does not have, each once.`;
      });
    }
    byName.set(primitive.name, primitive);
  }
  return byName;
}

function requireMemory(recording: Recording, maxBytes: number): void {
  const sizes = recording.avals.map(({ shape, dtype }) => sizeOf(shape) * bytesPerElement(dtype));
  const bytes = sizes.reduce(
    (most, size) => Math.max(most, size),
    memoryOfRecording(recording, true).peakBytes,
  );
  if (bytes <= maxBytes) return;
  throw new ValueError("tapeFromJSON", { bytes, maxBytes }, (d) => {
    return `running the tape takes ${d.bytes} bytes, and maxBytes is ${d.maxBytes}. Raise it, if you know where the tape comes from.`;
  });
}
