/**
 * @file docs/results: the figures of each recorded run as files beside its results.json, and the page that shows
 * them. Everything is computed from the results.json; they are written by `npm run experiment`.
 */
import { readdirSync, readFileSync } from "node:fs";
import { posix } from "node:path";
import { EXPERIMENTS } from "../experiments/index.ts";
import type { Experiment, Section } from "../experiments/shared/experiment.ts";
import { formatCount, formatDuration } from "../experiments/shared/format.ts";
import { drawFigures } from "../experiments/shared/plot.ts";
import { HELD } from "../experiments/shared/report-page.ts";
import type { ExperimentResults } from "../experiments/shared/run-experiment.ts";
import { commandOf } from "../experiments/shared/settings.ts";
import { standalone } from "../experiments/shared/theme.ts";

export interface RecordedRun {
  /** Of its results.json, relative to docs/results. */
  readonly folder: string;
  readonly experiment: Experiment;
  readonly results: ExperimentResults;
  readonly sections: readonly Section[];
}

/** The files to write, by path relative to `root`, the folder docs/results. */
export function recordedFiles(root: URL): ReadonlyMap<string, string> {
  const runs = recordedRuns(root);
  const pictures = runs.flatMap(({ folder, sections }) =>
    sections.flatMap(({ figures = [] }) =>
      drawFigures(figures).map((svg, i) => {
        return [`${folder}/${figures[i].id}.svg`, standalone(svg)] as const;
      }),
    ),
  );
  return new Map([...pictures, ["README.md", page(runs)]]);
}

/** In the order of the experiments, then of the folders. */
export function recordedRuns(root: URL): readonly RecordedRun[] {
  const folders = readdirSync(root, { recursive: true, encoding: "utf8" })
    .map((path) => path.replaceAll("\\", "/"))
    .filter((path) => posix.basename(path) === "results.json")
    .map((path) => posix.dirname(path))
    .sort((one, other) => one.length - other.length || (one < other ? -1 : 1));
  return EXPERIMENTS.flatMap((experiment) =>
    folders
      .filter((folder) => posix.basename(folder) === experiment.name)
      .map((folder) => {
        const text = readFileSync(new URL(`${folder}/results.json`, root), "utf8");
        const results = JSON.parse(text) as ExperimentResults;
        const sections = experiment.report(results.result, results.settings);
        return { folder, experiment, results, sections };
      }),
  );
}

const page = (runs: readonly RecordedRun[]): string => `# Recorded runs

Experiments in full on MNIST. Each claim, what was found and every figure, drawn from the results.json beside it by \`npm run pictures\`; the report that a run writes has tables with intervals too.

| experiment | held? | time |
|---|---|---|
${runs.map(row).join("\n")}

${runs.map(chapter).join("\n")}`;

const row = ({ folder, experiment, results }: RecordedRun): string =>
  `| [${titleOf(folder, experiment)}](#${anchorOf(titleOf(folder, experiment))}) | ${results.verdict.held} | ${formatDuration(results.elapsedSeconds)} |`;

/** With the folder around it, for another run of the same experiment. */
function titleOf(folder: string, { title }: Experiment): string {
  const variant = posix.dirname(folder);
  return variant === "." ? title : `${title} (${variant})`;
}

/** As the headings of Markdown get theirs. */
const anchorOf = (title: string): string =>
  title
    .toLowerCase()
    .replaceAll(/[^\p{L}\p{N} -]/gu, "")
    .replaceAll(" ", "-");

function chapter({ folder, experiment, results, sections }: RecordedRun): string {
  const { verdict, settings, environment, hash, elapsedSeconds, data } = results;
  const images =
    data === null
      ? "no images"
      : `${data.kind === "mnist" ? "MNIST" : data.kind}, ${formatCount(data.trainSize)} and ${formatCount(data.testSize)} images`;
  const facts = [
    `${environment.date.slice(0, 10)}`,
    images,
    formatDuration(elapsedSeconds),
    environment.cpu,
    `Node ${environment.node}`,
    `[results.json](${folder}/results.json), hash \`${hash.slice(0, 16)}\``,
  ];
  const command = `${commandOf(experiment, settings)}${data?.kind === "mnist" ? " --data DIR" : ""}`;
  return `## ${titleOf(folder, experiment)}

**The claim.** ${results.claim} (${results.source})

**${HELD[verdict.held]}** ${verdict.sentence}

\`${command}\` · ${facts.join(" · ")}

${sections
  .filter(({ figures = [] }) => figures.length > 0)
  .map((section) => figuresOf(folder, section))
  .join("\n\n")}
`;
}

const figuresOf = (folder: string, { figures = [], caption = "" }: Section): string =>
  `${figures.map(({ id, y }) => `![${y.title}](${folder}/${id}.svg)`).join(" ")}

${caption}`;
