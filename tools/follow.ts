/**
 * @file Does the steps of a tutorial in a folder: files come to be and change as its blocks say, its
 * commands run, and what they print is compared with what the document shows.
 */

import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { stripVTControlCharacters } from "node:util";
import { timed } from "./run.ts";
import { changed, missingLine, type Step, stepsOf } from "./tutorial-steps.ts";
import { ROOT } from "./workspace.ts";

type Command = Extract<Step, { kind: "command" }>;

/** Follows a document, given relative to the root, in `folder`. @throws at the first step that goes wrong. */
export function follow(document: string, folder: string): void {
  for (const step of stepsOf(document, readFileSync(resolve(ROOT, document), "utf8"))) {
    const where = `${document}:${step.line}`;
    if (step.kind === "command") {
      const { seconds } = timed(() => type(step, folder, where));
      console.log(`${where}: ${step.command}: ${seconds.toFixed(1)} s`);
    } else write(step, join(folder, step.path), where);
  }
}

/** Makes or changes the file at `path`. */
function write(step: Exclude<Step, Command>, path: string, where: string): void {
  const isThere = existsSync(path);
  if (isThere !== (step.kind === "change")) {
    throw new Error(`${where}: ${step.path} is ${isThere ? "there already" : "not there"}.`);
  }
  try {
    const text =
      step.kind === "create" ? step.text : step.places.reduce(changed, readFileSync(path, "utf8"));
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, text);
  } catch (error) {
    throw new Error(`${where}: ${step.path}: ${messageOf(error)}`);
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** Runs a command as a reader would. */
function type({ command, prints, fails }: Command, folder: string, where: string): void {
  // in the order in which a reader sees it
  const merged = `${command} 2>&1`;
  const result = spawnSync(merged, { cwd: folder, encoding: "utf8", shell: true });
  const output = stripVTControlCharacters(result.stdout);
  const missing = missingLine(prints, output);
  if ((result.status !== 0) === fails && missing === null) return;
  console.error(output);
  throw new Error(
    missing === null
      ? `${where}: "${command}" ${fails ? "succeeds, and should fail" : "fails"}.`
      : `${where}: "${command}" does not print "${missing}". Correct the document or the code.`,
  );
}
