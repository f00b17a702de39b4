import { ValueError } from "@tapegrad/autograd";
import { describe } from "vitest";
import { type CsvData, type CsvProblem, parseCsv } from "../../src/data/csv.ts";
import { type CraftedFile, refuses, requireFit, survivesMutations } from "./hostile-files.ts";

const parse = (bytes: Uint8Array): CsvData => parseCsv(bytes, { name: "t.csv" });
const text = (value: string): Uint8Array => new TextEncoder().encode(value);

function check({ columns, values, labels, classes }: CsvData): void {
  requireFit(values);
  if (values.shape[1] !== columns.length) throw new Error("columns without values");
  if (labels === null) return;
  requireFit(labels);
  if (labels.data.some((label) => label < 0 || label >= classes.length))
    throw new Error("no class");
}

const PLAIN = text("width,height\n1,2\n3.25,-4e-1\n5,6\n7,8\n");
const QUOTED = text('"a","b c"\r\n"1","2"\r\n\r\n"3",4\r\n');
const LABELLED = text('x,kind\n1,setosa\n2,"iris, blue"\n3,größer\n');

describe("CSV files", () => {
  survivesMutations<CsvData>({
    files: [PLAIN, QUOTED, LABELLED, text("x,y,kind\n,1,a\nNA,2,b\n0,?,c\n")],
    parse: (bytes) => {
      const hasLabel = new TextDecoder().decode(bytes).includes("kind");
      const label = hasLabel ? { label: "kind", missing: "nan" as const } : {};
      return parseCsv(bytes, { name: "t.csv", ...label });
    },
    check,
    // a mutated header may lack the column, which is for the caller to know
    refusals: [ValueError],
  });
});

const CRAFTED: readonly CraftedFile<CsvProblem>[] = [
  ["an empty file", "empty", text("")],
  ["a byte order mark alone", "empty", text("\ufeff")],
  ["line ends alone", "empty", text("\n\r\n\n")],
  ["spaces alone", "empty", text("   \n  ")],
  ["a header alone", "empty", text("a,b,c")],
  ["a header and line ends", "empty", text("a,b,c\n\n\n")],
  ["bytes of latin-1", "encoding", Uint8Array.of(0x61, 0x0a, 0xe9, 0x0a)],
  ["half of a character", "encoding", Uint8Array.of(0x61, 0x0a, 0xc3)],
  ["UTF-16", "encoding", Uint8Array.of(0xff, 0xfe, 0x61, 0, 0x0a, 0)],
  ["an overlong encoding", "encoding", Uint8Array.of(0xc0, 0x80, 0x0a)],
  ["a lone surrogate", "encoding", Uint8Array.of(0xed, 0xa0, 0x80)],
  ["a gzip stream", "encoding", Uint8Array.of(0x1f, 0x8b, 8, 0)],
  ["a column without a name", "header", text("a,,c\n1,2,3\n")],
  ["a delimiter at the end of the header", "header", text("a,b,\n1,2,\n")],
  ["a column of spaces", "header", text("a,  \n1,2\n")],
  ["two columns of one name", "header", text("a,b,a\n1,2,3\n")],
  ["two columns that differ in spaces", "header", text("a, a\n1,2\n")],
  ["ten thousand columns without names", "header", text(`${",".repeat(10_000)}\n`)],
  ["numbers in place of a header", "header", text("1,1\n2,2\n")],
  ["a quote that does not close", "quotes", text('a,b\n1,"2\n')],
  ["a quote that opens at the end", "quotes", text('a,b\n1,2\n"')],
  ["a quote in the header that does not close", "quotes", text('a,"b\n1,2\n')],
  ["text behind a quoted cell", "quotes", text('a,b\n1,"2"3\n')],
  ["a doubled quote in place of one that closes", "quotes", text('a,b\n1,"2""\n')],
  ["a row of too few cells", "fields", text("a,b,c\n1,2,3\n4,5\n")],
  ["a row of too many cells", "fields", text("a,b\n1,2\n3,4,5\n")],
  ["a first row of too few cells", "fields", text("a,b\n1\n")],
  ["a delimiter at the end of a row", "fields", text("a,b\n1,2,\n")],
  ["another delimiter from the second row on", "fields", text("a,b\n1;2\n")],
  ["a row of a hundred thousand cells", "fields", text(`a,b\n${"1,".repeat(100_000)}\n`)],
  ["a decimal comma in quotes", "number", text('a,b\n1,"2,5"\n')],
  ["separators of thousands", "number", text("a\n1 000\n")],
  ["a word", "number", text("a,b\n1,two\n")],
  ["a header that is repeated", "number", text("a,b\n1,2\na,b\n")],
  ["a hexadecimal number", "number", text("a\n0x10\n")],
  ["a binary number", "number", text("a\n0b1\n")],
  ["a number with underscores", "number", text("a\n1_000\n")],
  ["an integer with an n", "number", text("a\n5n\n")],
  ["an infinity", "number", text("a\nInfinity\n")],
  ["a negative infinity", "number", text("a\n-inf\n")],
  ["a number beyond float64", "number", text("a\n1e999\n")],
  ["a number beyond float64 in digits", "number", text(`a\n${"9".repeat(350)}\n`)],
  ["a number of a million digits", "number", text(`a\n0.${"0".repeat(1_000_000)}\n`)],
  ["a number of dots", "number", text("a\n1.2.3\n")],
  ["a dot alone", "number", text("a\n.\n")],
  ["a sign alone", "number", text("a\n-\n")],
  ["two signs", "number", text("a\n--1\n")],
  ["an exponent without digits", "number", text("a\n1e\n")],
  ["digits of another script", "number", text("a\n١٢\n")],
  ["digits of full width", "number", text("a\n１\n")],
  ["a minus of typography", "number", text("a\n−1\n")],
  ["a NUL in a number", "number", text("a\n1\u00002\n")],
  ["a formula", "number", text("a\n=1+1\n")],
  ["a percentage", "number", text("a\n50%\n")],
  ["a date", "number", text("a\n2024-01-01\n")],
  ["a boolean", "number", text("a\ntrue\n")],
  ["an expression", "number", text("a\n[1]\n")],
  ["an empty cell", "missing", text("a,b\n1,\n")],
  ["an empty cell in quotes", "missing", text('a,b\n1,""\n')],
  ["a cell of spaces", "missing", text("a,b\n1,   \n")],
  ["NaN", "missing", text("a\nNaN\n")],
  ["NA in the last row", "missing", text("a,b\n1,2\n3,NA\n")],
];

describe("a crafted CSV file", () => {
  refuses(parse, CRAFTED);
});
