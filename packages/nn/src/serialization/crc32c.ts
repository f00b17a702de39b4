/**
 * @file CRC-32C, the checksum of TFRecord files: the reflected polynomial of Castagnoli, Bräuer & Herrmann (1993).
 */

const POLYNOMIAL = 0x82f63b78;

const TABLE: Uint32Array = Uint32Array.from({ length: 256 }, (_, byte) => {
  let rest = byte;
  for (let bit = 0; bit < 8; bit++) rest = (rest >>> 1) ^ (rest & 1 ? POLYNOMIAL : 0);
  return rest;
});

/** The checksum of all bytes, from 0 to 2^32 - 1; of those before them too, whose checksum is `before`. */
export function crc32c(bytes: Uint8Array, before = 0): number {
  let rest = ~before;
  for (const byte of bytes) rest = (rest >>> 8) ^ TABLE[(rest ^ byte) & 0xff];
  return ~rest >>> 0;
}

/** The checksum as TFRecord stores it: rotated and moved, since that of bytes with their own checksum is a constant. */
export function maskedCrc32c(bytes: Uint8Array): number {
  const crc = crc32c(bytes);
  return (((crc >>> 15) | (crc << 17)) + 0xa282ead8) >>> 0;
}
