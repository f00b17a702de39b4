/**
 * @file From a function of tensors to what gradcheck examines: a scalar function of its float64 inputs.
 */
import { isFloating } from "../array/dtype.ts";
import type { Tensor } from "../core/tensor.ts";
import { DTypeError } from "../errors.ts";
import { flattenTensors } from "../transforms/arguments.ts";
import { signedDraws } from "./draws.ts";
import { dot, float64 } from "./functionals.ts";
import type { ResolvedOptions } from "./options.ts";
import { Point, unravel } from "./point.ts";
import type { GradcheckFailure } from "./report.ts";
import type { Setup } from "./stage.ts";

export interface Prepared {
  readonly setup: Setup;
  readonly point: Point;
  /** What makes any further check pointless. */
  readonly failures: GradcheckFailure[];
}

/** The function of the differentiable inputs alone, paired with a random cotangent, and where to look at it. */
export function prepare(
  f: (...inputs: readonly Tensor[]) => unknown,
  inputs: readonly Tensor[],
  options: ResolvedOptions,
): Prepared {
  const { order, from, mode, seed, tolerance, zeroGradient } = options;
  const positions = [...inputs.keys()].filter((i) => isFloating(inputs[i].dtype));
  const results = (x: readonly Tensor[]): readonly Tensor[] => {
    const all = inputs.map((input, i) => x[positions.indexOf(i)] ?? input);
    return floatingResults(f(...all));
  };
  const point = new Point(positions.map((i) => inputs[i]));
  const ys = results(point.tensors);
  const cotangents = ys.map((y, k) => float64(signedDraws(seed, "cotangent", k, y.size), y));
  const isEmpty = ys.length > 0 && ys.every((y) => y.size === 0);
  const mayBeZero = (i: number): boolean =>
    typeof zeroGradient === "boolean" ? zeroGradient : zeroGradient.includes(positions[i]);
  const setup: Setup = {
    phi: (x) => dot(results(x), cotangents),
    magnitude: (x) => weigh(results(x), cotangents),
    positions,
    order,
    from,
    mode,
    seed,
    tolerance,
    directional: options.method === "directional",
    mayBeZero: (i) => isEmpty || mayBeZero(i),
  };
  return { setup, point, failures: [...notFinite(ys), ...unsteady(ys, results(point.tensors))] };
}

/** The leaves of a result that carry a derivative. @throws DTypeError for float32. */
function floatingResults(result: unknown): readonly Tensor[] {
  const { leaves, paths } = flattenTensors("gradcheck", "the result", result);
  const narrow = leaves.findIndex(({ dtype }) => dtype === "float32");
  if (narrow < 0) return leaves.filter(({ dtype }) => isFloating(dtype));
  throw new DTypeError("gradcheck", { path: paths[narrow] }, ({ path }) => {
    return `the result${path} is float32, whose rounding would hide a wrong derivative. Compute it in float64.`;
  });
}

/** Σ |cᵢ yᵢ| */
function weigh(ys: readonly Tensor[], cotangents: readonly Tensor[]): number {
  let total = 0;
  ys.forEach((y, k) => {
    const c = cotangents[k].toTypedArray();
    y.toTypedArray().forEach((value, at) => {
      total += Math.abs(value * c[at]);
    });
  });
  return total;
}

function notFinite(ys: readonly Tensor[]): GradcheckFailure[] {
  return ys.flatMap((y, k): GradcheckFailure[] => {
    const values = y.toTypedArray();
    const at = values.findIndex((value) => !Number.isFinite(value));
    if (at < 0) return [];
    const what = ys.length === 1 ? "the result" : `result ${k}`;
    return [{ kind: "not finite", what, index: unravel(at, y.shape), value: values[at] }];
  });
}

/** The first number that differs between two runs at the same point. */
function unsteady(ys: readonly Tensor[], again: readonly Tensor[]): GradcheckFailure[] {
  for (let k = 0; k < ys.length; k++) {
    const [before, after] = [ys[k].toTypedArray(), again[k].toTypedArray()];
    const at = before.findIndex((value, i) => !Object.is(value, after[i]));
    if (at >= 0) return [{ kind: "not deterministic", first: before[at], second: after[at] }];
  }
  return [];
}
