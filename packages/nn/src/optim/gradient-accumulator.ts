/** @file GradientAccumulator: sums and means of the gradients of micro batches. */
import {
  add,
  cast,
  div,
  GradientError,
  greater,
  mul,
  Tensor,
  Variable,
  where,
  zeros,
  zerosLike,
} from "@tapegrad/autograd";
import type { Parameter } from "../module.ts";

/**
 * Adds up gradients of micro batches, each weighted by its size, until there are enough for a step.
 *
 * - exact for models without batch statistics: the mean over samples is the size-weighted mean over micro batches.
 *   Where a layer normalises by the batch it is not, see `accumulateExactly`
 * - works in a compiled step: sums are variables, and what a rejected step added is dropped
 *
 * @example
 * const accumulator = new GradientAccumulator(model.parameters());
 * for (const [x, labels] of microBatches) {
 *   const tape = record(() => crossEntropy(model.forward(x), labels));
 *   accumulator.add(tape.gradient(model.parameters()), x.shape[0]);
 * }
 * optimizer.step(accumulator.mean());
 * accumulator.reset();
 */
export class GradientAccumulator {
  readonly parameters: readonly Parameter[];
  readonly #sums: readonly Variable[];
  readonly #size: Variable;

  constructor(parameters: readonly Parameter[]) {
    this.parameters = parameters;
    this.#sums = parameters.map(({ name, aval: { shape, dtype } }) => {
      return new Variable(zeros(shape, { dtype }), { name: `${name}.sum` });
    });
    this.#size = new Variable(zeros([], { dtype: "float64" }), { name: "size" });
  }

  /**
   * @param gradients one for each parameter, in their order and shapes.
   * @param size the number of samples behind them, where the loss is a mean; 1 where it is a sum.
   * @throws GradientError if there is not one gradient for each parameter; ShapeError if one does not fit.
   */
  add(gradients: readonly Tensor[], size: number | Tensor = 1): void {
    if (gradients.length !== this.parameters.length) {
      const details = { found: gradients.length, expected: this.parameters.length };
      throw new GradientError("GradientAccumulator.add", details, (d) => {
        return `got ${d.found} gradients for ${d.expected} parameters. Pass \`tape.gradient(parameters)\` of the same parameters.`;
      });
    }
    const sums = this.#sums.map(({ value }, i) => {
      const weight = size instanceof Tensor ? cast(size, value.dtype) : size;
      return add(value, mul(gradients[i], weight));
    });
    this.#sums.forEach((sum, i) => {
      sum.assign(sums[i]);
    });
    this.#size.assign(add(this.#size.value, size));
  }

  /** Σ size · gradient, for losses that are sums. */
  total(): readonly Tensor[] {
    return this.#sums.map((sum) => sum.value);
  }

  /** Σ size · gradient / Σ size, for losses that are means; zeros where nothing was added. */
  mean(): readonly Tensor[] {
    const added = this.#size.value;
    const size = where(greater(added, 0), added, 1);
    return this.#sums.map((sum) => div(sum.value, cast(size, sum.aval.dtype)));
  }

  /** Forgets all gradients. */
  reset(): void {
    for (const variable of [...this.#sums, this.#size]) variable.assign(zerosLike(variable.value));
  }
}
