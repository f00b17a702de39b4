/**
 * @file The command line of figure 1: options in, results.json, report.html and a table out.
 *
 * Exit code 0 after a complete run, 1 for an error in data or files, 2 for a wrong option, 130 after Ctrl-C.
 */
import { join } from "node:path";
import { OpError } from "@tapegrad/autograd";
import type { Results } from "../shared/results.ts";
import { writeFileAtomically } from "../shared/write-file.ts";
import { type Options, parseOptions } from "./options.ts";
import { runExperiment } from "./run.ts";
import { renderTable } from "./table.ts";

async function main(argv: readonly string[]): Promise<number> {
  const options = readOptions(argv);
  if (options === null) return 2;
  if ("help" in options) {
    process.stdout.write(options.help);
    return 0;
  }
  let interrupted = false;
  const onInterrupt = (): void => {
    // a second Ctrl-C ends the program at once
    process.removeListener("SIGINT", onInterrupt);
    interrupted = true;
  };
  process.on("SIGINT", onInterrupt);
  const control = { stream: process.stdout, shouldStop: () => interrupted };
  const outcome = await runExperiment(options, control);
  if ("stoppedAt" in outcome) {
    const again = ["npm start --", ...argv.filter((word) => word !== "--resume"), "--resume"];
    console.log(`\nStopped at ${outcome.stoppedAt}. Go on with: ${again.join(" ")}`);
    return 130;
  }
  await writeResults(options.out, outcome.results);
  return 0;
}

function readOptions(argv: readonly string[]): Options | { readonly help: string } | null {
  try {
    return parseOptions(argv);
  } catch (error) {
    if (!(error instanceof OpError)) throw error;
    console.error(error.message);
    return null;
  }
}

async function writeResults(out: string, results: Results): Promise<void> {
  // the plotting library takes most of a second to load, so it is loaded last
  const { renderReport } = await import("./report.ts");
  writeFileAtomically(join(out, "results.json"), `${JSON.stringify(results, null, 1)}\n`);
  writeFileAtomically(join(out, "report.html"), renderReport(results));
  console.log(`\n${renderTable(results)}`);
  console.log(`Report: ${join(out, "report.html")}   Numbers: ${join(out, "results.json")}`);
}

try {
  process.exitCode = await main(process.argv.slice(2));
} catch (error) {
  if (!(error instanceof OpError)) throw error;
  console.error(error.message);
  process.exitCode = 1;
}
