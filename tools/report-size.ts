/**
 * @file Prints the budgets of the source, and the weight of what is built: `npm run size`.
 *
 * Budgets (CONTRIBUTING.md) are for review, not enforced: a file over 300 lines and a function over 40
 * want a reason; core/ together has its own test. Function lengths are found by matching braces in the
 * scanned source, so they are approximate. Bytes are those of the built JavaScript, all modules together.
 */

import { readFileSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { CORE_BUDGET, coreLines } from "./layering.ts";
import { scan } from "./source.ts";
import { filesUnder, packageFolders, packageSources, ROOT } from "./workspace.ts";

const FILE_LINES = 300;
const FUNCTION_LINES = 40;

interface FunctionLength {
  readonly name: string;
  readonly line: number;
  readonly lines: number;
}

const sources = packageSources();
const tools = filesUnder("tools", ".ts").filter((path) => !path.startsWith("tools/dist/"));
for (const path of tools) sources.set(path, readFileSync(join(ROOT, path), "utf8"));

console.log(`core/: ${coreLines(sources)} lines of ${CORE_BUDGET}`);
report(`files over ${FILE_LINES} lines`, longFiles());
report(`functions over ${FUNCTION_LINES} lines (approximate)`, longFunctions());
report("built JavaScript", packageFolders().map(builtSize));

function longFiles(): string[] {
  return [...sources]
    .map(([path, source]) => ({ path, lines: source.split("\n").length - 1 }))
    .filter(({ lines }) => lines > FILE_LINES)
    .sort((a, b) => b.lines - a.lines)
    .map(({ path, lines }) => `${lines}  ${path}`);
}

function longFunctions(): string[] {
  return [...sources]
    .filter(([path]) => !path.endsWith(".test.ts"))
    .flatMap(([path, source]) =>
      functionLengths(source)
        .filter(({ lines }) => lines > FUNCTION_LINES)
        .map((found) => ({ path, ...found })),
    )
    .sort((a, b) => b.lines - a.lines)
    .map(({ path, line, name, lines }) => `${lines}  ${path}:${line} ${name}`);
}

/** The functions with a body in braces: how many lines from the line of `{` to that of `}`. */
function functionLengths(source: string): FunctionLength[] {
  const { code } = scan(source);
  const lineAt = (offset: number): number => code.slice(0, offset).split("\n").length;
  const found: FunctionLength[] = [];
  const open: { readonly at: number; readonly name: string | null }[] = [];
  for (const { 0: brace, index } of code.matchAll(/[{}]/g)) {
    if (brace === "{") {
      open.push({ at: index, name: functionName(code.slice(Math.max(0, index - 400), index)) });
      continue;
    }
    const { at, name } = open.pop() ?? { at: 0, name: null };
    if (name === null) continue;
    const line = lineAt(at);
    found.push({ name, line, lines: lineAt(index) - line + 1 });
  }
  return found;
}

/** The name of the function whose body begins after `header`; null if it is another kind of block. */
function functionName(header: string): string | null {
  const statement = header.slice(Math.max(header.lastIndexOf(";"), header.lastIndexOf("}")) + 1);
  const arrow = /=>\s*$/.test(statement);
  const body = arrow || /\)\s*(?::[^;{}=]+)?$/.test(statement);
  if (!body || (!arrow && /\b(?:if|for|while|switch|catch|with)\s*\([^{]*$/.test(statement)))
    return null;
  const named =
    /\bfunction\b\s*\*?\s*([\w$]+)/.exec(statement) ??
    /\b(?:const|let)\s+([\w$]+)/.exec(statement) ??
    /([\w$#]+)\s*(?:<[^{}]*>)?\(/.exec(statement);
  return named?.[1] ?? "(anonymous)";
}

function builtSize(folder: string): string {
  const bundled = filesUnder(`${folder}/dist/bundle`, ".js");
  const files = bundled.length > 0 ? bundled : filesUnder(`${folder}/dist`, ".js");
  const all = Buffer.concat(files.map((path) => readFileSync(join(ROOT, path))));
  const kilobytes = (bytes: number): string => `${(bytes / 1000).toFixed(1)} kB`;
  const gzip = kilobytes(gzipSync(all).length);
  return `${folder}: ${files.length} modules, ${kilobytes(all.length)}, gzip ${gzip}`;
}

function report(title: string, lines: readonly string[]): void {
  console.log(`${title}: ${lines.length === 0 ? "none" : ""}`);
  for (const line of lines) console.log(`  ${line}`);
}
