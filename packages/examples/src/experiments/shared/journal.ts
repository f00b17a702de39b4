/**
 * @file The journal of a run: the results of its finished units, one JSON line each, so that a run that was
 * stopped can go on.
 *
 * The first line says what the run depends on; a journal of another run is refused, never mixed in. A last line that
 * was cut short is dropped.
 */
import { appendFileSync, existsSync, mkdirSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { isDeepStrictEqual } from "node:util";
import { ValueError } from "@tapegrad/autograd";
import { writeFileAtomically } from "@tapegrad/nn/node";
import type { Json } from "./experiment.ts";

const NAME = "journal.jsonl";

export interface Journal {
  /** Seconds that the units in it took. */
  readonly seconds: number;
  /** The result of a unit, of this run or the one that it goes on with. */
  get(name: string): Json | undefined;
  add(name: string, result: Json, seconds: number): void;
  delete(): void;
}

interface Entry {
  readonly unit: string;
  readonly result: Json;
  readonly seconds: number;
}

/**
 * The journal in `folder`, a new one unless `resume` is set.
 *
 * @param subject settings, data and code: what the results depend on.
 * @throws ValueError if there is none to resume, or it belongs to another run, or the folder cannot be written to.
 */
export function openJournal(folder: string, subject: Json, resume: boolean): Journal {
  const path = join(folder, NAME);
  const entries = resume ? readJournal(path, subject) : [];
  const lines = [{ subject }, ...entries].map((line) => `${JSON.stringify(line)}\n`);
  writeFirst(folder, path, lines.join(""));
  const results = new Map(entries.map(({ unit, result }) => [unit, result]));
  return {
    seconds: entries.reduce((total, { seconds }) => total + seconds, 0),
    get: (name) => results.get(name),
    add: (unit, result, seconds) => {
      results.set(unit, result);
      appendFileSync(path, `${JSON.stringify({ unit, result, seconds })}\n`);
    },
    delete: () => rmSync(path, { force: true }),
  };
}

/** Whether a run was started in this folder. */
export const hasJournal = (folder: string): boolean => existsSync(join(folder, NAME));

/** The first that is written of a run: what is wrong with the folder shows here. */
function writeFirst(folder: string, path: string, text: string): void {
  try {
    mkdirSync(folder, { recursive: true });
    writeFileAtomically(path, text);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === undefined) throw error;
    throw new ValueError("--out", { folder, code }, (d) => {
      return `${d.folder} cannot be written to (${d.code}). Name a folder that can.`;
    });
  }
}

function readJournal(path: string, subject: Json): readonly Entry[] {
  if (!existsSync(path)) {
    throw new ValueError("--resume", { path }, (d) => {
      return `there is no journal ${d.path}. Leave --resume out to start a run, or pass the --out of the one that was stopped.`;
    });
  }
  const [first = "", ...lines] = readFileSync(path, "utf8").split("\n");
  const header = parseLine(first) as { readonly subject?: Json } | null;
  if (!isDeepStrictEqual(header?.subject, JSON.parse(JSON.stringify(subject)))) {
    throw new ValueError("--resume", { path }, (d) => {
      return `${d.path} belongs to a run with other settings, data or code. Resume with what it was started with, or choose another --out.`;
    });
  }
  return lines.map(parseLine).filter((entry): entry is Entry => {
    return typeof entry === "object" && entry !== null && "unit" in entry;
  });
}

/** null for what is no JSON: the last line of a run that was killed while it wrote. */
function parseLine(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return null;
  }
}
