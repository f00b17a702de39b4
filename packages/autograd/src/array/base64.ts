/**
 * @file Bytes as base64 text and back (RFC 4648, section 4): padded, and strict about every character.
 */
const ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
const DIGITS: ReadonlyMap<string, number> = new Map(
  Array.from(ALPHABET, (letter, i) => [letter, i]),
);
/** Texts are joined from pieces: one string that grows letter by letter is a long rope. */
const PIECE = 3 * 4096;

export function toBase64(bytes: Uint8Array): string {
  const pieces: string[] = [];
  for (let start = 0; start < bytes.length; start += PIECE) {
    let piece = "";
    const end = Math.min(bytes.length, start + PIECE);
    for (let i = start; i < end; i += 3) {
      const word = (bytes[i] << 16) | ((bytes[i + 1] ?? 0) << 8) | (bytes[i + 2] ?? 0);
      piece += ALPHABET[word >> 18] + ALPHABET[(word >> 12) & 63];
      piece += i + 1 < end ? ALPHABET[(word >> 6) & 63] : "=";
      piece += i + 2 < end ? ALPHABET[word & 63] : "=";
    }
    pieces.push(piece);
  }
  return pieces.join("");
}

/** How many bytes `text` stands for, if it is base64 at all; null where its length or padding is not. */
export function base64Length(text: string): number | null {
  if (text.length % 4 !== 0) return null;
  const padding = text.endsWith("==") ? 2 : text.endsWith("=") ? 1 : 0;
  return (text.length / 4) * 3 - padding;
}

/** The bytes; null where `text` is not base64, or its unused bits are not 0. */
export function fromBase64(text: string): Uint8Array | null {
  const length = base64Length(text);
  if (length === null) return null;
  const bytes = new Uint8Array(length);
  for (let i = 0, at = 0; at < text.length; at += 4) {
    let word = 0;
    const digits = at + 4 < text.length ? 4 : Math.ceil(((length - i) * 8) / 6);
    for (let k = 0; k < 4; k++) {
      const digit = k < digits ? DIGITS.get(text[at + k]) : 0;
      if (digit === undefined) return null;
      word = (word << 6) | digit;
    }
    for (let k = 0; k < 3; k++) {
      const byte = (word >> (16 - 8 * k)) & 255;
      if (i < length) bytes[i++] = byte;
      else if (byte !== 0) return null;
    }
  }
  return bytes;
}
