/**
 * @file The figures of the main experiment, from plain data to SVG text.
 *
 * They choose what is drawn and on which range; no figure computes a statistic, and how a panel looks is
 * decided in panel.ts. Values that are missing or not finite are left out.
 */
import { formatPlural } from "./format.ts";
import { band, type Dash, dots, line, panel, type StepScale } from "./panel.ts";
import {
  type FinalAccuracy,
  type Measured,
  meanAndDeviation,
  type SigmoidInputPoint,
  type SummaryRow,
} from "./results.ts";
import { FIGURE_COLORS } from "./theme.ts";

export interface AccuracyOptions {
  /** Linear shows the later nine tenths of the run in detail, logarithmic shows all of it. */
  readonly scale: StepScale;
  readonly batchSize: number;
}

/** Figure 1 (a): mean test accuracy against training steps, with a band from the lowest to the highest seed. */
export function accuracyFigure(summary: readonly SummaryRow[], options: AccuracyOptions): string {
  const { scale, batchSize } = options;
  // Step 0 has no logarithm.
  const rows = summary.filter((row) => row.step > 0 || scale === "linear");
  const networks = [true, false].filter((kind) => rows.some((row) => row.batchNorm === kind));
  const lowest = accuracyFloor(rows, scale);
  return panel({
    id: `accuracy-${scale}`,
    title: "(a) Test accuracy (%)",
    notes: [seedNote(rows), scaleNote(scale, lowest)],
    description:
      `Test accuracy in percent against training steps on a ${scale} scale, ` +
      `${networks.map(networkName).join(" and ")}.`,
    steps: { scale, batchSize, ...stepRange(rows) },
    values: { min: lowest, max: 100 },
    series: networks.flatMap((batchNorm) => {
      const own = rows.filter((row) => row.batchNorm === batchNorm);
      const color = networkColor(batchNorm);
      return [
        band({
          color,
          intervals: own.map((row) => [row.step, 100 * row.lowest, 100 * row.highest]),
        }),
        line({
          name: batchNorm ? networkName(true) : "without",
          color,
          dash: batchNorm ? "solid" : [6, 3],
          points: own.map((row) => [row.step, 100 * row.mean]),
        }),
      ];
    }),
  });
}

export interface PercentileOptions {
  readonly batchNorm: boolean;
  /** Of the vertical axis; `percentileRange` finds one for both figures. */
  readonly range: readonly [low: number, high: number];
  readonly batchSize: number;
}

/** Figures 1 (b) and (c): percentiles 15, 50 and 85 of the input of one sigmoid, against training steps. */
export function percentileFigure(
  points: readonly SigmoidInputPoint[],
  { batchNorm, range, batchSize }: PercentileOptions,
): string {
  const rows = points.filter(isComplete);
  const color = networkColor(batchNorm);
  const lineOf = (name: string, dash: Dash, pick: (row: CompletePoint) => number) =>
    line({ name, color, dash, points: rows.map((row) => [row.step, pick(row)]) });
  return panel({
    id: `percentiles-${batchNorm ? "with" : "without"}`,
    title: `(${batchNorm ? "c" : "b"}) Sigmoid input, ${networkName(batchNorm)}`,
    notes: ["one unit of the last hidden layer; percentiles over test images"],
    description:
      "Percentiles 15, 50 and 85 of the input of one sigmoid of the last hidden layer " +
      `against training steps, ${networkName(batchNorm)}.`,
    steps: { scale: "linear", batchSize, ...stepRange(rows) },
    values: { min: range[0], max: range[1] },
    series: [
      band({ color, intervals: rows.map((row) => [row.step, row.p15, row.p85]) }),
      lineOf("85th", [7, 3], (row) => row.p85),
      lineOf("50th (median)", "solid", (row) => row.p50),
      lineOf("15th", [2, 3], (row) => row.p15),
    ],
  });
}

const STATISTICS = [
  ["movingAverage", "moving"],
  ["population", "population"],
  ["pooled", "pooled"],
] as const satisfies readonly (readonly [keyof FinalAccuracy, string])[];

