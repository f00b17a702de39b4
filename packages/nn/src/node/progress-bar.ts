/**
 * @file progressBar: the progress of `fit`, as createProgress shows it.
 */
import type { EpochRecord, FitCallbacks } from "../train/fit-options.ts";
import { createProgress, type Progress, type ProgressOptions } from "./progress.ts";

/** `stream` is `process.stderr` by default. */
export type ProgressBarOptions = Pick<ProgressOptions, "label" | "stream" | "now">;

/**
 * Callbacks for `fit` that show how much is done, loss, rate and time left, and a line for every epoch and every
 * warning.
 *
 * @example
 * await fit({ ...settings, callbacks: [progressBar()] });
 * // ███████░░░░░░░░░░░░░░░░░░░░░░░ 26 %  11 s left  61 steps/s  loss 0.2113
 */
export function progressBar(options: ProgressBarOptions = {}): FitCallbacks {
  let progress: Progress | null = null;
  const line = (text: string): void => progress?.log(text);
  return {
    onStart({ step, totalSteps = null }) {
      progress = createProgress({ ...options, total: totalSteps, start: step });
      if (step > 0) line(`resumed after step ${step}`);
    },
    onStep({ step, loss }) {
      progress?.update(step, `loss ${digits(loss)}`);
    },
    onEpoch: (record) => line(epochLine(record)),
    onWarning: (text) => line(`warning: ${text}`),
    onEnd({ reason, step }) {
      progress?.stop();
      line(`${reason} after step ${step}`);
    },
  };
}

function epochLine({ epoch, values }: EpochRecord): string {
  const texts = Object.entries(values).map(([name, value]) => `${name} ${digits(value)}`);
  return [`epoch ${epoch}`, ...texts].join("  ");
}

const digits = (value: number): string => String(Number(value.toPrecision(4)));
