/**
 * @file The mode of `npm run test:compiled`: the eager backend is replaced by one that compiles what it is asked
 * to compute.
 */
import { join } from "node:path";
import type { Reporter, TestModule } from "vitest/node";
import { withoutPrograms } from "./compiled-exceptions.ts";
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

interface ProgramMeta {
  readonly programs?: number;
}

/** Says how many compiled programs ran, and fails the run where a test ran none without a known reason. */
export class ProgramReporter implements Reporter {
  onTestRunEnd(modules: readonly TestModule[]): void {
    let count = 0;
    let tests = 0;
    const reasons = new Map<string, number>();
    const unexplained: string[] = [];
    for (const module of modules) {
      for (const test of module.children.allTests("passed")) {
        const ran = (test.meta() as ProgramMeta).programs ?? 0;
        count += ran;
        tests++;
        if (ran > 0) continue;
        const name = `${module.moduleId} > ${test.fullName}`;
        const reason = withoutPrograms(name);
        if (reason === null) unexplained.push(name);
        else reasons.set(reason, (reasons.get(reason) ?? 0) + 1);
      }
    }
    const without = [...reasons.values()].reduce((sum, n) => sum + n, 0) + unexplained.length;
    const lines = [`compiled programs: ${count} in ${tests - without} tests`];
    for (const [reason, n] of reasons) lines.push(`none in ${n} tests: ${reason}`);
    for (const name of unexplained) lines.push(`none, without a reason: ${name}`);
    process.stdout.write(`${lines.join("\n")}\n`);
    if (unexplained.length > 0) process.exitCode = 1;
  }
}
