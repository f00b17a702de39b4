/**
 * @file Builder of zip archives of which single fields can be made wrong, without any code of the reader or the
 * writer. Node packs and takes checksums.
 */
import { crc32, deflateRawSync } from "node:zlib";

export interface ZipFile {
  readonly name: string | Uint8Array;
  readonly data: Uint8Array;
  readonly deflate?: boolean;
  /** Fields of the directory that are not what they should be. */
  readonly method?: number;
  readonly flags?: number;
  readonly checksum?: number;
  readonly size?: number;
  readonly packedSize?: number;
  readonly offset?: number;
  /** Of the header in front of the file. */
  readonly localName?: string;
  readonly localMethod?: number;
  readonly localExtra?: number;
}

export interface ZipEnd {
  readonly comment?: string;
  readonly count?: number;
  readonly disk?: number;
  readonly size?: number;
  readonly offset?: number;
}

const short = (value: number): number[] => [value & 255, (value >>> 8) & 255];
const long = (value: number): number[] => [...short(value), ...short(value >>> 16)];
const encode = (text: string | Uint8Array): Uint8Array =>
  typeof text === "string" ? new TextEncoder().encode(text) : text;

export function zipFile(files: readonly ZipFile[], end: ZipEnd = {}): Uint8Array {
  const body: number[] = [];
  const directory: number[] = [];
  for (const file of files) {
    const { data, deflate = false } = file;
    const begin = body.length;
    const packed = deflate ? deflateRawSync(data) : data;
    const [name, localName] = [file.name, file.localName ?? file.name].map(encode);
    const method = file.method ?? (deflate ? 8 : 0);
    const flags = file.flags ?? 0x800;
    const extra = file.localExtra ?? 0;
    const sums = [
      ...long(file.checksum ?? crc32(data)),
      ...long(file.packedSize ?? packed.length),
      ...long(file.size ?? data.length),
    ];
    const dated = [...short(0), ...short(0x21), ...sums, ...short(name.length)];
    body.push(...long(0x04034b50), ...short(20), ...short(flags));
    body.push(...short(file.localMethod ?? method), ...dated.slice(0, -2));
    body.push(...short(localName.length), ...short(extra), ...localName);
    body.push(...new Uint8Array(extra), ...packed);
    directory.push(...long(0x02014b50), ...short(20), ...short(20), ...short(flags));
    directory.push(
      ...short(method),
      ...dated,
      ...new Uint8Array(12),
      ...long(file.offset ?? begin),
    );
    directory.push(...name);
  }
  const comment = encode(end.comment ?? "");
  const count = short(end.count ?? files.length);
  const disk = short(end.disk ?? 0);
  const where = [...long(end.size ?? directory.length), ...long(end.offset ?? body.length)];
  const record = [...long(0x06054b50), ...disk, ...disk, ...count, ...count, ...where];
  return Uint8Array.from([...body, ...directory, ...record, ...short(comment.length), ...comment]);
}

/** Makes the checksums of stored files right that a reader would find, where there are any. */
export function withChecksums(bytes: Uint8Array): Uint8Array {
  const repaired = Uint8Array.from(bytes);
  const view = new DataView(repaired.buffer);
  for (let at = 0; at + 46 <= repaired.length; at++) {
    if (view.getUint32(at, true) !== 0x02014b50) continue;
    const [size, begin] = [view.getUint32(at + 20, true), view.getUint32(at + 42, true)];
    if (begin + 30 > repaired.length) continue;
    const data = begin + 30 + view.getUint16(begin + 26, true) + view.getUint16(begin + 28, true);
    view.setUint32(at + 16, crc32(repaired.subarray(data, data + size)), true);
  }
  return repaired;
}
