/**
 * @file TFRecord, the framing of TensorFlow's event files: length, its checksum, bytes, their checksum.
 *
 * Invariant of reading: a length is checked, by its checksum and against the file, before it is used, and what is
 * read is a view on the file. Format: tensorflow.org, "TFRecord and tf.train.Example", "TFRecords format details".
 */
import { maskedCrc32c } from "./crc32c.ts";

export type TfRecordProblem = "truncated" | "checksum";

export interface TfRecord {
  readonly data: Uint8Array;
  /** Where the record begins and ends in the file. */
  readonly start: number;
  readonly end: number;
}

const HEAD = 12;
const FOOT = 4;

/** The bytes of one record with its frame. */
export function frameTfRecord(data: Uint8Array): Uint8Array {
  const record = new Uint8Array(HEAD + data.length + FOOT);
  const view = new DataView(record.buffer);
  view.setBigUint64(0, BigInt(data.length), true);
  view.setUint32(8, maskedCrc32c(record.subarray(0, 8)), true);
  record.set(data, HEAD);
  view.setUint32(HEAD + data.length, maskedCrc32c(data), true);
  return record;
}

/** The records of a file, in order; throws what `refuse` makes. */
export function* readTfRecords(
  bytes: Uint8Array,
  refuse: (problem: TfRecordProblem, fact: string) => Error,
): Generator<TfRecord> {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  for (let start = 0; start < bytes.length; ) {
    const rest = bytes.length - start;
    if (rest < HEAD) {
      throw refuse("truncated", `a record begins at byte ${start}, ${rest} before the end`);
    }
    if (view.getUint32(start + 8, true) !== maskedCrc32c(bytes.subarray(start, start + 8))) {
      throw refuse("checksum", `the record at byte ${start} has a length of another checksum`);
    }
    const length = view.getBigUint64(start, true);
    if (length > rest - HEAD - FOOT) {
      const fact = `the record at byte ${start} has ${length} bytes of data`;
      throw refuse("truncated", `${fact}, but the file ends ${rest} bytes after it begins`);
    }
    const end = start + HEAD + Number(length);
    const data = bytes.subarray(start + HEAD, end);
    if (view.getUint32(end, true) !== maskedCrc32c(data)) {
      throw refuse("checksum", `the record at byte ${start} has data of another checksum`);
    }
    yield { data, start, end: end + FOOT };
    start = end + FOOT;
  }
}
