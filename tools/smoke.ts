/**
 * @file The smoke test of the packed packages: `npm run smoke`.
 *
 * It builds from nothing, packs with pnpm (which resolves `workspace:` and `catalog:`), lints the
 * tarballs with publint, and installs them with npm in two empty projects outside the workspace:
 * - with nothing else: every entry is loaded by `import` and by `require`, and a consumer is type-checked;
 * - with fast-check: a consumer checks its own function with `@tapegrad/autograd/testing`, and the page on
 *   gradient checking is followed.
 * What to expect of an entry is a line in ENTRIES, the only thing to touch when an entry is added.
 */

import {
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { follow } from "./follow.ts";
import { run, timed } from "./run.ts";
import { TUTORIALS } from "./tutorial-steps.ts";
import { manifest, ROOT } from "./workspace.ts";

/** What one entry point promises. */
interface Entry {
  /** A few names it must export. */
  readonly names: readonly string[];
  /** Needs the optional peer dependency fast-check, so it is loaded in the second project. */
  readonly needsFastCheck?: boolean;
}

const ENTRIES: Readonly<Record<string, Entry>> = {
  "@tapegrad/autograd": { names: ["OpError", "tensor", "grad", "record"] },
  "@tapegrad/autograd/testing": { names: ["gradcheck", "assertGradcheck", "primitiveLaws"] },
  "@tapegrad/autograd/testing/arbitraries": {
    names: ["shapes", "tensors", "primitiveProblems"],
    needsFastCheck: true,
  },
  "@tapegrad/nn": { names: ["batchNormTrain", "BatchNorm", "SGD", "moments"] },
  "@tapegrad/nn/formats": { names: ["parseCsv", "parseNpz", "serializeNpz"] },
  "@tapegrad/nn/node": { names: ["readMnist", "readSafetensors"] },
};

const PUBLISHED = ["packages/autograd", "packages/nn"];
const TSC = join(ROOT, "node_modules/.bin/tsc");
const PUBLINT = join(ROOT, "node_modules/.bin/publint");
const CONSUMER = join(ROOT, "tools/smoke/consumer.ts");
const OWN_FUNCTION = join(ROOT, "tools/smoke/own-function.ts");

const exported = PUBLISHED.flatMap(entriesOf);
const scratch = mkdtempSync(join(tmpdir(), "tapegrad-smoke-"));
try {
  const { seconds } = timed(smoke);
  console.log(`smoke: ok, ${exported.length} entries loaded, ${seconds.toFixed(1)} s`);
} catch (error) {
  console.error(`smoke: FAILED: ${error instanceof Error ? error.message : String(error)}`);
  process.exitCode = 1;
} finally {
  rmSync(scratch, { recursive: true, force: true });
}

function smoke(): void {
  checkTable();
  const tarballs = step("build and pack", buildAndPack);
  step("publint", () => {
    for (const tarball of tarballs) run(PUBLINT, ["run", "--strict", tarball], { quiet: true });
  });

  const plain = join(scratch, "plain");
  step("install the tarballs alone", () => createProject(plain, tarballs, []));
  step("import and require", () => loadEntries(plain, false));
  step("types, nodenext and bundler", () => {
    copyFileSync(CONSUMER, join(plain, "consumer.ts"));
    checkTypes(plain, "consumer.ts", ["--noEmit"], "nodenext");
    checkTypes(plain, "consumer.ts", ["--noEmit"], "bundler");
  });

  const tested = join(scratch, "tested");
  step("install with fast-check", () =>
    createProject(tested, tarballs.slice(0, 1), ["fast-check", "vitest"].map(asInstalled)),
  );
  step("a consumer's own test", () => {
    loadEntries(tested, true);
    copyFileSync(OWN_FUNCTION, join(tested, "own-function.ts"));
    checkTypes(tested, "own-function.ts", ["--outDir", "."], "nodenext");
    run(process.execPath, ["own-function.js"], { cwd: tested });
  });
  step("the page on gradient checking", () => follow(TUTORIALS.project, tested));
}

/** The entries that a package exports, package.json left out. */
function entriesOf(folder: string): string[] {
  const { name, exports = {} } = manifest(folder);
  return Object.entries(exports).flatMap(([path, target]) =>
    typeof target === "string" ? [] : [name + path.slice(1)],
  );
}

/** Every entry that a manifest exports has its line in ENTRIES, and no line is left over. */
function checkTable(): void {
  const different = exported
    .filter((entry) => !(entry in ENTRIES))
    .concat(Object.keys(ENTRIES).filter((entry) => !exported.includes(entry)));
  if (different.length > 0) {
    throw new Error(
      `ENTRIES and the manifests differ in ${different.join(", ")}. Bring them in line.`,
    );
  }
}

/** Builds without what an earlier build left in dist/, so that no deleted module is packed. */
function buildAndPack(): string[] {
  for (const folder of PUBLISHED)
    rmSync(join(ROOT, folder, "dist"), { recursive: true, force: true });
  run(TSC, ["-b", ...PUBLISHED], { quiet: true });
  run(process.execPath, ["--import", "tsx", "tools/bundle.ts"], { quiet: true });
  return PUBLISHED.map((folder) => {
    const destination = join(scratch, "tarballs", basename(folder));
    mkdirSync(destination, { recursive: true });
    const pnpm = manifest().packageManager ?? "pnpm";
    const args = ["--yes", pnpm, "pack", "--pack-destination", destination];
    run("npx", args, { cwd: join(ROOT, folder), quiet: true });
    const tarball = readdirSync(destination).find((name) => name.endsWith(".tgz"));
    if (tarball === undefined) throw new Error(`${folder}: pnpm pack left no tarball`);
    return join(destination, tarball);
  });
}

/** An empty project with the tarballs, and `others` from the registry. */
function createProject(
  folder: string,
  tarballs: readonly string[],
  others: readonly string[],
): void {
  mkdirSync(folder);
  writeFileSync(join(folder, "package.json"), '{ "private": true, "type": "module" }\n');
  const args = ["install", "--no-audit", "--no-fund", "--loglevel=error", ...tarballs, ...others];
  run("npm", args, { cwd: folder, quiet: true });
}

/** Loads the entries both ways and looks for their names. */
function loadEntries(project: string, withFastCheck: boolean): void {
  const entries = Object.entries(ENTRIES)
    .filter(([, entry]) => (entry.needsFastCheck ?? false) === withFastCheck)
    .map(([specifier, { names }]) => [specifier, names]);
  const check = (load: string): string => `
    for (const [specifier, names] of ${JSON.stringify(entries)}) {
      const missing = ((module) => names.filter((name) => !(name in module)))(${load}(specifier));
      if (missing.length > 0) throw new Error(specifier + " does not export " + missing.join(", "));
    }`;
  writeFileSync(join(project, "load.mjs"), check("await import"));
  writeFileSync(join(project, "load.cjs"), check("require"));
  for (const file of ["load.mjs", "load.cjs"]) {
    run(process.execPath, [file], { cwd: project, quiet: true });
  }
}

/** Type-checks a file as a consumer who has neither Node's types nor skipLibCheck. */
function checkTypes(
  project: string,
  file: string,
  output: readonly string[],
  resolution: "nodenext" | "bundler",
): void {
  const module = resolution === "nodenext" ? "nodenext" : "esnext";
  const options = ["--strict", "--target", "es2022", "--lib", "es2022", "--types", ""];
  const modules = ["--module", module, "--moduleResolution", resolution];
  run(TSC, [...options, ...modules, ...output, file], { cwd: project, quiet: true });
}

/** A package in the version that the workspace has. */
function asInstalled(name: string): string {
  const text = readFileSync(join(ROOT, "node_modules", name, "package.json"), "utf8");
  return `${name}@${(JSON.parse(text) as { readonly version: string }).version}`;
}

function step<T>(name: string, part: () => T): T {
  const { result, seconds } = timed(part);
  console.log(`smoke: ${name}: ${seconds.toFixed(1)} s`);
  return result;
}
