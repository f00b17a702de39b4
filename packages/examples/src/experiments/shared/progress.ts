/**
 * @file Tells how far a long computation is: a bar on a terminal, a plain line every few seconds elsewhere.
 *
 * A training loop does not return to the event loop, so everything is written from `update` itself: there is
 * no timer, and no signal handler to take Ctrl-C away from the program. The cursor is left as it is.
 */
import { createLogUpdate } from "log-update";
import { formatCount, formatDuration } from "./format.ts";

/** What is needed of a stream: `process.stdout` and `process.stderr` fit. */
export type ProgressStream = NodeJS.WritableStream & {
  readonly isTTY?: boolean;
  readonly columns?: number;
  readonly rows?: number;
};

export interface ProgressOptions {
  /** What is being computed, such as "with batch normalization, seed 2". */
  readonly label: string;
  /** Steps in all. */
  readonly total: number;
  readonly stream: ProgressStream;
  /** Steps done before, by an earlier run; they do not count for the rate. */
  readonly start?: number;
  /** The time in milliseconds; for tests. */
  readonly now?: () => number;
}

export interface Progress {
  /** After step `step`; `text` is the newest result. May be called at every step. */
  readonly update: (step: number, text?: string) => void;
  /** A line that stays, above the bar. */
  readonly log: (line: string) => void;
  /** Shows the last state and leaves it there. */
  readonly stop: () => void;
}

/** Where the computation is; the rate is null until it can be known. */
export interface ProgressState {
  readonly label: string;
  readonly step: number;
  readonly total: number;
  readonly stepsPerSecond: number | null;
  readonly text: string;
}

const BAR_INTERVAL = 100;
const LINE_INTERVAL = 5000;
/** A terminal narrower than this, or one that does not know its size, gets plain lines. */
const MINIMUM_COLUMNS = 20;

/**
 * Starts to show progress on `stream`.
 *
 * @example
 * const progress = createProgress({ label: "seed 1", total: 50_000, stream: process.stdout });
 * progress.update(1000, "test accuracy 92.43 %");
 * progress.stop();
 */
export function createProgress(options: ProgressOptions): Progress {
  const { label, total, stream, start = 0, now = () => performance.now() } = options;
  const output = isWideTerminal(stream) ? barOutput(stream) : lineOutput(stream);
  const began = now();
  let shown = Number.NEGATIVE_INFINITY;
  let shownStep = -1;
  let state: ProgressState = { label, step: start, total, stepsPerSecond: null, text: "" };
  const show = (time: number): void => {
    output.show(state);
    shown = time;
    shownStep = state.step;
  };
  return {
    update: (step, text = state.text) => {
      const time = now();
      const seconds = (time - began) / 1000;
      const stepsPerSecond = seconds > 0 && step > start ? (step - start) / seconds : null;
      state = { label, step, total, stepsPerSecond, text };
      if (time - shown >= output.interval) show(time);
    },
    log: (line) => output.log(line),
    stop: () => {
      if (shownStep !== state.step) show(now());
      output.stop();
    },
  };
}

interface Output {
  readonly interval: number;
  readonly show: (state: ProgressState) => void;
  readonly log: (line: string) => void;
  readonly stop: () => void;
}

const isWideTerminal = ({ isTTY = false, columns = 0, rows = 0 }: ProgressStream): boolean =>
  isTTY && columns >= MINIMUM_COLUMNS && rows > 0;

function lineOutput(stream: ProgressStream): Output {
  const writeLine = (line: string): void => {
    stream.write(`${line}\n`);
  };
  return {
    interval: LINE_INTERVAL,
    show: (state) => writeLine(progressLine(state)),
    log: writeLine,
    stop: () => {},
  };
}

function barOutput(stream: ProgressStream): Output {
  const draw = createLogUpdate(stream, { showCursor: true });
  let bar = "";
  return {
    interval: BAR_INTERVAL,
    show: (state) => {
      // One column is left free: some terminals wrap when the last one is written.
      bar = progressBar(state, Math.max(MINIMUM_COLUMNS, stream.columns ?? 0) - 1);
      draw(bar);
    },
    log: (line) => {
      draw.clear();
      stream.write(`${line}\n`);
      if (bar !== "") draw(bar);
    },
    stop: () => draw.done(),
  };
}

/** "seed 1: step 1,200 of 5,000 (24 %), 310 steps/s, 12 s left, test accuracy 92.43 %". */
export function progressLine(state: ProgressState): string {
  const { label, step, total, text } = state;
  const place = `step ${formatCount(step)} of ${formatCount(total)} (${percentDone(state)} %)`;
  return `${label}: ${[place, ...rateAndRest(state), text].filter(isNotEmpty).join(", ")}`;
}

/**
 * The bar and as much beside it as fits into `columns`. What is least missed goes first when there is little
 * room: the newest result, then the rate, then the time left, then the label; the percentage always stays.
 */
export function progressBar(state: ProgressState, columns: number): string {
  const { label, text } = state;
  const [rate = "", rest = ""] = rateAndRest(state);
  const done = `${percentDone(state)} %`;
  const candidates = [
    [label, done, rest, rate, text],
    [label, done, rest, rate],
    [label, done, rest],
    [done, rest],
    [done],
  ];
  for (const parts of candidates) {
    const beside = parts.filter(isNotEmpty).join("  ");
    const room = Math.min(30, columns - beside.length - 1);
    if (room >= 8 || parts.length === 1) return `${drawBar(state, Math.max(0, room))} ${beside}`;
  }
  return done;
}

const isNotEmpty = (text: string): boolean => text !== "";

function percentDone({ step, total }: ProgressState): number {
  // Rounded down, so that 100 % means finished.
  return total > 0 ? Math.floor(Math.min(1, step / total) * 100) : 100;
}

function drawBar({ step, total }: ProgressState, width: number): string {
  const full = total > 0 ? Math.floor(Math.min(1, step / total) * width) : width;
  return "█".repeat(full) + "░".repeat(width - full);
}

function rateAndRest({ step, total, stepsPerSecond }: ProgressState): string[] {
  if (stepsPerSecond === null) return [];
  const rate = `${formatRate(stepsPerSecond)} steps/s`;
  return step < total ? [rate, `${formatDuration((total - step) / stepsPerSecond)} left`] : [rate];
}

const formatRate = (rate: number): string => (rate < 10 ? rate.toFixed(1) : formatCount(rate));
