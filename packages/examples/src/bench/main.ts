/**
 * @file `npm run bench`: times the workloads one after the other, each in a thread of its own, since code
 * that V8 has compiled for one workload runs differently in the next.
 */
import { once } from "node:events";
import { isMainThread, parentPort, Worker, workerData } from "node:worker_threads";
import { OpError } from "@tapegrad/autograd";
import { writeFileAtomically } from "../experiments/shared/write-file.ts";
import { WORKLOADS } from "./index.ts";
import { measure, QUICK, type Row, THOROUGH } from "./measure.ts";
import { type Options, parseOptions } from "./options.ts";
import {
  describeEnvironment,
  renderEnvironment,
  renderHeading,
  renderRow,
  type Report,
} from "./report.ts";
import type { WorkloadName } from "./workload.ts";

/** What a thread is told. */
interface Order {
  readonly workload: WorkloadName;
  readonly quick: boolean;
}

if (isMainThread) await main();
else carryOut(workerData as Order);

async function main(): Promise<void> {
  const options = parseOrExit();
  if (options === null) return;
  const environment = describeEnvironment(options.quick);
  console.log(`${renderEnvironment(environment)}\n\n${renderHeading()}`);
  const rows: Row[] = [];
  for (const workload of options.only) {
    await inThread({ workload, quick: options.quick }, (row) => {
      rows.push(row);
      console.log(renderRow(row));
    });
  }
  const report: Report = { environment, rows };
  if (options.json === null) return;
  writeFileAtomically(options.json, `${JSON.stringify(report, null, 2)}\n`);
  console.log(`\nwritten to ${options.json}`);
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

async function inThread(order: Order, onRow: (row: Row) => void): Promise<void> {
  const worker = new Worker(new URL(import.meta.url), { workerData: order });
  worker.on("message", onRow);
  // an error of the thread rejects this
  await once(worker, "exit");
}

function carryOut({ workload, quick }: Order): void {
  const chosen = WORKLOADS.find(({ name }) => name === workload);
  if (chosen === undefined) return;
  for (const row of measure(chosen, "full", quick ? QUICK : THOROUGH)) parentPort?.postMessage(row);
}
