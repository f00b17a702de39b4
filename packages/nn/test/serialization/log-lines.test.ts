import { type LogEntry, parseJsonLines } from "@tapegrad/nn";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { csvEntry, csvHeader, jsonLine } from "../../src/serialization/log-lines.ts";
import { survivesMutations } from "../hostile/hostile-files.ts";
import { messageOf } from "../oracles/refusal.ts";

const NAMED = { name: "log.jsonl" };

describe("JSON Lines", () => {
  it("have a line for each entry", () => {
    expect(jsonLine({ step: 3, values: { loss: 0.25, "test/accuracy": 1 } })).toBe(
      '{"step":3,"loss":0.25,"test/accuracy":1}\n',
    );
    expect(jsonLine({ step: 4, values: { loss: Number.NaN, x: -0 } })).toBe(
      '{"step":4,"loss":"NaN","x":-0}\n',
    );
  });

  it("give back every entry, whatever the names and numbers", () => {
    const name = fc
      .string({ unit: "grapheme" })
      .filter((text) => text !== "step" && !/[\r\n]/.test(text));
    const values = fc.dictionary(name, fc.double(), { maxKeys: 3 });
    const entries = fc.array(fc.tuple(fc.nat(), values), { maxLength: 5 });
    fc.assert(
      fc.property(entries, (given) => {
        const sorted = given
          .toSorted(([a], [b]) => a - b)
          .map(([step, values]): LogEntry => ({ step, values }));
        const found = parseJsonLines(sorted.map(jsonLine).join(""), NAMED);
        expect(found.map(({ step }) => step)).toEqual(sorted.map(({ step }) => step));
        expect(found.map(({ values }) => Object.entries(values))).toEqual(
          sorted.map(({ values }) => Object.entries(values)),
        );
      }),
    );
  });

  it("are read without a last line that has no end", () => {
    expect(parseJsonLines('{"step":1,"a":2}\n{"step":2,"a', NAMED)).toEqual([
      { step: 1, values: { a: 2 } },
    ]);
  });

  it("are refused where a line is no entry", () => {
    const texts = ["[1]", '{"a":1}', '{"step":-1}', '{"step":1,"a":null}', '{"step":1'];
    const messages = [...texts, '{"step":2}\n{"step":1}'].map((text) =>
      messageOf(() => parseJsonLines(`${text}\n`, NAMED)),
    );
    expect(messages).toMatchInlineSnapshot(`
      [
        "FormatError: parseJsonLines: log.jsonl, line 1: it is no JSON object. Correct or remove the line.",
        "FormatError: parseJsonLines: log.jsonl, line 1: it has no step, which is an integer of at least 0. Correct or remove the line.",
        "FormatError: parseJsonLines: log.jsonl, line 1: it has no step, which is an integer of at least 0. Correct or remove the line.",
        "FormatError: parseJsonLines: log.jsonl, line 1: the value of "a" is no number. Correct or remove the line.",
        "FormatError: parseJsonLines: log.jsonl, line 1: expected "," or "}" at character 9 but found the end. Correct or remove the line.",
        "FormatError: parseJsonLines: log.jsonl, line 2: step 1 follows step 2. Correct or remove the line.",
      ]
    `);
  });

  it("refuse the names that they have a use for", () => {
    expect([
      messageOf(() => jsonLine({ step: 1, values: { step: 2 } })),
      messageOf(() => jsonLine({ step: 1, values: { "a\nb": 2 } })),
    ]).toMatchInlineSnapshot(`
      [
        "ValueError: JsonLinesLogger: a value is named "step", which is the column of steps. Name it otherwise.",
        "ValueError: JsonLinesLogger: the name "a\\nb" has a line break, but an entry is one line. Name it otherwise.",
      ]
    `);
  });
});

describe("JSON Lines from strangers", () => {
  const text = jsonLine({ step: 1, values: { loss: 0.5, "a/b": Number.NaN } }).repeat(3);

  survivesMutations({
    files: [new TextEncoder().encode(text)],
    parse: (bytes) => parseJsonLines(new TextDecoder().decode(bytes), NAMED),
    check: (entries) => {
      for (const { step, values } of entries) {
        const numbers = [step, ...Object.values(values)];
        if (!numbers.every((value) => typeof value === "number")) throw new Error(String(numbers));
      }
    },
  });
});

describe("CSV", () => {
  it("has a header, and empty cells for what an entry does not have", () => {
    const columns = ["loss", 'the "best", so far'];
    expect(csvHeader(columns)).toBe('step,loss,"the ""best"", so far"\n');
    expect(csvEntry({ step: 2, values: { loss: 0.5 } }, columns)).toBe("2,0.5,\n");
    const values = { [columns[1]]: Number.NEGATIVE_INFINITY };
    expect(csvEntry({ step: 3, values }, columns)).toBe("3,,-Infinity\n");
  });

  it("refuses columns and values that do not fit", () => {
    expect([
      messageOf(() => csvHeader(["a", "a"])),
      messageOf(() => csvHeader(["step"])),
      messageOf(() => csvEntry({ step: 1, values: { b: 1 } }, ["a"])),
    ]).toMatchInlineSnapshot(`
      [
        "ValueError: CsvLogger: the column "a" is named twice. Name each once.",
        "ValueError: CsvLogger: a value is named "step", which is the column of steps. Name it otherwise.",
        "ValueError: CsvLogger: there is no column "b", only a. Name all columns when the log is made.",
      ]
    `);
  });
});
