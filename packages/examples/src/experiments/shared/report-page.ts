/**
 * @file The pages of experiments: one report each, and the index over all. One file each, no script, nothing to load.
 */
import type { Experiment, Figure, Section, SettingValue, Table } from "./experiment.ts";
import { formatCount, formatDuration } from "./format.ts";
import { html, Markup, trusted } from "./html.ts";
import { drawFigures } from "./plot.ts";
import { REPORT_STYLE } from "./report-style.ts";
import type { ExperimentResults } from "./run-experiment.ts";
import { kebab } from "./settings.ts";
import { themed } from "./theme.ts";

/** By what was found. */
export const HELD: Readonly<Record<ExperimentResults["verdict"]["held"], string>> = {
  yes: "The claim held here.",
  no: "The claim did not hold here.",
  "in part": "The claim held in part.",
};

/** The report of one experiment as the text of an HTML file. */
export function renderReport(experiment: Experiment, results: ExperimentResults): string {
  const sections = experiment.report(results.result, results.settings);
  return page(
    experiment.title,
    html`<h1>${experiment.title}</h1>
<p><strong>The claim.</strong> ${results.claim}
<span class="source">${results.source}</span></p>
${drawnNote(results)}
<p class="verdict"><strong>${HELD[results.verdict.held]}</strong> <a href="#verdict">In which figures</a></p>
${sections.map(renderSection)}
<h2 id="verdict">Did the claim hold?</h2>
<div class="verdict"><p><strong>${HELD[results.verdict.held]}</strong></p>
${sentence(results.verdict.sentence)}</div>
<h2>How it was run</h2>
${runFacts(experiment, results)}`,
  );
}

/** No line ends at "±" or "×", nor before "%". */
const unbroken = (text: string): string =>
  text.replaceAll(/ ([±×]) /gu, "\u00a0$1\u00a0").replaceAll(" %", "\u00a0%");

/** Its sentences, and their parts that semicolons divide, as a list. */
function sentence(text: string): Markup {
  const parts = unbroken(text).split(/(?<=;) |(?<=\.) (?=\p{Lu})/u);
  if (parts.length === 1) return html`<p>${text}</p>`;
  return html`<ul>${parts.map((part) => html`<li>${part}</li>`)}</ul>`;
}

/** The index of the reports beside it. */
export function renderIndex(
  entries: readonly { readonly experiment: Experiment; readonly results: ExperimentResults }[],
): string {
  const total = entries.reduce((sum, { results }) => sum + results.elapsedSeconds, 0);
  return page(
    "Claims about batch normalisation, measured",
    html`<h1>Claims about batch normalisation, measured</h1>
<p>${formatCount(entries.length)} experiments, ${formatDuration(total)} in all. Each report states the claim and its source, what was
measured, and in one computed sentence whether the claim held here.</p>
<div class="scroll"><table class="words"><thead><tr><th scope="col">experiment</th><th scope="col">held?</th><th scope="col">time</th></tr></thead>
<tbody>${entries.map(indexRow)}</tbody></table></div>`,
  );
}

function indexRow({
  experiment,
  results,
}: {
  readonly experiment: Experiment;
  readonly results: ExperimentResults;
}): Markup {
  const { verdict, elapsedSeconds } = results;
  return html`<tr><th scope="row"><a href="${experiment.name}/report.html">${experiment.title}</a><br><small>${unbroken(verdict.sentence)}</small></th>
<td>${verdict.held}</td><td>${formatDuration(elapsedSeconds)}</td></tr>`;
}

function page(title: string, body: Markup): string {
  return html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${title}</title>
<style>${trusted(REPORT_STYLE)}</style>
</head>
<body>
<main>
${body}
</main>
</body>
</html>
`.text;
}

function drawnNote({ data }: ExperimentResults): Markup | null {
  if (data === null || data.kind.endsWith("mnist")) return null;
  return html`<p class="note"><strong>These data are not MNIST.</strong> The images are digits drawn by this package, so that the experiment runs
without a download; <code>--data DIR</code> reads MNIST.</p>`;
}

function renderSection({ title, text, figures = [], caption = "", table }: Section): Markup {
  const paragraph =
    text === undefined ? null : text instanceof Markup ? text : html`<p>${text}</p>`;
  return html`<h2>${title}</h2>
${paragraph}
${figures.length === 0 ? null : renderFigures(figures, caption)}
${table === undefined ? null : renderTable(table)}`;
}

const renderFigures = (
  figures: readonly Figure[],
  caption: string,
): Markup => html`<figure><div class="panels">
${drawFigures(figures).map((svg) => trusted(themed(svg)))}
</div>
<figcaption>${unbroken(caption)}</figcaption></figure>`;

const renderTable = ({
  caption,
  head,
  rows,
}: Table): Markup => html`<p class="caption">${caption}</p>
<div class="scroll"><table class="words">
<thead><tr>${head.map((cell) => html`<th scope="col">${cell}</th>`)}</tr></thead>
<tbody>${rows.map(
  ([first = "", ...rest]) =>
    html`<tr><th scope="row">${first}</th>${rest.map((cell) => html`<td>${cell}</td>`)}</tr>`,
)}</tbody></table></div>`;

function runFacts(experiment: Experiment, results: ExperimentResults): Markup {
  const { environment, data, code, hash, elapsedSeconds } = results;
  const settings = Object.entries(results.settings).map(([name, value]) => {
    const help: Readonly<Record<string, string>> = experiment.help;
    return [settingName(name, help[name]), settingText(value)] as const;
  });
  const machine = [
    ...(data === null
      ? []
      : [
          ["data", data.kind] as const,
          ["images", `${formatCount(data.trainSize)} and ${formatCount(data.testSize)}`] as const,
          ["hash of the data", data.hash.slice(0, 16)] as const,
        ]),
    ["hash of the code", code.slice(0, 16)],
    ["hash of the results", hash.slice(0, 16)],
    ["time in all", formatDuration(elapsedSeconds)],
    ["processor", `${environment.cpu}, ${environment.cpus} threads`],
    ["platform", `${environment.platform} ${environment.arch}, Node ${environment.node}`],
    ["version", environment.packageVersion],
    ["date", environment.date.replace(/T(\d\d:\d\d).*Z$/u, " $1 UTC")],
  ] as const;
  return html`<div class="facts">${facts("Settings", settings)}${facts("Data, code and machine", machine)}</div>`;
}

/** What it is, and its name where that does not say it. */
function settingName(name: string, help = "seeds"): string {
  const words = kebab(name).replaceAll("-", " ");
  return help.includes(words) ? help : `${words}: ${help}`;
}

function settingText(value: SettingValue): string {
  if (typeof value === "boolean") return value ? "yes" : "no";
  if (typeof value === "number") return value >= 1000 ? formatCount(value) : String(value);
  return value.map(settingText).join(", ");
}

const facts = (title: string, rows: readonly (readonly [string, string])[]): Markup =>
  html`<section><h3>${title}</h3><dl>${rows.map(([name, value]) => html`<dt>${name}</dt><dd>${value}</dd>`)}</dl></section>`;
