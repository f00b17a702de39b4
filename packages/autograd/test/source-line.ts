/** @file Lines of test files, found by the stack. */
import type { Origin } from "@tapegrad/autograd";

/** The line of whoever calls it. */
export function here(): number {
  const [, , caller] = (new Error("here").stack ?? "").split("\n");
  return Number(/\.ts:(\d+):\d+/.exec(caller)?.[1]);
}

/** The number in `/app/train.ts:12:5`. */
export function lineNumber(origin: Origin | null): number {
  return Number(/:(\d+):\d+$/.exec(origin?.line ?? "")?.[1]);
}
