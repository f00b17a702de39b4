/**
 * @file Measures one workload: problem by problem, in rounds in which the systems take turns, so that a
 * machine that slows down slows all of them.
 */
import { Child, type Offer } from "./child.ts";
import { type Plan, type Row, rowOf, type Scale } from "./measure.ts";
import type { System } from "./systems.ts";
import type { Workload, WorkloadName } from "./workload.ts";

interface Running {
  readonly system: System;
  readonly child: Child;
  readonly offers: readonly Offer[];
}

/** A case of a system, and what its rounds gave so far. */
interface Entry {
  readonly running: Running;
  readonly position: number;
  readonly offer: Offer;
  readonly rounds: (readonly number[])[];
  failure: { readonly text: string; readonly wrong: boolean } | null;
}

/** Yields the rows of a problem as soon as all its rounds are over. */
export async function* measureWorkload(
  { name: workload, cases }: Workload,
  systems: readonly System[],
  plan: Plan,
): AsyncGenerator<Row> {
  const all: Running[] = [];
  try {
    for (const system of systems) {
      if (system.workloads?.includes(workload) === false) continue;
      const child = new Child(system.serve(workload));
      try {
        const { cases: offers } = await child.hello();
        all.push({ system, child, offers });
      } catch (error) {
        child.stop();
        const failure = error instanceof Error ? error.message : String(error);
        yield { workload, problem: "", system: system.name, variant: "", failure, wrong: false };
      }
    }
    const ours = cases("full", { threads: 1 });
    const problems = new Set(all.flatMap(({ offers }) => offers.map(({ problem }) => problem)));
    for (const problem of problems) {
      const entries = all.flatMap((running) => entriesOf(running, problem));
      await takeTurns(entries, plan);
      // what the problem amounts to is the same for all systems
      const scale = ours.find((one) => one.problem === problem) ?? {};
      for (const entry of entries) yield rowOfEntry(workload, entry, scale);
    }
  } finally {
    for (const { child } of all) child.stop();
  }
}

function entriesOf(running: Running, problem: string): Entry[] {
  return running.offers.flatMap((offer, position) =>
    offer.problem === problem ? [{ running, position, offer, rounds: [], failure: null }] : [],
  );
}

async function takeTurns(entries: readonly Entry[], plan: Plan): Promise<void> {
  for (let round = 0; round < plan.rounds; round++) {
    const budget = round === 0 ? plan.first : plan.later;
    for (const entry of entries) {
      if (entry.failure !== null) continue;
      const answer = await entry.running.child.ask({ case: entry.position, ...budget });
      if ("times" in answer) entry.rounds.push(answer.times);
      else entry.failure = { text: answer.failure, wrong: answer.wrong ?? false };
    }
  }
}

function rowOfEntry(
  workload: WorkloadName,
  { running, offer, rounds, failure }: Entry,
  scale: Scale,
): Row {
  const { problem, variant } = offer;
  const key = { workload, problem, system: running.system.name, variant };
  if (failure !== null) return { ...key, failure: failure.text, wrong: failure.wrong };
  return rowOf(key, rounds, scale);
}
