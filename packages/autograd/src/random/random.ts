/**
 * @file Random tensors from splittable keys. A key is an int32 tensor of shape [2]; every draw is a pure
 * function of it, on the tape like any other operation.
 *
 * Use a key once: split it, draw with one half, keep the other. To advance inside a compiled or replayed
 * function, keep the key in a Variable.
 */
import { type DType, storedValue } from "../array/dtype.ts";
import { isLength, type Shape } from "../array/shape.ts";
import { bind, requireTensor } from "../core/bind.ts";
import { splat, type Tensor } from "../core/tensor.ts";
import { ValueError } from "../errors.ts";
import { add } from "../primitives/add.ts";
import { cast } from "../primitives/cast.ts";
import { less } from "../primitives/compare.ts";
import { concatenate } from "../primitives/concatenate.ts";
import { div } from "../primitives/div.ts";
import { requireFloating } from "../primitives/door.ts";
import { minimum } from "../primitives/minimum.ts";
import { mul } from "../primitives/mul.ts";
import {
  permutationPrimitive,
  randomBitsPrimitive,
  requireKey,
} from "../primitives/random-bits.ts";
import { reshape } from "../primitives/reshape.ts";
import { slice } from "../primitives/slice-pad.ts";
import {
  checkDraw,
  type DrawOptions,
  fractions,
  requireBatch,
  standardNormals,
  words,
} from "./draw.ts";

export interface UniformOptions extends DrawOptions {
  /** 0 by default. */
  readonly min?: number;
  /** 1 by default; not itself drawn. */
  readonly max?: number;
}

export interface NormalOptions extends DrawOptions {
  /** 0 by default. */
  readonly mean?: number;
  /** 1 by default. */
  readonly standardDeviation?: number;
}

/**
 * The key of a seed.
 *
 * @throws ValueError if the seed is not a safe integer.
 * @example
 * const [first, second] = splitKey(randomKey(1));   // one key for each draw
 * normal(first, [2, 3]);
 */
export function randomKey(seed: number): Tensor {
  if (!Number.isSafeInteger(seed)) {
    throw new ValueError("randomKey", { seed }, (d) => {
      return `${d.seed} is no seed. Use an integer between -2^53 and 2^53.`;
    });
  }
  const words = [seed | 0, Math.floor(seed / 2 ** 32) | 0];
  const parts = words.map((word) => splat({ shape: [1], dtype: "int32" }, word));
  return concatenate(parts);
}

/**
 * `count` new keys (two by default) that are unrelated to each other and to draws with `key`.
 *
 * @throws DTypeError if `key` is not a key; ValueError if `count` is not an integer of 0 or more.
 * @example
 * const [first, second] = splitKey(randomKey(1));
 */
export function splitKey(key: Tensor, count = 2): readonly Tensor[] {
  requireKey("splitKey", requireTensor("splitKey", key).aval);
  if (!isLength(count)) {
    throw new ValueError("splitKey", { count }, (d) => {
      return `cannot make ${d.count} keys. Use an integer that is 0 or more.`;
    });
  }
  const words = bind(randomBitsPrimitive, [key], { shape: [count, 2], stream: "split" });
  return Array.from({ length: count }, (_, i) => {
    return reshape(slice(words, { starts: [i, 0], sizes: [1, 2] }), [2]);
  });
}

/**
 * Independent draws, uniform in [min, max).
 *
 * - dtype: float32 (24 random bits) or float64 (53); computed in float64 and rounded once, down where that
 *   would give `max`
 *
 * @throws DTypeError if `key` is not a key or the dtype not floating; ValueError if the bounds are not finite
 *   or `max` is the smaller.
 * @example
 * uniform(randomKey(1), [4], { min: -1, max: 1 });   // float32[4]
 */
