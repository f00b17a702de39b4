/** @file randomBits and permutation: the two primitives that turn a key into numbers. */
import type { Aval } from "../array/aval.ts";
import { formatAval } from "../array/aval.ts";
import type { Shape } from "../array/shape.ts";
import type { Primitive } from "../core/primitive.ts";
import { DTypeError } from "../errors.ts";
import { flat } from "./define.ts";

/** Separate counters for separate uses, so that a key that is split and drawn from gives unrelated words. */
export type Stream = "draw" | "split" | "permute" | "inner";

const STREAMS = { draw: 0, split: 1, permute: 2, inner: 3 } satisfies Record<Stream, number>;

/** @throws DTypeError unless `key` is an int32 tensor of shape [2]. */
export function requireKey(op: string, key: Aval): void {
  if (key.dtype === "int32" && key.shape.length === 1 && key.shape[0] === 2) return;
  throw new DTypeError(op, { key }, () => {
    return `expected a random key, int32[2], but got ${formatAval(key)}. Make one with \`randomKey(seed)\`.`;
  });
}

/** int32 words, uniform over all 2³² values, a pure function of the key. */
export const randomBitsPrimitive: Primitive<{ shape: Shape; stream: Stream }> = flat({
  name: "randomBits",
  arity: 1,
  domain: [{ min: -1000, max: 1000, dtype: "int32" }],
  cases: [
    { params: { shape: [2, 3], stream: "draw" }, shapes: [[2]] },
    { params: { shape: [], stream: "split" }, shapes: [[2]] },
  ],
  abstractEval: ([key], { shape }) => {
    requireKey("randomBits", key);
    return { shape, dtype: "int32" };
  },
  kernel: ({ stream }) => ({ kind: "randomBits", stream: STREAMS[stream] }),
});

/**
 * The integers 0 to count - 1 in random order: Fisher & Yates' shuffle (Knuth, TAOCP 2, algorithm P).
 * A position is chosen by scaling a 32-bit word, so its bias is below count / 2³².
 */
export const permutationPrimitive: Primitive<{ count: number }> = flat({
  name: "permutation",
  arity: 1,
  domain: [{ min: -1000, max: 1000, dtype: "int32" }],
  cases: [{ params: { count: 7 }, shapes: [[2]] }],
  abstractEval: ([key], { count }) => {
    requireKey("permutation", key);
    return { shape: [count], dtype: "int32" };
  },
  kernel: () => ({ kind: "permutation", stream: STREAMS.permute }),
});
