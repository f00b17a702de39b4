/**
 * @file LBFGS: quasi-Newton steps with a limited memory.
 *
 * It evaluates the loss as often as it needs, and chooses by what it finds, so it runs eagerly; what evaluates may be a
 * compiled function. Its own arithmetic is float64, whatever the dtype of the parameters.
 */
import { ShapeError, type Tensor, tensor, ValueError, Variable, zeros } from "@tapegrad/autograd";
import type { Parameter } from "../module.ts";
import { loadState, snapshots } from "../state-dict.ts";
import type { CurvaturePair } from "./curvature.ts";
import { requireDistinct, requireGradients, scalar } from "./optimizer.ts";
import {
  type LBFGSReport,
  type QuasiNewtonSettings,
  quasiNewton,
  type Value,
} from "./quasi-newton.ts";
import { requireNotNegative, requireRange } from "./ranges.ts";

export interface LBFGSOptions {
  /** The step length, or the first that the line search tries; 1 by default. */
  readonly learningRate?: number;
  /** Of one call of `step`; 20 by default. */
  readonly maxIterations?: number;
  /** Of one call of `step`, line search included; 1 + 1.25 · maxIterations by default. */
  readonly maxEvaluations?: number;
  /** The largest entry of a gradient at which a call ends; 1e-7 by default. */
  readonly gradientTolerance?: number;
  /** The change of the loss, or the largest of a parameter, at which a call ends; 1e-9 by default. */
  readonly changeTolerance?: number;
  /** How many steps are remembered; 10 by default. */
  readonly historySize?: number;
  /** "strong-wolfe", or null for steps of the learning rate; null by default. */
  readonly lineSearch?: "strong-wolfe" | null;
}

/** The loss at the present parameters, one number, and its gradients; null is a gradient of zeros. */
export interface Evaluation {
  readonly loss: Tensor;
  readonly gradients: readonly (Tensor | null)[];
}

/**
 * Limited-memory BFGS: p ← p - t · H · g, with H from the last steps and the changes of the gradient along them.
 *
 * - without a line search t is the learning rate, and at most learningRate / Σ|g| while nothing is remembered
 * - the loss must be the same function throughout a call: of the whole data, or of one batch
 * - steps along which the function does not curve upward are not remembered
 *
 * @throws ValueError if an option is out of range.
 * @example
 * const optimizer = new LBFGS(model.parameters(), { lineSearch: "strong-wolfe" });
 * optimizer.step(() => {
 *   const tape = record(() => mseLoss(model.forward(x), y));
 *   return { loss: tape.output, gradients: tape.gradient(optimizer.parameters) };
 * });
 * @see Nocedal & Wright (2006), algorithms 7.4 and 7.5.
 */
export class LBFGS {
  readonly parameters: readonly Parameter[];
  /** One group, for schedules of the learning rate. */
  readonly groups: readonly [{ readonly learningRate: Variable; readonly momentum: null }];
  readonly #settings: Required<LBFGSOptions>;
  readonly #memory: readonly { readonly s: Variable; readonly y: Variable }[];
  /** How many pairs there were so far; the newest is at (pairs - 1) mod historySize. */
  readonly #pairs: Variable;

  constructor(parameters: readonly Parameter[], options: LBFGSOptions = {}) {
    requireDistinct("LBFGS", parameters);
    this.#settings = settingsOf(options);
    this.parameters = parameters;
    const { learningRate, historySize } = this.#settings;
    const rate = new Variable(scalar(learningRate), { name: "learningRate" });
    this.groups = [{ learningRate: rate, momentum: null }];
    const size = parameters.reduce((sum, { value }) => sum + value.size, 0);
    const slot = (name: string): Variable => {
      return new Variable(zeros([size], { dtype: "float64" }), { name });
    };
    this.#memory = Array.from({ length: historySize }, () => ({ s: slot("s"), y: slot("y") }));
    this.#pairs = new Variable(tensor(0, { dtype: "int32" }), { name: "pairs" });
  }

