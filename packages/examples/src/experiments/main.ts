/**
 * @file `npm run experiment -- NAME [options]`, `-- list`, `-- all [--quick]`.
 *
 * Exit code 0 after a complete run, 1 for an error in data or files, 2 for a wrong call, 130 after Ctrl-C.
 */
import { join } from "node:path";
import { OpError, ValueError } from "@tapegrad/autograd";
import { EXPERIMENTS } from "./index.ts";
import type { Experiment } from "./shared/experiment.ts";
import { formatDuration } from "./shared/format.ts";
import { type ExperimentData, loadData } from "./shared/image-data.ts";
import { type ExperimentResults, runExperiment, Stopped } from "./shared/run-experiment.ts";
import { helpText, OUT, parseOptions } from "./shared/settings.ts";
import { writeFileAtomically } from "./shared/write-file.ts";

async function main(argv: readonly string[]): Promise<number> {
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
  const load = (): ExperimentData => (images ??= loadData(runs[0].options.data, false));
  const finished: { experiment: Experiment; results: ExperimentResults }[] = [];
  for (const { experiment, options } of runs) {
    const out = join(options.out, experiment.name);
    console.log(`${experiment.name}: ${experiment.title}`);
    try {
      const results = await runExperiment(experiment, { ...options, out }, control, load);
      await writeResults(out, experiment, results);
      finished.push({ experiment, results });
    } catch (error) {
      if (!(error instanceof Stopped)) throw error;
      const again = [...argv.filter((word) => word !== "--resume"), "--resume"].join(" ");
      console.log(`\nStopped in ${error.unit}. Go on with: npm run experiment -- ${again}`);
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
  console.log(`  ${results.verdict.sentence}`);
  console.log(`  ${formatDuration(results.elapsedSeconds)}. ${join(out, "report.html")}`);
}

try {
  process.exitCode = await main(process.argv.slice(2));
} catch (error) {
  if (!(error instanceof OpError)) throw error;
  console.error(error.message);
  process.exitCode = 1;
}
