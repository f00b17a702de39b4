/** @file crc32: the checksum of zip archives, with the polynomial of ISO 3309 (table of Sarwate, 1988). */

const TABLE: Uint32Array = Uint32Array.from({ length: 256 }, (_, byte) => {
  let remainder = byte;
  for (let bit = 0; bit < 8; bit++) {
    remainder = remainder & 1 ? (remainder >>> 1) ^ 0xedb88320 : remainder >>> 1;
  }
  return remainder;
});

/** The checksum of all bytes, from 0 to 2^32 - 1. */
export function crc32(bytes: Uint8Array): number {
  let remainder = -1;
  for (let at = 0; at < bytes.length; at++) {
    remainder = TABLE[(remainder ^ bytes[at]) & 255] ^ (remainder >>> 8);
  }
  return (remainder ^ -1) >>> 0;
}
