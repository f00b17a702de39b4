/**
 * @file Avals and tensors from JSON. Nothing is allocated before its size has been compared with what is there.
 */
import type { Aval } from "../array/aval.ts";
import { base64Length, fromBase64 } from "../array/base64.ts";
import { bytesPerElement, isDType } from "../array/dtype.ts";
import { isLength, sizeOf } from "../array/shape.ts";
import { restoreArray, spanOf, storedBytes } from "../array/stored-array.ts";
import { fromArray, type Tensor } from "../core/tensor.ts";
import { listAt, malformed, objectAt, shown, textAt } from "./json-checks.ts";

const AVAL = /^([a-z0-9]+)\[((?:\d+(?:,\d+)*)?)\]$/;

/** The aval of a text such as `float32[3,2]`. */
export function avalAt(at: string, json: unknown): Aval {
  const text = textAt(at, json);
  const [, dtype, lengths] = AVAL.exec(text) ?? [];
  const shape = lengths === undefined || lengths === "" ? [] : lengths.split(",").map(Number);
  if (!isDType(dtype) || !isShape(shape)) {
    throw malformed(at, `holds ${shown(text)}, which is no dtype and shape`);
  }
  return { shape, dtype };
}

/** Whether these are lengths of axes, whose elements can be counted. */
export function isShape(shape: readonly number[]): boolean {
  return shape.every(isLength) && Number.isSafeInteger(sizeOf(shape));
}

/** @param maxBytes how much memory it may take. */
export function tensorAt(at: string, json: unknown, maxBytes: number): Tensor {
  const given = objectAt(at, json, ["aval", "data"], ["stride"]);
  const { shape, dtype } = avalAt(`${at}.aval`, given.aval);
  const data = textAt(`${at}.data`, given.data);
  const stride =
    given.stride === undefined ? null : strideAt(`${at}.stride`, given.stride, shape.length);
  const expected = storedBytes(shape, dtype, stride);
  const found = base64Length(data);
  if (found !== expected) {
    const length = found === null ? "no base64" : `${found} bytes`;
    throw malformed(`${at}.data`, `holds ${length} where ${shown(given.aval)} needs ${expected}`);
  }
  const span = stride === null ? expected : spanOf(shape, stride) * bytesPerElement(dtype);
  if (span > maxBytes) throw malformed(`${at}.stride`, `spreads ${expected} bytes over ${span}`);
  const bytes = fromBase64(data);
  if (bytes === null) throw malformed(`${at}.data`, "holds characters that are not base64");
  if (dtype === "bool" && bytes.some((byte) => byte > 1)) {
    throw malformed(`${at}.data`, "holds a bool that is neither 0 nor 1");
  }
  return fromArray(restoreArray({ stride, bytes }, shape, dtype), dtype);
}

function strideAt(at: string, json: unknown, rank: number): readonly number[] {
  const stride = listAt(at, json) as readonly number[];
  if (stride.length === rank && stride.every(Number.isSafeInteger)) return stride;
  throw malformed(at, `holds ${shown(json)}, which is no step for each of ${rank} axes`);
}
