/**
 * @file The options of gradcheck, their defaults and their ranges.
 */
import { isFloating } from "../array/dtype.ts";
import { Tensor } from "../core/tensor.ts";
import { DTypeError, ValueError } from "../errors.ts";
import { freshSeed } from "./draws.ts";
import type { GradcheckMode } from "./report.ts";
import { tolerances } from "./tolerances.ts";

export interface GradcheckOptions {
  /** The highest order of derivative to check; 1 by default. */
  readonly order?: 1 | 2 | 3;
  /** The lowest order to check, where those below it have been checked elsewhere; 1 by default. */
  readonly from?: 1 | 2 | 3;
  /**
   * "both" by default: reverse against differences, and every mix with forward mode against reverse.
   * "forward" compares forward mode with differences, and costs one walk for every entry of the inputs.
   */
  readonly mode?: GradcheckMode;
  /** Everything random follows from it. Without one it is new on every call, and in the report. */
  readonly seed?: number;
  /** Relative to the largest entry of the gradient of an input; 1e-8 by default. */
  readonly tolerance?: number;
  /** Inputs (all, or those at these positions) whose gradient may be zero everywhere. None by default. */
  readonly zeroGradient?: boolean | readonly number[];
  /**
   * "full" checks every entry, "directional" one random direction for each input, which sees every entry
   * at once and costs the same for any size. By default full for up to 64 entries.
   */
  readonly method?: "full" | "directional";
  /** Which part of all entries may lie on kinks and be moved off them; 0.2 by default. */
  readonly maxResampled?: number;
}

/** All options, with their defaults. */
export type ResolvedOptions = Required<GradcheckOptions>;

/** Up to this many entries every one is checked. */
const FULL_LIMIT = 64;

/** @throws DTypeError for inputs that cannot be checked; ValueError for options out of range. */
export function resolveOptions(
  options: GradcheckOptions,
  inputs: readonly Tensor[],
): ResolvedOptions {
  checkInputs(inputs);
  const size = inputs.reduce((total, x) => total + (isFloating(x.dtype) ? x.size : 0), 0);
  const resolved: ResolvedOptions = {
    order: 1,
    from: 1,
    mode: "both",
    seed: options.seed ?? freshSeed(),
    tolerance: tolerances.float64.gradient,
    zeroGradient: false,
    method: size > FULL_LIMIT ? "directional" : "full",
    maxResampled: 0.2,
    ...options,
  };
  const { order, from, mode, seed, tolerance, zeroGradient, method, maxResampled } = resolved;
  const isPosition = (i: number): boolean => Number.isInteger(i) && i >= 0 && i < inputs.length;
  const declared = typeof zeroGradient === "boolean" ? [] : zeroGradient;
  expectOption("order", order, isOrder(order), "1, 2 or 3");
  expectOption("from", from, isOrder(from) && from <= order, `an order from 1 to ${order}`);
  expectOption("mode", mode, isMode(mode), '"reverse", "forward" or "both"');
  expectOption("method", method, isMethod(method), '"full" or "directional"');
  expectOption("seed", seed, Number.isSafeInteger(seed), "an integer between -2^53 and 2^53");
  expectOption("tolerance", tolerance, tolerance > 0, "a number above 0");
  expectOption(
    "maxResampled",
    maxResampled,
    maxResampled >= 0 && maxResampled <= 1,
    "a number from 0 to 1",
  );
  const last = inputs.length - 1;
  expectOption("zeroGradient", declared, declared.every(isPosition), `positions from 0 to ${last}`);
  return resolved;
}

function isOrder(order: number): boolean {
  return [1, 2, 3].includes(order);
}

function isMode(mode: string): boolean {
  return ["reverse", "forward", "both"].includes(mode);
}

function isMethod(method: string): boolean {
  return ["full", "directional"].includes(method);
}

function expectOption(option: string, value: unknown, holds: boolean, rule: string): void {
  if (holds) return;
  throw new ValueError("gradcheck", { option, value }, (d) => {
    const found = typeof d.value === "string" ? JSON.stringify(d.value) : String(d.value);
    return `the option ${d.option} is ${found}. Use ${rule}.`;
  });
}

/** JavaScript code may pass anything. */
function checkInputs(inputs: readonly Tensor[]): void {
  if (!Array.isArray(inputs)) {
    throw new DTypeError("gradcheck", {}, () => {
      return "the inputs are not an array. List them, even if there is one: `gradcheck(f, [x])`.";
    });
  }
  const other = inputs.findIndex((x) => !(x instanceof Tensor));
  if (other >= 0) {
    throw new DTypeError("gradcheck", { input: other }, ({ input }) => {
      return `input ${input} is not a tensor. List tensors, and put them together in the function: \`gradcheck((a, b) => f({ a, b }), [a, b])\`.`;
    });
  }
  const narrow = inputs.findIndex(({ dtype }) => dtype === "float32");
  if (narrow >= 0) {
    throw new DTypeError("gradcheck", { input: narrow }, ({ input }) => {
      return `input ${input} is float32, whose rounding would hide a wrong derivative. Convert it first: \`cast(x, "float64")\`.`;
    });
  }
  if (inputs.some(({ dtype }) => dtype === "float64")) return;
  throw new DTypeError("gradcheck", { dtypes: inputs.map(({ dtype }) => dtype) }, () => {
    return "no input is floating, so there is nothing to differentiate. Pass at least one float64 tensor.";
  });
}
