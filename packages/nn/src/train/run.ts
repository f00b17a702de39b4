/**
 * @file A run of `fit`, from step to step.
 *
 * Invariants
 * - between two steps the run is its RunState, the values of its variables and what is kept of earlier ones,
 *   nothing else: a run that is resumed from them goes on bit for bit;
 * - a step that is rejected leaves every variable as it was;
 * - where a checkpoint is saved, everything up to its step has been logged, and evaluated if an epoch ended there.
 */
import { NonFiniteError, transaction, ValueError, type Variable } from "@tapegrad/autograd";
import { loadState, snapshots as snapshotOf } from "../state-dict.ts";
import { variablesOf } from "./checkpoint/owned-state.ts";
import { EarlyStopping } from "./early-stopping.ts";
import type { EpochRecord, FitOptions, FitResult } from "./fit-options.ts";
import { type GuardedLoss, type GuardedStep, guardedStep } from "./guarded-step.ts";
import {
  checkpointOf,
  type RunState,
  type Snapshot,
  type SnapshotName,
  savedRunOf,
} from "./run-state.ts";
import { SpikeDetector } from "./spike-detector.ts";

/** The event loop gets its turn this often, in milliseconds: there a signal arrives. */
const TURN = 50;

export class Run<Batch> {
  readonly #options: FitOptions<Batch>;
  readonly #variables: ReadonlyMap<string, Variable>;
  readonly #step: GuardedStep<Batch>;
  readonly #spikes: SpikeDetector | null;
  readonly #stopping: EarlyStopping | null;
  readonly #snapshots = new Map<SnapshotName, Snapshot>();
  #state: RunState;
  #reason: FitResult["reason"] | null = null;
  /** What is to be logged of the last step, and whether a checkpoint is due after it. */
  #values: Record<string, number> = {};
  #isDue = false;
  #lastTurn = performance.now();

