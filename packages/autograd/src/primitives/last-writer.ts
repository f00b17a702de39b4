/** @file lastWriter: who writes a place last. What sets elements by an index follows from it, and so has a derivative. */
import type { Primitive } from "../core/primitive.ts";
import { ValueError } from "../errors.ts";
import { flat } from "./define.ts";

/**
 * For each of `size` places the position in the list of places [n] (int32) that holds it last, or -1: int32 [size].
 *
 * @throws ValueError if a place is out of range.
 */
export const lastWriterPrimitive: Primitive<{ size: number; op: string }> = flat({
  name: "lastWriter",
  arity: 1,
  domain: [{ min: 0, max: 3, dtype: "int32" }],
  cases: [{ params: { size: 4, op: "scatter" }, shapes: [[5]] }],
  abstractEval: (_, { size }) => ({ shape: [size], dtype: "int32" }),
  kernel: ({ size, op }) => ({
    kind: "opaque",
    run: ([places], [writers]) => {
      const { data, offset, stride, shape } = places;
      const found = writers.data.subarray(writers.offset, writers.offset + size);
      found.fill(-1);
      for (let i = 0; i < shape[0]; i++) {
        const place = data[offset + i * stride[0]];
        if (place < 0 || place >= size) {
          // ops have made a place of the index, and checked it where its number was known: it has another name by now
          throw new ValueError(op, { position: i, size }, (d) => {
            return `the index at position ${d.position} is out of range: none of ${d.size} places has it. Use indices that exist along their axis.`;
          });
        }
        found[place] = i;
      }
    },
  }),
});
