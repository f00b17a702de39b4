/**
 * @file Writing a file so that its path holds the old content or the new, whole, whenever the power goes out.
 */
import { randomUUID } from "node:crypto";
import { closeSync, fsyncSync, mkdirSync, openSync, renameSync, rmSync, writeSync } from "node:fs";
import { dirname } from "node:path";
import { attemptToWrite } from "./system-errors.ts";

/**
 * Writes `content` to `path`, whose folder is made where it is missing: results, a checkpoint, a report.
 *
 * - whenever the process or the machine stops, the path holds what was there before or all of `content`
 * - it blocks until the bytes are on the disk, so that a training loop may call it between two steps
 *
 * @throws ValueError if the path cannot be written; then what was there is still there.
 * @example
 * writeFileAtomically("out/results.json", JSON.stringify({ accuracy: 0.98 }));
 */
export function writeFileAtomically(path: string, content: string | Uint8Array): void {
  const bytes = typeof content === "string" ? new TextEncoder().encode(content) : content;
  replaceFile("writeFileAtomically", path, [bytes]);
}

/**
 * Writes `pieces` to a new file beside `path`, brings it to the disk, then gives it the name `path`: a rename
 * across file systems would be a copy.
 *
 * What was at `path` stays until then, and the new file is removed where something throws.
 *
 * @throws ValueError of `op` if the path cannot be written; errors of `pieces`.
 */
export function replaceFile(op: string, path: string, pieces: Iterable<Uint8Array>): void {
  attemptToWrite(op, path, () => {
    mkdirSync(dirname(path), { recursive: true });
    const temporary = `${path}.${randomUUID()}.tmp`;
    try {
      writeToDisk(temporary, pieces);
      renameSync(temporary, path);
    } catch (error) {
      rmSync(temporary, { force: true });
      throw error;
    }
    syncDirectory(dirname(path));
  });
}

function writeToDisk(path: string, pieces: Iterable<Uint8Array>): void {
  const file = openSync(path, "wx");
  try {
    for (const piece of pieces) writeWhole(file, piece);
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
}

/** More than one call of the system can take is written in parts. */
const LARGEST_WRITE = 2 ** 30;

function writeWhole(file: number, bytes: Uint8Array): void {
  let written = 0;
  while (written < bytes.length) {
    written += writeSync(file, bytes, written, Math.min(bytes.length - written, LARGEST_WRITE));
  }
}

/** The new name is on the disk once its directory is. Windows knows no such thing as opening a directory. */
function syncDirectory(path: string): void {
  if (process.platform === "win32") return;
  const directory = openSync(path, "r");
  try {
    fsyncSync(directory);
  } finally {
    closeSync(directory);
  }
}
