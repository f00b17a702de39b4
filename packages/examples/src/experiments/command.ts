/**
 * @file `npm run experiment -- NAME [options]`, `-- list`, `-- all [--quick]`.
 *
 * Exit code 0 after a complete run, 1 for an error in data or files, 2 for a wrong call, 130 after Ctrl-C.
 */
import { join } from "node:path";
import { OpError, ValueError } from "@tapegrad/autograd";
import { writeFileAtomically } from "@tapegrad/nn/node";
import { EXPERIMENTS } from "./index.ts";
import type { Experiment, Section } from "./shared/experiment.ts";
import { formatCount, formatDuration, wrapped } from "./shared/format.ts";
import { type ExperimentData, loadData } from "./shared/image-data.ts";
import { hasJournal } from "./shared/journal.ts";
import { type ExperimentResults, runExperiment, Stopped } from "./shared/run-experiment.ts";
import { helpText, OUT, parseOptions } from "./shared/settings.ts";
import { textTable } from "./shared/text-table.ts";

/** Runs what the arguments say. Returns the exit code; errors that are not the user's are thrown. */
export async function runCommand(argv: readonly string[]): Promise<number> {
  try {
    return await run(argv);
  } catch (error) {
    if (!(error instanceof OpError)) throw error;
    console.error(error.message);
    return 1;
  }
}

async function run(argv: readonly string[]): Promise<number> {
  const [name, ...rest] = argv;
  if (name === "list") {
    console.log(listText());
    return 0;
  }
  if (name === undefined || name === "--help" || name === "-h") {
    console.log(`npm run experiment -- NAME [options], or all [options], or list\n\n${listText()}`);
    return name === undefined ? 2 : 0;
  }
  const runs = prepare(name, rest);
  return runs === null ? 2 : await runAll(runs, argv);
}

/** The experiments with their options, all checked before the first one runs; null after a wrong call. */
function prepare(name: string, rest: readonly string[]): readonly Run[] | null {
  try {
    const experiments = findExperiments(name);
    if (rest.includes("--help") || rest.includes("-h")) {
      console.log(experiments.map(helpText).join("\n"));
      return [];
    }
    return experiments.map((experiment) => ({
      experiment,
      options: parseOptions(rest, experiment),
    }));
  } catch (error) {
    if (!(error instanceof OpError)) throw error;
    console.error(error.message);
    return null;
  }
}

function findExperiments(name: string): readonly Experiment[] {
  if (name === "all") return EXPERIMENTS;
  const found = EXPERIMENTS.find((experiment) => experiment.name === name);
  if (found !== undefined) return [found];
  throw new ValueError("experiment", { name }, (d) => {
    return `there is no experiment "${d.name}". \`npm run experiment -- list\` lists all.`;
  });
}

const listText = (): string => {
  const width = Math.max(...EXPERIMENTS.map(({ name }) => name.length));
  return EXPERIMENTS.map(({ name, title }) => `  ${name.padEnd(width)}  ${title}`).join("\n");
};

type Run = {
  readonly experiment: Experiment;
  readonly options: ReturnType<typeof parseOptions>;
};

async function runAll(runs: readonly Run[], argv: readonly string[]): Promise<number> {
  let interrupted = false;
  const onInterrupt = (): void => {
    // a second Ctrl-C ends the program at once
    process.removeListener("SIGINT", onInterrupt);
    interrupted = true;
  };
  process.on("SIGINT", onInterrupt);
  const control = { stream: process.stdout, shouldStop: () => interrupted };
  // all options name one folder of images: they are read, or drawn, once
  let images: ExperimentData | null = null;
  const load = (): ExperimentData => {
    if (images === null) {
      images = loadData(runs[0].options.data);
      console.log(describeData(images));
    }
    return images;
  };
  const finished: { experiment: Experiment; results: ExperimentResults }[] = [];
  const folderOf = ({ experiment, options }: Run): string => join(options.out, experiment.name);
  // of all experiments those go on that were started before; if none was, that is an error
  const started = runs.filter((one) => hasJournal(folderOf(one)));
  for (const run of runs) {
    const { experiment, options } = run;
    const out = folderOf(run);
    const resume = options.resume && (started.length === 0 || started.includes(run));
    console.log(`${experiment.name}: ${experiment.title}`);
    try {
      const results = await runExperiment(experiment, { ...options, out, resume }, control, load);
      await writeResults(out, experiment, results);
      if (runs.length === 1) printTables(experiment.report(results.result, results.settings));
      console.log(wrapped(results.verdict.sentence, process.stdout.columns));
      console.log(`  ${formatDuration(results.elapsedSeconds)}. ${join(out, "report.html")}`);
      finished.push({ experiment, results });
    } catch (error) {
      if (!(error instanceof Stopped)) throw error;
      console.log(`\nStopped in "${error.unit}". The same command with --resume goes on there.`);
      return 130;
    }
  }
  if (argv[0] === "all" && finished.length > 0) {
    const { renderIndex } = await import("./shared/report-page.ts");
    const index = join(runs[0]?.options.out ?? OUT, "index.html");
    writeFileAtomically(index, renderIndex(finished));
    console.log(`\nAll reports: ${index}`);
  }
  return 0;
}

async function writeResults(
  out: string,
  experiment: Experiment,
  results: ExperimentResults,
): Promise<void> {
  // the plotting library takes most of a second to load, so it is loaded last
  const { renderReport } = await import("./shared/report-page.ts");
  writeFileAtomically(join(out, "results.json"), `${JSON.stringify(results, null, 1)}\n`);
  writeFileAtomically(join(out, "report.html"), renderReport(experiment, results));
}

/** What fits into the terminal; the report has all. */
function printTables(sections: readonly Section[]): void {
  const width = process.stdout.columns ?? 80;
  for (const { table } of sections) {
    const text = table === undefined ? null : textTable(table, width);
    if (text !== null) console.log(text);
  }
}

function describeData({ description }: ExperimentData): string {
  const { kind, trainSize, testSize } = description;
  const sizes = `${formatCount(trainSize)} training and ${formatCount(testSize)} test images`;
  return kind === "mnist"
    ? `  MNIST, ${sizes}`
    : `  ${sizes} of digits drawn here; this is not MNIST (--data DIR reads it)`;
}
