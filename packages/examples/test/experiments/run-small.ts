/** @file Runs an experiment in a folder of its own, which is gone afterwards. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Writable } from "node:stream";
import { generateDigits } from "../../src/data/digits.ts";
import type { Experiment, Settings } from "../../src/experiments/shared/experiment.ts";
import type { ExperimentData } from "../../src/experiments/shared/image-data.ts";
import {
  type ExperimentResults,
  runExperiment,
} from "../../src/experiments/shared/run-experiment.ts";

/** The beginning of the built-in data. */
export function fewDigits(): ExperimentData {
  const [train, test] = [600, 200].map((count, i) => {
    return { count, ...generateDigits(count, { seed: i + 1 }) };
  });
  const kind = "built-in digits" as const;
  return { train, test, description: { kind, trainSize: 600, testSize: 200, hash: "" } };
}

/** With the quick settings, few digits, and `settings` instead of some of them. */
export async function runSmall(
  experiment: Experiment,
  settings: object = {},
): Promise<ExperimentResults> {
  const out = mkdtempSync(join(tmpdir(), "experiment-"));
  const stream = new Writable({ write: (_chunk, _encoding, done) => done() });
  try {
    const chosen = { ...experiment.settings, ...experiment.quick, seeds: 1, ...settings };
    const options = { settings: chosen as Settings, data: null, out, resume: false };
    const control = { stream, shouldStop: () => false };
    return await runExperiment(experiment, options, control, fewDigits);
  } finally {
    rmSync(out, { recursive: true, force: true });
  }
}
