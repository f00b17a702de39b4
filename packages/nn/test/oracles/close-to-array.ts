/** @file expectCloseToArray: one comparison of many numbers, with a message to debug from. */
import type { Tensor } from "@tapegrad/autograd";
import { expect } from "vitest";

export interface Closeness {
  /** Allowed everywhere: this part of the largest magnitude among the expected numbers. 0 by default. */
  readonly relativeToLargest?: number;
  /** Allowed in addition, everywhere or entry by entry. 0 by default. */
  readonly absolute?: number | ArrayLike<number>;
  /** Put before the message. */
  readonly what?: string;
}

type Numbers = Tensor | ArrayLike<number>;

/**
 * Fails unless every number of `actual` is close to the one of `expected` at the same place.
 *
 * NaN and infinities must agree exactly. Between two tensors the shapes must agree as well.
 */
export function expectCloseToArray(actual: Numbers, expected: Numbers, closeness: Closeness): void {
  const [found, wanted] = [numbersOf(actual), numbersOf(expected)];
  const { relativeToLargest = 0, absolute = 0, what = "" } = closeness;
  const prefix = what === "" ? "" : `${what}: `;
  const [shape, wantedShape] = [shapeOf(actual), shapeOf(expected)];
  const comparable = isTensor(actual) && isTensor(expected);
  if (found.length !== wanted.length || (comparable && String(shape) !== String(wantedShape))) {
    expect.fail(
      `${prefix}shape [${shape.join(", ")}] where [${wantedShape.join(", ")}] is expected`,
    );
  }
  const largest = largestOf(Array.from(wanted).filter(Number.isFinite));
  let worst = { excess: 1, at: -1, error: 0, allowed: 0 };
  for (let at = 0; at < wanted.length; at++) {
    if (Object.is(found[at], wanted[at])) continue;
    const extra = typeof absolute === "number" ? absolute : (absolute[at] ?? 0);
    const allowed = relativeToLargest * largest + extra;
    const error = Math.abs((found[at] ?? Number.NaN) - (wanted[at] ?? Number.NaN));
    const excess = !Number.isFinite(error) ? Infinity : error <= allowed ? 0 : error / allowed;
    if (excess > worst.excess) worst = { excess, at, error, allowed };
  }
  if (worst.at < 0) return;
  const { at, error, allowed } = worst;
  const place = indexAt(comparable || isTensor(actual) ? shape : wantedShape, at);
  expect.fail(
    `${prefix}worst at index [${place.join(", ")}] of shape [${shape.join(", ")}]: ` +
      `got ${found[at]}, expected ${wanted[at]}, off by ${error.toPrecision(3)} where ` +
      `${allowed.toPrecision(3)} is allowed (largest expected entry ${largest.toPrecision(3)})`,
  );
}

/** The largest magnitude; 0 of nothing. */
export function largestOf(numbers: Numbers): number {
  let largest = 0;
  for (const value of Array.from(numbersOf(numbers))) largest = Math.max(largest, Math.abs(value));
  return largest;
}

function isTensor(numbers: Numbers): numbers is Tensor {
  return "toTypedArray" in numbers;
}

function numbersOf(numbers: Numbers): ArrayLike<number> {
  return isTensor(numbers) ? numbers.toTypedArray() : numbers;
}

function shapeOf(numbers: Numbers): readonly number[] {
  return isTensor(numbers) ? numbers.shape : [numbers.length];
}

/** The index in `shape` of the element at row-major position `at`. */
function indexAt(shape: readonly number[], at: number): readonly number[] {
  const index: number[] = [];
  let rest = at;
  for (const length of shape.toReversed()) {
    index.unshift(rest % length);
    rest = Math.floor(rest / length);
  }
  return index;
}