  /**
   * Iterates until the gradient is small, nothing changes any more, or the limits of a call are reached.
   *
   * @param evaluate the loss and gradients at the present parameters; called outside of recordings.
   * @throws GradientError if gradients do not fit; ShapeError if the loss is not one number; ValueError if it is not
   *   finite at the start; what `evaluate` throws. Then parameters and memory are as before.
   */
  step(evaluate: () => Evaluation): LBFGSReport {
    const before = this.parameters.map((parameter) => parameter.value);
    const learningRate = this.groups[0].learningRate.value.item();
    const settings: QuasiNewtonSettings = { ...this.#settings, learningRate };
    const start = joined(before);
    try {
      const valueAt = (x: Float64Array): Value => {
        if (x !== start) this.#place(x);
        return this.#valueOf(evaluate(), x === start);
      };
      const { x, pairs, ...report } = quasiNewton(valueAt, start, this.#remembered(), settings);
      this.#place(x);
      this.#remember(pairs);
      return report;
    } catch (error) {
      this.parameters.forEach((parameter, i) => {
        parameter.assign(before[i]);
      });
      throw error;
    }
  }

  /** The learning rate and the memory, by name. */
  variables(): ReadonlyMap<string, Variable> {
    const memory = this.#memory.flatMap(({ s, y }, i) => {
      return [[`s.${i}`, s] as const, [`y.${i}`, y] as const];
    });
    const { learningRate } = this.groups[0];
    return new Map([["groups.0.learningRate", learningRate], ["pairs", this.#pairs], ...memory]);
  }

  /** Snapshots of all variables by name. */
  stateDict(): Record<string, Tensor> {
    return snapshots(this.variables());
  }

  /**
   * Assigns all variables, or none.
   *
   * @throws ValueError if a name is missing or unknown; ShapeError if a shape or dtype differs; DTypeError if a
   *   value is no tensor.
   */
  loadStateDict(values: Readonly<Record<string, Tensor>>): void {
    loadState(this.variables(), values, "optimizer");
  }

  #place(x: Float64Array): void {
    let offset = 0;
    for (const parameter of this.parameters) {
      const { shape, dtype } = parameter.aval;
      const { size } = parameter.value;
      parameter.assign(tensor(x.slice(offset, offset + size), { shape, dtype }));
      offset += size;
    }
  }

  #valueOf({ loss, gradients }: Evaluation, isFirst: boolean): Value {
    requireGradients("LBFGS", this.parameters, gradients);
    const value = requireLoss(loss, isFirst);
    const dense = gradients.map((gradient, i) => gradient ?? zeros(this.parameters[i].aval.shape));
    return { loss: value, gradient: joined(dense) };
  }

  /** The oldest first. */
  #remembered(): readonly CurvaturePair[] {
    const count = this.#pairs.value.item();
    const known = Math.min(count, this.#memory.length);
    return Array.from({ length: known }, (_, i) => {
      const { s, y } = this.#memory[(count - known + i) % this.#memory.length];
      return { s: joined([s.value]), y: joined([y.value]) };
    });
  }

  #remember(pairs: readonly CurvaturePair[]): void {
    const count = this.#pairs.value.item();
    pairs.forEach(({ s, y }, i) => {
      const slot = this.#memory[(count + i) % this.#memory.length];
      slot.s.assign(tensor(s, { dtype: "float64" }));
      slot.y.assign(tensor(y, { dtype: "float64" }));
    });
    this.#pairs.assign(tensor(count + pairs.length, { dtype: "int32" }));
  }
}

/** All numbers one after the other, as float64. */
function joined(tensors: readonly Tensor[]): Float64Array {
  const all = new Float64Array(tensors.reduce((sum, x) => sum + x.size, 0));
  let offset = 0;
  for (const x of tensors) {
    all.set(x.toTypedArray(), offset);
    offset += x.size;
  }
  return all;
}

function requireLoss(loss: Tensor, isFirst: boolean): number {
  if (loss.size !== 1) {
    throw new ShapeError("LBFGS.step", { shape: loss.shape }, (d) => {
      return `the loss has shape [${d.shape.join(", ")}], but it must be one number. Reduce it, for example with \`mean\`.`;
    });
  }
  const value = loss.item();
  if (Number.isFinite(value) || !isFirst) return value;
  throw new ValueError("LBFGS.step", { loss: value }, (d) => {
    return `the loss is ${d.loss} at the start. Begin where it is finite.`;
  });
}

function settingsOf(options: LBFGSOptions): Required<LBFGSOptions> {
  const { learningRate = 1, maxIterations = 20, lineSearch = null } = options;
  const { gradientTolerance = 1e-7, changeTolerance = 1e-9, historySize = 10 } = options;
  const maxEvaluations = options.maxEvaluations ?? 1 + Math.ceil(1.25 * maxIterations);
  requireRange("LBFGS", "learningRate", learningRate, learningRate > 0, "a positive number");
  for (const [name, value] of Object.entries({ maxIterations, maxEvaluations, historySize })) {
    const fits = Number.isSafeInteger(value) && value > 0;
    requireRange("LBFGS", name, value, fits, "an integer above 0");
  }
  requireNotNegative("LBFGS", { gradientTolerance, changeTolerance });
  if (lineSearch !== null && lineSearch !== "strong-wolfe") {
    throw new ValueError("LBFGS", { lineSearch }, (d) => {
      return `there is no line search ${JSON.stringify(d.lineSearch)}. Use "strong-wolfe" or null.`;
    });
  }
  return {
    learningRate,
    maxIterations,
    maxEvaluations,
    gradientTolerance,
    changeTolerance,
    historySize,
    lineSearch,
  };
}
