/** @file Runs an experiment with the settings of a test: nothing is printed, its files are gone afterwards. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Writable } from "node:stream";
import type { Experiment, Settings } from "../../src/experiments/shared/experiment.ts";
import {
  type ExperimentResults,
  runExperiment,
} from "../../src/experiments/shared/run-experiment.ts";

/** With the quick settings, and `settings` instead of some. */
export async function runSmall(
  experiment: Experiment,
  settings: object = {},
): Promise<ExperimentResults> {
  const out = mkdtempSync(join(tmpdir(), "experiment-"));
  const stream = new Writable({ write: (_chunk, _encoding, done) => done() });
  const all = { ...experiment.settings, ...experiment.quick, ...settings } as Settings;
  try {
    return await runExperiment(
      experiment,
      { settings: all, data: null, out, resume: false },
      { stream, shouldStop: () => false },
    );
  } finally {
    rmSync(out, { recursive: true, force: true });
  }
}
