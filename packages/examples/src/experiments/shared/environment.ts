/** @file describeEnvironment. */
import { readFileSync } from "node:fs";
import { availableParallelism, cpus } from "node:os";
import type { Environment } from "./results.ts";

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
