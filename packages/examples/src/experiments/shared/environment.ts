/** @file describeEnvironment. */
import { readFileSync } from "node:fs";
import { availableParallelism, cpus } from "node:os";

export interface Environment {
  /** As `process.version` has it, with its v. */
  readonly node: string;
  readonly platform: string;
  readonly arch: string;
  readonly cpus: number;
  readonly cpu: string;
  readonly packageVersion: string;
  /** When the run started, in ISO 8601. */
  readonly date: string;
}

/** Where and when a run took place. */
export function describeEnvironment(): Environment {
  const manifest = new URL("../../../package.json", import.meta.url);
  const { version } = JSON.parse(readFileSync(manifest, "utf8")) as { version: string };
  return {
    node: process.version,
    platform: process.platform,
    arch: process.arch,
    cpus: availableParallelism(),
    cpu: cpus()[0]?.model ?? "unknown",
    packageVersion: version,
    date: new Date().toISOString(),
  };
}
