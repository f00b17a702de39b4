/**
 * @file The process in which our own cases of one workload run: it offers them, and checks and times those
 * that are asked for, one line of JSON each way. Other systems have processes that speak the same.
 */
import { createInterface } from "node:readline";
import { CheckError } from "./check.ts";
import type { Answer, Hello, Order } from "./child.ts";
import { WORKLOADS } from "./index.ts";
import { timesOf } from "./measure.ts";
import type { Case, Prepared } from "./workload.ts";

await serve();

async function serve(): Promise<void> {
  const [, , name, threadsText] = process.argv;
  const threads = Number(threadsText);
  const workload = WORKLOADS.find((one) => one.name === name);
  const all = workload?.cases("full", { threads }) ?? [];
  // with several threads only what can use them is measured again
  const cases = threads === 1 ? all : all.filter(({ compiled }) => compiled === true);
  const hello: Hello = {
    about: "tapegrad",
    cases: cases.map(({ problem, variant }) => ({ problem, variant })),
  };
  say(hello);
  const answer = answerer(cases);
  for await (const line of createInterface({ input: process.stdin })) {
    say(answer(JSON.parse(line) as Order));
  }
}

function say(value: Hello | Answer): void {
  process.stdout.write(`${JSON.stringify(value)}\n`);
}

/** Keeps the prepared cases of one problem at a time: their data are large. */
function answerer(cases: readonly Case[]): (order: Order) => Answer {
  const ready = new Map<Case, Prepared>();
  return (order) => {
    const one = cases[order.case];
    for (const other of ready.keys()) if (other.problem !== one.problem) ready.delete(other);
    try {
      let prepared = ready.get(one);
      if (prepared === undefined) {
        prepared = one.prepare();
        prepared.check();
        ready.set(one, prepared);
      }
      return { times: timesOf(prepared, order) };
    } catch (error) {
      const text = error instanceof Error ? error.message : String(error);
      return { failure: text, wrong: error instanceof CheckError };
    }
  };
}
