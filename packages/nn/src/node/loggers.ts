/**
 * @file Loggers that write files: JSON Lines, CSV, and event files of TensorBoard.
 *
 * A logger of a path that exists goes on with it: a run that is resumed rewinds to its step and logs on, and the
 * file is that of a run without a break.
 */
import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { FormatError } from "@tapegrad/autograd";
import { csvEntry, csvHeader, jsonLine, parseJsonLine } from "../serialization/log-lines.ts";
import {
  type Histogram,
  readTfEvents,
  serializeTfEvent,
  serializeTfHeader,
} from "../serialization/tf-events.ts";
import type { LogEntry, Logger } from "../train/logs/logger.ts";
import { AppendLog, type EntryPlace, type LogFormat } from "./append-log.ts";

/** What the loggers of files share. */
abstract class FileLogger implements Logger {
  readonly path: string;
  protected readonly file: AppendLog;

  constructor(op: string, path: string, format: LogFormat) {
    this.path = path;
    this.file = new AppendLog(op, path, format);
  }

  /** Adds the numbers of a step. @throws ValueError if the step is below the one before. */
  abstract log(step: number, values: LogEntry["values"]): void;

  rewind(step: number): void {
    this.file.rewind(step);
  }

  flush(): void {
    this.file.flush();
  }

  close(): void {
    this.file.close();
  }
}

const encode = (text: string): Uint8Array => new TextEncoder().encode(text);

/**
 * A line of JSON for each entry: `{"step":3,"loss":0.25}`.
 *
 * @throws ValueError if the file cannot be written, a step is below the one before, or a value is named "step";
 *   FormatError if the file at `path` is another.
 * @example
 * const logger = new JsonLinesLogger("out/log.jsonl");
 * logger.log(3, { loss: 0.25 });
 * @see parseJsonLines, which reads the file.
 */
export class JsonLinesLogger extends FileLogger {
  constructor(path: string) {
    const stepOf: StepOf = (text, line, before) =>
      parseJsonLine(text, { name: path, line, before }).step;
    const entries = (bytes: Uint8Array): Iterable<EntryPlace> => linesOf(bytes, stepOf);
    super("JsonLinesLogger", path, { header: () => new Uint8Array(), entries });
  }

  override log(step: number, values: LogEntry["values"]): void {
    this.file.append(step, encode(jsonLine({ step, values })));
  }
}

/**
 * A row for each entry: the step, then the columns, which are empty where an entry has no value.
 *
 * @throws ValueError if the file cannot be written, has other columns, a step is below the one before, or a value
 *   is in none of the columns; FormatError if the file at `path` is another.
 */
export class CsvLogger extends FileLogger {
  readonly columns: readonly string[];

  constructor(path: string, { columns }: { readonly columns: readonly string[] }) {
    const header = csvHeader(columns);
    const stepOf: StepOf = (text, line, before) => {
      if (line === 1 && text === header) return 0;
      const [, step = ""] = /^(\d{1,15}),/.exec(text) ?? [];
      if (line > 1 && step !== "" && Number(step) >= before) return Number(step);
      throw new FormatError("CsvLogger", { path, line }, (d) => {
        const expected = d.line === 1 ? `the header ${header.trimEnd()}` : "a step that follows";
        return `${d.path}, line ${d.line}: it is not ${expected}. Log to another file.`;
      });
    };
    const entries = (bytes: Uint8Array): Iterable<EntryPlace> => linesOf(bytes, stepOf);
    super("CsvLogger", path, { header: () => encode(header), entries });
    this.columns = columns;
  }

  override log(step: number, values: LogEntry["values"]): void {
    this.file.append(step, encode(csvEntry({ step, values }, this.columns)));
  }
}

/** The step of a line, which is number `line` and follows a step. */
type StepOf = (text: string, line: number, before: number) => number;

/** The lines that have an end. */
function* linesOf(bytes: Uint8Array, stepOf: StepOf): Generator<EntryPlace> {
  const decoder = new TextDecoder();
  let [start, step] = [0, 0];
  for (let line = 1; start < bytes.length; line++) {
    const end = bytes.indexOf(LINE_FEED, start) + 1;
    if (end === 0) return;
    step = stepOf(decoder.decode(bytes.subarray(start, end)), line, step);
    yield { step, start, end };
    start = end;
  }
}

const LINE_FEED = 10;

export interface TensorBoardLoggerOptions {
  /** The time in seconds since 1970; that of the system by default. */
  readonly now?: () => number;
}

/**
 * Scalars and histograms for TensorBoard, in an event file in `directory`; that of an earlier logger is continued.
 *
 * `tensorboard --logdir directory` shows them, one run for each folder below. Names with a slash, such as
 * "test/accuracy", are grouped. Values are rounded to float32. A TensorBoard that is open shows what a rewind cut
 * off until it is started again.
 *
 * @throws ValueError if the file cannot be written, or a step is below the one before; FormatError if it is
 *   damaged.
 * @see parseTfEvents, which reads the file.
 */
export class TensorBoardLogger extends FileLogger {
  readonly #now: () => number;

  constructor(directory: string, options: TensorBoardLoggerOptions = {}) {
    const { now = () => Date.now() / 1000 } = options;
    const header = (): Uint8Array => serializeTfHeader(now());
    super("TensorBoardLogger", eventFile(directory, now), { header, entries: eventsOf });
    this.#now = now;
  }

  override log(step: number, values: LogEntry["values"]): void {
    const scalars = Object.entries(values);
    this.file.append(step, serializeTfEvent({ wallTime: this.#now(), step, scalars }));
  }

  /** Adds a histogram, such as of `histogramOf`. */
  logHistogram(step: number, name: string, histogram: Histogram): void {
    const histograms = [[name, histogram]] as const;
    this.file.append(step, serializeTfEvent({ wallTime: this.#now(), step, histograms }));
  }
}

const SUFFIX = ".tapegrad";

/** The path of the newest file of ours in the directory, or a new one. TensorBoard wants "tfevents" in the name. */
function eventFile(directory: string, now: () => number): string {
  const isOurs = (name: string): boolean =>
    name.startsWith("events.out.tfevents.") && name.endsWith(SUFFIX);
  const newest = existsSync(directory)
    ? readdirSync(directory).filter(isOurs).toSorted().at(-1)
    : undefined;
  const seconds = String(Math.floor(now())).padStart(10, "0");
  return join(directory, newest ?? `events.out.tfevents.${seconds}${SUFFIX}`);
}

function* eventsOf(bytes: Uint8Array, path: string): Generator<EntryPlace> {
  try {
    for (const { event, start, end } of readTfEvents(bytes, path)) {
      yield { step: event.step, start, end };
    }
  } catch (error) {
    // an unfinished record at the end is what a program leaves that was stopped while it wrote
    if (error instanceof FormatError && "problem" in error.details) {
      if (error.details.problem === "truncated") return;
    }
    throw error;
  }
}
