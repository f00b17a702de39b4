/**
 * @file The vitest setup file of `npm run test:compiled`: counts the compiled programs that run in each test, and
 * skips the tests of what only the eager backend does.
 */
import { afterEach, beforeEach, inject } from "vitest";
import { CompiledProgram } from "../../src/compile/compiled-program.ts";
import { programs } from "./programs.ts";

declare module "vitest" {
  interface ProvidedContext {
    /** Tests to leave out: the source of a pattern, and the reason. */
    readonly eagerOnly: readonly (readonly [pattern: string, reason: string])[];
  }
  interface TaskMeta {
    /** Compiled programs that ran. */
    programs?: number;
    /** Kernels that were asked for. */
    kernels?: number;
  }
}

const { run } = Object.getOwnPropertyDescriptors(CompiledProgram.prototype);
const original = run.value as CompiledProgram["run"];
CompiledProgram.prototype.run = function counted(...args): unknown {
  programs.run++;
  return original.apply(this, args);
};

const exceptions = inject("eagerOnly").map(
  ([source, reason]) => [new RegExp(source), reason] as const,
);

let before = { ...programs };
beforeEach(({ task, skip }) => {
  const name = `${task.file.filepath} > ${task.fullTestName}`;
  const left = exceptions.find(([pattern]) => pattern.test(name));
  if (left !== undefined) skip(left[1]);
  before = { ...programs };
});
afterEach(({ task }) => {
  task.meta.programs = programs.run - before.run;
  task.meta.kernels = programs.kernels - before.kernels;
});
