/**
 * @file gradcheck: derivatives of a function, of any order and in both modes, against differences.
 *
 * The cotangent c is random: under a constant one, whatever is normalised has gradient 0, and a wrong
 * rule stays green. φ₀(x) = <c, f(x)> is a scalar function; φₖ(x) = <∇φₖ₋₁(x), rₖ> with random rₖ is the
 * next one. At each order the gradient of φ is compared with differences of φ itself, so no order
 * relies on the one before being right, and none on the formula that a rule was written from.
 */
import type { Tensor } from "../core/tensor.ts";
import { GradientError } from "../errors.ts";
import { examine } from "./examine.ts";
import { Findings } from "./findings.ts";
import { type GradcheckOptions, resolveOptions } from "./options.ts";
import type { Point } from "./point.ts";
import {
  describeFailure,
  type GradcheckFailure,
  GradcheckReport,
  type Kink,
  remedy,
} from "./report.ts";
import { prepare } from "./setup.ts";
import type { Setup } from "./stage.ts";

const ROUNDS = 4;

/**
 * Compares derivatives of `f` with numerical ones.
 *
 * - `f` takes the tensors of `inputs` and returns a tensor, or tensors in any nesting of arrays and objects
 * - inputs are float64; int32 and bool ones are constants and not differentiated
 * - results of dtype int32 and bool carry no derivative and are left out
 * - an entry that lies on a kink is reported and moved a little, never skipped
 * - a gradient that is zero everywhere fails, unless the input is declared in `zeroGradient`
 *
 * @throws DTypeError if an input is no tensor, an input or a result is float32, or no input is floating; ValueError for
 * options out of range.
 * @example
 * const report = gradcheck((x) => softmax(x), [tensor([1, 2, 3], { dtype: "float64" })], { order: 2 });
 * report.ok;          // true
 * String(report);     // what was compared, what came closest to its tolerance, how to repeat it
 */
export function gradcheck<const A extends readonly Tensor[]>(
  f: (...inputs: A) => unknown,
  inputs: A,
  options: GradcheckOptions = {},
): GradcheckReport {
  const resolved = resolveOptions(options, inputs);
  const { order, from, mode, seed } = resolved;
  const before = inputs.map((x) => x.toTypedArray());
  const run = f as unknown as (...inputs: readonly Tensor[]) => unknown;
  const { setup, point, failures } = prepare(run, inputs, resolved);
  const { findings, resampled } =
    failures.length > 0 ? nothing(point) : settleOffKinks(setup, point, resolved.maxResampled);
  const mutated = inputs.flatMap((x, input): GradcheckFailure[] => {
    const same = x.toTypedArray().every((value, at) => Object.is(value, before[input][at]));
    return same ? [] : [{ kind: "mutated", input }];
  });
  failures.unshift(...mutated);
  failures.push(...findings.failures);
  const { checked, worst } = findings;
  const asked = { order, from, mode, seed };
  return new GradcheckReport({ ...asked, checked, resampled, worst, failures, inputs });
}

/**
 * As `gradcheck`, but throws where that fails.
 *
 * @throws GradientError whose message names the worst place, both numbers, the tolerance and the seed;
 * its `details.report` is the whole report.
 * @example
 * assertGradcheck((x) => tanh(x), [tensor([0.5], { dtype: "float64" })]);
 */
export function assertGradcheck<const A extends readonly Tensor[]>(
  f: (...inputs: A) => unknown,
  inputs: A,
  options: GradcheckOptions = {},
): GradcheckReport {
  const report = gradcheck(f, inputs, options);
  const [first, ...others] = report.failures;
  if (first === undefined) return report;
  throw new GradientError("gradcheck", { report }, () => {
    const count = others.length === 1 ? "1 more failure" : `${others.length} more failures`;
    const more = others.length > 0 ? ` (and ${count}, see \`details.report\`)` : "";
    return `${describeFailure(first)}${more}. ${remedy(first)}; \`seed: ${report.seed}\` repeats this check.`;
  });
}

interface Examined {
  readonly findings: Findings;
  readonly resampled: GradcheckReport["resampled"];
}

function nothing({ size }: Point): Examined {
  return { findings: new Findings(), resampled: { count: 0, total: size, kinks: [] } };
}

/** Examines `start`, and again with the entries that lie on kinks moved, until none does. */
function settleOffKinks(setup: Setup, start: Point, maxResampled: number): Examined {
  const kinks = new Map<string, Kink>();
  let point = start;
  let findings = examine(setup, point);
  for (let round = 0; round < ROUNDS && findings.kinks.length > 0; round++) {
    for (const kink of findings.kinks) {
      const key = `${kink.input} ${kink.index.join(" ")}`;
      if (!kinks.has(key)) kinks.set(key, kink);
    }
    point = point.moved(setup.seed, round, placesOf(setup, point, findings.kinks));
    findings = examine(setup, point);
  }
  const resampled = { count: kinks.size, total: start.size, kinks: [...kinks.values()] };
  const left = findings.kinks.length > 0;
  if (left || resampled.count > maxResampled * resampled.total) {
    findings.failures.push({ kind: "kinks", count: kinks.size, total: start.size, left });
  }
  return { findings, resampled };
}

/** Kinks by the number of the differentiable input and the row-major position there. */
function placesOf(
  { positions }: Setup,
  { tensors }: Point,
  kinks: readonly Kink[],
): readonly { readonly input: number; readonly at: number }[] {
  return kinks.map(({ input, index }) => {
    const own = positions.indexOf(input);
    const { shape } = tensors[own];
    return { input: own, at: index.reduce((at, i, axis) => at * shape[axis] + i, 0) };
  });
}
