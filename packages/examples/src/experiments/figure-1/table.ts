/**
 * @file The tables that are printed at the end of a run, as plain text of at most 72 columns.
 */
import { formatCount } from "../shared/format.ts";
import type { Results } from "../shared/results.ts";
import { accuracyRows, finalRows, formatBasis, formatLead, formatSpread } from "./rows.ts";

/** More rows would push the beginning off the screen; all steps are in results.json. */
const ROW_LIMIT = 16;

/** Test accuracy by step and after the last step, with and without batch normalization. */
export function renderTable({ summary, curves }: Results): string {
  const rows = accuracyRows(summary, ROW_LIMIT);
  const measured = new Set(summary.map((row) => row.step)).size;
  const basis = formatBasis(summary);
  return [
    `Test accuracy in percent, ${basis}`,
    "",
    ...columns([
      ["step", "with batch norm", "without", "lead"],
      ...rows.map((row) => [
        formatCount(row.step),
        formatSpread(row.withBatchNorm),
        formatSpread(row.without),
        formatLead(row),
      ]),
    ]),
    ...(rows.length < measured
      ? [`(${rows.length} of ${measured} measured steps; results.json has all)`]
      : []),
    "",
    `After the last step, ${basis}`,
    "",
    ...columns(
      finalRows(curves).map((row) => [row.name, formatSpread(row)]),
      "left",
    ),
    "",
  ].join("\n");
}

/** Aligned to the right, since the cells are numbers; a first column of words can be aligned to the left. */
function columns(
  rows: readonly (readonly string[])[],
  first: "left" | "right" = "right",
): string[] {
  const widths = (rows[0] ?? []).map((_, column) =>
    Math.max(...rows.map((row) => row[column]?.length ?? 0)),
  );
  return rows.map((row) =>
    row
      .map((cell, column) => {
        const width = widths[column] ?? 0;
        return column === 0 && first === "left" ? cell.padEnd(width) : cell.padStart(width);
      })
      .join("   ")
      .replace(/^/u, "  ")
      .trimEnd(),
  );
}
