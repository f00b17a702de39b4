/** @file What tells an error of the system from any other. */

/** The code that errors of Node carry, such as "ENOENT"; undefined for every other error. */
export function errorCode(error: unknown): string | undefined {
  if (!(error instanceof Error) || !("code" in error)) return undefined;
  return typeof error.code === "string" ? error.code : undefined;
}
