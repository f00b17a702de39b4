import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { parseCsv } from "../../src/data/csv.ts";
import { messageOf } from "../oracles/refusal.ts";

const read = (text: string | Uint8Array, options: object = {}) =>
  parseCsv(text, { name: "iris.csv", ...options });
const messageFor = (text: string | Uint8Array, options: object = {}): string =>
  messageOf(() => read(text, options));

describe("parseCsv", () => {
  it("reads columns of numbers under their names", () => {
    const { columns, values, labels, classes } = read("width,height\n1,2\n3.5,-4e-1\n");

    expect(columns).toEqual(["width", "height"]);
    expect(values).toEqual({
      dtype: "float32",
      shape: [2, 2],
      data: Float32Array.of(1, 2, 3.5, -0.4),
    });
    expect(labels).toBeNull();
    expect(classes).toEqual([]);
  });

  it("reads a label column as places in the sorted classes", () => {
    const { columns, labels, classes } = read("x,kind\n1,setosa\n2,iris\n3,setosa\n", {
      label: "kind",
    });

    expect(columns).toEqual(["x"]);
    expect(classes).toEqual(["iris", "setosa"]);
    expect(labels).toEqual({ dtype: "int32", shape: [3], data: Int32Array.of(1, 0, 1) });
  });

  it("takes the columns that are asked for, in their order, and float64", () => {
    const { columns, values } = read("id;a;b\nx7;1;0.1\n", {
      delimiter: ";",
      columns: ["b", "a"],
      dtype: "float64",
    });

    expect(columns).toEqual(["b", "a"]);
    expect(values.data).toEqual(Float64Array.of(0.1, 1));
  });

  it("names columns by their numbers where there is no header", () => {
    const { columns, values, classes } = read("1,2,a\n3,4,b", { header: false, label: "2" });

    expect(columns).toEqual(["0", "1"]);
    expect(values.shape).toEqual([2, 2]);
    expect(classes).toEqual(["a", "b"]);
  });

  it.each([
    ["line ends of Windows", "a,b\r\n1,2\r\n3,4\r\n"],
    ["line ends of old Macs", "a,b\r1,2\r3,4"],
    ["empty lines", "\na,b\n\n1,2\n   \n3,4\n\n"],
    ["spaces", " a , b \n 1 ,2 \n\t3,4"],
    ["quotes", '"a","b"\n"1","2"\n3,"4"\n'],
    ["a byte order mark", "\ufeffa,b\n1,2\n3,4\n"],
    ["bytes", new TextEncoder().encode("\ufeffa,b\n1,2\n3,4\n")],
  ])("takes %s", (_, text) => {
    const { columns, values } = read(text);

    expect(columns).toEqual(["a", "b"]);
    expect([...values.data]).toEqual([1, 2, 3, 4]);
  });

  it("keeps delimiters, quotes and line ends inside of quotes", () => {
    const { classes } = read('x,"the ""kind"""\n1,"a,\nb"\n2,"say ""c"""\n', {
      label: 'the "kind"',
    });

    expect(classes).toEqual(["a,\nb", 'say "c"']);
  });

  it("makes NaN of what is missing, or skips its row, where told so", () => {
    const text = "a,b,kind\n1,,x\nNA,4,x\n5,6,?\n7,8,y\n";

    expect([...read(text, { missing: "nan", columns: ["a", "b"] }).values.data]).toEqual([
      1,
      Number.NaN,
      Number.NaN,
      4,
      5,
      6,
      7,
      8,
    ]);
    expect([...read(text, { missing: "skip", label: "kind" }).values.data]).toEqual([7, 8]);
    expect([...read("a\n-9\n1\n", { missing: "skip", missingValues: ["-9"] }).values.data]).toEqual(
      [1],
    );
  });

  it("reads back numbers exactly", () => {
    const rows = fc.array(fc.double({ noNaN: true, noDefaultInfinity: true }), {
      minLength: 1,
      maxLength: 9,
    });
    fc.assert(
      fc.property(rows, (numbers) => {
        const { values } = read(`x\n${numbers.join("\n")}`, { dtype: "float64" });

        expect([...values.data]).toEqual(numbers.map((x) => (Object.is(x, -0) ? 0 : x)));
      }),
    );
  });

  it("takes names of JavaScript's own for names like any other", () => {
    const { columns, classes } = read("__proto__,constructor\n1,toString\n", {
      label: "constructor",
    });

    expect(columns).toEqual(["__proto__"]);
    expect(classes).toEqual(["toString"]);
  });
});

