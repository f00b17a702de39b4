/**
 * @file Writing numpy's files. The path holds the old file or the new one, whole: see write-file.ts.
 */
import { type Tensor, ValueError } from "@tapegrad/autograd";
import type { Named } from "../serialization/named.ts";
import { serializeNpy } from "../serialization/npy.ts";
import { type SerializeNpzOptions, serializeNpz } from "../serialization/npz.ts";
import type { StoredTensor } from "../serialization/stored-types.ts";
import { errorCode } from "./error-code.ts";
import { writeFileAtomically } from "./write-file.ts";

/**
 * Writes an npy file; see serializeNpy.
 *
 * @throws ValueError if the path cannot be written; errors of serializeNpy.
 * @example
 * writeNpy("x.npy", x);   // numpy.load("x.npy")
 */
export function writeNpy(path: string, value: Tensor | StoredTensor): void {
  write("writeNpy", path, serializeNpy(value));
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
  write("writeNpz", path, serializeNpz(arrays, options));
}

function write(op: string, path: string, bytes: Uint8Array): void {
  try {
    writeFileAtomically(path, [bytes]);
  } catch (cause) {
    const code = errorCode(cause);
    if (code === undefined) throw cause;
    throw new ValueError(op, { path, code }, (d) => {
      return `${d.path} cannot be written (${d.code}). Check the path, its permissions and the space on the disk.`;
    });
  }
}
