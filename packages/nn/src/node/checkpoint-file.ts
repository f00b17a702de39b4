/**
 * @file CheckpointFile: one checkpoint on disk, the newest, whole at every moment.
 */
import { existsSync, lstatSync } from "node:fs";
import { ValueError } from "@tapegrad/autograd";
import {
  type Checkpoint,
  parseCheckpoint,
  serializeCheckpoint,
} from "../train/checkpoint/checkpoint.ts";
import type { CheckpointStore } from "../train/checkpoint/checkpoint-store.ts";
import { readRegularFile } from "./read-file.ts";
import { attemptToRead, attemptToWrite } from "./system-errors.ts";
import { replaceFile } from "./write-file.ts";

/** What readFileSync can hold. */
const MAX_BYTES = 2 ** 31 - 1;

/**
 * A file that holds a checkpoint: safetensors with the state of the run in its metadata.
 *
 * - `save` writes a new file beside it, brings that to the disk, and gives it the name in one step: whenever the
 *   process or the machine stops, the path holds the old checkpoint or the new one
 * - a path that is a symbolic link is refused: the step would replace the link, not the file that it names
 *
 * @example
 * await fit({ ...settings, checkpoints: { store: new CheckpointFile("out/checkpoint.safetensors") }, resume: true });
 */
export class CheckpointFile implements CheckpointStore {
  readonly path: string;

  constructor(path: string) {
    this.path = path;
  }

  /** @throws ValueError if the file cannot be written, is a link, or the state is no plain data. */
  save(checkpoint: Checkpoint): void {
    const { path } = this;
    const bytes = serializeCheckpoint(checkpoint);
    attemptToWrite("CheckpointFile", path, () => this.#refuseLink());
    replaceFile("CheckpointFile", path, [bytes]);
  }

  /**
   * The checkpoint that was saved last, or null if there is none.
   *
   * @throws FormatError if the file is damaged or no checkpoint; ValueError if it cannot be read or is a link.
   */
  load(): Checkpoint | null {
    const { path } = this;
    attemptToRead("CheckpointFile", path, () => this.#refuseLink());
    if (!existsSync(path)) return null;
    const bytes = readRegularFile("CheckpointFile", path, MAX_BYTES);
    return parseCheckpoint(bytes, { name: path });
  }

  #refuseLink(): void {
    const { path } = this;
    if (lstatSync(path, { throwIfNoEntry: false })?.isSymbolicLink() !== true) return;
    throw new ValueError("CheckpointFile", { path }, (d) => {
      return `${d.path} is a symbolic link. Pass the path of the file itself.`;
    });
  }
}
