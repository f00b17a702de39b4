/** @file Errors of the system: what tells them from any other, and what they become. */
import { ValueError } from "@tapegrad/autograd";

/** The code that errors of Node carry, such as "ENOENT"; undefined for every other error. */
export function errorCode(error: unknown): string | undefined {
  if (!(error instanceof Error) || !("code" in error)) return undefined;
  return typeof error.code === "string" ? error.code : undefined;
}

/** What `act` returns; where the system fails, a ValueError of `op` says that `path` cannot be read. */
export function attemptToRead<T>(op: string, path: string, act: () => T): T {
  return attempt(op, path, act, (code) => {
    const fact = code === "ENOENT" ? "does not exist" : `cannot be read (${code})`;
    return `${fact}. Check the path and its permissions.`;
  });
}

/** What `act` returns; where the system fails, a ValueError of `op` says that `path` cannot be written. */
export function attemptToWrite<T>(op: string, path: string, act: () => T): T {
  return attempt(op, path, act, (code) => {
    return `cannot be written (${code}). Check the path, its permissions and the space on the disk.`;
  });
}

function attempt<T>(op: string, path: string, act: () => T, explain: (code: string) => string): T {
  try {
    return act();
  } catch (cause) {
    const code = errorCode(cause);
    if (code === undefined) throw cause;
    throw new ValueError(op, { path, code }, (d) => `${d.path} ${explain(d.code)}`);
  }
}
