/** @file Computes an experiment with the settings of a test, on a few digits and without files. */
import { generateDigits } from "../../src/data/digits.ts";
import type {
  Experiment,
  Json,
  Settings,
  Verdict,
} from "../../src/experiments/shared/experiment.ts";
import type { DigitSet, ExperimentData } from "../../src/experiments/shared/image-data.ts";

/** With the quick settings, and `settings` instead of some. The result is as it comes back from JSON. */
export async function runSmall(
  experiment: Experiment,
  changed: object = {},
): Promise<{ readonly result: Json; readonly verdict: Verdict }> {
  const settings = { ...experiment.settings, ...experiment.quick, ...changed } as Settings;
  const computed = await experiment.run({
    settings,
    seeds: Array.from({ length: settings.seeds }, (_, i) => i + 1),
    images: fewDigits,
    unit: async (_name, compute) => compute(() => Promise.resolve()),
  });
  const result = JSON.parse(JSON.stringify(computed)) as Json;
  return { result, verdict: experiment.judge(result, settings) };
}

function fewDigits(): ExperimentData {
  const digits = (count: number, seed: number): DigitSet => ({
    count,
    ...generateDigits(count, { seed }),
  });
  const [train, test] = [digits(64, 1), digits(32, 2)];
  const description = { kind: "built-in digits", trainSize: 64, testSize: 32, hash: "" } as const;
  return { train, test, description };
}
