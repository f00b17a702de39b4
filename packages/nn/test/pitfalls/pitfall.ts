/**
 * @file itAvoids: one pitfall as two tests. The library passes a check, and a naive version fails it, so that the check
 * is seen to find the mistake that it is there for.
 */
import { expect, it } from "vitest";

export interface Pitfall<T> {
  /** As a sentence: "reads momentum as the weight of the old value". */
  readonly mistake: string;
  readonly naive: T;
  readonly library: T;
  /** Fails by an assertion of vitest; any other error of the naive version is a mistake in the test. */
  readonly check: (subject: T) => void;
}

export function itAvoids<T>({ mistake, naive, library, check }: Pitfall<T>): void {
  it(`passes what a version fails that ${mistake}`, () => {
    check(library);

    expect(errorOf(() => check(naive))).toBe("AssertionError");
  });
}

function errorOf(run: () => void): string {
  try {
    run();
  } catch (error) {
    if (error instanceof Error && error.name !== "AssertionError") throw error;
    return error instanceof Error ? error.name : String(error);
  }
  return "no error: the check does not see the mistake";
}
