/**
 * @file Params of primitives as JSON and back: null, booleans, numbers, texts, and arrays and plain objects of
 * these. Numbers that JSON does not know are marked: `{ "$number": "-0" }`.
 */
import { isPlainObject } from "../array/trees.ts";
import type { OpError } from "../errors.ts";
import { kindOf } from "./arguments.ts";

/** What JSON can say. */
export type PlainJSON =
  | null
  | boolean
  | number
  | string
  | readonly PlainJSON[]
  | { readonly [key: string]: PlainJSON };

/** Makes the error for what stands at `path` of the params. */
export type Refuse = (path: string, fact: string) => OpError;

const MARK = "$number";
const MARKED: readonly number[] = [Number.NaN, Infinity, -Infinity, -0];
/** Params are shallow; more is a file that means to fill the stack. */
const DEEPEST = 32;

/** @throws what `refuse` makes, for functions, tensors and whatever else is no plain data. */
export function encodeParams(params: unknown, refuse: Refuse): PlainJSON {
  const number = (x: number): PlainJSON => {
    return MARKED.some((marked) => Object.is(marked, x)) ? { [MARK]: textOf(x) } : x;
  };
  return mapped(params, refuse, number, () => null) as PlainJSON;
}

/** @throws what `refuse` makes, for what `encodeParams` would not have written. */
export function decodeParams(json: unknown, refuse: Refuse): unknown {
  const marked = (object: Record<string, unknown>, path: string): number | null => {
    if (!Object.hasOwn(object, MARK)) return null;
    const found = MARKED.find((x) => textOf(x) === object[MARK]);
    if (found !== undefined && Object.keys(object).length === 1) return found;
    throw refuse(path, `marks ${JSON.stringify(object[MARK])} as a number`);
  };
  return mapped(json, refuse, (x) => x, marked);
}

/** A copy of plain data with its numbers changed; an object for which `numberOf` gives a number becomes that. */
function mapped(
  value: unknown,
  refuse: Refuse,
  changed: (x: number) => unknown,
  numberOf: (object: Record<string, unknown>, path: string) => number | null,
): unknown {
  const visit = (part: unknown, path: string, depth: number): unknown => {
    if (part === null || typeof part === "boolean" || typeof part === "string") return part;
    if (typeof part === "number") return changed(part);
    if (depth === DEEPEST) throw refuse("", `is nested more than ${DEEPEST} deep`);
    if (Array.isArray(part))
      return Array.from(part, (x, i) => visit(x, `${path}[${i}]`, depth + 1));
    if (!isPlainObject(part)) throw refuse(path, `is ${kindOf(part)}`);
    const number = numberOf(part, path);
    if (number !== null) return number;
    const entries = Object.entries(part).map(([key, x]) => {
      if (!isPlainKey(key)) throw refuse(path, `has the key ${JSON.stringify(key)}`);
      return [key, visit(x, `${path}.${key}`, depth + 1)];
    });
    return Object.fromEntries(entries) as unknown;
  };
  return visit(value, "", 0);
}

/**
 * Whether two params are the same, number for number: NaN is itself, and -0 is not 0.
 *
 * @param isSame compares what is neither an array nor a plain object.
 */
export function sameParams(
  a: unknown,
  b: unknown,
  isSame: (a: unknown, b: unknown) => boolean = Object.is,
): boolean {
  if (Array.isArray(a) && Array.isArray(b)) {
    return a.length === b.length && a.every((x, i) => sameParams(x, b[i], isSame));
  }
  if (!isPlainObject(a) || !isPlainObject(b)) return isSame(a, b);
  const keys = Object.keys(a);
  const isAll = Object.keys(b).length === keys.length;
  return isAll && keys.every((key) => Object.hasOwn(b, key) && sameParams(a[key], b[key], isSame));
}

function textOf(value: number): string {
  return Object.is(value, -0) ? "-0" : String(value);
}

/** Whether a key means itself, to JavaScript and to this file. */
export function isPlainKey(key: string): boolean {
  return key !== "__proto__" && !key.startsWith("$");
}
