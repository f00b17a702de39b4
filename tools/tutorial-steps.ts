/**
 * @file The steps of a tutorial: what the blocks of a document tell its reader to do, in their order.
 *
 * - A block under the name of a file is that file, newly made. If it is a `diff`, the file is changed:
 *   its lines are there, those with a plus come, those with a minus go; `@@` begins another place.
 * - A `console` block holds commands, `$ …`, each with lines of what it prints, in their order; `…` is
 *   anything. Under `console fails` it is right that they fail.
 * A document without a file is no tutorial: its commands are only read.
 */

import { type Block, blocksOf } from "./fenced-blocks.ts";

/** The documents that are followed: in a copy of the repository (tutorial.ts), and in an empty project (smoke.ts). */
export const TUTORIALS = {
  repository: "docs/adding-a-primitive.md",
  project: "docs/gradient-checking.md",
} as const;

export type Step = { readonly line: number } & (
  | { readonly kind: "create"; readonly path: string; readonly text: string }
  | { readonly kind: "change"; readonly path: string; readonly places: readonly Place[] }
  | {
      readonly kind: "command";
      readonly command: string;
      readonly prints: readonly string[];
      readonly fails: boolean;
    }
);

/** Whole lines of a file, as they are and as they shall be. */
export interface Place {
  readonly before: string;
  readonly after: string;
}

/** The steps of a document; none if no block of it is a file. @throws if a change is that of no file. */
export function stepsOf(document: string, text: string): Step[] {
  const blocks = blocksOf(document, text);
  if (blocks.every(({ file }) => file === null)) return [];
  const lost = blocks.find(({ language, file }) => language === "diff" && file === null);
  if (lost !== undefined) {
    throw new Error(`${document}:${lost.line}: say which file changes, on a line above the block.`);
  }
  return blocks.flatMap(stepsOfBlock);
}

function stepsOfBlock(block: Block): Step[] {
  const { language, line, file, code } = block;
  if (language === "console") return commandsOf(block);
  if (file === null) return [];
  if (language !== "diff") {
    return [{ kind: "create", line, path: file, text: `${code.join("\n")}\n` }];
  }
  return [{ kind: "change", line, path: file, places: split(code, "@@").map(placeOf) }];
}

function commandsOf({ line, words, code }: Block): Step[] {
  const fails = words.includes("fails");
  const starts = code.flatMap((text, i) => (text.startsWith("$ ") ? [i] : []));
  return starts.map((start, i) => ({
    kind: "command",
    line: line + start,
    command: code[start].slice(2),
    prints: code.slice(start + 1, starts[i + 1]).filter((text) => text !== ""),
    fails,
  }));
}

function placeOf(lines: readonly string[]): Place {
  const without = (sign: string): string =>
    lines
      .filter((line) => !line.startsWith(sign))
      .map((line) => line.slice(1))
      .join("\n");
  return { before: without("+"), after: without("-") };
}

function split(lines: readonly string[], separator: string): string[][] {
  const parts: string[][] = [[]];
  for (const line of lines) {
    if (line === separator) parts.push([]);
    else parts.at(-1)?.push(line);
  }
  return parts;
}

/** `text` with the lines of `place` changed. @throws if they are not there, or more than once. */
export function changed(text: string, { before, after }: Place): string {
  const parts = `\n${text}`.split(`\n${before}\n`);
  if (parts.length !== 2) {
    throw new Error(
      `the lines "${before}" are there ${parts.length - 1} times. Show lines that are there once.`,
    );
  }
  return parts.join(`\n${after}\n`).slice(1);
}

/** The first line of `prints` that is not in `output` after the one before it; null if all are. */
export function missingLine(prints: readonly string[], output: string): string | null {
  const lines = output.split("\n").map((line) => line.trim());
  let from = 0;
  for (const text of prints) {
    const at = lines.findIndex((line, i) => i >= from && matches(text.trim(), line));
    if (at === -1) return text;
    from = at + 1;
  }
  return null;
}

function matches(pattern: string, line: string): boolean {
  const parts = pattern.split("…").map((part) => part.replace(/[\\^$.*+?()[\]{}|]/g, "\\$&"));
  return new RegExp(`^${parts.join(".*")}$`).test(line);
}
