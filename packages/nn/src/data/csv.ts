/**
 * @file Reader of CSV: columns of numbers, and one column of labels if there is one.
 *
 * Invariants
 * - a cell is a number in plain decimal notation, or missing, or refused: nothing is guessed, `1,5` is no number
 *   and `0x10` no integer;
 * - every refusal names the row, counted as a spreadsheet does, and the column.
 *
 * The only module that needs papaparse, which cuts the text into cells: it is part of the entry
 * `@tapegrad/nn/formats`, so that the main entry does not load it. Format: RFC 4180, Shafranovich (2005).
 */
import { FormatError, ValueError } from "@tapegrad/autograd";
import Papa from "papaparse";
import type { StoredTensor } from "../serialization/stored-types.ts";
import { quote } from "../serialization/strict-json.ts";

/** What is wrong with a file: `details.problem` of the FormatError that `parseCsv` throws. */
export type CsvProblem =
  | "encoding"
  | "empty"
  | "header"
  | "quotes"
  | "fields"
  | "number"
  | "missing";

export interface ParseCsvOptions {
  /** Stands for the file in messages. */
  readonly name: string;
  /** Whether the first row names the columns; true by default. Without names they are "0", "1", … */
  readonly header?: boolean;
  /** Between cells; "," by default. */
  readonly delimiter?: string;
  /** The column whose texts are classes; none by default. */
  readonly label?: string;
  /** The columns of numbers, in this order; all but the label by default. */
  readonly columns?: readonly string[];
  /** Cells that stand for a number that is missing; "", "NA", "N/A", "NaN", "nan", "null" and "?" by default. */
  readonly missingValues?: readonly string[];
  /** What becomes of them: "refuse" (the default), "nan", or "skip" for the whole row. A label cannot be NaN. */
  readonly missing?: "refuse" | "nan" | "skip";
  /** float32 by default. */
  readonly dtype?: "float32" | "float64";
}

export interface CsvData {
  /** The names of the columns of `values`. */
  readonly columns: readonly string[];
  /** Shape [rows, columns]. */
  readonly values: Extract<StoredTensor, { readonly dtype: "float32" | "float64" }>;
  /** The place of each row's class in `classes`, shape [rows]; null without a label column. */
  readonly labels: Extract<StoredTensor, { readonly dtype: "int32" }> | null;
  /** The texts of the label column, each once, in the order of their characters. */
  readonly classes: readonly string[];
}

const MISSING = ["", "NA", "N/A", "NaN", "nan", "null", "?"];
const NUMBER = /^[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?$/;
const SHOWN_NAMES = 8;
/** Longer texts are no number, and would be slow to read as one. */
const LONGEST_NUMBER = 400;

/**
 * Reads a table of numbers with a label column, from a text or its UTF-8 bytes.
 *
 * - cells may be quoted, with quotes doubled and line ends inside; spaces around a cell do not count; empty lines
 *   are skipped
 * - a data set for DataLoader is `{ x: table.values, y: table.labels }`
 *
 * @throws FormatError if a row has another number of cells than the first, a cell is no finite number or missing,
 *   quotes do not close, names of columns are empty or equal, the bytes are no UTF-8, or no row is left;
 *   ValueError if a column that was asked for does not exist, or an option is not one.
 * @example
 * parseCsv("width,kind\n0.5,setosa\n", { name: "iris.csv", label: "kind" }).classes;   // ["setosa"]
 */
export function parseCsv(source: string | Uint8Array, options: ParseCsvOptions): CsvData {
  const table = new Table(options);
  const { delimiter = "," } = options;
  requireDelimiter(delimiter);
  const text = typeof source === "string" ? source : decode(source, table);
  Papa.parse<string[]>(text, {
    delimiter,
    step: ({ data, errors }) => {
      table.next();
      const wrong = errors.find(({ type }) => type === "Quotes");
      if (wrong !== undefined) {
        throw table.refuse("quotes", `has quotes that do not fit (${wrong.message})`);
      }
      table.take(data);
    },
  });
  return table.finish();
}

function requireDelimiter(delimiter: string): void {
  if (delimiter.length === 1 && !Papa.BAD_DELIMITERS.includes(delimiter) && delimiter !== '"')
    return;
  throw new ValueError("parseCsv", { delimiter }, (d) => {
    return `${quote(d.delimiter)} cannot stand between cells. Use one character such as "," or "\\t".`;
  });
}

function decode(bytes: Uint8Array, table: Table): string {
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    throw table.refuse("encoding", "is not valid UTF-8", undefined, "Save it as UTF-8.");
  }
}

interface Columns {
  readonly names: readonly string[];
  /** Places of the columns of numbers in a row. */
  readonly numbers: readonly number[];
  /** Place of the label, or -1. */
  readonly label: number;
}

/** Takes one row after another. */
class Table {
  readonly #options: ParseCsvOptions;
  readonly #missing: ReadonlySet<string>;
  readonly #numbers: number[] = [];
  readonly #labels: string[] = [];
  #columns: Columns | undefined;
  #row = 0;
  #rows = 0;

