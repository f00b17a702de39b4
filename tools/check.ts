/**
 * @file Everything that must hold besides the tests, one script of package.json after the other, each
 * with the seconds it took: `npm run check`. All of them run; it fails if any did.
 */

import { existsSync } from "node:fs";
import { join } from "node:path";
import { run, timed } from "./run.ts";
import { ROOT } from "./workspace.ts";

const PARTS = [
  "format:check",
  "lint",
  "typecheck",
  "snippets",
  "tutorial",
  "reference:check",
  "smoke",
  "size",
];

// PyTorch's answers are not part of the project: they are compared with where they lie beside it
const hasOracle = existsSync(join(ROOT, "../shared/oracle/paper"));
const SUITES = ["paper", "ops", "programs", "modules", "safetensors"].flatMap((suite) => {
  return [`oracle -- ${suite}`, `oracle -- ${suite} --compiled`];
});
SUITES.push("oracle -- figure-1");
const parts = hasOracle ? [...PARTS, ...SUITES] : PARTS;
if (!hasOracle)
  console.log("check: oracle skipped, there is no ../shared/oracle beside the project");

const failed = parts.filter((part) => {
  console.log(`check: ${part}`);
  try {
    const { seconds } = timed(() => run("npm", ["run", "--silent", ...part.split(" ")]));
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
