/** @file Dropout layers: they draw in mode "train", each with a random state of its own, and pass x on in mode "eval". */
import { type Tensor, transaction } from "@tapegrad/autograd";
import { alphaDropout, dropout, requireRate } from "../functional/dropout.ts";
import { freshKey } from "../init/fresh-key.ts";
import { type ForwardOptions, Module, RandomState } from "../module.ts";
import { requireMode } from "./layer-options.ts";

export interface DropoutLayerOptions {
  /** Random key of the first draw; a fresh one, different in every run, by default. */
  readonly key?: Tensor;
}

abstract class RandomlyDropping extends Module {
  /** The probability of a value to be dropped. */
  readonly rate: number;
  readonly random: RandomState;
  readonly #op: string;

  constructor(op: string, rate: number, options: DropoutLayerOptions) {
    super();
    this.#op = op;
    this.rate = requireRate(op, rate);
    this.random = new RandomState(options.key ?? freshKey(), { name: "random" });
  }

  /** `x` with some of its values dropped in mode "train", `x` itself in mode "eval". Every call draws anew. */
  forward(x: Tensor, options: ForwardOptions = {}): Tensor {
    if (requireMode(this.#op, options.mode) === "eval" || this.rate === 0) return x;
    // an input that is refused draws nothing
    return transaction(() => this.drop(x, this.random.next()));
  }

  protected abstract drop(x: Tensor, key: Tensor): Tensor;
}

/**
 * Drops values with probability `rate` (0.5) in mode "train", and divides the others by 1 - rate.
 *
 * @throws ValueError if the rate is not from 0 to 1, or the mode is missing.
 * @example
 * new Dropout(0.5, { key: randomKey(1) }).forward(ones([4]), { mode: "train" });   // [0, 2, 0, 0]
 * @see Srivastava et al. (2014).
 */
export class Dropout extends RandomlyDropping {
  constructor(rate = 0.5, options: DropoutLayerOptions = {}) {
    super("Dropout", rate, options);
  }

  protected drop(x: Tensor, key: Tensor): Tensor {
    return dropout(x, { rate: this.rate, key });
  }
}

/** Drops whole channels of [N, C, L] or [C, L]; otherwise as Dropout. Tompson et al. (2015). */
export class Dropout1d extends RandomlyDropping {
  constructor(rate = 0.5, options: DropoutLayerOptions = {}) {
    super("Dropout1d", rate, options);
  }

  protected drop(x: Tensor, key: Tensor): Tensor {
    return dropout(x, { rate: this.rate, key, wholeAxes: 1 });
  }
}

/** Drops whole channels of [N, C, H, W] or [C, H, W]; otherwise as Dropout. Tompson et al. (2015). */
export class Dropout2d extends RandomlyDropping {
  constructor(rate = 0.5, options: DropoutLayerOptions = {}) {
    super("Dropout2d", rate, options);
  }

  protected drop(x: Tensor, key: Tensor): Tensor {
    return dropout(x, { rate: this.rate, key, wholeAxes: 2 });
  }
}

/** Drops whole channels of [N, C, D, H, W] or [C, D, H, W]; otherwise as Dropout. */
export class Dropout3d extends RandomlyDropping {
  constructor(rate = 0.5, options: DropoutLayerOptions = {}) {
    super("Dropout3d", rate, options);
  }

  protected drop(x: Tensor, key: Tensor): Tensor {
    return dropout(x, { rate: this.rate, key, wholeAxes: 3 });
  }
}

/** For networks of SELU: keeps mean 0 and variance 1, see `alphaDropout`; otherwise as Dropout. */
export class AlphaDropout extends RandomlyDropping {
  constructor(rate = 0.5, options: DropoutLayerOptions = {}) {
    super("AlphaDropout", rate, options);
  }

  protected drop(x: Tensor, key: Tensor): Tensor {
    return alphaDropout(x, { rate: this.rate, key });
  }
}
