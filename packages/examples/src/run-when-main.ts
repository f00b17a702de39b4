/**
 * @file Runs a lesson when its file is what Node was started with; importing the file runs nothing.
 */
import { existsSync, realpathSync } from "node:fs";
import { fileURLToPath } from "node:url";

/** Calls `lesson` if the module with this `import.meta.url` is the program; what fails in it ends the process. */
export function runWhenMain(url: string, lesson: () => void | Promise<void>): void {
  const [, program] = process.argv;
  if (program === undefined || !existsSync(program)) return;
  if (realpathSync(program) === fileURLToPath(url)) void lesson();
}
