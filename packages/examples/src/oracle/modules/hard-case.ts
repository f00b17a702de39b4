/**
 * @file Layers where digits cancel, of which PyTorch's own results are inexact.
 *
 * The condition of a case is the largest |mean| / √(variance + ε) of a channel: rounding an input moves what is
 * normalised by that times the rounding. float64 is held to 1e-9, or ten times the condition's share of the rounding
 * of a float64 where that is more. A float32 case is held to its float64 twin: no error larger than PyTorch's. Where
 * the rounding of float32 inputs alone moves results by their size, nothing is compared.
 */
import type { Tensor } from "@tapegrad/autograd";
import { fromTorchName } from "@tapegrad/nn";
import { numbersOf, type StoredTensor } from "../fixtures.ts";
import type { Check, SuiteContext } from "../suite.ts";
import { Comparison, TOLERANCE } from "./closeness.ts";
import {
  buildLayer,
  checkLayer,
  type LayerBuilder,
  type LayerCase,
  type LayerStep,
  layersFamily,
  runStep,
  stepsOf,
} from "./layer-case.ts";

/**
 * Two units in the last place of a float32: below that, which of two sums in another order is nearer is chance. What
 * cancels is off by a hundred times as much.
 */
const CHANCE = 2 ** -22;

const ROUNDING = { float64: 2 ** -53, float32: 2 ** -24 } as const;

/** A family whose float32 cases, `….s`, have twins in float64, `….d`. */
export function hardFamily(
  table: Readonly<Record<string, LayerBuilder>>,
): (cases: readonly LayerCase[], context: SuiteContext) => Generator<Check> {
  return layersFamily(table, (example, build, context, cases) =>
    isWide(example)
      ? checkWide(example, build, context)
      : checkNarrow(example, twinOf(example, cases), build, context),
  );
}

function isWide(example: LayerCase): boolean {
  return stepsOf(example)[0].inputs["x"].tensor === "float64";
}

function twinOf({ id }: LayerCase, cases: readonly LayerCase[]): LayerCase | undefined {
  return cases.find((other) => isWide(other) && other.id === id.replace(/s$/, "d"));
}

function checkWide(example: LayerCase, build: LayerBuilder, context: SuiteContext): Check {
  const float64 = Math.max(TOLERANCE.float64, 10 * conditionOf(example) * ROUNDING.float64);
  return checkLayer(example, build, context, new Comparison({ ...TOLERANCE, float64 }));
}

/** The largest |mean| / √(variance + ε) of a channel, axis 1, in any step. */
function conditionOf(example: LayerCase): number {
  const epsilon = Number(example.config["eps"] ?? 1e-5);
  const conditions = stepsOf(example).flatMap(({ inputs: { x } }) => {
    return channelsOf(x).map((values) => {
      const mean = meanOf(values);
      return Math.abs(mean) / Math.sqrt(meanOf(values.map((v) => (v - mean) ** 2)) + epsilon);
    });
  });
  return Math.max(...conditions);
}

function channelsOf(x: StoredTensor): readonly (readonly number[])[] {
  const [, channels, ...rest] = x.shape;
  const inner = rest.reduce((product, n) => product * n, 1);
  const values = Array.from(numbersOf(x));
  return Array.from({ length: channels }, (_, c) =>
    values.filter((_, i) => Math.floor(i / inner) % channels === c),
  );
}

function meanOf(values: readonly number[]): number {
  return values.reduce((sum, v) => sum + v, 0) / values.length;
}

function checkNarrow(
  example: LayerCase,
  twin: LayerCase | undefined,
  build: LayerBuilder,
  { compiled }: SuiteContext,
): Check {
  const { id } = example;
  if (twin === undefined) return { status: "failed", id, problem: "has no twin in float64" };
  if (conditionOf(twin) * ROUNDING.float32 > 1) {
    return {
      status: "skipped",
      id,
      reason: "the rounding of its inputs is as large as the spread",
    };
  }
  const comparison = new Comparison();
  const steps = stepsOf(example);
  try {
    const layer = buildLayer(example, build, steps[0]);
    steps.forEach((step, i) => {
      const { outputs, first } = runStep(layer, step, compiled);
      const wide = stepsOf(twin)[i];
      if (!sameInputs(step, wide)) return;
      const state = layer.module.state();
      const found: Record<string, Tensor> = { ...Object.fromEntries(numbered(outputs)), ...first };
      for (const path of Object.keys(step.state_after ?? {})) {
        found[path] = state.get(fromTorchName(path))?.value as Tensor;
      }
      const [theirs, exact] = [resultsOf(step), resultsOf(wide)];
      for (const [name, value] of Object.entries(found)) {
        compareErrors(comparison, `step ${i}: ${name}`, value, theirs[name], exact[name]);
      }
    });
  } catch (thrown) {
    return { status: "failed", id, problem: String(thrown).split("\n")[0] };
  }
  return comparison.check(id, 1);
}

/** All that PyTorch gave for a step, by name. */
function resultsOf({ outputs, grads, state_after }: LayerStep): Record<string, StoredTensor> {
  return { ...Object.fromEntries(numbered(outputs)), ...grads, ...state_after };
}

function numbered<T>(outputs: readonly T[]): readonly (readonly [string, T])[] {
  return outputs.map((value, k) => [`output ${k}`, value]);
}

/** Whether the inputs and cotangents of float32 are those of float64, rounded. */
function sameInputs(narrow: LayerStep, wide: LayerStep): boolean {
  const pairs = [
    ...Object.entries(narrow.inputs).map(([name, value]) => [value, wide.inputs[name]]),
    ...(narrow.cotangents ?? []).map((value, k) => [value, wide.cotangents?.[k]]),
  ];
  return pairs.every(([a, b]) => {
    if (!a || !b) return !a && !b;
    const [found, expected] = [numbersOf(a), numbersOf(b)];
    return found.every((v, i) => Object.is(v, Math.fround(expected[i])));
  });
}

/** Notes a problem where `ours` is further from `exact` than `theirs`. */
function compareErrors(
  comparison: Comparison,
  what: string,
  ours: Tensor,
  theirs: StoredTensor,
  exact: StoredTensor,
): void {
  const expected = numbersOf(exact);
  const largest = Math.max(...expected.map(Math.abs));
  const errorOf = (values: ArrayLike<number>): number =>
    Math.max(...expected.map((v, i) => Math.abs(values[i] - v)));
  const [error, allowed] = [errorOf(ours.toTypedArray()), errorOf(numbersOf(theirs))];
  const near = error <= allowed + CHANCE * largest;
  const problem = `${what} is off by ${error}, where PyTorch is off by ${allowed}`;
  comparison.note({ problem: near ? null : problem, error: error / largest });
}
