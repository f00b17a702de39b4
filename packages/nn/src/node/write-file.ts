/**
 * @file Writing a file so that its path holds the old content or the new, whole, whenever the power goes out.
 */
import { randomUUID } from "node:crypto";
import { closeSync, fsyncSync, openSync, renameSync, rmSync, writeSync } from "node:fs";
import { dirname } from "node:path";

/**
 * Writes `pieces` to a new file beside `path`, brings it to the disk, then gives it the name `path`.
 *
 * What was at `path` stays until then, and the new file is removed where something throws. Errors are those of
 * Node and of `pieces`.
 */
export function writeFileAtomically(path: string, pieces: Iterable<Uint8Array>): void {
  const temporary = `${path}.${randomUUID()}.tmp`;
  try {
    writeToDisk(temporary, pieces);
    renameSync(temporary, path);
  } catch (error) {
    rmSync(temporary, { force: true });
    throw error;
  }
  syncDirectory(dirname(path));
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
