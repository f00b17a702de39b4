/** @file What `fit` is given, tells and returns. */
import type { CompileOptions, Tensor } from "@tapegrad/autograd";
import type { CheckpointStore } from "./checkpoint/checkpoint-store.ts";
import type { Owners } from "./checkpoint/owned-state.ts";
import type { Best, EarlyStoppingOptions } from "./early-stopping.ts";
import type { Logger } from "./logs/logger.ts";
import type { SpikeDetectorOptions } from "./spike-detector.ts";

/**
 * Batches: a loop over them is one epoch, or the rest of it. A `DataLoader`, or an array of batches.
 *
 * `stateDict` says as plain data where the loader is after the batch handed over last, and `restore` goes there;
 * checkpoints need both.
 */
export type BatchSource<Batch> = (Iterable<Batch> | AsyncIterable<Batch>) & {
  /** Batches of an epoch, for progress. */
  readonly batchCount?: number;
  /** Where it is, as plain data. */
  stateDict?(): unknown;
  /** Goes to where `stateDict` was. */
  restore?(state: never): void;
};

/** What becomes of a step whose loss is a spike, or that is not finite. */
export interface SpikeOptions extends SpikeDetectorOptions {
  /**
   * - "warn": the step counts, unless it is not finite
   * - "skip": all variables stay as they were, and the next batch is taken
   * - "rollback": all variables go back to where the last checkpoint was due, and the next batch is taken
   * - "stop": all variables stay as they were, and training ends
   */
  readonly action: "warn" | "skip" | "rollback" | "stop";
  /** How many steps in a row may be rejected before `fit` gives up; 10 by default. */
  readonly patience?: number;
}

export interface StepEvent {
  /** Batches taken so far, this one included. */
  readonly step: number;
  /** Epochs that are complete. */
  readonly epoch: number;
  readonly loss: number;
  /** Whether the step counted; if not, no variable has changed, or all went back. */
  readonly isAccepted: boolean;
}

/** The end of an epoch: the mean of its losses as `epochLoss`, and what `evaluate` gave. */
export interface EpochRecord {
  /** Epochs that are complete, this one included. */
  readonly epoch: number;
  readonly step: number;
  readonly values: Readonly<Record<string, number>>;
}

export interface FitStart {
  /** Steps and epochs before, of the run that is resumed. */
  readonly step: number;
  readonly epoch: number;
  readonly epochs: number;
  /** Steps in all, where the number of batches is known. */
  readonly totalSteps?: number;
}

/** Is told what happens. What it throws ends the run. */
export interface FitCallbacks {
  /** Before the first step. */
  onStart?(start: FitStart): void;
  /** After every step, of rejected ones too. */
  onStep?(event: StepEvent): void;
  /** After every epoch, once it is evaluated. */
  onEpoch?(record: EpochRecord): void;
  /** Where no callback takes it, a warning goes to the console. */
  onWarning?(text: string): void;
  /** After the last step. */
  onEnd?(result: FitResult): void;
}

export interface FitResult {
  readonly step: number;
  readonly epoch: number;
  readonly reason: "finished" | "aborted" | "early stopping" | "loss spike";
  readonly history: readonly EpochRecord[];
  /** Of early stopping; null without. */
  readonly best: Best | null;
}

export interface FitOptions<Batch> {
  readonly loader: BatchSource<Batch>;
  readonly epochs: number;
  /** One step: computes a loss, shape [], and assigns variables. It may be compiled: see docs/compile.md. */
  readonly step: (batch: Batch) => Tensor;
  /** By names of your choice, everything that the step changes: what checkpoints hold and a rejected step leaves. */
  readonly state: Owners;
  /** Whether the step is compiled, and how; false by default. */
  readonly compiled?: boolean | Omit<CompileOptions, "commit">;
  /** Called at the end of every epoch; its values are logged and monitored. */
  readonly evaluate?: () =>
    | Readonly<Record<string, number>>
    | Promise<Readonly<Record<string, number>>>;
  readonly loggers?: readonly Logger[];
  /** The loss is logged every so many steps; 1 by default. */
  readonly logEvery?: number;
  /** More values for the log, such as the learning rate. */
  readonly logged?: () => Readonly<Record<string, number>>;
  readonly callbacks?: readonly FitCallbacks[];
  readonly earlyStopping?: EarlyStoppingOptions;
  /** Without it a step that is not finite throws NonFiniteError. */
  readonly spikes?: SpikeOptions;
  readonly checkpoints?: {
    readonly store: CheckpointStore;
    /** A checkpoint every so many steps; at the end of every epoch by default. One at the end in any case. */
    readonly every?: number;
  };
  /** Whether to go on with the checkpoint of the store, where there is one; false by default. */
  readonly resume?: boolean;
  /** Ends the run after the step in progress, with a checkpoint. */
  readonly signal?: AbortSignal;
}
