import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { tensor } from "@tapegrad/autograd";
import { histogramOf, type Logger, parseJsonLines, parseTfEvents } from "@tapegrad/nn";
import { CsvLogger, JsonLinesLogger, TensorBoardLogger } from "@tapegrad/nn/node";
import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { messageOf } from "../oracles/refusal.ts";

let directory = "";

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), "tapegrad-log-"));
});

afterEach(() => {
  rmSync(directory, { recursive: true });
});

const inside = (name: string) => join(directory, name);
const textOf = (name: string) => readFileSync(inside(name), "utf8");
const eventFileOf = (folder: string) => join(folder, readdirSync(folder)[0]);
const now = () => 1_700_000_000;

type Kind = "jsonl" | "csv" | "events";
const KINDS: readonly Kind[] = ["jsonl", "csv", "events"];

/** A logger of each kind in a folder, and the bytes that it has written there. */
const make = (kind: Kind, folder: string): Logger => {
  if (kind === "jsonl") return new JsonLinesLogger(join(folder, "log.jsonl"));
  if (kind === "csv") return new CsvLogger(join(folder, "log.csv"), { columns: ["loss"] });
  return new TensorBoardLogger(folder, { now });
};
const bytesIn = (folder: string) => readFileSync(eventFileOf(folder));

describe("JsonLinesLogger", () => {
  it("appends a line for each entry, which is in the file at once", () => {
    const logger = new JsonLinesLogger(inside("new/log.jsonl"));
    logger.log(1, { loss: 0.5 });
    expect(textOf("new/log.jsonl")).toBe('{"step":1,"loss":0.5}\n');
    logger.log(2, { loss: Number.NaN });
    logger.close();
    expect(parseJsonLines(textOf("new/log.jsonl"), { name: "log" })).toEqual([
      { step: 1, values: { loss: 0.5 } },
      { step: 2, values: { loss: Number.NaN } },
    ]);
  });
});

describe("CsvLogger", () => {
  it("writes the header once, however often it is opened", () => {
    for (const step of [1, 2]) {
      const logger = new CsvLogger(inside("log.csv"), { columns: ["loss", "accuracy"] });
      logger.log(step, { accuracy: 0.5 });
      logger.close();
    }
    expect(textOf("log.csv")).toBe("step,loss,accuracy\n1,,0.5\n2,,0.5\n");
  });
});

describe("TensorBoardLogger", () => {
  it("writes scalars and histograms that are read back", () => {
    const logger = new TensorBoardLogger(directory, { now });
    logger.log(1, { loss: 0.5, "test/accuracy": 0.25 });
    logger.logHistogram(1, "weight", histogramOf(tensor([1, 2, 4]), { bins: 1 }));
    logger.close();
    expect(readdirSync(directory)).toEqual(["events.out.tfevents.1700000000.tapegrad"]);
    const [header, scalars, histogram] = parseTfEvents(bytesIn(directory), { name: "events" });
    expect(header.fileVersion).toBe("brain.Event:2");
    expect(scalars.scalars).toEqual(
      new Map([
        ["loss", 0.5],
        ["test/accuracy", 0.25],
      ]),
    );
    expect(histogram.histograms.get("weight")).toMatchObject({ count: 3, sum: 7, limits: [4] });
  });
});

describe.each(KINDS)("a log of kind %s", (kind) => {
  it("is that of a run without a break, wherever it was stopped and taken up again", () => {
    const whole = inside("whole");
    const logger = make(kind, whole);
    for (let step = 1; step <= 8; step++) logger.log(step, { loss: 1 / step });
    logger.close();
    const expected = bytesIn(whole);
    let run = 0;

    const places = fc.tuple(fc.integer({ min: 0, max: 8 }), fc.integer({ min: 0, max: 8 }));
    fc.assert(
      fc.property(places, fc.nat({ max: 40 }), ([a, b], cut) => {
        const [saved, stopped] = [Math.min(a, b), Math.max(a, b)];
        const folder = inside(String(run++));
        const first = make(kind, folder);
        for (let step = 1; step <= stopped; step++) first.log(step, { loss: 1 / step });
        first.close();
        // what the program was writing when it was killed
        const unfinished = expected.subarray(bytesIn(folder).length).subarray(0, cut);
        writeFileSync(eventFileOf(folder), unfinished, { flag: "a" });

        const second = make(kind, folder);
        second.rewind(saved);
        for (let step = saved + 1; step <= 8; step++) second.log(step, { loss: 1 / step });
        second.close();

        expect(bytesIn(folder).equals(expected)).toBe(true);
      }),
      { numRuns: 12 },
    );
  });

  it("keeps what it has where it is opened again and not rewound", () => {
    const folder = inside("a");
    for (const step of [3, 4]) {
      const logger = make(kind, folder);
      logger.log(step, { loss: 1 });
      logger.close();
    }
    const logger = make(kind, folder);
    expect(() => logger.log(3, { loss: 1 })).toThrow("step 3 was logged after step 4");
    logger.close();
  });

  it("takes nothing after it was closed, which may happen twice", () => {
    const logger = make(kind, inside("a"));
    logger.close();
    logger.close();
    expect(() => logger.log(1, { loss: 1 })).toThrow("was closed");
    expect(() => logger.flush()).toThrow("was closed");
  });
});

describe("the messages of loggers", () => {
  /** The random name of the folder is written as DIR. */
  const refusal = (call: () => unknown) => messageOf(call).replaceAll(directory, "DIR");

  it("say what is wrong with a file", () => {
    writeFileSync(inside("notes.txt"), "Remember the milk\n");
    writeFileSync(inside("other.csv"), "step,accuracy\n1,0.5\n");
    mkdirSync(inside("folder"));
    mkdirSync(inside("run"));
    writeFileSync(inside("run/events.out.tfevents.1.tapegrad"), new Uint8Array(40));
    const closed = new JsonLinesLogger(inside("log.jsonl"));
    closed.close();

    expect([
      refusal(() => new JsonLinesLogger(inside("notes.txt"))),
      refusal(() => new JsonLinesLogger(inside("folder"))),
      refusal(() => new JsonLinesLogger(inside("notes.txt/log.jsonl"))),
      refusal(() => new CsvLogger(inside("other.csv"), { columns: ["loss"] })),
      refusal(() => new TensorBoardLogger(inside("run"))),
      refusal(() => closed.log(1, {})),
    ]).toMatchInlineSnapshot(`
      [
        "FormatError: parseJsonLines: DIR/notes.txt, line 1: expected a value at character 0 but found "R". Correct or remove the line.",
        "ValueError: JsonLinesLogger: DIR/folder is not a regular file. Pass the path of a file.",
        "ValueError: JsonLinesLogger: DIR/notes.txt/log.jsonl cannot be written (EEXIST). Check the path, its permissions and the space on the disk.",
        "FormatError: CsvLogger: DIR/other.csv, line 1: it is not the header step,loss. Log to another file.",
        "FormatError: parseTfEvents: DIR/run/events.out.tfevents.1.tapegrad: the record at byte 0 has a length of another checksum. The file is damaged or no event file; take another copy of it.",
        "ValueError: JsonLinesLogger: DIR/log.jsonl was closed. Log before \`close\`, or make another logger of this path.",
      ]
    `);
    expect(textOf("notes.txt")).toBe("Remember the milk\n");
  });
});
