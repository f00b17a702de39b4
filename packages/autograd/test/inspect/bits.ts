/** @file Tensors as text that tells their bits. */
import { Tensor } from "@tapegrad/autograd";

/** dtype, shape and the bytes of every tensor in a nesting of arrays and plain objects. */
export function bitsOf(tree: unknown): string {
  if (!(tree instanceof Tensor))
    return Object.values(tree as object)
      .map(bitsOf)
      .join("\n");
  const { buffer, byteOffset, byteLength } = tree.toTypedArray();
  const bytes = new Uint8Array(buffer, byteOffset, byteLength);
  return `${tree.dtype}[${tree.shape.join(",")}] ${Buffer.from(bytes).toString("hex")}`;
}
