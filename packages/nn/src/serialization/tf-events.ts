/**
 * @file Event files of TensorBoard: a record for each event, with scalars and histograms under their tags.
 *
 * Invariants of reading
 * - the bytes are from strangers: every failure is a FormatError, and nothing is allocated by a stated length;
 * - what other programs write besides, such as graphs and images, is skipped.
 *
 * Messages: tensorflow/core/util/event.proto, framework/summary.proto and histogram.proto.
 */
import { FormatError } from "@tapegrad/autograd";
import {
  bytesField,
  doubleField,
  doublesField,
  type Field,
  floatField,
  joined,
  readDoubles,
  readFields,
  textField,
  varintField,
} from "./protobuf.ts";
import { frameTfRecord, readTfRecords, type TfRecordProblem } from "./tf-record.ts";

/** How many numbers lie in (edges before, limit], and what they amount to. */
export interface Histogram {
  readonly min: number;
  readonly max: number;
  readonly count: number;
  readonly sum: number;
  readonly sumOfSquares: number;
  /** The upper edges of the buckets. */
  readonly limits: readonly number[];
  readonly counts: readonly number[];
}

export interface TfEvent {
  /** Seconds since 1970. */
  readonly wallTime: number;
  readonly step: number;
  /** "brain.Event:2" in the first event of a file. */
  readonly fileVersion?: string;
  /** float32 in the file. */
  readonly scalars: ReadonlyMap<string, number>;
  readonly histograms: ReadonlyMap<string, Histogram>;
}

export type TfEventsProblem = TfRecordProblem | "message" | "value";

const VERSION = "brain.Event:2";

/** The first record of every event file. */
export function serializeTfHeader(wallTime: number): Uint8Array {
  return frameTfRecord(joined([doubleField(1, wallTime), textField(3, VERSION)]));
}

/** The record of one event; its numbers are rounded to float32, those of histograms are not. */
export function serializeTfEvent(event: {
  readonly wallTime: number;
  readonly step: number;
  readonly scalars?: Iterable<readonly [tag: string, value: number]>;
  readonly histograms?: Iterable<readonly [tag: string, value: Histogram]>;
}): Uint8Array {
  const { wallTime, step, scalars = [], histograms = [] } = event;
  const values = [
    ...Array.from(scalars, ([tag, value]) => [textField(1, tag), floatField(2, value)]),
    ...Array.from(histograms, ([tag, value]) => [
      textField(1, tag),
      bytesField(5, histogramMessage(value)),
    ]),
  ];
  const summary = joined(values.map((fields) => bytesField(1, joined(fields))));
  const fields = [doubleField(1, wallTime), varintField(2, step), bytesField(5, summary)];
  return frameTfRecord(joined(fields));
}

function histogramMessage(histogram: Histogram): Uint8Array {
  const { min, max, count, sum, sumOfSquares, limits, counts } = histogram;
  return joined([
    ...[min, max, count, sum, sumOfSquares].map((value, i) => doubleField(i + 1, value)),
    doublesField(6, limits),
    doublesField(7, counts),
  ]);
}

/**
 * Reads an event file.
 *
 * - `name` stands for the file in messages
 *
 * @throws FormatError if the bytes are not records with right checksums, or one is no event.
 * @example
 * parseTfEvents(bytes, { name: "events" }).map(({ step, scalars }) => [step, scalars.get("loss")]);
 */
export function parseTfEvents(
  bytes: Uint8Array,
  { name }: { readonly name: string },
): readonly TfEvent[] {
  return [...readTfEvents(bytes, name)].map(({ event }) => event);
}

/** The events one by one, each with the place of its record. */
export function* readTfEvents(
  bytes: Uint8Array,
  name: string,
): Generator<{ readonly event: TfEvent; readonly start: number; readonly end: number }> {
  const refuse: Refuse = (problem, fact) =>
    new FormatError("parseTfEvents", { name, problem }, () => {
      return `${name}: ${fact}. The file is damaged or no event file; take another copy of it.`;
    });
  for (const { data, start, end } of readTfRecords(bytes, refuse)) {
    const at: Refuse = (problem, fact) => refuse(problem, `the event at byte ${start}: ${fact}`);
    yield { event: parseEvent(data, at), start, end };
  }
}

