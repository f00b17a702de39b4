/** @file shuffledBatches. */
import { permutation, splitKey, type Tensor } from "@tapegrad/autograd";
import { type Batch, batchOf, type DigitSet } from "./image-data.ts";

/** Batches without end: each epoch is a fresh permutation of the set, whose short remainder is left out. */
export function* shuffledBatches(
  set: DigitSet,
  size: number,
  key: Tensor,
): Generator<Batch, never> {
  let rest = key;
  for (;;) {
    const [kept, drawn] = splitKey(rest);
    rest = kept;
    const order = permutation(drawn, set.count).toTypedArray();
    for (let start = 0; start + size <= set.count; start += size) {
      yield batchOf(set, order.subarray(start, start + size));
    }
  }
}
