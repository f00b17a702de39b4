/**
 * @file The mode of `npm run test:compiled`: the eager backend is replaced by one that compiles what it is asked
 * to compute.
 */
import { join } from "node:path";
import { ROOT } from "./workspace.ts";

const DEFERRED = join(ROOT, "packages/autograd/test/compiled/deferred-backend.ts");

/** A plugin for Vite that hands the deferred backend to whoever imports the eager one from core/. */
export function deferredBackend(): {
  readonly name: string;
  readonly enforce: "pre";
  resolveId(source: string, importer: string | undefined): string | null;
} {
  return {
    name: "deferred-backend",
    enforce: "pre",
    resolveId: (source, importer) =>
      source === "../backends/index.ts" && importer?.includes("/src/core/") === true
        ? DEFERRED
        : null,
  };
}
