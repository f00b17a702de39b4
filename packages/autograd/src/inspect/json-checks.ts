/**
 * @file Checks of parsed JSON from strangers: what stands somewhere is of the kind that belongs there, or a
 * FormatError says where and what was found instead.
 *
 * Only own properties count, and none but those that are asked for: `__proto__` is a key that does not belong.
 */
import { isPlainObject } from "../array/trees.ts";
import { FormatError } from "../errors.ts";

const UNCHANGED = "Load what `JSON.stringify(tape)` gave, unchanged";

/**
 * @param fact follows the place: `holds 3, which is no text`.
 * @param reason an error that told so.
 */
export function malformed(
  at: string,
  fact: string,
  { remedy = UNCHANGED, reason }: { readonly remedy?: string; readonly reason?: unknown } = {},
): FormatError {
  return new FormatError("tapeFromJSON", { at, fact, reason }, () => `${at} ${fact}. ${remedy}.`);
}

const LONGEST = 60;

/** A value from a stranger as it may stand in a message. */
export function shown(value: unknown): string {
  let text: string;
  try {
    text = JSON.stringify(value) ?? typeof value;
  } catch {
    // too deep for the stack, a BigInt or a circle
    text = typeof value;
  }
  return text.length > LONGEST ? `${text.slice(0, LONGEST)}…` : text;
}

/** An object with exactly these keys. */
export function objectAt<K extends string, O extends string = never>(
  at: string,
  value: unknown,
  required: readonly K[],
  optional: readonly O[] = [],
): Readonly<Record<K, unknown> & Partial<Record<O, unknown>>> {
  if (!isPlainObject(value)) throw malformed(at, `holds ${shown(value)}, which is no object`);
  const known: readonly string[] = [...required, ...optional];
  const stranger = Object.keys(value).find((key) => !known.includes(key));
  if (stranger !== undefined)
    throw malformed(at, `has the key ${shown(stranger)}, which does not belong there`);
  const missing = required.find((key) => !Object.hasOwn(value, key));
  if (missing !== undefined) throw malformed(at, `lacks the key ${shown(missing)}`);
  return value as Readonly<Record<K, unknown> & Partial<Record<O, unknown>>>;
}

export function listAt(at: string, value: unknown): readonly unknown[] {
  if (Array.isArray(value)) return value;
  throw malformed(at, `holds ${shown(value)}, which is no list`);
}

export function textAt(at: string, value: unknown): string {
  if (typeof value === "string") return value;
  throw malformed(at, `holds ${shown(value)}, which is no text`);
}

/** An integer from 0 to below `end`. */
export function indexAt(at: string, value: unknown, end: number, what: string): number {
  if (Number.isInteger(value) && Number(value) >= 0 && Number(value) < end) return Number(value);
  throw malformed(at, `holds ${shown(value)}, which is no number of ${what}: there are ${end}`);
}
