/**
 * @file Counts that tests hand to the reporter, which adds up those of all tests and prints one line for
 * each title: `gradient cases: 3,412 (order 1: 2,600, order 2: 500, …)`.
 */
import type { TaskMeta } from "vitest";

declare module "vitest" {
  interface TaskMeta {
    /** By title and part. */
    tallies?: Record<string, Record<string, number>>;
  }
}

/** Adds `count` to a part of what is counted under `title`. */
export function tally(
  { meta }: { readonly meta: TaskMeta },
  title: string,
  part: string,
  count = 1,
): void {
  const tallies = meta.tallies ?? {};
  const parts = tallies[title] ?? {};
  parts[part] = (parts[part] ?? 0) + count;
  tallies[title] = parts;
  meta.tallies = tallies;
}
