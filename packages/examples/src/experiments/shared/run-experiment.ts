/**
 * @file Runs one experiment: unit by unit, with progress, from where it was stopped if asked to.
 */
import { createHash } from "node:crypto";
import { setImmediate } from "node:timers/promises";
import { createProgress, type Progress, type ProgressStream } from "@tapegrad/nn/node";
import { describeCode } from "./code-hash.ts";
import { describeEnvironment, type Environment } from "./environment.ts";
import type { Context, Experiment, Json, Settings, Step, Verdict } from "./experiment.ts";
import { type DataDescription, type ExperimentData, loadData } from "./image-data.ts";
import { openJournal } from "./journal.ts";

export interface RunOptions {
  readonly settings: Settings;
  /** Folder with the MNIST files; null for digits that are drawn here. */
  readonly data: string | null;
  /** Folder of this experiment. */
  readonly out: string;
  readonly resume: boolean;
}

/** How a run is watched and stopped from outside. */
export interface RunControl {
  readonly stream: ProgressStream;
  readonly shouldStop: () => boolean;
}

/** results.json, but for the texts of the experiment. `hash` is that of all but environment and time. */
export interface ExperimentResults {
  readonly experiment: string;
  readonly claim: string;
  readonly source: string;
  readonly settings: Settings;
  /** null if no images were used. */
  readonly data: DataDescription | null;
  readonly code: string;
  readonly result: Json;
  readonly verdict: Verdict;
  readonly hash: string;
  readonly environment: Environment;
  readonly elapsedSeconds: number;
}

/** Thrown where a run is stopped; what was finished is in the journal. */
export class Stopped extends Error {
  readonly unit: string;
  constructor(unit: string) {
    super(`stopped in ${unit}`);
    this.unit = unit;
  }
}

/** How often the event loop gets its turn: Ctrl-C is delivered there. */
const YIELD_MS = 50;

/**
 * @param load what an experiment gets that asks for images.
 * @throws Stopped if `control` asks for it; errors of the experiment as they are.
 */
export async function runExperiment(
  experiment: Experiment,
  options: RunOptions,
  control: RunControl,
  load: () => ExperimentData = () => loadData(options.data),
): Promise<ExperimentResults> {
  const environment = describeEnvironment();
  const code = describeCode();
  const { settings, data } = options;
  const subject = { experiment: experiment.name, settings: settings as Json, data, code };
  const journal = openJournal(options.out, subject, options.resume);
  const started = performance.now();
  let images: ExperimentData | null = null;
  const context: Context<Settings> = {
    settings,
    seeds: Array.from({ length: settings.seeds }, (_, i) => i + 1),
    images: () => (images ??= load()),
    unit: async (name, compute) => {
      const known = journal.get(name);
      if (known !== undefined) return known as never;
      const [result, seconds] = await runUnit(name, compute, control);
      journal.add(name, result, seconds);
      return result as never;
    },
  };
  const result = withoutGaps(await experiment.run(context));
  const results = {
    experiment: experiment.name,
    claim: experiment.claim,
    source: experiment.source,
    settings,
    data: (images as ExperimentData | null)?.description ?? null,
    code,
    result,
    verdict: experiment.judge(result, settings),
  };
  const hash = hashOf(results);
  const elapsedSeconds = journal.seconds + (performance.now() - started) / 1000;
  return { ...results, hash, environment, elapsedSeconds };
}

/** Of all but the environment, the time and itself, as JSON. */
export function hashOf(
  results: Omit<ExperimentResults, "hash" | "environment" | "elapsedSeconds">,
): string {
  return createHash("sha256").update(JSON.stringify(results)).digest("hex");
}

async function runUnit(
  name: string,
  compute: (step: Step) => Json | Promise<Json>,
  { stream, shouldStop }: RunControl,
): Promise<[result: Json, seconds: number]> {
  const began = performance.now();
  let progress: Progress | null = null;
  let lastYield = began;
  try {
    const result = await compute(async (done, total, text) => {
      // the first step also compiles, which would spoil the rate
      progress ??= createProgress({ label: name, total, stream, start: done });
      progress.update(done, text);
      const now = performance.now();
      if (now - lastYield < YIELD_MS) return;
      await setImmediate();
      lastYield = performance.now();
      if (shouldStop()) throw new Stopped(name);
    });
    await setImmediate();
    const seconds = (performance.now() - began) / 1000;
    return [withoutGaps(result), seconds];
  } finally {
    (progress as Progress | null)?.stop();
  }
}

/** As it comes back from JSON: what is not finite is null. */
const withoutGaps = (value: Json): Json => JSON.parse(JSON.stringify(value)) as Json;
