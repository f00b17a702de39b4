/**
 * @file Finds the TypeScript blocks of a document, and what they say that they print.
 *
 * A block is a module of its own; the words after `ts` change that:
 * - `continued`: it belongs to the module of the block before it;
 * - `no-run`: it is only type-checked;
 * - `no-check`: a fragment, neither checked nor run.
 * A block under the name of a file is that file: a step of a tutorial (tutorial-steps.ts), no snippet.
 * A comment behind `console.log(…);`, or on the lines right after it, is what that call prints.
 */

import { type Block, blocksOf } from "./fenced-blocks.ts";

/** A module made of one block, or of one and those that continue it. */
export interface Snippet {
  /** The path of the document, as it was given. */
  readonly document: string;
  /** The line of the document on which the code begins, from 1. */
  readonly line: number;
  /** The code, on the lines it has in the document, so that errors name them. */
  readonly code: string;
  readonly checked: boolean;
  readonly run: boolean;
  /** What is printed, line by line; null where the block does not say. */
  readonly prints: readonly Printed[] | null;
}

/** A comment that says what is printed, and its line in the document. */
export interface Printed {
  readonly line: number;
  readonly text: string;
}

const WORDS = ["continued", "no-run", "no-check"];

/** The snippets of a document. @throws if a block is not closed, or is marked with a word that is not known. */
export function snippetsOf(document: string, text: string): Snippet[] {
  const modules: Block[][] = [];
  for (const block of blocksOf(document, text)) {
    if (block.language !== "ts" || block.file !== null) continue;
    const unknown = block.words.find((word) => !WORDS.includes(word));
    if (unknown !== undefined) {
      throw new Error(
        `${document}:${block.line}: a block is marked "${unknown}". Use ${WORDS.join(", ")}.`,
      );
    }
    const last = modules.at(-1);
    if (!block.words.includes("continued")) modules.push([block]);
    else if (last !== undefined) last.push(block);
    else
      throw new Error(
        `${document}:${block.line}: nothing to continue. Begin with a block of its own.`,
      );
  }
  return modules.map((blocks) => snippetOf(document, blocks));
}

function snippetOf(document: string, blocks: readonly Block[]): Snippet {
  const lines: string[] = [];
  for (const { line, code } of blocks) {
    while (lines.length < line - 1) lines.push("");
    lines.push(...code);
  }
  const marked = (word: string): boolean => blocks.some(({ words }) => words.includes(word));
  const checked = !marked("no-check");
  const prints = blocks.flatMap(printedBy);
  return {
    document,
    line: blocks[0].line,
    code: `${lines.join("\n")}\n`,
    checked,
    run: checked && !marked("no-run"),
    prints: prints.length === 0 ? null : prints,
  };
}

/** The comments that say what `console.log` prints. */
function printedBy({ line, code }: Block): Printed[] {
  const prints: Printed[] = [];
  let follows = false;
  code.forEach((text, i) => {
    const isCall = /^\s*console\.log\(/.test(text);
    const behind = isCall ? /\);\s*\/\/ (.*)$/.exec(text) : null;
    const alone = /^\s*\/\/ ?(.*)$/.exec(text);
    const said = behind ?? (follows ? alone : null);
    if (said !== null) prints.push({ line: line + i, text: said[1] });
    follows = isCall || (follows && alone !== null);
  });
  return prints;
}
