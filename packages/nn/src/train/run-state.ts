/**
 * @file The state of a run between two steps, as a checkpoint: the values of all variables by owner and name, and
 * plain data.
 *
 * Names are `model/0.weight` for what is now, `@best/model/0.weight` for a snapshot that is kept beside it. What a
 * checkpoint holds is checked as a whole before anything is made of it.
 */
import { FormatError, type Tensor } from "@tapegrad/autograd";
import type { Checkpoint, PlainData } from "./checkpoint/checkpoint.ts";
import type { EarlyStoppingState } from "./early-stopping.ts";
import type { EpochRecord } from "./fit-options.ts";

/** The values of all variables at one moment, by owner and name. */
export type Snapshot = Readonly<Record<string, Tensor>>;

/** What is kept beside the present values. */
export type SnapshotName = "best" | "rollback";

export interface RunState {
  readonly step: number;
  readonly epoch: number;
  /** Of the epoch in progress: the sum of its losses, and how many there are. */
  readonly lossSum: number;
  readonly lossCount: number;
  /** Rejected steps in a row. */
  readonly rejected: number;
  /** The losses that the next one is compared with. */
  readonly recentLosses: readonly number[];
  readonly stopping: EarlyStoppingState;
  readonly history: readonly EpochRecord[];
  /** Where the loader is: what its `stateDict` gave. */
  readonly loader: unknown;
}

export interface SavedRun {
  readonly state: RunState;
  readonly now: Snapshot;
  readonly snapshots: ReadonlyMap<SnapshotName, Snapshot>;
}

export function checkpointOf({ state, now, snapshots }: SavedRun): Checkpoint {
  const kept = [...snapshots].flatMap(([name, snapshot]) =>
    Object.entries(snapshot).map(([path, value]) => [`@${name}/${path}`, value] as const),
  );
  const { history, stopping } = state;
  const plain = {
    ...state,
    loader: state.loader as PlainData,
    history: history.map((record) => ({ ...record, values: mapValues(record.values, written) })),
    stopping: { ...stopping, best: stopping.best && mapValues({ ...stopping.best }, written) },
  };
  return { tensors: new Map([...Object.entries(now), ...kept]), state: plain };
}

/** @throws FormatError if the state is not one of a run. */
export function savedRunOf({ tensors, state }: Checkpoint): SavedRun {
  const [now, best, rollback]: Record<string, Tensor>[] = [{}, {}, {}];
  for (const [name, value] of tensors) {
    if (name.startsWith("@best/")) best[name.slice("@best/".length)] = value;
    else if (name.startsWith("@rollback/")) rollback[name.slice("@rollback/".length)] = value;
    else now[name] = value;
  }
  const kept = Object.entries({ best, rollback }) as [SnapshotName, Snapshot][];
  const snapshots = new Map(kept.filter(([, snapshot]) => Object.keys(snapshot).length > 0));
  return { state: runStateOf(new Reader("state", state)), now, snapshots };
}

function runStateOf(read: Reader): RunState {
  const stopping = read.at("stopping");
  const best = stopping.at("best");
  return {
    step: read.at("step").count(),
    epoch: read.at("epoch").count(),
    lossSum: read.at("lossSum").number(),
    lossCount: read.at("lossCount").count(),
    rejected: read.at("rejected").count(),
    recentLosses: read.at("recentLosses").items((item) => item.number()),
    stopping: {
      best: best.isNull
        ? null
        : {
            value: best.at("value").number(),
            step: best.at("step").count(),
            epoch: best.at("epoch").count(),
          },
      waited: stopping.at("waited").count(),
    },
    history: read.at("history").items((item) => ({
      epoch: item.at("epoch").count(),
      step: item.at("step").count(),
      values: item.at("values").numbers(),
    })),
    loader: read.at("loader").value,
  };
}

/** JSON has no number that is not finite; it is written as a text. */
const written = (value: number): number | string =>
  Number.isFinite(value) ? value : String(value);

const mapValues = <A, B>(
  record: Readonly<Record<string, A>>,
  map: (value: A) => B,
): Record<string, B> =>
  Object.fromEntries(Object.entries(record).map(([name, value]) => [name, map(value)]));

/** A part of the plain data, which says where it is when it is not what it should be. */
class Reader {
  readonly value: PlainData;
  readonly #path: string;

  constructor(path: string, value: PlainData) {
    this.#path = path;
    this.value = value;
  }

  get isNull(): boolean {
    return this.value === null;
  }

  at(name: string): Reader {
    const { value } = this;
    if (typeof value === "object" && value !== null && Object.hasOwn(value, name)) {
      return new Reader(`${this.#path}.${name}`, Reflect.get(value, name) as PlainData);
    }
    throw this.#refuse(`has no ${name}`);
  }

  /** An integer of at least 0. */
  count(): number {
    const { value } = this;
    if (typeof value === "number" && Number.isSafeInteger(value) && value >= 0) return value;
    throw this.#refuse("is no integer of at least 0");
  }

  number(): number {
    const { value } = this;
    if (typeof value === "number") return value;
    if (value === "NaN" || value === "Infinity" || value === "-Infinity") return Number(value);
    throw this.#refuse("is no number");
  }

  numbers(): Record<string, number> {
    const { value } = this;
    if (typeof value !== "object" || value === null) throw this.#refuse("is no object");
    return Object.fromEntries(Object.keys(value).map((name) => [name, this.at(name).number()]));
  }

  items<T>(read: (item: Reader) => T): readonly T[] {
    const { value } = this;
    if (!Array.isArray(value)) throw this.#refuse("is no array");
    return value.map((item: PlainData, i) => read(new Reader(`${this.#path}.${i}`, item)));
  }

  #refuse(fact: string): FormatError<object> {
    return new FormatError("fit", { path: this.#path, problem: "state" }, () => {
      return `the checkpoint is of no run of this version: ${this.#path} ${fact}. Start the run again without \`resume\`.`;
    });
  }
}
