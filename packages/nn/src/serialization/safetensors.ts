/**
 * @file Reader of a whole safetensors file, the format in which PyTorch weights are usually passed on.
 *
 * This module knows neither files nor tensors of the framework; what is checked: safetensors-header.ts.
 */
import {
  decodeEntry,
  headerLength,
  PREFIX,
  parseSafetensorsHeader,
  refusing,
  requireLength,
  requireWholeHeader,
} from "./safetensors-header.ts";
import type { StoredTensor } from "./stored-types.ts";

export interface Safetensors {
  /** In the order of the header. */
  readonly tensors: ReadonlyMap<string, StoredTensor>;
  /** Texts by name, which the writer may have added. */
  readonly metadata: ReadonlyMap<string, string>;
}

/**
 * Reads all tensors of a safetensors file.
 *
 * - dtypes: F64, F32, I64 (as BigInt64Array), I32, I16, I8, the same unsigned, BOOL (as bytes 0 and 1), and F16
 *   and BF16, widened to float32 exactly; others are refused by name
 * - `data` is a view on `bytes` where a tensor starts at a multiple of its item size in their buffer, which
 *   writers arrange for large tensors, and a copy where it does not
 * - `name` stands for the file in messages
 *
 * @throws FormatError if the bytes are not exactly one safetensors file of those dtypes.
 * @example
 * parseSafetensors(bytes, { name: "mlp.safetensors" }).tensors.get("0.weight")?.shape;   // [10, 6]
 * @see toTensor, which makes tensors of what is read.
 */
export function parseSafetensors(
  bytes: Uint8Array,
  { name }: { readonly name: string },
): Safetensors {
  const refuse = refusing("parseSafetensors", name);
  const length = headerLength(bytes.subarray(0, PREFIX), refuse);
  requireWholeHeader(length, bytes.length - PREFIX, refuse);
  const data = bytes.subarray(PREFIX + length);
  const { entries, metadata } = parseSafetensorsHeader(
    bytes.subarray(PREFIX, PREFIX + length),
    refuse,
  );
  requireLength(entries, data.length, refuse);
  const tensors = new Map<string, StoredTensor>();
  for (const entry of entries) {
    const stored = data.subarray(entry.begin, entry.end);
    tensors.set(entry.key, decodeEntry(entry, stored, refuse));
  }
  return { tensors, metadata };
}
