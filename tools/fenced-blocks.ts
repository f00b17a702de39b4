/**
 * @file The fenced blocks of a document, with what is said about each: its language, the words behind
 * that, and the file that it belongs to.
 *
 * A line above a block that is nothing but a path in backticks is its file, for readers and for tools.
 */

/** A fenced block of a document. */
export interface Block {
  readonly language: string;
  /** What follows the language. */
  readonly words: readonly string[];
  /** The path that stands above the block; null if none does. */
  readonly file: string | null;
  /** The line of the document on which the code begins, from 1. */
  readonly line: number;
  readonly code: readonly string[];
}

/** The blocks of a document, in their order. @throws if one is not closed. */
export function blocksOf(document: string, text: string): Block[] {
  const blocks: Block[] = [];
  const lines = text.split("\n");
  for (let at = 0; at < lines.length; at++) {
    const opening = /^```(\S*)\s*(.*)$/.exec(lines[at]);
    if (opening === null) continue;
    const end = lines.indexOf("```", at + 1);
    if (end === -1) {
      throw new Error(`${document}:${at + 1}: a block is not closed. End it with three backticks.`);
    }
    const above = lines.slice(0, at).findLast((line) => line !== "") ?? "";
    blocks.push({
      language: opening[1],
      words: opening[2].split(/\s+/).filter(Boolean),
      file: /^`([\w./-]+\.\w+)`$/.exec(above)?.[1] ?? null,
      line: at + 2,
      code: lines.slice(at + 1, end),
    });
    at = end;
  }
  return blocks;
}
