/**
 * @file The suite "figure-1": the curves of docs/results/figure-1 and docs/results/learning-rate-…/figure-1 against
 * those that PyTorch had for the same network, rates and number of steps, from other weights and orders.
 *
 * What is compared are means over seeds: accuracy within four of PyTorch's standard deviations up to step 5,000
 * and within half a point at 50,000, where there are few of its runs; the width of the sigmoid's inputs
 * (85th minus 15th percentile, mean over the units of the last hidden layer) within a tenth.
 */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { ValueError } from "@tapegrad/autograd";
import type { Curve } from "../experiments/figure-1/curve.ts";
import { meanAndDeviation } from "../experiments/figure-1/summary.ts";
import type { Check, Suite } from "./suite.ts";

/** A run of paper.json; accuracies are fractions. */
interface Run {
  readonly bn: boolean;
  readonly lr: number;
  readonly weight_std: number;
  readonly binary_input: boolean;
  readonly acc: Readonly<Record<string, number>>;
  readonly pct: Readonly<Record<string, { readonly mean_width: number }>>;
}

interface Results {
  readonly settings: {
    readonly learningRate: number;
    readonly steps: number;
    readonly batch: number;
    readonly initStd: number;
    readonly binary: boolean;
  };
  readonly data: { readonly kind: string };
  readonly result: readonly Curve[];
}

const EARLY = [500, 1000, 2000, 5000] as const;
const LAST = 50_000;
const MIN_SEEDS = 3;

export const figure1Curves: Suite = function* ({ oracle, results }): Generator<Check> {
  const path = join(oracle, "paper", "paper.json");
  if (!existsSync(path)) {
    throw new ValueError("oracle", { path }, (d) => {
      return `there is no file ${d.path}. Set ORACLE_DIR to the folder with the fixtures.`;
    });
  }
  const { runs } = JSON.parse(readFileSync(path, "utf8")) as { readonly runs: readonly Run[] };
  for (const file of figure1Files(results)) {
    yield* compareRun(JSON.parse(readFileSync(file, "utf8")) as Results, runs);
  }
};

function figure1Files(folder: string): readonly string[] {
  const rates = existsSync(folder)
    ? readdirSync(folder).filter((name) => name.startsWith("learning-rate-"))
    : [];
  const files = ["", ...rates].map((name) => join(folder, name, "figure-1", "results.json"));
  const missing = files.find((file) => !existsSync(file));
  if (missing === undefined) return files;
  throw new ValueError("oracle", { missing }, (d) => {
    return `there is no file ${d.missing}. \`npm run experiment -- figure-1 --data DIR --out docs/results\` writes it.`;
  });
}

function* compareRun({ settings, data, result }: Results, runs: readonly Run[]): Generator<Check> {
  const { learningRate, steps, batch, initStd, binary } = settings;
  const seeds = result.length / 2;
  const id = `rate ${learningRate}`;
  const isComparable =
    data.kind === "mnist" && steps === LAST && batch === 60 && !binary && seeds >= MIN_SEEDS;
  if (!isComparable) {
    const problem = `is no run of ${MIN_SEEDS} seeds over ${LAST} steps of 60 grey images of MNIST`;
    yield { status: "failed", id, problem };
    return;
  }
  for (const batchNorm of [false, true]) {
    const curves = result.filter((curve) => curve.batchNorm === batchNorm);
    const theirs = runs.filter((run) => {
      const isAlike = run.lr === learningRate && run.weight_std === initStd && !run.binary_input;
      return isAlike && run.bn === batchNorm;
    });
    yield* compareCurves(`${id}, ${batchNorm ? "with" : "without"}`, curves, theirs);
  }
}

function* compareCurves(
  id: string,
  curves: readonly Curve[],
  runs: readonly Run[],
): Generator<Check> {
  for (const step of [...EARLY, LAST]) {
    const accuracy = {
      ours: valuesAt(curves, step, ({ points }) => points, "testAccuracy"),
      theirs: runs.flatMap(({ acc }) => acc[step] ?? []),
    };
    const { sd } = meanAndDeviation(accuracy.theirs);
    yield within(`${id}, accuracy at ${step}`, accuracy, step === LAST ? 0.005 : 4 * (sd ?? 0));

    const width = {
      ours: valuesAt(curves, step, ({ sigmoidInput }) => sigmoidInput, "meanWidth"),
      theirs: runs.flatMap(({ pct }) => pct[step]?.mean_width ?? []),
    };
    const { mean } = meanAndDeviation(width.theirs);
    yield within(`${id}, width at ${step}`, width, 0.1 * mean);
  }
}

function valuesAt<K extends string>(
  curves: readonly Curve[],
  step: number,
  pointsOf: (curve: Curve) => readonly ({ readonly step: number } & Record<K, number | null>)[],
  key: K,
): readonly number[] {
  return curves.flatMap((curve) => {
    return pointsOf(curve).find((point) => point.step === step)?.[key] ?? [];
  });
}

function within(
  id: string,
  { ours, theirs }: { readonly ours: readonly number[]; readonly theirs: readonly number[] },
  tolerance: number,
): Check {
  if (ours.length < MIN_SEEDS || theirs.length === 0) {
    const problem = `${ours.length} of our runs and ${theirs.length} of PyTorch's were measured there`;
    return { status: "failed", id, problem };
  }
  const [found, expected] = [ours, theirs].map((values) => meanAndDeviation(values).mean);
  if (Math.abs(found - expected) <= tolerance) return { status: "passed" };
  const numbers = [found, expected, tolerance].map((value) => value.toPrecision(4));
  return { status: "failed", id, problem: `${numbers[0]}, PyTorch ${numbers[1]} ± ${numbers[2]}` };
}
