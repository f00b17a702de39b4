/** @file Tables of a report as plain text for a terminal. */
import type { Table } from "./experiment.ts";
import { wrapped } from "./format.ts";

/** The first column on the left, the others, mostly numbers, on the right; null where `width` columns do not hold it. */
export function textTable({ caption, head, rows }: Table, width: number): string | null {
  const all = [head, ...rows];
  const widths = head.map((_, column) => Math.max(...all.map((row) => row[column].length)));
  const lines = all.map((row) => {
    const cells = row.map((cell, i) =>
      i === 0 ? cell.padEnd(widths[i]) : cell.padStart(widths[i]),
    );
    return `  ${cells.join("   ")}`.trimEnd();
  });
  if (Math.max(...lines.map((line) => line.length)) > width) return null;
  return [wrapped(caption, width, ""), "", ...lines, ""].join("\n");
}