describe("the messages of parseCsv", () => {
  it("names row and column of a cell that is no number", () => {
    expect(messageFor("a,b\n1,2\n\n3,four\n")).toMatchInlineSnapshot(
      `"FormatError: parseCsv: iris.csv: row 4, column "b", has "four", which is no finite number. Correct it, or leave the column out of \`columns\`."`,
    );
  });

  it("names row and column of a cell that is missing", () => {
    expect(messageFor("a,b\n1,2\n,4\n")).toMatchInlineSnapshot(
      `"FormatError: parseCsv: iris.csv: row 3, column "a", has "", which stands for nothing. Fill it in, or set \`missing\` to "nan" or "skip"."`,
    );
  });

  it("refuses a label that is missing, which cannot be NaN", () => {
    expect(messageFor("a,b\n1,\n", { label: "b", missing: "nan" })).toMatchInlineSnapshot(
      `"FormatError: parseCsv: iris.csv: row 2, column "b", has "", which stands for nothing. Fill it in, or set \`missing\` to "skip"."`,
    );
  });

  it("names the first column that a row lacks", () => {
    expect(messageFor("a,b,c\n1,2,3\n4\n")).toMatchInlineSnapshot(
      `"FormatError: parseCsv: iris.csv: row 3, column "b", is missing: the row has 1 of 3 cells. Correct the file."`,
    );
  });

  it("counts the cells of a row that has too many", () => {
    expect(messageFor("a,b\n1,2,3\n")).toMatchInlineSnapshot(
      `"FormatError: parseCsv: iris.csv: row 2 has 3 cells for 2 columns. Correct the file."`,
    );
  });

  it("refuses columns of one name, and of none", () => {
    expect(messageFor("a,b,a\n1,2,3\n")).toMatchInlineSnapshot(
      `"FormatError: parseCsv: iris.csv: row 1, column "a", has the name of another column. Name each column, or set \`header\` to false."`,
    );
    expect(messageFor("a,,c\n1,2,3\n")).toMatchInlineSnapshot(
      `"FormatError: parseCsv: iris.csv: row 1, column "number 2", has no name. Name each column, or set \`header\` to false."`,
    );
  });

  it("refuses quotes that do not close", () => {
    expect(messageFor('a,b\n1,2\n3,"4\n5,6\n')).toMatchInlineSnapshot(
      `"FormatError: parseCsv: iris.csv: row 3 has quotes that do not fit (Quoted field unterminated). Correct the file."`,
    );
  });

  it("refuses a file without rows, and an empty one", () => {
    expect(messageFor("a,b\n")).toMatchInlineSnapshot(
      `"FormatError: parseCsv: iris.csv: row 2 is the last, but there is none with values. Pass at least one row."`,
    );
    expect(messageFor("")).toMatchInlineSnapshot(
      `"FormatError: parseCsv: iris.csv: it is empty. Pass at least one row."`,
    );
  });

  it("refuses bytes that are no UTF-8", () => {
    expect(messageFor(Uint8Array.of(0x61, 0x0a, 0xe9))).toMatchInlineSnapshot(
      `"FormatError: parseCsv: iris.csv: it is not valid UTF-8. Save it as UTF-8."`,
    );
  });

  it("refuses a column that is not there", () => {
    expect(messageFor("a,b\n1,2\n", { label: "kind" })).toMatchInlineSnapshot(
      `"ValueError: parseCsv: there is no column "kind" in iris.csv. Its columns are "a", "b"."`,
    );
    expect(messageFor("a,b,c,d,e,f,g,h,i\n", { columns: ["kind"] })).toMatchInlineSnapshot(
      `"ValueError: parseCsv: there is no column "kind" in iris.csv. Its columns are "a", "b", "c", "d", "e", "f", "g", "h", and others."`,
    );
  });

  it("refuses options that are none", () => {
    expect(messageFor("a\n1\n", { delimiter: "\n" })).toMatchInlineSnapshot(
      `"ValueError: parseCsv: "\\n" cannot stand between cells. Use one character such as "," or "\\t"."`,
    );
    expect(messageFor("a\n1\n", { missing: "zero" })).toMatchInlineSnapshot(
      `"ValueError: parseCsv: missing "zero" is not known. Use one of refuse, nan, skip."`,
    );
  });
});
