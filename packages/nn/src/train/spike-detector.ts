/** @file SpikeDetector: tells a loss that does not belong to the ones before it. */
import { ValueError } from "@tapegrad/autograd";
import { requireCount } from "../layers/layer-options.ts";

export interface SpikeDetectorOptions {
  /** From which robust z-score on a loss is a spike; 8 by default. */
  readonly threshold?: number;
  /** How many of the last losses are compared with; 50 by default. */
  readonly window?: number;
  /** How many losses must be known before one can be a spike; 20 by default, at most `window`. */
  readonly warmup?: number;
}

/** The standard deviation of normal numbers is their median absolute deviation times this: 1 / Φ⁻¹(3/4). */
const NORMAL = 1.4826;
/** The least deviation, as a part of the median: of losses that hardly differ, every one would be a spike. */
const LEAST_DEVIATION = 1e-3;

/**
 * Compares a loss with the median of the last accepted ones, in units of their median absolute deviation: the
 * robust z-score, which earlier spikes do not hide.
 *
 * @throws ValueError if an option is out of range.
 * @see Iglewicz & Hoaglin (1993), "How to detect and handle outliers", section 3.
 */
export class SpikeDetector {
  readonly threshold: number;
  readonly window: number;
  readonly warmup: number;
  #losses: number[] = [];

  constructor(options: SpikeDetectorOptions = {}) {
    const { threshold = 8, window = 50, warmup = Math.min(20, window) } = options;
    if (!(threshold > 0)) {
      throw new ValueError("SpikeDetector", { threshold }, (d) => {
        return `threshold is ${d.threshold}. Use a number above 0.`;
      });
    }
    this.threshold = threshold;
    this.window = requireCount("SpikeDetector", "window", window);
    this.warmup = requireCount("SpikeDetector", "warmup", warmup);
    if (warmup > window) {
      throw new ValueError("SpikeDetector", { warmup, window }, (d) => {
        return `warmup is ${d.warmup}, but only ${d.window} losses are kept. Use at most the window.`;
      });
    }
  }

  /** The largest loss that is no spike; infinite while too few are known. */
  get limit(): number {
    if (this.#losses.length < this.warmup) return Number.POSITIVE_INFINITY;
    const center = median(this.#losses);
    const deviation = median(this.#losses.map((loss) => Math.abs(loss - center)));
    const scale = Math.max(NORMAL * deviation, LEAST_DEVIATION * Math.abs(center));
    return center + this.threshold * scale;
  }

  /** The last accepted losses: what a run that resumes has to restore. */
  get losses(): readonly number[] {
    return this.#losses;
  }

  /** Takes a loss in that is no spike. */
  accept(loss: number): void {
    this.#losses.push(loss);
    if (this.#losses.length > this.window) this.#losses.shift();
  }

  /** Goes on from the losses that `losses` gave. */
  restore(losses: readonly number[]): void {
    this.#losses = losses.slice(-this.window);
  }
}

function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}
