/** @file The report of figure 1: (a) test accuracy, (b, c) the inputs of one sigmoid, (d) the statistics used. */
import type { Figure, Section } from "../shared/experiment.ts";
import { formatCount, formatFixed } from "../shared/format.ts";
import type { StepScale } from "../shared/panel.ts";
import type { PlotPoint } from "../shared/plot.ts";
import type { Curve, SigmoidInputPoint } from "./curve.ts";
import { POPULATION_BATCHES, SIGMOID_UNIT } from "./evaluate.ts";
import { accuracyRows, finalRows, formatBasis, formatLead, formatSpread } from "./rows.ts";
import { type SummaryRow, summarize } from "./summary.ts";

/** Longer tables show some of the steps. */
const ROW_LIMIT = 16;

const NAMES = { with: "with batch normalisation", without: "without" } as const;

export function accuracySection(curves: readonly Curve[], batch: number): Section {
  const summary = summarize(curves);
  const rows = accuracyRows(summary, ROW_LIMIT);
  const measured = new Set(summary.map(({ step }) => step)).size;
  const draw = (scale: StepScale): Figure => accuracyFigure(summary, scale, batch);
  return {
    title: "Test accuracy during training",
    figures: [draw("linear"), draw("logarithmic")],
    caption:
      "Figure 1 (a): mean over seeds, with a band from the lowest to the highest. First with linear steps, as in the paper, then with logarithmic ones, where the beginning can be seen.",
    table: {
      caption: `Test accuracy in percent, ${formatBasis(summary)}${
        rows.length < measured ? `; ${rows.length} of ${measured} measured steps` : ""
      }`,
      head: ["step", NAMES.with, NAMES.without, "lead"],
      rows: rows.map((row) => [
        formatCount(row.step),
        formatSpread(row.withBatchNorm),
        formatSpread(row.without),
        formatLead(row),
      ]),
    },
  };
}

function accuracyFigure(summary: readonly SummaryRow[], scale: StepScale, batch: number): Figure {
  const floor = accuracyFloor(summary);
  const min = scale === "linear" ? floor : 0;
  return {
    id: `accuracy-${scale}`,
    y: { title: "(a) Test accuracy (%)", min, max: 100, bounds: [min, 100] },
    x: { title: stepTitle(batch), scale },
    // of the other figure too, so that their plots are side by side
    notes: floor === 0 ? [] : [min > 0 ? `the axis begins at ${min} %` : ""],
    lines: [true, false].map((batchNorm) => ({
      name: batchNorm ? NAMES.with : NAMES.without,
      points: summary
        .filter((row) => row.batchNorm === batchNorm && 100 * row.mean >= min)
        .map(({ step, mean, lowest, highest }) => {
          return [step, 100 * mean, 100 * lowest, 100 * highest];
        }),
    })),
  };
}

const stepTitle = (batch: number): string => `training steps of ${formatCount(batch)} images`;

/**
 * Where a linear axis of accuracy begins, in percent. The networks start near 10 % and end near 98 %: the axis is
 * cut to what the last nine tenths of the run need.
 */
function accuracyFloor(summary: readonly SummaryRow[]): number {
  const last = Math.max(...summary.map(({ step }) => step));
  const shown = summary.filter(({ step }) => step >= last / 10);
  const lowest = Math.min(0.9, ...shown.map((row) => row.lowest));
  // the sum is for tens that are a little less in binary, such as 10 · 0.3 could be
  const floor = 10 * Math.floor(10 * lowest + 1e-9);
  return floor <= 10 ? 0 : floor;
}

/** The inputs of one sigmoid of the first seed, as the paper shows one: without batch normalisation and with it. */
export function sigmoidsOf(
  curves: readonly Curve[],
): readonly [readonly SigmoidInputPoint[], readonly SigmoidInputPoint[]] {
  const first = (kind: boolean): readonly SigmoidInputPoint[] =>
    curves.find(({ batchNorm }) => batchNorm === kind)?.sigmoidInput ?? [];
  return [first(false), first(true)];
}

export function sigmoidSection(curves: readonly Curve[], batch: number): Section {
  const [without, withBatchNorm] = sigmoidsOf(curves);
  const ends = [...without, ...withBatchNorm].flatMap(({ p15, p85 }) => [p15 ?? 0, p85 ?? 0]);
  const draw = (letter: string, name: string, points: readonly SigmoidInputPoint[]): Figure => ({
    id: `percentiles-${letter}`,
    y: { title: `(${letter}) Input, ${name} (no unit)`, holds: ends },
    x: { title: stepTitle(batch) },
    lines: [
      {
        name: "50th",
        points: points.map(({ step, p15, p50, p85 }): PlotPoint => [step, p50, p15, p85]),
      },
      { name: "15th", points: points.map(({ step, p15 }): PlotPoint => [step, p15]) },
      { name: "85th", points: points.map(({ step, p85 }): PlotPoint => [step, p85]) },
    ],
  });
  const row = (name: string, key: "meanWidth" | "meanAbsMedian"): string[] => [
    name,
    ...[withBatchNorm, without].map((points) => formatFixed(points.at(-1)?.[key] ?? null, 2)),
  ];
  return {
    title: "The input of one sigmoid during training",
    figures: [draw("b", NAMES.without, without), draw("c", NAMES.with, withBatchNorm)],
    caption: `Figure 1 (b, c): 15th, 50th and 85th percentile over test images of the input of unit ${SIGMOID_UNIT} of the last hidden layer, seed 1. At step 0 the moving averages are still 0 and 1, so both networks have the same inputs.`,
    table: {
      caption:
        "Inputs of all sigmoids of the layer after the last step, seed 1, mean over its units",
      head: ["", NAMES.with, NAMES.without],
      rows: [
        row("85th minus 15th percentile", "meanWidth"),
        row("distance of the median from 0", "meanAbsMedian"),
      ],
    },
  };
}

export function statisticsSection(curves: readonly Curve[]): Section {
  const finals = curves
    .filter(({ batchNorm }) => batchNorm)
    .map(({ finalAccuracy }) => finalAccuracy);
  const percent = (key: "movingAverage" | "population" | "pooled"): (number | null)[] =>
    finals.map(({ [key]: value }) => (value === null ? null : 100 * value));
  return {
    title: "Moving averages or population statistics?",
    text: `To classify single images, batch normalisation needs a fixed mean and variance. The curves above use the moving averages kept during training. Algorithm 2 of the paper averages the mean and the unbiased variance of many training batches, here up to ${formatCount(POPULATION_BATCHES)}, with the final weights; pooled statistics are those of all values of these batches taken together.`,
    figures: [
      {
        id: "statistics",
        y: { title: "(d) Test accuracy after the last step (%)" },
        x: "statistics used",
        groups: {
          moving: percent("movingAverage"),
          population: percent("population"),
          pooled: percent("pooled"),
        },
      },
    ],
    caption:
      "Figure (d): test accuracy with batch normalisation by the statistics that evaluation uses; a circle for each seed, a diamond for their mean. The axis does not begin at 0.",
    table: {
      caption: `Test accuracy in percent after the last step, ${formatBasis(summarize(curves))}`,
      head: ["network", "test accuracy"],
      rows: finalRows(curves).map((row) => [row.name, formatSpread(row)]),
    },
  };
}
