/** @file CheckpointStore: where a run keeps its newest checkpoint; and MemoryStore, which keeps it in memory. */
import { type Checkpoint, parseCheckpoint, serializeCheckpoint } from "./checkpoint.ts";

/** Where a run keeps its newest checkpoint: `MemoryStore`, `CheckpointFile`, or one of your own. */
export interface CheckpointStore {
  /** Keeps a checkpoint in the place of the one before; where that fails, the one before stays. */
  save(checkpoint: Checkpoint): void;
  /** The newest checkpoint, or null if there is none. */
  load(): Checkpoint | null;
}

/** The newest checkpoint as bytes, for where there are no files. */
export class MemoryStore implements CheckpointStore {
  /** What a file would hold; null before the first checkpoint. */
  bytes: Uint8Array | null = null;

  save(checkpoint: Checkpoint): void {
    this.bytes = serializeCheckpoint(checkpoint);
  }

  load(): Checkpoint | null {
    return this.bytes === null ? null : parseCheckpoint(this.bytes, { name: "MemoryStore" });
  }
}
