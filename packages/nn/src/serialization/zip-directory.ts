/**
 * @file The directory of a zip archive: which files it has and where their bytes lie.
 *
 * Invariants
 * - the directory at the end counts, and each file's own header must agree with it: what two readers could take
 *   for two things is refused;
 * - the bytes of files lie in front of the directory and do not overlap (overlapping files are what lets a small
 *   archive unpack to anything: Fifield, 2019);
 * - names are relative paths without `.`, `..`, backslashes or control characters, each once.
 *
 * This module inflates nothing. Format: PKWARE, APPNOTE.TXT 6.3, sections 4.3 and 4.4, without ZIP64 sizes.
 */
import type { FormatError } from "@tapegrad/autograd";
import { quote } from "./strict-json.ts";

/** What can be wrong with a zip archive. */
export type ZipProblem =
  | "truncated"
  | "directory"
  | "name"
  | "duplicate"
  | "overlap"
  | "encrypted"
  | "compression"
  | "size";

export type RefuseZip = (problem: ZipProblem, fact: string, remedy?: string) => FormatError;

export interface ZipEntry {
  readonly name: string;
  /** Whether `packed` is a stream of DEFLATE, or the file itself. */
  readonly isDeflated: boolean;
  readonly packed: Uint8Array;
  /** Bytes of the file, as the directory says. */
  readonly size: number;
  readonly checksum: number;
}

interface Directory {
  readonly begin: number;
  readonly end: number;
  readonly count: number;
}

interface Located extends ZipEntry {
  readonly begin: number;
  readonly end: number;
}

const END = { signature: 0x06054b50, size: 22 };
const CENTRAL = { signature: 0x02014b50, size: 46 };
const LOCAL = { signature: 0x04034b50, size: 30 };
const MAX_COMMENT = 0xffff;
/** Stands for a number that ZIP64 has elsewhere. */
const ELSEWHERE = 0xffffffff;
const ENCRYPTED = 0x2041;
const DEFLATED = 8;
/** No stream of DEFLATE unpacks to more than this many times its size (a code of 2 bits for 258 bytes). */
export const LARGEST_RATIO = 1032;

/** The files of an archive in the order of its directory. */
export function parseZipDirectory(bytes: Uint8Array, refuse: RefuseZip): readonly ZipEntry[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const directory = findDirectory(view, refuse);
  const entries: Located[] = [];
  const names = new Set<string>();
  let at = directory.begin;
  for (let i = 0; i < directory.count; i++) {
    const { entry, next } = parseEntry(bytes, view, at, directory, refuse);
    if (names.has(entry.name)) {
      throw refuse("duplicate", `it has two files of the name ${quote(entry.name)}`);
    }
    names.add(entry.name);
    entries.push(entry);
    at = next;
  }
  if (at !== directory.end) {
    throw refuse("directory", `its directory ends at ${directory.end}, but its entries at ${at}`);
  }
  requireApart(entries, refuse);
  return entries;
}

/** Looks for the record at the end from behind, over a comment. */
function findDirectory(view: DataView, refuse: RefuseZip): Directory {
  const last = view.byteLength - END.size;
  for (let at = last; at >= Math.max(0, last - MAX_COMMENT); at--) {
    if (view.getUint32(at, true) !== END.signature) continue;
    if (view.getUint16(at + 20, true) !== last - at) continue;
    const [disk, directoryDisk, here, count] = [4, 6, 8, 10].map((field) =>
      view.getUint16(at + field, true),
    );
    const [size, begin] = [12, 16].map((field) => view.getUint32(at + field, true));
    if (begin === ELSEWHERE || size === ELSEWHERE || count === MAX_COMMENT) {
      throw refuse(
        "directory",
        "it is a ZIP64 archive, which is not read",
        "Use several archives.",
      );
    }
    if (disk !== 0 || directoryDisk !== 0 || here !== count) {
      throw refuse("directory", "it is one part of an archive of several");
    }
    if (begin + size !== at) {
      const fact = `its directory at ${begin} has ${size} bytes, but ends at ${at}`;
      throw refuse("directory", fact);
    }
    return { begin, end: at, count };
  }
  throw refuse("truncated", `it has ${view.byteLength} bytes, but no directory at its end`);
}

