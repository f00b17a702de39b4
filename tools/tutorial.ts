/**
 * @file Does what the tutorials among the documents tell their readers to do: `npm run tutorial`.
 *
 * For each the repository is copied to a folder of its own: files come to be and change there as the blocks
 * say, and the commands run there. A step fails if its lines are not in the file, if its command fails, or
 * if that prints anything else than the document shows: what a document claims, it asserts.
 */

import { spawnSync } from "node:child_process";
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { stripVTControlCharacters } from "node:util";
import { run, timed } from "./run.ts";
import { changed, missingLine, type Step, stepsOf } from "./tutorial-steps.ts";
import { filesUnder, packageFolders, ROOT } from "./workspace.ts";

for (const document of ["README.md", ...filesUnder("docs", ".md")]) {
  const steps = stepsOf(document, readFileSync(join(ROOT, document), "utf8"));
  if (steps.length > 0) follow(document, steps);
}

function follow(document: string, steps: readonly Step[]): void {
  const folder = mkdtempSync(join(tmpdir(), "tapegrad-tutorial-"));
  try {
    copyRepository(folder);
    const { seconds } = timed(() => {
      for (const step of steps) perform(step, folder, `${document}:${step.line}`);
    });
    console.log(`tutorial: ok, ${document}, ${steps.length} steps, ${seconds.toFixed(1)} s`);
  } catch (error) {
    console.error(`tutorial: FAILED: ${error instanceof Error ? error.message : String(error)}`);
    process.exitCode = 1;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** What git knows or does not ignore, with the installed dependencies and what was compiled before. */
function copyRepository(folder: string): void {
  const listing = ["ls-files", "-z", "--cached", "--others", "--exclude-standard"];
  const files = run("git", listing, { quiet: true }).split("\0").filter(Boolean);
  for (const file of files.filter((name) => existsSync(join(ROOT, name)))) {
    cpSync(join(ROOT, file), join(folder, file), { preserveTimestamps: true });
  }
  symlinkSync(join(ROOT, "node_modules"), join(folder, "node_modules"), "junction");
  for (const name of packageFolders()) {
    // links to the other packages are relative, and lead to their copies
    const [from, to] = [ROOT, folder].map((root) => join(root, name, "node_modules"));
    if (existsSync(from)) cpSync(from, to, { recursive: true, verbatimSymlinks: true });
  }
}

function perform(step: Step, folder: string, where: string): void {
  if (step.kind === "command") {
    const { seconds } = timed(() => type(step, folder, where));
    console.log(`tutorial: ${where}: ${step.command}: ${seconds.toFixed(1)} s`);
    return;
  }
  const path = join(folder, step.path);
  if (step.kind === "create") {
    if (existsSync(path)) throw new Error(`${where}: ${step.path} is there. Change it by a diff.`);
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, step.text);
    return;
  }
  try {
    writeFileSync(path, step.places.reduce(changed, readFileSync(path, "utf8")));
  } catch (error) {
    throw new Error(`${where}: ${step.path}: ${error instanceof Error ? error.message : error}`);
  }
}

/** Runs a command as a reader would, and compares what it prints. */
function type(step: Extract<Step, { kind: "command" }>, folder: string, where: string): void {
  const { command, prints, fails } = step;
  const result = spawnSync(command, { cwd: folder, encoding: "utf8", shell: true });
  const output = stripVTControlCharacters(`${result.stdout}${result.stderr}`);
  const missing = missingLine(prints, output);
  if ((result.status !== 0) === fails && missing === null) return;
  console.error(output);
  throw new Error(
    missing === null
      ? `${where}: "${command}" ${fails ? "succeeds, and should fail" : "fails"}.`
      : `${where}: "${command}" does not print "${missing}". Correct the document or the code.`,
  );
}