  constructor(options: FitOptions<Batch>) {
    this.#options = options;
    const { spikes, earlyStopping, compiled = false, step, loader } = options;
    this.#variables = variablesOf(options.state);
    const hasLimits = spikes !== undefined && spikes.action !== "warn";
    this.#step = guardedStep(step, { variables: this.#variables, compiled, hasLimits });
    this.#spikes = spikes === undefined ? null : new SpikeDetector(spikes);
    this.#stopping = earlyStopping === undefined ? null : new EarlyStopping(earlyStopping);
    this.#state = {
      step: 0,
      epoch: 0,
      lossSum: 0,
      lossCount: 0,
      rejected: 0,
      recentLosses: [],
      stopping: { best: null, waited: 0 },
      history: [],
      loader: loader.stateDict?.(),
    };
  }

  get isGoingOn(): boolean {
    return this.#reason === null && this.#state.epoch < this.#options.epochs;
  }

  /** Goes to where the run begins. */
  begin(): void {
    const {
      checkpoints,
      resume = false,
      loader,
      epochs,
      callbacks = [],
      loggers = [],
    } = this.#options;
    const checkpoint = resume ? (checkpoints?.store.load() ?? null) : null;
    if (checkpoint === null) this.#keep("rollback");
    else {
      const { state, now, snapshots } = savedRunOf(checkpoint);
      transaction(() => {
        // only to see whether they fit
        for (const snapshot of snapshots.values()) {
          loadState(this.#variables, snapshot, "run");
        }
        loadState(this.#variables, now, "run");
        loader.restore?.(state.loader as never);
      });
      for (const [name, snapshot] of snapshots) this.#snapshots.set(name, snapshot);
      this.#spikes?.restore(state.recentLosses);
      this.#stopping?.restore(state.stopping);
      if (this.#stopping?.isOver) this.#reason = "early stopping";
      this.#state = state;
      if (!this.#snapshots.has("rollback")) this.#keep("rollback");
    }
    const { step, epoch } = this.#state;
    for (const logger of loggers) logger.rewind(step);
    const { batchCount } = loader;
    const total = batchCount === undefined ? {} : { totalSteps: batchCount * epochs };
    for (const callback of callbacks) callback.onStart?.({ step, epoch, epochs, ...total });
  }

  async oneEpoch(): Promise<void> {
    const { loader } = this.#options;
    let count = 0;
    for await (const batch of loader) {
      count++;
      this.#finishStep();
      if (this.#reason !== null) {
        // this batch was handed over, but is still to come
        loader.restore?.(this.#state.loader as never);
        return;
      }
      this.#advance(batch);
      this.#state = { ...this.#state, loader: loader.stateDict?.() };
      await this.#giveTurn();
    }
    if (count === 0) {
      throw new ValueError("fit", { epoch: this.#state.epoch }, (d) => {
        return `the loader gave no batch in epoch ${d.epoch}. Pass one that can be looped over again and again.`;
      });
    }
    await this.#finishEpoch();
  }

  end(): FitResult {
    this.#reason ??= "finished";
    if (this.#options.checkpoints !== undefined) this.#save();
    const best = this.#snapshots.get("best");
    if (this.#stopping !== null && best !== undefined && this.#reason !== "aborted") {
      loadState(this.#variables, best, "snapshot");
    }
    const { step, epoch, history, stopping } = this.#state;
    const result: FitResult = { step, epoch, reason: this.#reason, history, best: stopping.best };
    for (const callback of this.#options.callbacks ?? []) callback.onEnd?.(result);
    return result;
  }

  /** One step on a batch. */
  #advance(batch: Batch): void {
    const { loss, isAccepted } = this.#attempt(batch);
    const { logEvery = 1, checkpoints, logged } = this.#options;
    this.#state = { ...this.#state, step: this.#state.step + 1 };
    if (isAccepted) {
      const { lossSum, lossCount } = this.#state;
      this.#spikes?.accept(loss);
      this.#state = {
        ...this.#state,
        lossSum: lossSum + loss,
        lossCount: lossCount + 1,
        rejected: 0,
        recentLosses: this.#spikes?.losses.slice() ?? [],
      };
      if (this.#state.step % logEvery === 0) this.#values = { loss, ...logged?.() };
    }
    if (checkpoints?.every !== undefined && this.#state.step % checkpoints.every === 0) {
      this.#isDue = true;
    }
    const { step, epoch } = this.#state;
    for (const callback of this.#options.callbacks ?? []) {
      callback.onStep?.({ step, epoch, loss, isAccepted });
    }
  }

  #attempt(batch: Batch): GuardedLoss {
    const { spikes } = this.#options;
    if (spikes === undefined || this.#spikes === null)
      return this.#step(batch, Number.POSITIVE_INFINITY);
    const { limit } = this.#spikes;
    let outcome: GuardedLoss;
    let cause: NonFiniteError | undefined;
    try {
      outcome = this.#step(batch, limit);
    } catch (error) {
      if (!(error instanceof NonFiniteError)) throw error;
      cause = error;
      outcome = { loss: Number.NaN, isAccepted: false };
    }
    if (outcome.isAccepted && outcome.loss <= limit) return outcome;
    const fact = cause?.message ?? `the loss ${outcome.loss} is above ${limit}`;
    if (outcome.isAccepted) this.#warn(`step ${this.#state.step + 1}: ${fact}`);
    else this.#reject(fact);
    return outcome;
  }

  #reject(fact: string): void {
    const { action = "warn", patience = 10 } = this.#options.spikes ?? {};
    const rejected = this.#state.rejected + 1;
    this.#state = { ...this.#state, rejected };
    if (action !== "stop" && rejected > patience) {
      const details = { step: this.#state.step + 1, rejected };
      throw new NonFiniteError("fit", details, (d) => {
        return `${d.rejected} steps in a row were rejected up to step ${d.step}; the last: ${fact}. Use a lower learning rate, or more \`spikes.patience\`.`;
      });
    }
    const next = { warn: "skipped", skip: "skipped", rollback: "rolled back", stop: "stopped" }[
      action
    ];
    this.#warn(`step ${this.#state.step + 1}: ${fact}; ${next}`);
    if (action === "stop") this.#reason = "loss spike";
    const snapshot = this.#snapshots.get("rollback");
    if (action === "rollback" && snapshot !== undefined)
      loadState(this.#variables, snapshot, "snapshot");
  }

  /** After a step, once it is known whether its epoch has ended: logs it, and saves where that is due. */
  #finishStep(): void {
    this.#log();
    if (this.#isDue) this.#saveRegularly();
    if (this.#options.signal?.aborted) this.#reason ??= "aborted";
  }

  async #finishEpoch(): Promise<void> {
    const { loader, evaluate, checkpoints, callbacks = [] } = this.#options;
    const { lossSum, lossCount, step } = this.#state;
    const epoch = this.#state.epoch + 1;
    const values = { epochLoss: lossSum / lossCount, ...(await evaluate?.()) };
    const record: EpochRecord = { epoch, step, values };
    if (this.#stopping?.update(values, step, epoch) === true) this.#keep("best");
    if (this.#stopping?.isOver) this.#reason ??= "early stopping";
    this.#state = {
      ...this.#state,
      epoch,
      lossSum: 0,
      lossCount: 0,
      stopping: this.#stopping?.state ?? this.#state.stopping,
      history: [...this.#state.history, record],
      loader: loader.stateDict?.(),
    };
    this.#values = { ...this.#values, epoch, ...values };
    this.#isDue ||= checkpoints?.every === undefined;
    for (const callback of callbacks) callback.onEpoch?.(record);
    this.#finishStep();
  }

  #log(): void {
    if (Object.keys(this.#values).length === 0) return;
    for (const logger of this.#options.loggers ?? []) logger.log(this.#state.step, this.#values);
    this.#values = {};
  }

  /** A checkpoint that was due, which is also where a rollback goes. */
  #saveRegularly(): void {
    this.#isDue = false;
    this.#keep("rollback");
    this.#save();
  }

  #save(): void {
    const { checkpoints, loggers = [] } = this.#options;
    if (checkpoints === undefined) return;
    for (const logger of loggers) logger.flush();
    const now = snapshotOf(this.#variables);
    const saved = { state: this.#state, now, snapshots: this.#snapshots };
    checkpoints.store.save(checkpointOf(saved));
  }

  #keep(name: SnapshotName): void {
    const { spikes, earlyStopping } = this.#options;
    if (name === "best" && earlyStopping?.restoreBest === false) return;
    if (name === "rollback" && spikes?.action !== "rollback") return;
    this.#snapshots.set(name, snapshotOf(this.#variables));
  }

  #warn(text: string): void {
    const listeners =
      this.#options.callbacks?.filter(({ onWarning }) => onWarning !== undefined) ?? [];
    if (listeners.length === 0) console.warn(`fit: ${text}`);
    for (const listener of listeners) listener.onWarning?.(text);
  }

  async #giveTurn(): Promise<void> {
    if (performance.now() - this.#lastTurn < TURN) return;
    await new Promise<void>((resolve) => {
      setTimeout(resolve, 0);
    });
    this.#lastTurn = performance.now();
  }
}
