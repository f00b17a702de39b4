/**
 * @file Protocol buffers, as far as event files need them: messages are lists of numbered fields.
 *
 * A field is a varint, 8 or 4 bytes, or bytes of a stated length, in which texts, packed numbers and messages are.
 * Invariant of reading: the bytes are from strangers. Lengths are checked before they are used, what is read is a
 * view on what was given, and every failure is what `refuse` makes.
 * This module does not know what fields mean. Format: protobuf.dev, "Encoding".
 */

export type Refuse = (fact: string) => Error;

/** A field as it was read; what is stored in 8 or 4 bytes is left as bytes. */
export type Field =
  | { readonly number: number; readonly wire: "varint"; readonly value: bigint }
  | { readonly number: number; readonly wire: "fixed" | "bytes"; readonly value: Uint8Array };

const MAX_VARINT = 10;
const MAX_FIELD = 2 ** 29 - 1;

/** The fields of a message, in order. */
export function* readFields(bytes: Uint8Array, refuse: Refuse): Generator<Field> {
  let position = 0;
  const varint = (): bigint => {
    let value = 0n;
    for (let i = 0; i < MAX_VARINT && position < bytes.length; i++) {
      const byte = bytes[position++];
      value |= BigInt(byte & 0x7f) << BigInt(7 * i);
      if (byte < 0x80) return BigInt.asUintN(64, value);
    }
    throw refuse(`a number before byte ${position} has no end`);
  };
  const take = (length: bigint): Uint8Array => {
    const rest = bytes.length - position;
    if (length > rest) throw refuse(`a field of ${length} bytes begins ${rest} before the end`);
    position += Number(length);
    return bytes.subarray(position - Number(length), position);
  };
  while (position < bytes.length) {
    const tag = varint();
    const [number, wire] = [Number(tag >> 3n), Number(tag & 7n)];
    if (number < 1 || number > MAX_FIELD) throw refuse(`there is no field number ${number}`);
    if (wire === 0) yield { number, wire: "varint", value: varint() };
    else if (wire === 1) yield { number, wire: "fixed", value: take(8n) };
    else if (wire === 2) yield { number, wire: "bytes", value: take(varint()) };
    else if (wire === 5) yield { number, wire: "fixed", value: take(4n) };
    else throw refuse(`field ${number} has wire type ${wire}, which is not used any more`);
  }
}

/** The little-endian doubles in a field of packed ones. */
export function readDoubles(bytes: Uint8Array, refuse: Refuse): readonly number[] {
  if (bytes.length % 8 !== 0) throw refuse(`${bytes.length} bytes are no whole number of doubles`);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  return Array.from({ length: bytes.length / 8 }, (_, i) => view.getFloat64(8 * i, true));
}

/** A message of fields that were written by the functions below. */
export function joined(parts: readonly Uint8Array[]): Uint8Array {
  const bytes = new Uint8Array(parts.reduce((length, part) => length + part.length, 0));
  let position = 0;
  for (const part of parts) {
    bytes.set(part, position);
    position += part.length;
  }
  return bytes;
}

/** An int64. */
export const varintField = (number: number, value: number): Uint8Array =>
  joined([varint(BigInt(number << 3)), varint(BigInt.asUintN(64, BigInt(value)))]);

export const bytesField = (number: number, bytes: Uint8Array): Uint8Array =>
  joined([varint(BigInt((number << 3) | 2)), varint(BigInt(bytes.length)), bytes]);

export const textField = (number: number, text: string): Uint8Array =>
  bytesField(number, new TextEncoder().encode(text));

export const doubleField = (number: number, value: number): Uint8Array =>
  joined([varint(BigInt((number << 3) | 1)), doubles([value])]);

export const doublesField = (number: number, values: readonly number[]): Uint8Array =>
  bytesField(number, doubles(values));

export function floatField(number: number, value: number): Uint8Array {
  const bytes = new Uint8Array(4);
  new DataView(bytes.buffer).setFloat32(0, value, true);
  return joined([varint(BigInt((number << 3) | 5)), bytes]);
}

function varint(value: bigint): Uint8Array {
  const bytes: number[] = [];
  let rest = value;
  for (; rest >= 0x80n; rest >>= 7n) bytes.push(Number(rest & 0x7fn) | 0x80);
  return Uint8Array.from([...bytes, Number(rest)]);
}

function doubles(values: readonly number[]): Uint8Array {
  const bytes = new Uint8Array(8 * values.length);
  const view = new DataView(bytes.buffer);
  values.forEach((value, i) => {
    view.setFloat64(8 * i, value, true);
  });
  return bytes;
}
