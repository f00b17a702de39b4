/**
 * @file An experiment is a claim with its source, a computation in units and a judgement of its figures,
 * which says yes where they bear the claim out and no where they do not.
 */
import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { normal, randomKey, variance } from "@tapegrad/autograd";
import { defineExperiment, type Settings } from "./experiments/shared/experiment.ts";
import { runExperiment } from "./experiments/shared/run-experiment.ts";
import { runWhenMain } from "./run-when-main.ts";

const experiment = defineExperiment({
  name: "variance-of-batches",
  title: "Is the variance in a batch that of the population?",
  claim: "The variance in a batch of m values is on average (m - 1) / m of the population's.",
  source: "Ioffe & Szegedy (2015), algorithm 2, step 10",
  settings: { seeds: 3, batches: 5000, size: 4, unbiased: false },
  quick: { batches: 1000 },
  help: { batches: "drawn", size: "values in each", unbiased: "whether to divide by m - 1" },
  // The population has variance 1. A unit that is done is kept: a stopped run goes on after it.
  run: async ({ seeds, settings: { batches, size, unbiased }, unit }) => {
    const found: number[] = [];
    for (const seed of seeds) {
      const compute = (): number => {
        const x = normal(randomKey(seed), [batches, size], { dtype: "float64" });
        const inBatches = variance(x, { axes: 1, correction: unbiased ? 1 : 0 });
        return inBatches.mean().item();
      };
      found.push(await unit(`seed ${seed}`, compute));
    }
    return found;
  },
  // Every seed must come within four standard errors: a variance has deviation √(2 / (m - 1)) of itself.
  judge: (found, { batches, size }) => {
    const claimed = (size - 1) / size;
    const margin = 4 * claimed * Math.sqrt(2 / ((size - 1) * batches));
    const held = found.every((value) => Math.abs(value - claimed) < margin);
    const sentence = `Claimed is ${claimed}, found ${found.map((v) => v.toFixed(3)).join(", ")}.`;
    return { held: held ? "yes" : "no", sentence };
  },
  report: (found) => [{ title: "Variances", text: found.join(", ") }],
});

export async function lesson(print: (...values: unknown[]) => void = console.log): Promise<void> {
  const out = mkdtempSync(`${tmpdir()}/lesson-`);
  const verdictOf = async (settings: Settings) => {
    const options = { settings, data: null, out, resume: false };
    const control = { stream: process.stderr, shouldStop: () => false };
    const { verdict } = await runExperiment(experiment, options, control);
    print(verdict.held, "-", verdict.sentence);
    return verdict.held;
  };
  const verdict = await verdictOf(experiment.settings);
  const corrected = await verdictOf({ ...experiment.settings, unbiased: true });
  rmSync(out, { recursive: true });
  assert.deepEqual([verdict, corrected], ["yes", "no"]);
}

runWhenMain(import.meta.url, lesson);
