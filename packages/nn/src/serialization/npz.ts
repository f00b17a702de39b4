/**
 * @file Reader and writer of npz, numpy's zip archives of npy files.
 *
 * Invariants
 * - what the files unpack to is compared with a limit before anything is unpacked, and unpacking stops at the size
 *   that the directory tells;
 * - what was unpacked has the checksum of the directory.
 *
 * The only module that needs fflate, whose Inflate unpacks and whose zipSync packs: it is part of the entry
 * `@tapegrad/nn/formats`, so that the main entry loads neither.
 */
import { FormatError, type Tensor, ValueError } from "@tapegrad/autograd";
import { Inflate, type Zippable, zipSync } from "fflate";
import { crc32 } from "./crc-32.ts";
import { entriesOf, type Named } from "./named.ts";
import { type NpyProblem, parseNpy, serializeNpy } from "./npy.ts";
import type { StoredTensor } from "./stored-types.ts";
import { quote } from "./strict-json.ts";
import {
  isSafeName,
  LARGEST_RATIO,
  parseZipDirectory,
  type ZipEntry,
  type ZipProblem,
} from "./zip-directory.ts";

/** What is wrong with a file: `details.problem` of the FormatError that `parseNpz` throws. */
export type NpzProblem = ZipProblem | NpyProblem | "limit" | "deflate" | "checksum";

export interface ParseNpzOptions {
  /** Stands for the file in messages. */
  readonly name: string;
  /** What all files together may unpack to; 1 GiB by default. */
  readonly maxBytes?: number;
}

export interface SerializeNpzOptions {
  /** Whether the arrays are deflated, as by `numpy.savez_compressed`; false by default. */
  readonly compress?: boolean;
}

const MAX_BYTES = 2 ** 30;
const ENDING = ".npy";
/** How many bytes are handed to the inflater at once. */
const PORTION = { least: 256, most: 16_384 };
/** numpy's date too: an archive of the same arrays is always the same bytes. */
const OLDEST_DATE = "1980-01-01T00:00:00";

type Refuse = (problem: NpzProblem, fact: string, remedy?: string) => FormatError;

/**
 * Reads all arrays of an npz file, stored or deflated.
 *
 * - the names are those of the files without `.npy`, in the order of the archive
 * - stored arrays whose values are aligned are views on `bytes`; the others are copies
 *
 * @throws FormatError if the bytes are not a zip archive of npy files, as parseNpy reads them; if a name is used
 *   twice or leads elsewhere, files overlap, a checksum is wrong, or more than `maxBytes` would be unpacked;
 *   ValueError if `maxBytes` is no limit.
 * @example
 * parseNpz(bytes, { name: "mnist.npz" }).get("x_train")?.shape;   // [60000, 28, 28]
 */
export function parseNpz(
  bytes: Uint8Array,
  options: ParseNpzOptions,
): ReadonlyMap<string, StoredTensor> {
  const { name, maxBytes = MAX_BYTES } = options;
  if (!(maxBytes >= 0)) {
    throw new ValueError("parseNpz", { maxBytes }, (d) => {
      return `maxBytes is ${d.maxBytes}. Use a number of 0 or more.`;
    });
  }
  const refuse: Refuse = (problem, fact, remedy = "The file is damaged; save it again.") =>
    new FormatError("parseNpz", { name, problem }, () => `${name}: ${fact}. ${remedy}`);
  const entries = parseZipDirectory(bytes, refuse);
  const total = entries.reduce((sum, { size }) => sum + size, 0);
  if (total > maxBytes) {
    const fact = `its files unpack to ${total} bytes, but at most ${maxBytes} are read`;
    throw refuse("limit", fact, "Set `maxBytes` if you expect that many.");
  }
  const arrays = new Map<string, StoredTensor>();
  for (const entry of entries) {
    if (!entry.name.endsWith(ENDING) || entry.name === ENDING) {
      throw refuse("name", `it holds ${quote(entry.name)}, which is no npy file`);
    }
    const file = unpack(entry, refuse);
    const key = entry.name.slice(0, -ENDING.length);
    arrays.set(key, parseNpy(file, { name: `${name}/${entry.name}` }));
  }
  return arrays;
}

function unpack(entry: ZipEntry, refuse: Refuse): Uint8Array {
  const { name, packed, checksum } = entry;
  const file = entry.isDeflated ? inflate(entry, refuse) : packed;
  if (crc32(file) !== checksum) {
    throw refuse("checksum", `${quote(name)} does not have the checksum of the directory`);
  }
  return file;
}

/**
 * In portions that cannot unpack to much more than is left to unpack, because fflate would go on past any size
 * that it is told.
 */
function inflate({ name, packed, size }: ZipEntry, refuse: Refuse): Uint8Array {
  const file = new Uint8Array(size);
  let filled = 0;
  const inflater = new Inflate((chunk) => {
    if (filled + chunk.length > size) {
      throw refuse("size", `${quote(name)} unpacks to more than the ${size} bytes it is said to`);
    }
    file.set(chunk, filled);
    filled += chunk.length;
  });
  try {
    const portion = Math.min(PORTION.most, Math.max(PORTION.least, size / LARGEST_RATIO));
    for (let at = 0, end = 0; at < packed.length; at = end) {
      end = Math.min(at + Math.floor(portion), packed.length);
      inflater.push(packed.subarray(at, end), end === packed.length);
    }
  } catch (cause) {
    if (cause instanceof FormatError) throw cause;
    throw refuse("deflate", `${quote(name)} is no stream of deflate (${reasonOf(cause)})`);
  }
  if (filled === size) return file;
  throw refuse("size", `${quote(name)} unpacks to ${filled} bytes, but is said to have ${size}`);
}

const reasonOf = (cause: unknown): string =>
  cause instanceof Error ? cause.message : String(cause);

/**
 * The bytes of an npz file, which numpy reads too; the same for the same arrays.
 *
 * @throws ValueError if a name is no plain relative path, or appears twice; errors of serializeNpy.
 * @example
 * writeFileSync("data.npz", serializeNpz({ x, y }, { compress: true }));   // numpy.load("data.npz")["x"]
 */
export function serializeNpz(
  arrays: Named<Tensor | StoredTensor>,
  { compress = false }: SerializeNpzOptions = {},
): Uint8Array {
  // without a prototype, on which `__proto__` is a name like any other
  const files = Object.create(null) as Zippable;
  for (const [name, array] of entriesOf(arrays)) {
    const file = `${name}${ENDING}`;
    if (name === "" || !isSafeName(file)) {
      throw new ValueError("serializeNpz", { name }, (d) => {
        return `the name ${quote(d.name)} is no plain relative path. Rename the array.`;
      });
    }
    files[file] = [serializeNpy(array), { level: compress ? 6 : 0, mtime: OLDEST_DATE }];
  }
  return zipSync(files);
}
