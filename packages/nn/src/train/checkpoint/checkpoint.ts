/**
 * @file A checkpoint as the bytes of one file: safetensors, with the rest as JSON in the metadata.
 *
 * Invariants
 * - every bit of the file is under a checksum, so that a damaged one is refused as a whole, not half loaded;
 * - tensors come back bit for bit, and numbers of the state exactly.
 *
 * This module knows neither files (node/checkpoint-file.ts) nor what a run has to save (run-state.ts).
 */
import { FormatError, type Tensor, ValueError } from "@tapegrad/autograd";
import { crc32c } from "../../serialization/crc32c.ts";
import { parseSafetensors } from "../../serialization/safetensors.ts";
import { PREFIX, type SafetensorsProblem } from "../../serialization/safetensors-header.ts";
import { serializeSafetensors } from "../../serialization/serialize-safetensors.ts";
import { quote } from "../../serialization/strict-json.ts";
import { toTensor } from "../../serialization/to-tensor.ts";

/** Data that JSON holds. */
export type PlainData =
  | null
  | boolean
  | number
  | string
  | readonly PlainData[]
  | { readonly [name: string]: PlainData };

/** What goes on from here needs: the values of variables, and everything that is no tensor. */
export interface Checkpoint {
  readonly tensors: ReadonlyMap<string, Tensor>;
  readonly state: PlainData;
}

export type CheckpointProblem = SafetensorsProblem | "format" | "checksum" | "dtype" | "state";

const FORMAT = "tapegrad checkpoint 1";
const NO_CHECKSUM = "00000000";
/** In the text of the header; within a name or a text its quotes would be escaped. */
const CHECKSUM_KEY = '"crc32c":"';

/**
 * The bytes of a checkpoint, which any reader of safetensors can look at.
 *
 * @throws ValueError if the state holds what JSON does not: NaN, infinities, undefined, objects of classes.
 */
export function serializeCheckpoint({ tensors, state }: Checkpoint): Uint8Array {
  requirePlain(state, "state");
  const metadata = { format: FORMAT, crc32c: NO_CHECKSUM, state: JSON.stringify(state) };
  const bytes = serializeSafetensors(tensors, { metadata });
  const { place, checksum } = checksumOf(bytes);
  new TextEncoder().encodeInto(checksum, bytes.subarray(place));
  return bytes;
}

/**
 * Reads a checkpoint.
 *
 * - `name` stands for the file in messages
 *
 * @throws FormatError if the bytes are damaged, or no checkpoint.
 */
export function parseCheckpoint(
  bytes: Uint8Array,
  { name }: { readonly name: string },
): Checkpoint {
  const refuse = (problem: CheckpointProblem, fact: string): FormatError<object> =>
    new FormatError("parseCheckpoint", { name, problem }, () => {
      return `${name}: ${fact}. Take another checkpoint, or start the run again.`;
    });
  const { tensors, metadata } = parseSafetensors(bytes, { name });
  const found = metadata.get("format");
  if (found !== FORMAT) {
    const text = found === undefined ? "no format" : `the format ${quote(found)}`;
    throw refuse("format", `it has ${text}, but a checkpoint is a ${quote(FORMAT)}`);
  }
  const { checksum } = checksumOf(bytes);
  if (metadata.get("crc32c") !== checksum) {
    throw refuse("checksum", "its checksum is that of other bytes, so it is damaged");
  }
  const values = new Map<string, Tensor>();
  for (const [key, stored] of tensors) {
    if (!DTYPES.includes(stored.dtype)) {
      throw refuse("dtype", `its tensor ${quote(key)} is ${stored.dtype}, which no variable is`);
    }
    values.set(key, toTensor(stored, { name: key }));
  }
  const state = parsePlain(metadata.get("state") ?? "");
  if (state === undefined) throw refuse("state", "its state is no JSON");
  return { tensors: values, state };
}

const DTYPES = ["float32", "float64", "int32", "bool"];

/** Where the checksum of a file stands, and what it is: that of the file with zeros there. */
function checksumOf(bytes: Uint8Array): { readonly place: number; readonly checksum: string } {
  const length = new DataView(bytes.buffer, bytes.byteOffset).getUint32(0, true);
  // one character for each byte
  const header = new TextDecoder("latin1").decode(bytes.subarray(PREFIX, PREFIX + length));
  const place = PREFIX + header.indexOf(CHECKSUM_KEY) + CHECKSUM_KEY.length;
  const zeros = new TextEncoder().encode(NO_CHECKSUM);
  const before = crc32c(zeros, crc32c(bytes.subarray(0, place)));
  const crc = crc32c(bytes.subarray(place + zeros.length), before);
  return { place, checksum: crc.toString(16).padStart(NO_CHECKSUM.length, "0") };
}

function parsePlain(text: string): PlainData | undefined {
  try {
    return JSON.parse(text) as PlainData;
  } catch {
    return undefined;
  }
}

function requirePlain(value: unknown, path: string): void {
  if (value === null || typeof value === "boolean" || typeof value === "string") return;
  if (typeof value === "number" && Number.isFinite(value)) return;
  if (Array.isArray(value)) {
    value.forEach((item, i) => {
      requirePlain(item, `${path}.${i}`);
    });
    return;
  }
  if (typeof value === "object" && Object.getPrototypeOf(value) === Object.prototype) {
    for (const [name, item] of Object.entries(value)) requirePlain(item, `${path}.${name}`);
    return;
  }
  const found =
    typeof value === "number" || value === undefined ? `${value}` : `of type ${typeof value}`;
  throw new ValueError("serializeCheckpoint", { path, found }, (d) => {
    return `${d.path} is ${d.found}, which JSON does not hold. Use finite numbers, texts, true, false, null, and arrays and plain objects of them.`;
  });
}
