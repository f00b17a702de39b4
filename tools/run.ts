/**
 * @file Starts the programs that the tools use, and measures how long a part takes.
 */

import { spawnSync } from "node:child_process";
import { ROOT } from "./workspace.ts";

/** How a program is started; everything has a default. */
export interface RunOptions {
  readonly cwd?: string;
  /** Added to the environment of this process. */
  readonly environment?: Readonly<Record<string, string>>;
  /** Print nothing unless the program fails. */
  readonly quiet?: boolean;
}

/** Runs a program to its end and returns what it printed to stdout when quiet; throws if it fails. */
export function run(program: string, args: readonly string[], options: RunOptions = {}): string {
  const { cwd = ROOT, environment = {}, quiet = false } = options;
  const result = spawnSync(program, args, {
    cwd,
    encoding: "utf8",
    env: { ...process.env, ...environment },
    stdio: quiet ? "pipe" : "inherit",
    // npm and npx are .cmd files there, which only a shell starts
    shell: process.platform === "win32",
  });
  if (result.error !== undefined) throw result.error;
  if (result.status !== 0) {
    if (quiet) process.stderr.write(`${result.stdout}${result.stderr}`);
    const how = result.signal ?? `exit code ${String(result.status)}`;
    throw new Error(`${[program, ...args].join(" ")}: ended with ${how}`);
  }
  return result.stdout ?? "";
}

/** Does `part` and returns its result and the seconds it took. */
export function timed<T>(part: () => T): { readonly result: T; readonly seconds: number } {
  const start = performance.now();
  const result = part();
  return { result, seconds: (performance.now() - start) / 1000 };
}
