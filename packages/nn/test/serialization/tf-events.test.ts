import { type Histogram, parseTfEvents, type TfEvent } from "@tapegrad/nn";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { maskedCrc32c } from "../../src/serialization/crc32c.ts";
import {
  bytesField,
  doubleField,
  doublesField,
  floatField,
  joined,
  textField,
  varintField,
} from "../../src/serialization/protobuf.ts";
import {
  serializeTfEvent,
  serializeTfHeader,
  type TfEventsProblem,
} from "../../src/serialization/tf-events.ts";
import { frameTfRecord } from "../../src/serialization/tf-record.ts";
import { refuses, survivesMutations } from "../hostile/hostile-files.ts";
import { messageOf } from "../oracles/refusal.ts";

const parse = (bytes: Uint8Array) => parseTfEvents(bytes, { name: "events" });

const HISTOGRAM: Histogram = {
  min: -1,
  max: 2,
  count: 3,
  sum: 1.5,
  sumOfSquares: 5.25,
  limits: [0, 2],
  counts: [1, 2],
};

/** Written by TensorBoard 2.21: a header; a scalar and a histogram; a graph; an image. */
const OFFICIAL = Buffer.from(
  "GAAAAAAAAACjf0siCQAAIED8VNlBGg1icmFpbi5FdmVudDoyKzUxEHcAAAAAAAAA5rSmwwkAAFBA/FTZQRAHKmoKCwoEbG9zcxUAAAA/" +
    "ClsKBndlaWdodCpRCQAAAAAAAPC/EQAAAAAAAABAGQAAAAAAAAhAIQAAAAAAAPg/KQAAAAAAABVAMhAAAAAAAAAAAAAAAAAAAABAOhAA" +
    "AAAAAADwPwAAAAAAAABA4DlZkhEAAAAAAAAAnW21LgkAAIBA/FTZQRCsAiIDYWJjvhFJjiQAAAAAAAAAQiuATQkAAMBA/FTZQRCtAioW" +
    "ChQKB3BpY3R1cmUiCQgBEAEYASIBeKpk0M8=",
  "base64",
);

const file = (...records: readonly Uint8Array[]) => joined(records);
const event = (...fields: readonly Uint8Array[]) => frameTfRecord(joined(fields));
/** The record of an event with one value in its summary. */
const value = (...fields: readonly Uint8Array[]) =>
  event(bytesField(5, bytesField(1, joined(fields))));

describe("event files", () => {
  it("of TensorBoard are read, without what is neither scalar nor histogram", () => {
    const none = { scalars: new Map(), histograms: new Map() };
    expect(parse(OFFICIAL)).toEqual([
      { wallTime: 1700000000.5, step: 0, fileVersion: "brain.Event:2", ...none },
      {
        wallTime: 1700000001.25,
        step: 7,
        scalars: new Map([["loss", 0.5]]),
        histograms: new Map([["weight", HISTOGRAM]]),
      },
      { wallTime: 1700000002, step: 300, ...none },
      { wallTime: 1700000003, step: 301, ...none },
    ]);
  });

  it("are written as TensorBoard writes them, byte by byte", () => {
    const written = file(
      serializeTfHeader(1700000000.5),
      serializeTfEvent({
        wallTime: 1700000001.25,
        step: 7,
        scalars: [["loss", 0.5]],
        histograms: [["weight", HISTOGRAM]],
      }),
    );
    expect(Buffer.from(written)).toEqual(OFFICIAL.subarray(0, written.length));
  });

  it("give back what was written, NaN and infinities too", () => {
    const scalar = fc.tuple(fc.string(), fc.float());
    const histogram = fc.tuple(
      fc.string(),
      fc.record({
        min: fc.double(),
        max: fc.double(),
        count: fc.nat(),
        sum: fc.double(),
        sumOfSquares: fc.double(),
        limits: fc.array(fc.double(), { minLength: 2, maxLength: 2 }),
        counts: fc.array(fc.nat(), { minLength: 2, maxLength: 2 }),
      }),
    );
    const events = fc.record({
      wallTime: fc.double({ min: 0, max: 2e9, noNaN: true }),
      step: fc.maxSafeNat(),
      scalars: fc.array(scalar, { maxLength: 2 }).map((pairs) => new Map(pairs)),
      histograms: fc.array(histogram, { maxLength: 1 }).map((pairs) => new Map(pairs)),
    });
    fc.assert(
      fc.property(fc.array(events, { maxLength: 3 }), (given: readonly TfEvent[]) => {
        expect(parse(file(...given.map(serializeTfEvent)))).toEqual(given);
      }),
    );
  });

  it("may hold packed numbers in several pieces, and fields more than once", () => {
    const histogram = joined([
      ...[1, 2].map((limit) => doubleField(6, limit)),
      doublesField(7, [3]),
      doublesField(7, [4]),
    ]);
    const [read] = parse(value(textField(1, "a"), textField(1, "b"), bytesField(5, histogram)));
    expect(read.histograms.get("b")?.limits).toEqual([1, 2]);
    expect(read.histograms.get("b")?.counts).toEqual([3, 4]);
  });

  it("are empty where nothing was written", () => {
    expect(parse(new Uint8Array())).toEqual([]);
  });
});