type Refuse = (problem: TfEventsProblem, fact: string) => FormatError<object>;

function parseEvent(bytes: Uint8Array, refuse: Refuse): TfEvent {
  const read = new Fields(bytes, refuse);
  const scalars = new Map<string, number>();
  const histograms = new Map<string, Histogram>();
  for (const summary of read.messages(5)) {
    for (const value of new Fields(summary, refuse).messages(1)) {
      const fields = new Fields(value, refuse);
      const tag = fields.text(1) ?? "";
      const [scalar, histogram] = [fields.float(2), fields.messages(5).at(-1)];
      if (scalar !== undefined) scalars.set(tag, scalar);
      if (histogram !== undefined) histograms.set(tag, parseHistogram(histogram, refuse));
    }
  }
  const fileVersion = read.text(3);
  return {
    wallTime: read.double(1) ?? 0,
    step: read.integer(2) ?? 0,
    ...(fileVersion === undefined ? {} : { fileVersion }),
    scalars,
    histograms,
  };
}

function parseHistogram(bytes: Uint8Array, refuse: Refuse): Histogram {
  const read = new Fields(bytes, refuse);
  const [limits, counts] = [read.doubles(6), read.doubles(7)];
  if (limits.length !== counts.length) {
    const fact = `a histogram has ${limits.length} limits and ${counts.length} counts`;
    throw refuse("value", fact);
  }
  const [min = 0, max = 0, count = 0, sum = 0, sumOfSquares = 0] = [1, 2, 3, 4, 5].map((number) =>
    read.double(number),
  );
  return { min, max, count, sum, sumOfSquares, limits, counts };
}

/** The fields of a message by number and type; of several, the last counts, as protocol buffers have it. */
class Fields {
  readonly #fields: readonly Field[];
  readonly #refuse: Refuse;

  constructor(bytes: Uint8Array, refuse: Refuse) {
    this.#refuse = refuse;
    this.#fields = [...readFields(bytes, (fact) => refuse("message", fact))];
  }

  messages(number: number): readonly Uint8Array[] {
    return this.#bytes(number, "bytes");
  }

  text(number: number): string | undefined {
    const bytes = this.messages(number).at(-1);
    if (bytes === undefined) return undefined;
    try {
      return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
    } catch {
      throw this.#refuse("value", `field ${number} is not valid UTF-8`);
    }
  }

  integer(number: number): number | undefined {
    const field = this.#fields.findLast((one) => one.number === number);
    if (field === undefined) return undefined;
    if (field.wire !== "varint") throw this.#wrong(number);
    const value = BigInt.asIntN(64, field.value);
    if (BigInt(Number(value)) === value && Number.isSafeInteger(Number(value))) {
      return Number(value);
    }
    throw this.#refuse("value", `field ${number} is ${value}, beyond what a number holds`);
  }

  float(number: number): number | undefined {
    const bytes = this.#fixed(number, 4);
    return bytes === undefined ? undefined : viewOf(bytes).getFloat32(0, true);
  }

  double(number: number): number | undefined {
    const bytes = this.#fixed(number, 8);
    return bytes === undefined ? undefined : viewOf(bytes).getFloat64(0, true);
  }

  /** Packed or one by one. */
  doubles(number: number): readonly number[] {
    const fields = this.#fields.filter((field) => field.number === number);
    return fields.flatMap(({ wire, value }) => {
      if (wire === "varint" || (wire === "fixed" && value.length !== 8)) throw this.#wrong(number);
      return readDoubles(value, (fact) => this.#refuse("value", `field ${number}: ${fact}`));
    });
  }

  #fixed(number: number, length: number): Uint8Array | undefined {
    const bytes = this.#bytes(number, "fixed").at(-1);
    if (bytes !== undefined && bytes.length !== length) throw this.#wrong(number);
    return bytes;
  }

  #bytes(number: number, wire: "bytes" | "fixed"): readonly Uint8Array[] {
    return this.#fields.flatMap((field) => {
      if (field.number !== number) return [];
      if (field.wire !== wire) throw this.#wrong(number);
      return [field.value];
    });
  }

  #wrong(number: number): Error {
    return this.#refuse("message", `field ${number} is of another type`);
  }
}

const viewOf = (bytes: Uint8Array): DataView =>
  new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
