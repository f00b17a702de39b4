/**
 * @file The checkpoint of an interrupted run: settings, finished curves, and the network in training.
 *
 * A JSON file; numbers of weights are base64 of their little-endian bytes, so they come back bit for bit.
 * What is read is checked before it is used.
 */
import { existsSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { isDeepStrictEqual } from "node:util";
import { FormatError, type Tensor, tensor, ValueError } from "@tapegrad/autograd";
import type { DataDescription, Settings, TimedCurve } from "../shared/results.ts";
import { writeFileAtomically } from "../shared/write-file.ts";
import type { TrainState } from "./train.ts";

/** Everything a run needs to go on where it was stopped. */
export interface Checkpoint {
  readonly settings: Settings;
  readonly data: DataDescription;
  readonly curves: readonly TimedCurve[];
  /** The network in training; null between two networks. */
  readonly current: TrainState | null;
  readonly elapsedSeconds: number;
}

interface StoredTensor {
  readonly dtype: "float32" | "int32";
  readonly shape: readonly number[];
  readonly base64: string;
}

const VERSION = 1;

function checkpointPath(out: string): string {
  return join(out, "checkpoint.json");
}

export function saveCheckpoint(out: string, checkpoint: Checkpoint): void {
  const { current } = checkpoint;
  const stored = current && { ...current, weights: mapValues(current.weights, encode) };
  const text = JSON.stringify({ version: VERSION, ...checkpoint, current: stored });
  writeFileAtomically(checkpointPath(out), text);
}

export function deleteCheckpoint(out: string): void {
  rmSync(checkpointPath(out), { force: true });
}

/**
 * The checkpoint in `out`, which must belong to the same settings and data.
 *
 * @throws ValueError if there is none or it belongs to another run; FormatError if the file is damaged.
 */
export function loadCheckpoint(out: string, settings: Settings, data: DataDescription): Checkpoint {
  const path = checkpointPath(out);
  if (!existsSync(path)) {
    throw new ValueError("--resume", { path }, () => {
      return `there is no checkpoint ${path}. Leave --resume out to start a run, or pass the --out of the one that was stopped.`;
    });
  }
  const checkpoint = parse(path, readFileSync(path, "utf8"));
  requireSame(path, "settings", checkpoint.settings, settings);
  requireSame(path, "data", checkpoint.data, data);
  return checkpoint;
}

function parse(path: string, text: string): Checkpoint {
  try {
    const stored = JSON.parse(text) as Checkpoint & { version: number };
    if (stored.version !== VERSION) throw new Error(`version ${stored.version}`);
    const current = stored.current as unknown as
      | (Omit<TrainState, "weights"> & { weights: Record<string, StoredTensor> })
      | null;
    return {
      ...stored,
      current: current && { ...current, weights: mapValues(current.weights, decode) },
    };
  } catch (error) {
    throw new FormatError("--resume", { path, cause: String(error) }, (d) => {
      return `${path} is not a checkpoint of this program (${d.cause}). Delete it and start the run again.`;
    });
  }
}

function requireSame(path: string, what: string, found: object, expected: object): void {
  if (isDeepStrictEqual(found, expected)) return;
  const keys = Object.keys(expected) as (keyof typeof expected)[];
  const different = keys.filter((key) => !isDeepStrictEqual(found[key], expected[key]));
  throw new ValueError("--resume", { path, what, different }, (d) => {
    return `the run in ${d.path} has other ${d.what}: ${d.different.join(", ")}. Resume with the options it was started with, or choose another --out.`;
  });
}

function encode(x: Tensor): StoredTensor {
  const data = x.toTypedArray();
  const bytes = Buffer.from(data.buffer, data.byteOffset, data.byteLength);
  return {
    dtype: x.dtype === "int32" ? "int32" : "float32",
    shape: x.shape,
    base64: bytes.toString("base64"),
  };
}

function decode({ dtype, shape, base64 }: StoredTensor): Tensor {
  const bytes = Uint8Array.from(Buffer.from(base64, "base64"));
  const Storage = dtype === "int32" ? Int32Array : Float32Array;
  return tensor(new Storage(bytes.buffer), { shape: [...shape] });
}

function mapValues<A, B>(record: Record<string, A>, f: (value: A) => B): Record<string, B> {
  return Object.fromEntries(Object.entries(record).map(([key, value]) => [key, f(value)]));
}
