/** @file Type-checks the `@example`s of the published packages, all in one run of the compiler. */

import { copyFileSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { type Entry, examplesOf, moduleOf } from "./doc-examples.ts";
import { run } from "./run.ts";
import { filesUnder, manifest, ROOT } from "./workspace.ts";

const CONFIGURATION = {
  extends: "../tsconfig.json",
  compilerOptions: {
    // an example may name a result only to show its type; what is imported for it may be a type
    noUnusedLocals: false,
    verbatimModuleSyntax: false,
    isolatedModules: false,
  },
  include: ["*.ts"],
};

/** Writes the examples as modules into `folder/examples`, where `folder` has a tsconfig.json to extend. */
export async function checkDocExamples(folder: string): Promise<{ count: number; ok: boolean }> {
  const examplesFolder = join(folder, "examples");
  mkdirSync(examplesFolder);
  writeFileSync(join(examplesFolder, "tsconfig.json"), JSON.stringify(CONFIGURATION));
  copyFileSync(join(ROOT, "tools/doc-examples/context.ts"), join(examplesFolder, "context.ts"));

  const [autograd, nn] = await Promise.all(["autograd", "nn"].map(entriesOf));
  const modules = [
    ...modulesOf("autograd", [...autograd, ...nn]),
    ...modulesOf("nn", [...nn, ...autograd]),
  ];
  for (const { name, code } of modules) writeFileSync(join(examplesFolder, name), code);
  try {
    run(join(ROOT, "node_modules/.bin/tsc"), ["-p", examplesFolder]);
    return { count: modules.length, ok: true };
  } catch {
    // tsc has said why; its lines are those of the sources
    return { count: modules.length, ok: false };
  }
}

function modulesOf(name: string, entries: readonly Entry[]): { name: string; code: string }[] {
  return filesUnder(`packages/${name}/src`, ".ts").flatMap((path) =>
    examplesOf(path, readFileSync(join(ROOT, path), "utf8")).map((example) => ({
      name: `${path.replaceAll("/", "-")}.${example.line}.ts`,
      code: moduleOf(example, entries),
    })),
  );
}

/** The public modules of a package, and the names of their values. */
async function entriesOf(name: string): Promise<Entry[]> {
  const { name: specifier, exports = {} } = manifest(`packages/${name}`);
  const entries = Object.entries(exports).map(async ([path, conditions]) => {
    if (typeof conditions === "string") return [];
    const url = pathToFileURL(join(ROOT, "packages", name, conditions["source"]));
    const names = new Set(Object.keys((await import(url.href)) as object));
    return [{ specifier: `${specifier}${path.slice(1)}`, names }];
  });
  return (await Promise.all(entries)).flat();
}
