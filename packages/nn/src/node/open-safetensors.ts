/**
 * @file A safetensors file of which tensors, or rows of them, are read when they are asked for.
 *
 * Invariant: the header is checked as by the reader of whole files, and against the size of the file, before
 * anything is read by it; memory is taken for the header and for what is asked for.
 */
import { closeSync, fstatSync, openSync, readSync } from "node:fs";
import { AxisError, ValueError } from "@tapegrad/autograd";
import { nearestName } from "../serialization/nearest-names.ts";
import {
  decodeEntry,
  headerLength,
  PREFIX,
  parseSafetensorsHeader,
  type Refuse,
  refusing,
  requireLength,
  requireWholeHeader,
  type SafetensorsEntry,
} from "../serialization/safetensors-header.ts";
import type { StoredTensor } from "../serialization/stored-types.ts";
import { describeEntries, type TensorDescription } from "../serialization/stream-safetensors.ts";
import { quote } from "../serialization/strict-json.ts";
import { withRegularFile } from "./read-file.ts";

/**
 * Opens a safetensors file of any size and reads its header.
 *
 * @throws ValueError if the file is missing or cannot be read; FormatError if it is not a safetensors file of the
 *   dtypes that parseSafetensors reads.
 * @example
 * const file = openSafetensors("embeddings.safetensors");
 * file.readRows("weight", 1000, 1064);   // rows 1000 to 1063, and nothing else, from the disk
 * file.close();
 */
export function openSafetensors(path: string): SafetensorsFile {
  const file = withRegularFile("openSafetensors", path, () => openSync(path, "r"));
  return new SafetensorsFile(path, file);
}

/** An open file, until it is closed. */
export class SafetensorsFile {
  readonly path: string;
  readonly metadata: ReadonlyMap<string, string>;
  /** Of every tensor, in the order of the header. */
  readonly descriptions: ReadonlyMap<string, TensorDescription>;
  readonly #entries: ReadonlyMap<string, SafetensorsEntry>;
  /** Where the values begin. */
  readonly #data: number;
  #file: number | null;

  /** For openSafetensors, which is what users call. */
  constructor(path: string, file: number) {
    this.path = path;
    this.#file = file;
    try {
      const { entries, metadata, data } = readHeader(file, refusing("openSafetensors", path));
      this.metadata = metadata;
      this.descriptions = describeEntries(entries);
      this.#entries = new Map(entries.map((entry) => [entry.key, entry]));
      this.#data = data;
    } catch (error) {
      this.close();
      throw error;
    }
  }

  /**
   * One tensor.
   *
   * @throws ValueError if there is none of that name, or the file is closed; FormatError if it has become shorter.
   */
  read(name: string): StoredTensor {
    const entry = this.#entry("read", name);
    return this.#read("read", entry, entry);
  }

  /**
   * Rows `begin` to `end`, without the latter, of one tensor: a part of its first axis.
   *
   * @throws ValueError as `read`, or if the tensor has no such rows; AxisError if it is a scalar.
   */
  readRows(name: string, begin: number, end: number): StoredTensor {
    const entry = this.#entry("readRows", name);
    const [rows, ...row] = entry.shape;
    requireRows(name, rows, begin, end);
    const rowBytes = rows === 0 ? 0 : (entry.end - entry.begin) / rows;
    const first = entry.begin + begin * rowBytes;
    const part = { ...entry, shape: [end - begin, ...row], begin: first };
    return this.#read("readRows", entry, { ...part, end: first + (end - begin) * rowBytes });
  }

  /** Closes the file; what was read stays. */
  close(): void {
    if (this.#file === null) return;
    closeSync(this.#file);
    this.#file = null;
  }

  #entry(op: string, name: string): SafetensorsEntry {
    const found = this.#entries.get(name);
    if (found !== undefined) return found;
    const nearest = nearestName(name, this.#entries.keys());
    throw new ValueError(op, { path: this.path, name, nearest }, (d) => {
      const meant = d.nearest === undefined ? "" : `Is ${quote(d.nearest)} meant? `;
      return `${d.path} has no tensor ${quote(d.name)}. ${meant}See \`descriptions\`.`;
    });
  }

  #read(op: string, whole: SafetensorsEntry, part: SafetensorsEntry): StoredTensor {
    if (this.#file === null) {
      throw new ValueError(op, { path: this.path }, (d) => {
        return `${d.path} is closed. Read before \`close()\`, or open it again.`;
      });
    }
    const refuse = refusing(op, this.path);
    const length = part.end - part.begin;
    const bytes = readAt(this.#file, this.#data + part.begin, length);
    if (bytes.length < length) {
      throw refuse(
        "truncated",
        `tensor ${quote(whole.key)} ends early: the file has become shorter`,
      );
    }
    return decodeEntry(part, bytes, refuse);
  }
}

function readHeader(
  file: number,
  refuse: Refuse,
): ReturnType<typeof parseSafetensorsHeader> & { readonly data: number } {
  const { size } = fstatSync(file);
  const length = headerLength(readAt(file, 0, Math.min(PREFIX, size)), refuse);
  requireWholeHeader(length, size - PREFIX, refuse);
  const header = parseSafetensorsHeader(readAt(file, PREFIX, length), refuse);
  const data = PREFIX + length;
  requireLength(header.entries, size - data, refuse);
  return { ...header, data };
}

/** More than one call of the system can take is read in parts. */
const LARGEST_READ = 2 ** 30;

/** `length` bytes from `position` on; fewer where the file ends before. */
function readAt(file: number, position: number, length: number): Uint8Array {
  const bytes = new Uint8Array(length);
  let filled = 0;
  while (filled < length) {
    const count = Math.min(length - filled, LARGEST_READ);
    const read = readSync(file, bytes, filled, count, position + filled);
    if (read === 0) break;
    filled += read;
  }
  return bytes.subarray(0, filled);
}

function requireRows(name: string, rows: number | undefined, begin: number, end: number): void {
  if (rows === undefined) {
    throw new AxisError("readRows", { name }, (d) => {
      return `${quote(d.name)} is a scalar, which has no rows. Use \`read\`.`;
    });
  }
  const inside = Number.isInteger(begin) && Number.isInteger(end) && begin >= 0 && begin <= end;
  if (inside && end <= rows) return;
  throw new ValueError("readRows", { name, begin, end, rows }, (d) => {
    return `rows ${d.begin} to ${d.end} were asked for, but ${quote(d.name)} has ${d.rows}. Use integers with 0 ≤ begin ≤ end ≤ ${d.rows}.`;
  });
}
