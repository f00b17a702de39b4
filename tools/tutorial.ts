/**
 * @file Does what the page on primitives tells its readers to do: `npm run tutorial`.
 *
 * The repository is copied to a folder of its own, in which the page is followed. It fails if lines are not
 * there that the page changes, if a command fails, or if one prints anything else than the page shows: what
 * a document claims, it asserts. `npm run tutorial -- PAGE` follows another one.
 */

import { cpSync, existsSync, mkdtempSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { follow } from "./follow.ts";
import { run, timed } from "./run.ts";
import { TUTORIALS } from "./tutorial-steps.ts";
import { packageFolders, ROOT } from "./workspace.ts";

const [page = TUTORIALS.repository] = process.argv.slice(2);
const folder = mkdtempSync(join(tmpdir(), "tapegrad-tutorial-"));
try {
  const { seconds } = timed(() => {
    copyRepository();
    follow(page, folder);
  });
  console.log(`tutorial: ok, ${seconds.toFixed(1)} s`);
} catch (error) {
  console.error(`tutorial: FAILED: ${error instanceof Error ? error.message : String(error)}`);
  process.exitCode = 1;
} finally {
  rmSync(folder, { recursive: true, force: true });
}

/** What git knows or does not ignore, with the dependencies that are installed. */
function copyRepository(): void {
  const listing = ["ls-files", "-z", "--cached", "--others", "--exclude-standard"];
  const files = run("git", listing, { quiet: true }).split("\0").filter(Boolean);
  for (const file of files.filter((name) => existsSync(join(ROOT, name)))) {
    cpSync(join(ROOT, file), join(folder, file));
  }
  symlinkSync(join(ROOT, "node_modules"), join(folder, "node_modules"), "junction");
  for (const name of packageFolders()) {
    // links from package to package are relative, and lead to the copies
    const [from, to] = [ROOT, folder].map((root) => join(root, name, "node_modules"));
    if (existsSync(from)) cpSync(from, to, { recursive: true, verbatimSymlinks: true });
  }
}