describe("event files from strangers", () => {
  survivesMutations({
    files: [OFFICIAL, file(serializeTfHeader(1), serializeTfEvent({ wallTime: 2, step: 1 }))],
    parse,
    check: (events) => {
      for (const { step, scalars } of events) {
        if (!Number.isSafeInteger(step)) throw new Error(`step ${step}`);
        for (const [tag, scalar] of scalars) if (typeof scalar !== "number") throw new Error(tag);
      }
    },
    repair: withChecksums,
  });

  const good = serializeTfEvent({ wallTime: 1, step: 1 });
  const changed = (at: number) => good.map((byte, i) => (i === at ? byte ^ 1 : byte));
  const long = new Uint8Array(30);
  new DataView(long.buffer).setBigUint64(0, 2n ** 63n, true);
  new DataView(long.buffer).setUint32(8, maskedCrc32c(long.subarray(0, 8)), true);

  refuses<TfEventsProblem>(parse, [
    ["a head without its end", "truncated", file(good, good.subarray(0, 11))],
    ["data without their end", "truncated", good.subarray(0, -1)],
    ["a length of 2^63", "truncated", long],
    ["a length of another checksum", "checksum", changed(0)],
    ["data of another checksum", "checksum", changed(13)],
    ["zeros, which a power cut may leave", "checksum", file(good, new Uint8Array(40))],
    ["a number without its end", "message", event(Uint8Array.of(0x10, 0x80))],
    ["a group", "message", event(Uint8Array.of(0x0b))],
    ["field number 0", "message", event(Uint8Array.of(0))],
    ["a step that is a text", "message", event(textField(2, "1"))],
    ["a time that is a float", "message", event(floatField(1, 1))],
    ["a summary that is a number", "message", event(varintField(5, 1))],
    ["limits that are floats", "message", value(bytesField(5, floatField(6, 1)))],
    ["limits in part", "value", value(bytesField(5, bytesField(6, new Uint8Array(9))))],
    ["limits without counts", "value", value(bytesField(5, doublesField(6, [1])))],
    ["a tag that is no UTF-8", "value", value(bytesField(1, Uint8Array.of(0xff)))],
    ["a step beyond numbers", "value", event(Uint8Array.of(0x10, ...Array(8).fill(0xff), 0x7f))],
    ["a text", "checksum", new TextEncoder().encode("step,loss\n1,0.5\n")],
  ]);

  it("are refused with the place and what to do", () => {
    expect([
      messageOf(() => parse(file(good, good.subarray(0, 11)))),
      messageOf(() => parse(good.subarray(0, -1))),
      messageOf(() => parse(changed(0))),
      messageOf(() => parse(changed(13))),
      messageOf(() => parse(event(textField(2, "1")))),
      messageOf(() => parse(value(bytesField(5, doublesField(6, [1]))))),
      messageOf(() => parse(value(bytesField(1, Uint8Array.of(0xff))))),
      messageOf(() => parse(event(Uint8Array.of(0x10, ...Array(8).fill(0xff), 0x7f)))),
    ]).toMatchInlineSnapshot(`
      [
        "FormatError: parseTfEvents: events: a record begins at byte 29, 11 before the end. The file is damaged or no event file; take another copy of it.",
        "FormatError: parseTfEvents: events: the record at byte 0 has 13 bytes of data, but the file ends 28 bytes after it begins. The file is damaged or no event file; take another copy of it.",
        "FormatError: parseTfEvents: events: the record at byte 0 has a length of another checksum. The file is damaged or no event file; take another copy of it.",
        "FormatError: parseTfEvents: events: the record at byte 0 has data of another checksum. The file is damaged or no event file; take another copy of it.",
        "FormatError: parseTfEvents: events: the event at byte 0: field 2 is of another type. The file is damaged or no event file; take another copy of it.",
        "FormatError: parseTfEvents: events: the event at byte 0: a histogram has 1 limits and 0 counts. The file is damaged or no event file; take another copy of it.",
        "FormatError: parseTfEvents: events: the event at byte 0: field 1 is not valid UTF-8. The file is damaged or no event file; take another copy of it.",
        "FormatError: parseTfEvents: events: the event at byte 0: field 2 is 9223372036854775807, beyond what a number holds. The file is damaged or no event file; take another copy of it.",
      ]
    `);
  });
});

/** The file with right checksums, as far as its lengths are within it. */
function withChecksums(bytes: Uint8Array): Uint8Array {
  const copy = bytes.slice();
  const view = new DataView(copy.buffer);
  for (let start = 0; start + 12 <= copy.length; ) {
    view.setUint32(start + 8, maskedCrc32c(copy.subarray(start, start + 8)), true);
    const end = start + 12 + Number(view.getBigUint64(start, true));
    if (end + 4 > copy.length) break;
    view.setUint32(end, maskedCrc32c(copy.subarray(start + 12, end)), true);
    start = end + 4;
  }
  return copy;
}
