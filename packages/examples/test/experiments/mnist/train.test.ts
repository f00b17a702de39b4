import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type LabelledImages, parseJsonLines, parseTfEvents } from "@tapegrad/nn";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { generateDigits } from "../../../src/data/digits.ts";
import { type TrainOptions, trainMnist } from "../../../src/experiments/mnist/train.ts";

let directory = "";

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), "tapegrad-mnist-"));
});

afterEach(() => {
  rmSync(directory, { recursive: true });
});

const digits = (count: number, seed: number): LabelledImages => ({
  count,
  height: 28,
  width: 28,
  ...generateDigits(count, { seed }),
});

/** Two epochs of four steps on digits that are drawn here. */
const run = (out: string, more: Partial<TrainOptions> = {}) =>
  trainMnist(digits(128, 1), digits(50, 2), {
    epochs: 2,
    eager: false,
    out: join(directory, out),
    resume: false,
    batchSize: 32,
    ...more,
  });

const textOf = (...path: string[]) => readFileSync(join(directory, ...path), "utf8");

describe("the MNIST example, on a few generated digits", () => {
  it("learns, and leaves a checkpoint and three logs", async () => {
    const { result } = await run("a");
    const [first, second] = result.history.map(({ values }) => values);

    const entries = parseJsonLines(textOf("a", "log.jsonl"), { name: "log" });
    expect(entries.map(({ step }) => step)).toEqual([1, 2, 3, 4, 5, 6, 7, 8]);
    expect(second["epochLoss"]).toBeLessThan(0.9 * first["epochLoss"]);
    expect(entries[7].values["test/accuracy"]).toBe(second["test/accuracy"]);
    expect(entries[7].values["learningRate"]).toBeCloseTo(
      0.005 * 0.5 * (1 + Math.cos((7 * Math.PI) / 8)),
      9,
    );
    expect(textOf("a", "log.csv").split("\n")[0]).toBe(
      "step,loss,learningRate,epoch,epochLoss,test/accuracy",
    );
    const names = readdirSync(join(directory, "a")).toSorted();
    const events = parseTfEvents(readFileSync(join(directory, "a", names[1])), { name: "events" });
    expect(events.map(({ step }) => step)).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8]);
    expect(names).toEqual(["checkpoint.safetensors", names[1], "log.csv", "log.jsonl"]);
  });

  it("ends with the same bits where it was stopped in between", async () => {
    const { model: expected } = await run("whole");
    const control = new AbortController();
    const onStep = ({ step }: { step: number }) => {
      if (step === 3) control.abort();
    };
    const stopped = await run("parts", { signal: control.signal, callbacks: [{ onStep }] });
    const { model, result } = await run("parts", { resume: true });

    expect(stopped.result).toMatchObject({ reason: "aborted", step: 3 });
    expect(result).toMatchObject({ reason: "finished", step: 8 });
    for (const [name, value] of Object.entries(expected.stateDict())) {
      expect(model.stateDict()[name].toTypedArray(), name).toEqual(value.toTypedArray());
    }
    for (const name of ["log.jsonl", "log.csv", "checkpoint.safetensors"]) {
      expect(textOf("parts", name), name).toBe(textOf("whole", name));
    }
  });
});
