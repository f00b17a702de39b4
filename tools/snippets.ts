/**
 * @file Type-checks and runs the TypeScript blocks of the documents, and type-checks the `@example`s of
 * doc comments: `npm run snippets`.
 *
 * Each becomes a module beside the examples, from where the packages' names lead to their source. A block
 * fails if it throws, or prints anything else than its comments say: what a document claims, it asserts.
 * `npm run snippets -- docs/tape.md` takes the blocks of the documents named, and no examples.
 */

import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { format } from "node:util";
import { checkDocExamples } from "./check-doc-examples.ts";
import { run } from "./run.ts";
import { type Snippet, snippetsOf } from "./snippet-blocks.ts";
import { filesUnder, ROOT } from "./workspace.ts";

const FOLDER = join(ROOT, "packages/examples/dist/.snippets");
const TSC = join(ROOT, "node_modules/.bin/tsc");

const CONFIGURATION = {
  extends: join(ROOT, "tsconfig.base.json"),
  compilerOptions: {
    noEmit: true,
    composite: false,
    declarationMap: false,
    isolatedDeclarations: false,
    rewriteRelativeImportExtensions: false,
    allowImportingTsExtensions: true,
    customConditions: ["source"],
  },
  include: ["*.ts"],
};

const named = process.argv.slice(2);
const documents = named.length > 0 ? named : ["README.md", ...filesUnder("docs", ".md")];
const snippets = documents.flatMap((document) =>
  snippetsOf(document, readFileSync(join(ROOT, document), "utf8")),
);

rmSync(FOLDER, { recursive: true, force: true });
mkdirSync(FOLDER, { recursive: true });
writeFileSync(join(FOLDER, "tsconfig.json"), JSON.stringify(CONFIGURATION));
for (const snippet of snippets.filter(({ checked }) => checked)) {
  writeFileSync(fileOf(snippet), `${snippet.code}export {};\n`);
}

let failures = 0;
try {
  run(TSC, ["-p", FOLDER]);
} catch {
  // tsc has said why; its lines are those of the documents
  failures++;
}
const runnable = snippets.filter((snippet) => snippet.run);
for (const snippet of runnable) failures += (await succeeds(snippet)) ? 0 : 1;

const examples = named.length > 0 ? { ok: true, count: 0 } : await checkDocExamples(FOLDER);
if (!examples.ok) failures++;

const counts = [
  `${snippets.length} blocks in ${documents.length} documents, ${runnable.length} run`,
  `${examples.count} examples of doc comments type-checked`,
].join("; ");
console.log(`snippets: ${failures === 0 ? "ok" : "FAILED"}, ${counts}`);
process.exitCode = failures === 0 ? 0 : 1;

/** `docs/dtypes.md`, line 12 → `docs-dtypes.md.12.ts` */
function fileOf({ document, line }: Snippet): string {
  return join(FOLDER, `${document.replaceAll("/", "-")}.${line}.ts`);
}

/** Runs a snippet and compares what it prints; says what went wrong. */
async function succeeds(snippet: Snippet): Promise<boolean> {
  const where = `${snippet.document}:${snippet.line}`;
  const printed: string[] = [];
  const { log } = console;
  console.log = (...values: unknown[]) => {
    printed.push(...format(...values).split("\n"));
  };
  try {
    await import(pathToFileURL(fileOf(snippet)).href);
  } catch (error) {
    console.error(`${where}: the block throws:`, error);
    return false;
  } finally {
    console.log = log;
  }
  const wrong = firstDifference(snippet, printed);
  if (wrong === null) return true;
  console.error(`${snippet.document}:${wrong}. Correct the comment or the code.`);
  return false;
}

/** Where what is printed differs from what the comments say; null if nowhere. */
function firstDifference({ line, prints }: Snippet, printed: readonly string[]): string | null {
  if (prints === null) return null;
  const at = prints.findIndex(({ text }, i) => text !== printed[i]);
  if (at >= 0) {
    return `${prints[at].line}: this prints "${printed[at] ?? ""}", but the comment says "${prints[at].text}"`;
  }
  const extra = printed[prints.length];
  return extra === undefined ? null : `${line}: no comment says that the block prints "${extra}"`;
}
