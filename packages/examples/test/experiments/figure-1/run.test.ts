import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Writable } from "node:stream";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { generateDigits } from "../../../src/data/digits.ts";
import { parseOptions } from "../../../src/experiments/figure-1/options.ts";
import { type Outcome, runExperiment } from "../../../src/experiments/figure-1/run.ts";
import { measuredSteps } from "../../../src/experiments/figure-1/train.ts";
import type { ExperimentData } from "../../../src/experiments/shared/image-data.ts";

let out = "";
beforeEach(() => {
  out = mkdtempSync(join(tmpdir(), "figure-1-"));
});
afterEach(() => {
  rmSync(out, { recursive: true, force: true });
});

/** The beginning of the built-in data: enough for a run of a few steps. */
const DATA = small({ train: 200, test: 50 });

function small({ train, test }: { train: number; test: number }): ExperimentData {
  const [trainSet, testSet] = [train, test].map((count, i) => {
    return { count, ...generateDigits(count, { seed: i + 1 }) };
  });
  const description = {
    kind: "built-in digits",
    trainSize: train,
    testSize: test,
    hash: "",
  } as const;
  return { train: trainSet, test: testSet, description };
}

const ARGUMENTS = ["--steps", "6", "--seeds", "1", "--batch", "10"];

/** Runs until `stopAfter` steps of this call were done; the printed text comes back with the outcome. */
async function run(args: readonly string[], stopAfter = Number.POSITIVE_INFINITY) {
  const options = parseOptions([...ARGUMENTS, "--out", out, ...args]);
  if ("help" in options) throw new Error("no help was asked for");
  let text = "";
  const stream = new Writable({
    write: (chunk: unknown, _encoding, done) => {
      text += String(chunk);
      done();
    },
  });
  let done = 0;
  const outcome = await runExperiment(
    options,
    { stream, shouldStop: () => ++done >= stopAfter },
    DATA,
  );
  return { outcome, text };
}

/** Everything of the results that does not tell the time. */
function timeless(outcome: Outcome): unknown {
  if ("stoppedAt" in outcome) throw new Error(`stopped at ${outcome.stoppedAt}`);
  const { environment, elapsedSeconds, curves, ...rest } = outcome.results;
  return { ...rest, curves: curves.map(({ secondsPerStep, ...curve }) => curve) };
}

describe("the experiment", () => {
  it("is the same, bit for bit, whether or not it was stopped and resumed", {
    timeout: 60_000,
  }, async () => {
    const whole = await run([]);

    // stopped in the first network, at its end, and in the second
    const stops: Outcome[] = [(await run([], 2)).outcome];
    stops.push((await run(["--resume"], 4)).outcome);
    stops.push((await run(["--resume"], 3)).outcome);
    const resumed = await run(["--resume"]);

    expect(stops.map((stop) => "stoppedAt" in stop && stop.stoppedAt)).toEqual([
      "without batch normalization, seed 1, step 2",
      "without batch normalization, seed 1, step 6",
      "with batch normalization, seed 1, step 3",
    ]);
    expect(timeless(resumed.outcome)).toEqual(timeless(whole.outcome));
  });

  it("says that the built-in digits are not MNIST", async () => {
    const { text } = await run([], 1);

    expect(text).toContain("this is not MNIST");
  });

  it("refuses to resume nothing, another run, and a damaged checkpoint", {
    timeout: 60_000,
  }, async () => {
    await expect(run(["--resume"])).rejects.toMatchObject({ name: "ValueError" });

    await run([], 1);
    const other = run(["--resume", "--learning-rate", "0.1"]);
    await expect(other).rejects.toMatchObject({
      name: "ValueError",
      details: { what: "settings", different: ["learningRate"] },
    });

    const path = join(out, "checkpoint.json");
    writeFileSync(path, readFileSync(path, "utf8").slice(0, 1000));
    await expect(run(["--resume"])).rejects.toMatchObject({ name: "FormatError" });
  });
});

describe("the schedule of measurements", () => {
  it("has steps 500, 1000, 2000, 5000 and the last of any run that is long enough", () => {
    expect([...measuredSteps(5000)]).toEqual(expect.arrayContaining([500, 1000, 2000, 5000]));
    expect([...measuredSteps(123)].at(-1)).toBe(123);
    expect([...measuredSteps(50_000)]).toContain(50_000);
  });
});
