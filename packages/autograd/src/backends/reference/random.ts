/** @file Random words and permutations of a key. */
import { sizeOf } from "../../array/shape.ts";
import { flatCopy, type StridedArray } from "../../array/strided-array.ts";
import { threefry2x32 } from "../../kernel/threefry.ts";

/** Word number `index` of a stream of a key. */
function wordsOf(key: StridedArray, stream: number): (index: number) => number {
  const [key0, key1] = flatCopy(key, "int32");
  let pair: readonly [number, number] = [0, 0];
  let made = -1;
  return (index) => {
    const counter = Math.floor(index / 2);
    if (counter !== made) pair = threefry2x32(key0, key1, counter, stream);
    made = counter;
    return pair[index % 2];
  };
}

export function runRandomBits(key: StridedArray, output: StridedArray, stream: number): void {
  const word = wordsOf(key, stream);
  const size = sizeOf(output.shape);
  for (let i = 0; i < size; i++) output.data[output.offset + i] = word(i);
}

/** Fisher & Yates' shuffle. */
export function runPermutation(key: StridedArray, output: StridedArray, stream: number): void {
  const word = wordsOf(key, stream);
  const { data, offset } = output;
  const count = sizeOf(output.shape);
  for (let i = 0; i < count; i++) data[offset + i] = i;
  for (let i = count - 1; i > 0; i--) {
    const j = Math.floor(((word(i) >>> 0) / 2 ** 32) * (i + 1));
    const held = data[offset + i];
    data[offset + i] = data[offset + j];
    data[offset + j] = held;
  }
}