export function uniform(key: Tensor, shape: Shape, options: UniformOptions = {}): Tensor {
  const { dtype = "float32", min = 0, max = 1 } = options;
  const drawn = checkDraw("uniform", key, shape, dtype);
  if (!(min <= max && Number.isFinite(max - min))) {
    throw new ValueError("uniform", { min, max }, (d) => {
      return `cannot draw between ${d.min} and ${d.max}. Use finite bounds, the smaller one as \`min\`.`;
    });
  }
  const unit = fractions(key, drawn, dtype);
  if (min === 0 && max === 1) return cast(unit, dtype);
  const scaled = cast(add(mul(unit, max - min), min), dtype);
  return minimum(scaled, Math.max(min, largestBelow(max, dtype)));
}

/** The largest number of `dtype` below `value`. */
function largestBelow(value: number, dtype: DType): number {
  const stored = storedValue(dtype, value);
  if (stored < value) return stored;
  if (stored === 0) return dtype === "float32" ? -(2 ** -149) : -Number.MIN_VALUE;
  // the bits of a number, read as an integer, count up with its magnitude
  if (dtype === "float32") {
    const [bits] = new Int32Array(Float32Array.of(stored).buffer);
    return new Float32Array(Int32Array.of(bits - Math.sign(stored)).buffer)[0];
  }
  const [bits] = new BigInt64Array(Float64Array.of(stored).buffer);
  return new Float64Array(BigInt64Array.of(bits - BigInt(Math.sign(stored))).buffer)[0];
}

/**
 * Independent draws from a normal distribution, by the transform of Box & Muller (1958).
 *
 * - dtype: float32 or float64; computed in float64 and rounded once
 *
 * @throws DTypeError if `key` is not a key or the dtype not floating.
 * @example
 * normal(randomKey(1), [2, 3], { standardDeviation: 0.1 });   // float32[2,3]
 */
export function normal(key: Tensor, shape: Shape, options: NormalOptions = {}): Tensor {
  const { dtype = "float32", mean = 0, standardDeviation = 1 } = options;
  const drawn = checkDraw("normal", key, shape, dtype);
  const standard = standardNormals(key, drawn);
  return cast(add(mul(standard, standardDeviation), mean), dtype);
}

/**
 * true with probability `probability`, independently at every index; dtype bool.
 *
 * - a tensor of probabilities must be floating and broadcast to `shape`; it has no derivative. Below 0 and NaN are never
 *   true, 1 and above always
 *
 * @throws ValueError if a number is not in [0, 1]; ShapeError if a tensor does not broadcast to `shape`; DTypeError if `key`
 *   is not a key, or a tensor not floating.
 * @example
 * bernoulli(randomKey(1), [2, 3], tensor([0.1, 0.5, 0.9]));   // columns that are rarely, half of the time, mostly true
 */
export function bernoulli(key: Tensor, shape: Shape, probability: number | Tensor = 0.5): Tensor {
  const op = "bernoulli";
  const drawn = checkDraw(op, key, shape, "float32");
  if (typeof probability !== "number") {
    requireFloating(op, requireTensor(op, probability).dtype);
    requireBatch(op, probability.shape, drawn);
  } else if (!(probability >= 0 && probability <= 1)) {
    throw new ValueError(op, { probability }, (d) => {
      return `${d.probability} is no probability. Use a number from 0 to 1.`;
    });
  }
  return less(div(words(key, drawn), 2 ** 32), probability);
}

/**
 * The integers 0 to `count` - 1 in random order, int32.
 *
 * @throws ValueError if `count` is not an integer of 0 or more; DTypeError if `key` is not a key.
 * @example
 * permutation(randomKey(1), 5);   // [3, 2, 4, 1, 0]
 */
export function permutation(key: Tensor, count: number): Tensor {
  if (!Number.isInteger(count) || count < 0) {
    throw new ValueError("permutation", { count }, (d) => {
      return `cannot permute ${d.count} items. Use an integer that is 0 or more.`;
    });
  }
  return bind(permutationPrimitive, [key], { count });
}
