/**
 * @file Damaged copies of good files, each a pure function of its seed.
 *
 * The damage knows no format: bytes are cut, added, flipped, moved, repeated and overwritten, binary and decimal
 * numbers become extreme ones. Half of the places are among the first bytes, where headers are.
 */

export interface Mutant {
  readonly bytes: Uint8Array;
  /** What was done, such as `flip at 12, truncate at 40`. */
  readonly steps: string;
}

/** A good file, chosen among `files`, with one to three mutations. */
export function mutate(seed: number, files: readonly Uint8Array[]): Mutant {
  const random = new Random(seed);
  let bytes = Uint8Array.from(random.choice(files));
  const steps: string[] = [];
  for (let left = random.between(1, 3); left > 0; left--) {
    const [name, apply] = random.choice(MUTATIONS);
    const at = random.place(bytes.length);
    bytes = apply(bytes, at, random, files);
    steps.push(`${name} at ${at}`);
  }
  return { bytes, steps: steps.join(", ") };
}

type Mutation = (
  bytes: Uint8Array<ArrayBuffer>,
  at: number,
  random: Random,
  files: readonly Uint8Array[],
) => Uint8Array<ArrayBuffer>;

const HEADER = 128;
const LONGEST_BLOCK = 64;
const EXTREMES: readonly bigint[] = [
  ...[0n, 1n, 2n, 127n, 128n, 255n, 256n, 32_767n, 65_535n],
  ...[31n, 32n, 53n, 62n, 63n, 64n].flatMap((power) => [2n ** power - 1n, 2n ** power]),
];
const TEXTS = [
  "",
  "-",
  ".",
  ",",
  '"',
  "'",
  "()",
  "[]",
  "{}",
  "NaN",
  "1e999",
  "-0",
  "1.5",
  "00",
  "\n",
];

const MUTATIONS: readonly (readonly [name: string, apply: Mutation])[] = [
  ["truncate", (bytes, at) => bytes.slice(0, at)],
  ["extend", (bytes, _, random) => joined(bytes, random.bytes(random.between(1, 16)))],
  ["flip", flip],
  ["fill", (bytes, at, random) => bytes.fill(random.choice([0, 255]), at, at + random.block())],
  ["number", overwriteNumber],
  ["decimal", replaceDecimal],
  ["delete", (bytes, at, random) => joined(bytes.slice(0, at), bytes.slice(at + random.block()))],
  ["insert", (bytes, at, random) => spliced(bytes, at, 0, random.bytes(random.block()))],
  ["duplicate", (bytes, at, random) => spliced(bytes, at, 0, bytes.slice(at, at + random.block()))],
  ["swap", swap],
  ["splice", splice],
];

function flip(bytes: Uint8Array<ArrayBuffer>, at: number, random: Random): Uint8Array<ArrayBuffer> {
  for (let left = random.between(0, 3), place = at; left >= 0; left--) {
    if (place < bytes.length) bytes[place] ^= 1 << random.between(0, 7);
    place = random.place(bytes.length);
  }
  return bytes;
}

/** An extreme number, or one beside what is there, in 1, 2, 4 or 8 bytes of either order. */
function overwriteNumber(
  bytes: Uint8Array<ArrayBuffer>,
  at: number,
  random: Random,
): Uint8Array<ArrayBuffer> {
  const size = random.choice([1, 2, 4, 8]);
  const place = random.choice([at, at - (at % size)]);
  const little = random.choice([true, false]);
  const digits = [...bytes.subarray(place, place + size)];
  if (little) digits.reverse();
  const found = digits.reduce((number, digit) => number * 256n + BigInt(digit), 0n);
  const number = random.choice([found + 1n, found - 1n, -found, random.choice(EXTREMES)]);
  digits.forEach((_, i) => {
    const shift = BigInt(8 * (little ? i : digits.length - 1 - i));
    bytes[place + i] = Number(BigInt.asUintN(8, number >> shift));
  });
  return bytes;
}

/** Another text for the decimal number at the place or after it. */
function replaceDecimal(
  bytes: Uint8Array<ArrayBuffer>,
  at: number,
  random: Random,
): Uint8Array<ArrayBuffer> {
  const isDigit = (byte: number): boolean => byte >= 0x30 && byte <= 0x39;
  const begin = bytes.findIndex((byte, i) => i >= at && isDigit(byte));
  if (begin < 0) return bytes;
  let end = begin;
  while (end < bytes.length && isDigit(bytes[end])) end++;
  const number = random.choice(EXTREMES);
  const text = random.choice([`${number}`, `-${number}`, random.choice(TEXTS)]);
  return spliced(bytes, begin, end - begin, new TextEncoder().encode(text));
}

function swap(bytes: Uint8Array<ArrayBuffer>, at: number, random: Random): Uint8Array<ArrayBuffer> {
  const places = [at, random.place(bytes.length)];
  const [first, second] = [Math.min(...places), Math.max(...places)];
  const size = Math.min(random.block(), second - first);
  const parts = [
    bytes.slice(0, first),
    bytes.slice(second, second + size),
    bytes.slice(first + size, second),
    bytes.slice(first, first + size),
    bytes.slice(second + size),
  ];
  return parts.reduce((whole, part) => joined(whole, part));
}

/** A part of a good file in place of what is there. */
function splice(
  bytes: Uint8Array<ArrayBuffer>,
  at: number,
  random: Random,
  files: readonly Uint8Array[],
): Uint8Array<ArrayBuffer> {
  const donor = random.choice(files);
  const from = random.place(donor.length);
  return spliced(bytes, at, random.block(), donor.slice(from, from + random.block()));
}

const joined = (a: Uint8Array, b: Uint8Array): Uint8Array<ArrayBuffer> => {
  const whole = new Uint8Array(a.length + b.length);
  whole.set(a);
  whole.set(b, a.length);
  return whole;
};

const spliced = (
  bytes: Uint8Array,
  at: number,
  removed: number,
  inserted: Uint8Array,
): Uint8Array<ArrayBuffer> =>
  joined(joined(bytes.subarray(0, at), inserted), bytes.subarray(at + removed));

/** Marsaglia's xorshift (2003) over 32 bits: the tests need many cheap numbers, not good ones. */
class Random {
  #state: number;

  constructor(seed: number) {
    // neighbouring seeds must not give neighbouring first numbers
    this.#state = Math.imul(seed ^ 0x9e3779b9, 0x85ebca6b) || 1;
    for (let i = 0; i < 4; i++) this.#next();
  }

  between(min: number, max: number): number {
    return min + (this.#next() % (max - min + 1));
  }

  choice<Item>(items: readonly Item[]): Item {
    return items[this.#next() % items.length];
  }

  /** A place in `length` bytes or at their end; every second time among the first. */
  place(length: number): number {
    return this.between(0, this.between(0, 1) === 0 ? Math.min(length, HEADER) : length);
  }

  block(): number {
    return this.between(1, LONGEST_BLOCK);
  }

  bytes(length: number): Uint8Array {
    return Uint8Array.from({ length }, () => this.between(0, 255));
  }

  #next(): number {
    this.#state ^= this.#state << 13;
    this.#state ^= this.#state >>> 17;
    this.#state ^= this.#state << 5;
    return this.#state >>> 0;
  }
}
