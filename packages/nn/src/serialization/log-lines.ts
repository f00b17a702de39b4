/**
 * @file Logs as lines of text: JSON Lines and CSV, one line for each entry, and the way back.
 *
 * A number is written with the fewest digits that give it back; NaN and infinities, which JSON does not have, are
 * the texts "NaN", "Infinity" and "-Infinity". Formats: jsonlines.org; RFC 4180.
 */
import { FormatError, ValueError } from "@tapegrad/autograd";
import type { LogEntry } from "../train/logs/logger.ts";
import { type JsonValue, parseStrictJson, quote } from "./strict-json.ts";

const STEP = "step";
const NON_FINITE: ReadonlyMap<JsonValue, number> = new Map([
  ["NaN", Number.NaN],
  ["Infinity", Number.POSITIVE_INFINITY],
  ["-Infinity", Number.NEGATIVE_INFINITY],
]);

/** An entry as one line of JSON Lines, with its end. @throws ValueError if a value is named "step". */
export function jsonLine({ step, values }: LogEntry): string {
  requireNames("JsonLinesLogger", Object.keys(values));
  const entries = Object.entries(values).map(([name, value]) => {
    return `${JSON.stringify(name)}:${Number.isFinite(value) ? textOf(value) : `"${value}"`}`;
  });
  return `{${[`"${STEP}":${step}`, ...entries].join(",")}}\n`;
}

/**
 * Reads a log of JSON Lines. A last line without its end, of a program that was stopped while it wrote, is left
 * out.
 *
 * @throws FormatError if a line is no entry, or a step is below the one before.
 * @example
 * parseJsonLines(text, { name: "log.jsonl" }).map(({ step, values }) => [step, values["loss"]]);
 */
export function parseJsonLines(
  text: string,
  { name }: { readonly name: string },
): readonly LogEntry[] {
  let before = 0;
  return text
    .split("\n")
    .slice(0, -1)
    .map((line, i) => {
      const entry = parseJsonLine(line, { name, line: i + 1, before });
      before = entry.step;
      return entry;
    });
}

/** One line, which is number `line` and follows an entry of step `before`. */
export function parseJsonLine(
  text: string,
  details: { readonly name: string; readonly line: number; readonly before: number },
): LogEntry {
  const refuse = (fact: string): FormatError<object> =>
    new FormatError("parseJsonLines", details, ({ name, line }) => {
      return `${name}, line ${line}: ${fact}. Correct or remove the line.`;
    });
  const entry = entryOf(text, refuse);
  if (entry.step >= details.before) return entry;
  throw refuse(`step ${entry.step} follows step ${details.before}`);
}

function entryOf(line: string, refuse: (fact: string) => Error): LogEntry {
  const object = parseStrictJson(line, { maxDepth: 1, refuse });
  if (!(object instanceof Map)) throw refuse("it is no JSON object");
  const step: unknown = object.get(STEP);
  if (!isStep(step)) throw refuse("it has no step, which is an integer of at least 0");
  const values: [string, number][] = [];
  for (const [name, value] of object as ReadonlyMap<string, JsonValue>) {
    const number = typeof value === "number" ? value : NON_FINITE.get(value);
    if (number === undefined) throw refuse(`the value of ${quote(name)} is no number`);
    if (name !== STEP) values.push([name, number]);
  }
  return { step, values: Object.fromEntries(values) };
}

const isStep = (step: unknown): step is number => Number.isSafeInteger(step) && Number(step) >= 0;

/**
 * The first line of a CSV log, with its end.
 *
 * @throws ValueError if a column is named twice, "step", or with a line break.
 */
export function csvHeader(columns: readonly string[]): string {
  requireNames("CsvLogger", columns);
  const twice = columns.find((name, i) => columns.indexOf(name) !== i);
  if (twice !== undefined) {
    throw new ValueError("CsvLogger", { column: twice }, (d) => {
      return `the column ${quote(d.column)} is named twice. Name each once.`;
    });
  }
  return csvLine([STEP, ...columns]);
}

/**
 * An entry as a line of CSV, with its end: the step, then the columns in order; what has no value is empty.
 *
 * @throws ValueError if a value is in none of the columns.
 */
export function csvEntry({ step, values }: LogEntry, columns: readonly string[]): string {
  const unknown = Object.keys(values).find((name) => !columns.includes(name));
  if (unknown !== undefined) {
    throw new ValueError("CsvLogger", { name: unknown, columns }, (d) => {
      return `there is no column ${quote(d.name)}, only ${d.columns.join(", ")}. Name all columns when the log is made.`;
    });
  }
  const cells = columns.map((name) => (Object.hasOwn(values, name) ? textOf(values[name]) : ""));
  return csvLine([String(step), ...cells]);
}

const textOf = (value: number): string => (Object.is(value, -0) ? "-0" : String(value));

const csvLine = (cells: readonly string[]): string => `${cells.map(csvCell).join(",")}\n`;

const csvCell = (text: string): string =>
  /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;

function requireNames(op: string, names: readonly string[]): void {
  const wrong = names.find((name) => name === STEP || /[\r\n]/.test(name));
  if (wrong === undefined) return;
  throw new ValueError(op, { name: wrong }, (d) => {
    return d.name === STEP
      ? `a value is named "${STEP}", which is the column of steps. Name it otherwise.`
      : `the name ${quote(d.name)} has a line break, but an entry is one line. Name it otherwise.`;
  });
}
