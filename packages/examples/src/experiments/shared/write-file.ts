/**
 * @file Writes a file so that a reader sees the old content or the new one, never a part of it.
 *
 * The content goes to a temporary file in the same folder (a rename across file systems is a copy),
 * reaches the disk, and takes the name in one step. A failure leaves the old file and no temporary one.
 */
import {
  closeSync,
  fsyncSync,
  mkdirSync,
  openSync,
  renameSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { basename, dirname, join } from "node:path";

let written = 0;

/**
 * Writes `content` to `path`, which is replaced if it exists; its folder is created if it does not.
 *
 * It blocks until the bytes are on the disk, so that a training loop and a signal handler can call it.
 *
 * @throws the error of the file system, such as ENOSPC or EACCES.
 */
export function writeFileAtomically(path: string, content: string | Uint8Array): void {
  const folder = dirname(path);
  mkdirSync(folder, { recursive: true });
  // The process and a counter: two runs, and two writes of one run, never share a temporary file.
  const temporary = join(folder, `.${basename(path)}.${process.pid}.${written++}.tmp`);
  try {
    writeAndSync(temporary, content);
    renameSync(temporary, path);
  } catch (error) {
    rmSync(temporary, { force: true });
    throw error;
  }
}

function writeAndSync(path: string, content: string | Uint8Array): void {
  const file = openSync(path, "wx");
  try {
    writeFileSync(file, content);
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
}
