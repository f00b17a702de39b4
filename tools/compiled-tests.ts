/**
 * @file The mode of `npm run test:compiled`: the eager backend is replaced by one that compiles what it is asked
 * to compute.
 */
import { join } from "node:path";
import type { Reporter, TestModule } from "vitest/node";
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

/** What a test asked for, as test/compiled/count-programs.ts counts it. */
interface ProgramMeta {
  /** Compiled programs that ran because a number was read. */
  readonly programs?: number;
  /** Kernels that were to be run, at once or when a number would be read. */
  readonly kernels?: number;
}

/** Says in how many tests compiled programs ran, and fails the run where none did. */
export class ProgramReporter implements Reporter {
  onTestRunEnd(modules: readonly TestModule[]): void {
    let [programs, reading, waiting, idle] = [0, 0, 0, 0];
    for (const module of modules) {
      for (const test of module.children.allTests("passed")) {
        const { programs: ran = 0, kernels = 0 } = test.meta() as ProgramMeta;
        programs += ran;
        if (ran > 0) reading++;
        else if (kernels > 0) waiting++;
        else idle++;
      }
    }
    const lines = [
      `compiled programs: ${programs}, in the ${reading} tests that read a result`,
      `without a program: ${waiting} tests that read no result, ${idle} that asked for none`,
    ];
    process.stdout.write(`${lines.join("\n")}\n`);
    if (programs === 0) process.exitCode = 1;
  }
}