/** Final test accuracy with batch normalization by the statistics used for it: each seed, and their mean. */
export function statisticsFigure(finals: readonly FinalAccuracy[]): string {
  const points = STATISTICS.flatMap(([key, group]) =>
    finals.flatMap((final) => {
      const accuracy = final[key];
      return accuracy === null ? [] : [[group, 100 * accuracy] as const];
    }),
  );
  const values = points.map(([, value]) => value);
  const means = STATISTICS.flatMap(([, group]) => {
    const own = points.filter(([name]) => name === group).map(([, value]) => value);
    return own.length === 0 ? [] : [[group, meanAndDeviation(own).mean] as const];
  });
  const [low, high] = [Math.floor(Math.min(...values)), Math.ceil(Math.max(...values))];
  const color = networkColor(true);
  return panel({
    id: "statistics",
    title: "(d) Test accuracy after the last step (%)",
    notes: [
      `with batch normalization; the axis begins at ${low} %`,
      "circles: seeds; disc: their mean",
    ],
    description: "Final test accuracy in percent by the statistics that evaluation uses.",
    steps: { title: "statistics used", groups: STATISTICS.map(([, group]) => group) },
    values: { min: low, max: Math.max(low + 1, high) },
    series: [dots({ color, filled: false, points }), dots({ color, filled: true, points: means })],
  });
}

/** The smallest range of whole numbers that holds zero and all percentiles of all curves. */
export function percentileRange(
  curves: readonly (readonly SigmoidInputPoint[])[],
): readonly [low: number, high: number] {
  const rows = curves.flat().filter(isComplete);
  const low = Math.floor(Math.min(0, ...rows.map((row) => row.p15)));
  const high = Math.ceil(Math.max(0, ...rows.map((row) => row.p85)));
  return [low, Math.max(low + 1, high)];
}

/** The name of each network in words, the same in legends, tables and sentences. */
export const networkName = (batchNorm: boolean): string =>
  batchNorm ? "with batch normalization" : "without batch normalization";

const networkColor = (batchNorm: boolean): string =>
  batchNorm ? FIGURE_COLORS.withBatchNorm : FIGURE_COLORS.withoutBatchNorm;

interface CompletePoint extends SigmoidInputPoint {
  readonly p15: number;
  readonly p50: number;
  readonly p85: number;
}

const isNumber = (value: Measured): value is number => value !== null && Number.isFinite(value);

const isComplete = (row: SigmoidInputPoint): row is CompletePoint =>
  isNumber(row.p15) && isNumber(row.p50) && isNumber(row.p85);

function stepRange(rows: readonly { readonly step: number }[]): { first: number; last: number } {
  const steps = rows.map((row) => row.step);
  const last = Math.max(1, ...steps);
  return { first: Math.min(last, ...steps), last };
}

/**
 * Where the accuracy axis begins, in percent. The networks start near 10 % and end near 98 %: on a linear
 * scale of steps the axis is cut to what the last nine tenths of the run need, and a note of the figure says so.
 */
function accuracyFloor(rows: readonly SummaryRow[], scale: StepScale): number {
  const shownFrom = scale === "linear" ? stepRange(rows).last / 10 : 0;
  const shown = rows.filter((row) => row.step >= shownFrom);
  const lowest = Math.min(0.9, ...shown.map((row) => row.lowest));
  // The sum is for tens that are a little less in binary, such as 10 * 0.3 could be.
  const floor = 10 * Math.floor(10 * lowest + 1e-9);
  return floor <= 10 ? 0 : floor;
}

function scaleNote(scale: StepScale, lowest: number): string {
  const steps = scale === "logarithmic" ? ["logarithmic steps show the beginning"] : [];
  const axis = lowest > 0 ? [`the axis begins at ${lowest} %`] : [];
  return [...steps, ...axis].join("; ");
}

function seedNote(rows: readonly SummaryRow[]): string {
  const seeds = Math.max(0, ...rows.map((row) => row.seeds));
  return seeds > 1
    ? `mean of ${formatPlural(seeds, "seed")}, band from lowest to highest`
    : "a single seed, so no band";
}
