/**
 * @file `npm run bench`: measures the workloads one after the other, each in processes of its own, since code
 * that V8 has compiled for one workload runs differently in the next; then says what was required.
 */
import { OpError } from "@tapegrad/autograd";
import { writeFileAtomically } from "@tapegrad/nn/node";
import { WORKLOADS } from "./index.ts";
import { isTimed, type Plan, QUICK, type Row, THOROUGH } from "./measure.ts";
import { type Options, parseOptions } from "./options.ts";
import { type Peers, preparePeers } from "./peers.ts";
import {
  describeEnvironment,
  renderEnvironment,
  renderHeading,
  renderRow,
  renderVerdicts,
  reportOf,
} from "./report.ts";
import { decide, requirements } from "./requirements.ts";
import { measureWorkload } from "./rounds.ts";
import { measureStartUp } from "./start-up.ts";
import { OUR_COLD_START, ourSystem, type System } from "./systems.ts";

const NO_PEERS: Peers = {
  systems: [],
  coldStarts: [],
  missing: [],
  warnings: [],
  offer: () => undefined,
};

await main();

async function main(): Promise<void> {
  const options = parseOrExit();
  if (options === null) return;
  const { quick, threads, json } = options;
  const peers = options.peers === null ? NO_PEERS : preparePeers(options.peers, console.log);
  const environment = describeEnvironment({
    quick,
    threads,
    missing: peers.missing,
    warnings: peers.warnings,
  });
  console.log(`${renderEnvironment(environment)}\n\n${renderHeading()}`);
  const rows: Row[] = [];
  for await (const row of measureAll(options, peers, quick ? QUICK : THOROUGH)) {
    rows.push(row);
    console.log(renderRow(row));
  }
  const verdicts = decide(requirements(threads), rows);
  console.log(`\n${renderVerdicts(verdicts)}`);
  if (rows.some((row) => !isTimed(row) && row.wrong)) process.exitCode = 1;
  if (json === null) return;
  const report = reportOf(environment, rows, verdicts);
  writeFileAtomically(json, `${JSON.stringify(report, null, 2)}\n`);
  console.log(`\nwritten to ${json}`);
}

async function* measureAll(options: Options, peers: Peers, plan: Plan): AsyncGenerator<Row> {
  const { only, threads } = options;
  const systems: readonly System[] = [
    ourSystem(1),
    ...(threads === 1 ? [] : [ourSystem(threads)]),
    ...peers.systems,
  ];
  for (const name of only) {
    const workload = WORKLOADS.find((one) => one.name === name);
    if (workload === undefined) {
      yield* measureStartUp([OUR_COLD_START, ...peers.coldStarts], plan.rounds, threads);
      continue;
    }
    peers.offer(workload);
    yield* measureWorkload(workload, systems, plan);
  }
}

/** null where there is nothing to measure: help was asked for, or the arguments are wrong. */
function parseOrExit(): Options | null {
  try {
    const options = parseOptions(process.argv.slice(2));
    if (!("help" in options)) return options;
    console.log(options.help);
  } catch (error) {
    if (!(error instanceof OpError)) throw error;
    console.error(error.message);
    process.exitCode = 2;
  }
  return null;
}
