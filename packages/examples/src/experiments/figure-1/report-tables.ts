/**
 * @file The tables and lists of facts of the report, as HTML.
 */
import { formatCount, formatDuration, formatFixed, formatPercent } from "../shared/format.ts";
import { html, type Markup } from "../shared/html.ts";
import {
  type Curve,
  meanAndDeviation,
  type Results,
  type SigmoidInputPoint,
  type TimedCurve,
} from "../shared/results.ts";
import { accuracyRows, formatBasis, formatLead, formatSpread } from "./rows.ts";

/** Test accuracy by step for both networks; all steps are there, folded away when they are many. */
export function accuracyTable({ summary }: Results, limit: number): Markup {
  const all = accuracyRows(summary, Number.POSITIVE_INFINITY);
  const chosen = accuracyRows(summary, limit);
  const table = (rows: typeof all): Markup => html`<div class="scroll"><table>
<thead><tr><th scope="col">step</th><th scope="col">with<br>batch norm.</th><th scope="col">without</th><th scope="col">lead</th></tr></thead>
<tbody>${rows.map(
    (row) => html`
<tr><th scope="row">${formatCount(row.step)}</th><td>${formatSpread(row.withBatchNorm)}</td><td>${formatSpread(row.without)}</td><td>${formatLead(row)}</td></tr>`,
  )}
</tbody></table></div>`;
  const caption = html`<p class="caption">Test accuracy in percent, ${formatBasis(summary)}</p>`;
  if (chosen.length === all.length) return html`${caption}${table(all)}`;
  return html`${caption}${table(chosen)}
<details><summary>All ${all.length} measured steps</summary>${table(all)}</details>`;
}

/** Accuracy after the last step with each kind of statistics, seed by seed; null without batch normalization. */
export function statisticsTable(curves: readonly Curve[]): Markup | null {
  const own = curves.filter((curve) => curve.batchNorm);
  if (own.length === 0) return null;
  const keys = ["movingAverage", "population", "pooled"] as const;
  const cells = (texts: readonly string[]): Markup[] => texts.map((text) => html`<td>${text}</td>`);
  const rows = own.map(
    ({ seed, finalAccuracy }) => html`
<tr><th scope="row">seed ${seed}</th>${cells(keys.map((key) => formatPercent(finalAccuracy[key])))}</tr>`,
  );
  const spreads = keys.map((key) => {
    const values = own.flatMap(({ finalAccuracy }) => finalAccuracy[key] ?? []);
    return values.length === 0 ? { mean: null, sd: null } : meanAndDeviation(values);
  });
  const spreadRow = (name: string, part: "mean" | "sd"): Markup => html`
<tr class="mean"><th scope="row">${name}</th>${cells(spreads.map((spread) => formatPercent(spread[part])))}</tr>`;
  return html`<p class="caption">Test accuracy in percent after the last step, with batch normalization</p>
<div class="scroll"><table class="words">
<thead><tr><th scope="col"></th><th scope="col">moving<br>averages</th><th scope="col">population<br>statistics</th><th scope="col">pooled<br>statistics</th></tr></thead>
<tbody>${rows}${own.length > 1 ? [spreadRow("mean", "mean"), spreadRow("sd", "sd")] : null}
</tbody></table></div>`;
}

/** Width and median of the inputs of all units of the layer, after the last step. */
export function layerTable(
  without: SigmoidInputPoint | undefined,
  withBatchNorm: SigmoidInputPoint | undefined,
): Markup | null {
  if (without === undefined || withBatchNorm === undefined) return null;
  const row = (name: string, key: "meanWidth" | "meanAbsMedian"): Markup => html`
<tr><th scope="row">${name}</th><td>${formatFixed(withBatchNorm[key], 2)}</td><td>${formatFixed(without[key], 2)}</td></tr>`;
  return html`<p class="caption">Inputs of all sigmoids of the layer after the last step, mean over its units</p>
<div class="scroll"><table class="words">
<thead><tr><th scope="col"></th><th scope="col">with<br>batch norm.</th><th scope="col">without</th></tr></thead>
<tbody>${row("85th minus 15th percentile", "meanWidth")}${row("distance of the median from 0", "meanAbsMedian")}
</tbody></table></div>`;
}

type Facts = readonly (readonly [name: string, value: string])[];

const factList = (title: string, facts: Facts): Markup =>
  html`<section><h3>${title}</h3><dl>${facts.map(([name, value]) => html`<dt>${name}</dt><dd>${value}</dd>`)}</dl></section>`;

/** Settings, data and environment: what is needed to run it again. */
export function runFacts(results: Results): Markup {
  return html`<div class="facts">${factList("Settings", settingFacts(results))}
${factList("Data and machine", environmentFacts(results))}</div>`;
}

function settingFacts({ settings, curves }: Results): Facts {
  const seeds = [...new Set(curves.map(({ seed }) => seed))].sort((one, other) => one - other);
  return [
    ["training steps", formatCount(settings.steps)],
    ["examples per step", formatCount(settings.batchSize)],
    ["seeds", seeds.join(", ")],
    ["learning rate", String(settings.learningRate)],
    ["initial weights", `Gaussian, sd ${settings.initStd}`],
    ["hidden layers", settings.hiddenSizes.join(", ")],
    ["ε in the variance", String(settings.epsilon)],
    ["weight of the newest batch", String(settings.update)],
    ["batches for algorithm 2", formatCount(settings.populationBatches)],
    ["sigmoid shown", `unit ${settings.sigmoidUnit}, last hidden layer`],
  ];
}

function environmentFacts({ data, environment, curves, elapsedSeconds }: Results): Facts {
  const { node, platform, arch, cpus, cpu, packageVersion, date } = environment;
  return [
    ["data", data.kind],
    ["images", `${formatCount(data.trainSize)} training, ${formatCount(data.testSize)} test`],
    ["hash of the data", data.hash],
    ["time per step, with", stepTime(curves, true)],
    ["time per step, without", stepTime(curves, false)],
    ["time in all", formatDuration(elapsedSeconds)],
    ["processor", `${cpu}, ${cpus} threads`],
    ["platform", `${platform} ${arch}, Node ${node}`],
    ["version", packageVersion],
    ["date", date.replace(/T(\d\d:\d\d).*Z$/u, " $1 UTC")],
  ];
}

function stepTime(curves: readonly TimedCurve[], batchNorm: boolean): string {
  const seconds = curves
    .filter((curve) => curve.batchNorm === batchNorm)
    .map(({ secondsPerStep }) => 1000 * secondsPerStep);
  return `${formatFixed(seconds.length === 0 ? null : meanAndDeviation(seconds).mean, 2)} ms`;
}
