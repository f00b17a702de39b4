/**
 * @file Writing safetensors files: one tensor at a time, so that they may be larger than the memory.
 */
import { ShapeError, Tensor } from "@tapegrad/autograd";
import { entriesOf, type Named } from "../serialization/named.ts";
import {
  byteLengthOf,
  type Described,
  planSafetensors,
  type SafetensorsOptions,
  storedOf,
} from "../serialization/serialize-safetensors.ts";
import { bytesOf, type StoredTensor } from "../serialization/stored-types.ts";
import { replaceFile } from "./write-file.ts";

/** A tensor that is made when its turn to be written comes, and can be forgotten then. */
export interface DeferredTensor extends Described {
  /** Called when it is written. */
  readonly read: () => Tensor | StoredTensor;
}

/**
 * Writes a safetensors file; see serializeSafetensors for the format.
 *
 * - the path holds its old content until the new is complete and on the disk, then the new one
 * - beside the tensors given, memory is taken for one tensor at a time; a deferred one is read only then
 *
 * @throws ValueError if the path cannot be written, or a name or text; ShapeError if a deferred tensor turns out
 *   to be another than it was described as; DTypeError if a value is no tensor.
 * @example
 * writeSafetensors("model.safetensors", model.stateDict(), { metadata: { format: "pt" } });
 */
export function writeSafetensors(
  path: string,
  tensors: Named<Tensor | StoredTensor | DeferredTensor>,
  options: SafetensorsOptions = {},
): void {
  const deferred = entriesOf(tensors).map(([name, value]) => [name, defer(name, value)] as const);
  const { header, order } = planSafetensors(new Map(deferred), options);
  replaceFile("writeSafetensors", path, piecesOf(header, order));
}

interface Piece extends Described {
  readonly bytes: () => Uint8Array;
}

function* piecesOf(header: Uint8Array, order: readonly Piece[]): Generator<Uint8Array> {
  yield header;
  for (const { bytes } of order) yield bytes();
}

function defer(name: string, value: Tensor | StoredTensor | DeferredTensor): Piece {
  if (!isDeferred(value)) {
    const { dtype, shape } = value instanceof Tensor ? value : storedOf(name, value);
    return { dtype, shape, bytes: () => bytesOf(storedOf(name, value).data) };
  }
  const { dtype, shape } = value;
  const bytes = (): Uint8Array => {
    const found = storedOf(name, value.read());
    if (found.dtype === dtype && found.data.byteLength === byteLengthOf(dtype, shape)) {
      return bytesOf(found.data);
    }
    const details = { name, found: describe(found), expected: describe(value) };
    throw new ShapeError("writeSafetensors", details, (d) => {
      return `${d.name} was described as ${d.expected}, but what was read is ${d.found}. Describe it as it is.`;
    });
  };
  return { dtype, shape, bytes };
}

const isDeferred = (value: Tensor | StoredTensor | DeferredTensor): value is DeferredTensor =>
  typeof value === "object" && value !== null && "read" in value;

const describe = ({ dtype, shape }: Described): string => `${dtype}[${shape.join(",")}]`;
