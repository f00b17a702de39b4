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

/** What a compiled run amounted to. */
export interface ProgramSummary {
  readonly lines: readonly string[];
  /** Whether programs ran, and kernels came to the backend that compiles them. */
  readonly isCompiled: boolean;
}

export function summarizePrograms(modules: readonly TestModule[]): ProgramSummary {
  const metas = modules.flatMap(({ children }) => {
    return Array.from(children.allTests("passed"), (test) => test.meta() as ProgramMeta);
  });
  const sum = (key: keyof ProgramMeta): number =>
    metas.reduce((total, meta) => total + (meta[key] ?? 0), 0);
  const reading = metas.filter(({ programs = 0 }) => programs > 0).length;
  const asking = metas.filter(
    ({ programs = 0, kernels = 0 }) => programs > 0 || kernels > 0,
  ).length;
  const lines = [
    `compiled programs: ${sum("programs")}, in the ${reading} tests that read a result`,
    `without a program: ${asking - reading} tests that read no result, ${metas.length - asking} that asked for none`,
  ];
  return { lines, isCompiled: sum("programs") > 0 && sum("kernels") > 0 };
}

/** Says in how many tests compiled programs ran, and fails a run that compiled nothing. */
export class ProgramReporter implements Reporter {
  onTestRunEnd(modules: readonly TestModule[]): void {
    const { lines, isCompiled } = summarizePrograms(modules);
    process.stdout.write(`${lines.join("\n")}\n`);
    if (!isCompiled) process.exitCode = 1;
  }
}
