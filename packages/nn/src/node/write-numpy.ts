/**
 * @file Writing numpy's files. The path holds the old file or the new one, whole: see write-file.ts.
 */
import type { Tensor } from "@tapegrad/autograd";
import type { Named } from "../serialization/named.ts";
import { serializeNpy } from "../serialization/npy.ts";
import { type SerializeNpzOptions, serializeNpz } from "../serialization/npz.ts";
import type { StoredTensor } from "../serialization/stored-types.ts";
import { replaceFile } from "./write-file.ts";

/**
 * Writes an npy file; see serializeNpy.
 *
 * @throws ValueError if the path cannot be written; errors of serializeNpy.
 * @example
 * writeNpy("x.npy", x);   // numpy.load("x.npy")
 */
export function writeNpy(path: string, value: Tensor | StoredTensor): void {
  replaceFile("writeNpy", path, [serializeNpy(value)]);
}

/**
 * Writes an npz file; see serializeNpz.
 *
 * @throws ValueError if the path cannot be written, or a name is no plain relative path; errors of serializeNpy.
 * @example
 * writeNpz("data.npz", { x, y }, { compress: true });   // numpy.load("data.npz")["x"]
 */
export function writeNpz(
  path: string,
  arrays: Named<Tensor | StoredTensor>,
  options: SerializeNpzOptions = {},
): void {
  replaceFile("writeNpz", path, [serializeNpz(arrays, options)]);
}
