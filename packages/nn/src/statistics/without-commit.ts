/** @file withoutCommit. */
import { transaction } from "@tapegrad/autograd";

class Rollback extends Error {}

/** Runs `body`, drops what it assigned to variables, and returns what it returned. */
export function withoutCommit<T>(body: () => T): T {
  const results: T[] = [];
  try {
    transaction(() => {
      results.push(body());
      throw new Rollback();
    });
  } catch (error) {
    if (!(error instanceof Rollback)) throw error;
  }
  return results[0];
}
