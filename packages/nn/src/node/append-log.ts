/**
 * @file A log file that grows entry by entry, and can be cut back to a step.
 *
 * Invariants
 * - an entry is in the file, as far as this process can tell, when `append` returns; on the disk after `flush`;
 * - what a program left unfinished at the end of the file is cut off when the file is opened again;
 * - steps never decrease, so a cut is one change of the length.
 *
 * This module does not know what entries look like: see loggers.ts.
 */
import {
  closeSync,
  constants,
  existsSync,
  fsyncSync,
  ftruncateSync,
  mkdirSync,
  openSync,
  writeSync,
} from "node:fs";
import { dirname } from "node:path";
import { ValueError } from "@tapegrad/autograd";
import { requireStep } from "../train/logs/logger.ts";
import { readRegularFile } from "./read-file.ts";
import { attemptToWrite } from "./system-errors.ts";

/** Where an entry lies in the file. */
export interface EntryPlace {
  readonly step: number;
  readonly start: number;
  readonly end: number;
}

export interface LogFormat {
  /** What a file begins with. */
  readonly header: () => Uint8Array;
  /** The entries in order; the end of the last one before an unfinished one. @throws FormatError for any other. */
  readonly entries: (bytes: Uint8Array, path: string) => Iterable<EntryPlace>;
}

const MAX_BYTES = 2 ** 31 - 1;

export class AppendLog {
  readonly path: string;
  readonly #op: string;
  readonly #format: LogFormat;
  #file: number | null = null;
  #length = 0;
  #lastStep = 0;

  /**
   * Opens the file at `path`, or makes it and its folder.
   *
   * @throws ValueError if that cannot be done; FormatError if the file is another.
   */
  constructor(op: string, path: string, format: LogFormat) {
    this.#op = op;
    this.path = path;
    this.#format = format;
    this.#attempt(() => mkdirSync(dirname(path), { recursive: true }));
    const bytes = this.#read();
    for (const { step, end } of format.entries(bytes, path)) {
      [this.#lastStep, this.#length] = [step, end];
    }
    this.#file = this.#attempt(() => openSync(path, constants.O_RDWR | constants.O_CREAT));
    if (this.#length < bytes.length) this.#cut(this.#length);
    if (this.#length === 0) this.#write(format.header());
  }

  append(step: number, bytes: Uint8Array): void {
    requireStep(this.#op, step, this.#lastStep);
    this.#write(bytes);
    this.#lastStep = step;
  }

  rewind(step: number): void {
    this.#lastStep = Math.min(this.#lastStep, Math.max(0, step));
    for (const entry of this.#format.entries(this.#read(), this.path)) {
      if (entry.step <= step) continue;
      this.#cut(entry.start);
      return;
    }
  }

  flush(): void {
    const file = this.#open();
    this.#attempt(() => fsyncSync(file));
  }

  close(): void {
    if (this.#file === null) return;
    this.flush();
    closeSync(this.#file);
    this.#file = null;
  }

  #write(bytes: Uint8Array): void {
    const file = this.#open();
    let written = 0;
    while (written < bytes.length) {
      const rest = bytes.length - written;
      written += this.#attempt(() => {
        return writeSync(file, bytes, written, rest, this.#length + written);
      });
    }
    this.#length += bytes.length;
  }

  #cut(length: number): void {
    const file = this.#open();
    this.#attempt(() => ftruncateSync(file, length));
    this.#length = length;
  }

  #read(): Uint8Array {
    if (!existsSync(this.path)) return new Uint8Array();
    return readRegularFile(this.#op, this.path, MAX_BYTES);
  }

  #open(): number {
    if (this.#file !== null) return this.#file;
    throw new ValueError(this.#op, { path: this.path }, (d) => {
      return `${d.path} was closed. Log before \`close\`, or make another logger of this path.`;
    });
  }

  #attempt<T>(act: () => T): T {
    return attemptToWrite(this.#op, this.path, act);
  }
}
