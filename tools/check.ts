/**
 * @file Everything that must hold besides the tests, one script of package.json after the other, each
 * with the seconds it took: `npm run check`. All of them run; it fails if any did.
 */

import { run, timed } from "./run.ts";

const PARTS = ["format:check", "lint", "typecheck", "snippets", "smoke", "size"];

const failed = PARTS.filter((part) => {
  console.log(`check: ${part}`);
  try {
    const { seconds } = timed(() => run("npm", ["run", "--silent", part]));
    console.log(`check: ${part} ok, ${seconds.toFixed(1)} s`);
    return false;
  } catch {
    // What failed has said why.
    console.error(`check: ${part} FAILED`);
    return true;
  }
});
console.log(failed.length === 0 ? "check: ok" : `check: FAILED: ${failed.join(", ")}`);
process.exitCode = failed.length === 0 ? 0 : 1;
