/**
 * @file progressBar: how far `fit` is, as one line that is drawn again on a terminal, and as a line every few
 * seconds elsewhere.
 *
 * Everything is written from the callbacks: there is no timer and no signal handler, and the cursor stays visible.
 */
import { clearLine, cursorTo } from "node:readline";
import type { EpochRecord, FitCallbacks } from "../train/fit-options.ts";

/** What is needed of a stream: `process.stdout` and `process.stderr` fit. */
export type ProgressStream = NodeJS.WritableStream & {
  readonly isTTY?: boolean;
  readonly columns?: number;
};

export interface ProgressBarOptions {
  /** `process.stderr` by default. */
  readonly stream?: ProgressStream;
  /** Milliseconds; for tests. */
  readonly now?: () => number;
}

const REDRAW = 100;
const LINE = 5000;
const BAR = 24;

/**
 * Callbacks for `fit` that show step, loss, rate and time left, and a line for every epoch and every warning.
 *
 * @example
 * await fit({ ...settings, callbacks: [progressBar()] });
 * // ██████░░░░░░░░░░░░░░░░░░  26 %  step 244 of 938  loss 0.2113  61 steps/s  11 s left
 */
export function progressBar(options: ProgressBarOptions = {}): FitCallbacks {
  const { stream = process.stderr, now = () => performance.now() } = options;
  const isTerminal = stream.isTTY === true && (stream.columns ?? 0) > BAR;
  let [began, shown, first, total] = [0, 0, 0, 0];
  const erase = (): void => {
    if (!isTerminal) return;
    cursorTo(stream, 0);
    clearLine(stream, 0);
  };
  const line = (text: string): void => {
    erase();
    stream.write(`${text}\n`);
  };
  return {
    onStart(start) {
      [began, shown, first, total] = [now(), now(), start.step, start.totalSteps ?? 0];
      if (first > 0) line(`resumed after step ${first}`);
    },
    onStep({ step, loss }) {
      const time = now();
      if (time - shown < (isTerminal ? REDRAW : LINE)) return;
      shown = time;
      const rate = (1000 * (step - first)) / (time - began);
      const parts = partsOf({ step, total, loss, rate });
      if (!isTerminal) {
        line(parts.join(", "));
        return;
      }
      const text = [drawBar(step, total), ...parts].join("  ");
      erase();
      // one column is left free: some terminals wrap when the last one is written
      stream.write(text.slice(0, (stream.columns ?? BAR) - 1));
    },
    onEpoch: (record) => line(epochLine(record)),
    onWarning: (text) => line(`warning: ${text}`),
    onEnd: ({ reason, step }) => line(`${reason} after step ${step}`),
  };
}

interface Progress {
  readonly step: number;
  /** 0 where it is not known. */
  readonly total: number;
  readonly loss: number;
  readonly rate: number;
}

function partsOf({ step, total, loss, rate }: Progress): readonly string[] {
  const known = total > 0;
  return [
    ...(known ? [`${Math.floor((100 * step) / total)} %`] : []),
    `step ${step}${known ? ` of ${total}` : ""}`,
    `loss ${digits(loss)}`,
    `${rate < 10 ? rate.toFixed(1) : rate.toFixed(0)} steps/s`,
    ...(known ? [`${duration((total - step) / rate)} left`] : []),
  ];
}

function drawBar(step: number, total: number): string {
  const full = total > 0 ? Math.floor((BAR * Math.min(step, total)) / total) : 0;
  return "█".repeat(full) + "░".repeat(BAR - full);
}

function epochLine({ epoch, values }: EpochRecord): string {
  const texts = Object.entries(values).map(([name, value]) => `${name} ${digits(value)}`);
  return [`epoch ${epoch}`, ...texts].join("  ");
}

const digits = (value: number): string => String(Number(value.toPrecision(4)));

/** "45 s", "3 min 20 s", "2 h 5 min". */
function duration(seconds: number): string {
  const whole = Math.max(0, Math.round(seconds));
  if (whole < 60) return `${whole} s`;
  if (whole < 3600) return `${Math.floor(whole / 60)} min ${whole % 60} s`;
  return `${Math.floor(whole / 3600)} h ${Math.floor((whole % 3600) / 60)} min`;
}