  constructor(options: ParseCsvOptions) {
    this.#options = options;
    this.#missing = new Set(options.missingValues ?? MISSING);
    const policy = options.missing ?? "refuse";
    if (["refuse", "nan", "skip"].includes(policy)) return;
    throw new ValueError("parseCsv", { missing: policy }, (d) => {
      return `missing ${JSON.stringify(d.missing)} is not known. Use one of refuse, nan, skip.`;
    });
  }

  /** Counts a row; what is refused from here on is refused in it. */
  next(): void {
    this.#row++;
  }

  take(row: readonly string[]): void {
    if (row.length === 1 && row[0].trim() === "") return;
    const cells = row.map((cell) => cell.trim());
    if (this.#columns === undefined) {
      const { header = true } = this.#options;
      this.#columns = this.#find(header ? cells : cells.map((_, place) => String(place)));
      if (header) return;
    }
    this.#takeCells(cells, this.#columns);
  }

  #takeCells(cells: readonly string[], { names, numbers, label }: Columns): void {
    if (cells.length !== names.length) {
      const few = cells.length < names.length;
      const fact = few
        ? `is missing: the row has ${cells.length} of ${names.length} cells`
        : `has ${cells.length} cells for ${names.length} columns`;
      throw this.refuse("fields", fact, names[cells.length]);
    }
    const { missing = "refuse" } = this.#options;
    const places = label < 0 ? numbers : [...numbers, label];
    const absent = places.find((place) => this.#missing.has(cells[place]));
    if (absent !== undefined) {
      if (missing === "skip") return;
      if (missing === "refuse" || absent === label) {
        const fact = `has ${quote(cells[absent])}, which stands for nothing`;
        const remedy = absent === label ? '"skip"' : '"nan" or "skip"';
        throw this.refuse(
          "missing",
          fact,
          names[absent],
          `Fill it in, or set \`missing\` to ${remedy}.`,
        );
      }
    }
    for (const place of numbers) this.#numbers.push(this.#number(cells[place], names[place]));
    if (label >= 0) this.#labels.push(cells[label]);
    this.#rows++;
  }

  #number(cell: string, column: string): number {
    if (this.#missing.has(cell)) return Number.NaN;
    const value = cell.length <= LONGEST_NUMBER && NUMBER.test(cell) ? Number(cell) : Number.NaN;
    if (Number.isFinite(value)) return value;
    const remedy = "Correct it, or leave the column out of `columns`.";
    throw this.refuse("number", `has ${quote(cell)}, which is no finite number`, column, remedy);
  }

  #find(names: readonly string[]): Columns {
    const wrong = names.findIndex((name, at) => name === "" || names.indexOf(name) !== at);
    if (wrong >= 0) {
      const fact = names[wrong] === "" ? "has no name" : "has the name of another column";
      const remedy = "Name each column, or set `header` to false.";
      throw this.refuse("header", fact, names[wrong] || `number ${wrong + 1}`, remedy);
    }
    const place = (name: string): number => {
      const found = names.indexOf(name);
      if (found >= 0) return found;
      throw new ValueError("parseCsv", { name, names }, (d) => {
        const known = d.names.slice(0, SHOWN_NAMES).map(quote).join(", ");
        const more = d.names.length > SHOWN_NAMES ? ", and others" : "";
        return `there is no column ${quote(d.name)} in ${this.#options.name}. Its columns are ${known}${more}.`;
      });
    };
    const label = this.#options.label === undefined ? -1 : place(this.#options.label);
    const others = names.map((_, index) => index).filter((index) => index !== label);
    return { names, label, numbers: this.#options.columns?.map(place) ?? others };
  }

  finish(): CsvData {
    const columns = this.#columns;
    if (columns === undefined || this.#rows === 0) {
      const fact = this.#row === 0 ? "is empty" : "is the last, but there is none with values";
      throw this.refuse("empty", fact, undefined, "Pass at least one row.");
    }
    const data = this.#numbers;
    const shape = [this.#rows, columns.numbers.length];
    const values: CsvData["values"] =
      this.#options.dtype === "float64"
        ? { dtype: "float64", shape, data: Float64Array.from(data) }
        : { dtype: "float32", shape, data: Float32Array.from(data) };
    const classes = [...new Set(this.#labels)].sort();
    const places = new Map(classes.map((text, place) => [text, place]));
    const labels = Int32Array.from(this.#labels, (text) => places.get(text) ?? -1);
    return {
      columns: columns.numbers.map((place) => columns.names[place]),
      values,
      labels: columns.label < 0 ? null : { dtype: "int32", shape: [this.#rows], data: labels },
      classes,
    };
  }

  /** The error for a fact about the row that is taken, and a column of it; about the file before the first row. */
  refuse(
    problem: CsvProblem,
    fact: string,
    column?: string,
    remedy = "Correct the file.",
  ): FormatError {
    const { name } = this.#options;
    const row = this.#row;
    const place = row === 0 ? "it" : `row ${row}`;
    const where = column === undefined ? place : `${place}, column ${quote(column)},`;
    const details = { name, problem, row, column };
    return new FormatError("parseCsv", details, () => `${name}: ${where} ${fact}. ${remedy}`);
  }
}