function parseEntry(
  bytes: Uint8Array,
  view: DataView,
  at: number,
  directory: Directory,
  refuse: RefuseZip,
): { entry: Located; next: number } {
  const body = at + CENTRAL.size;
  if (body > directory.end || view.getUint32(at, true) !== CENTRAL.signature) {
    throw refuse("directory", `its directory has no entry at ${at}`);
  }
  const short = (field: number): number => view.getUint16(at + field, true);
  const long = (field: number): number => view.getUint32(at + field, true);
  const [nameLength, extraLength, commentLength] = [28, 30, 32].map(short);
  const next = body + nameLength + extraLength + commentLength;
  if (next > directory.end) {
    throw refuse("directory", `the entry at ${at} ends at ${next}, behind its directory`);
  }
  const nameBytes = bytes.subarray(body, body + nameLength);
  const name = parseName(nameBytes, refuse);
  const [flags, method] = [8, 10].map(short);
  const [checksum, packedSize, size, begin] = [16, 20, 24, 42].map(long);
  if ((flags & ENCRYPTED) !== 0) throw refuse("encrypted", `${quote(name)} is encrypted`);
  if (method !== 0 && method !== DEFLATED) {
    const fact = `${quote(name)} is packed by method ${method}, but 0 (stored) and 8 (deflate) are read`;
    throw refuse("compression", fact, "Use `numpy.savez` or `numpy.savez_compressed`.");
  }
  const isDeflated = method === DEFLATED;
  requireSizes(name, packedSize, size, isDeflated, refuse);
  const local = { name, nameBytes, method, begin };
  const data = begin + localHeaderSize(bytes, view, local, directory, refuse);
  const end = data + packedSize;
  if (end > directory.begin) {
    const fact = `${quote(name)} ends at ${end}, but the directory begins at ${directory.begin}`;
    throw refuse("truncated", fact);
  }
  const packed = bytes.subarray(data, end);
  return { entry: { name, isDeflated, packed, size, checksum, begin, end }, next };
}

function requireSizes(
  name: string,
  packedSize: number,
  size: number,
  isDeflated: boolean,
  refuse: RefuseZip,
): void {
  const fits = isDeflated ? size <= packedSize * LARGEST_RATIO : size === packedSize;
  if (fits && size !== ELSEWHERE) return;
  const fact = `${quote(name)} of ${packedSize} bytes is said to unpack to ${size}`;
  throw refuse("size", fact);
}

/** The size of the header in front of a file, which has to tell the same name and method as the directory. */
function localHeaderSize(
  bytes: Uint8Array,
  view: DataView,
  {
    name,
    nameBytes,
    method,
    begin,
  }: Readonly<{
    name: string;
    nameBytes: Uint8Array;
    method: number;
    begin: number;
  }>,
  directory: Directory,
  refuse: RefuseZip,
): number {
  const body = begin + LOCAL.size;
  if (body > directory.begin || view.getUint32(begin, true) !== LOCAL.signature) {
    throw refuse("directory", `there is no header of ${quote(name)} at ${begin}`);
  }
  const [foundMethod, nameLength, extraLength] = [8, 26, 28].map((field) =>
    view.getUint16(begin + field, true),
  );
  const found = bytes.subarray(body, Math.min(body + nameLength, directory.begin));
  const agrees =
    found.length === nameBytes.length && found.every((byte, i) => byte === nameBytes[i]);
  if (!agrees || foundMethod !== method) {
    const fact = `the header of ${quote(name)} at ${begin} tells another name or method`;
    throw refuse("directory", fact);
  }
  return LOCAL.size + nameLength + extraLength;
}

function parseName(bytes: Uint8Array, refuse: RefuseZip): string {
  let name: string;
  try {
    name = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    throw refuse("name", "the name of a file is not valid UTF-8");
  }
  if (!isSafeName(name)) {
    throw refuse("name", `the name ${quote(name)} is no plain relative path`);
  }
  return name;
}

const UNSAFE = /[\\:\p{Cc}\p{Surrogate}]/u;

/** Whether a name stays where it is unpacked, on every system. */
export function isSafeName(name: string): boolean {
  if (name.length > 1000 || UNSAFE.test(name)) return false;
  return name.split("/").every((part) => part !== "" && part !== "." && part !== "..");
}

function requireApart(entries: readonly Located[], refuse: RefuseZip): void {
  const ordered = entries.toSorted((a, b) => a.begin - b.begin || a.end - b.end);
  for (let i = 1; i < ordered.length; i++) {
    const [before, entry] = [ordered[i - 1], ordered[i]];
    if (entry.begin >= before.end) continue;
    throw refuse("overlap", `${quote(before.name)} and ${quote(entry.name)} share bytes`);
  }
}
