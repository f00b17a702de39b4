import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Writable } from "node:stream";
import { afterAll, describe, expect, it } from "vitest";
import { EXPERIMENTS } from "../../src/experiments/index.ts";
import { outsideTheGradientStep } from "../../src/experiments/outside-the-gradient-step.ts";
import type { Experiment, Settings } from "../../src/experiments/shared/experiment.ts";
import { runExperiment } from "../../src/experiments/shared/run-experiment.ts";

const out = mkdtempSync(join(tmpdir(), "experiments-"));
afterAll(() => rmSync(out, { recursive: true, force: true }));

const run = (experiment: Experiment, settings: object) => {
  const stream = new Writable({ write: (_chunk, _encoding, done) => done() });
  return runExperiment(
    experiment,
    {
      settings: { ...experiment.settings, ...experiment.quick, ...settings } as Settings,
      data: null,
      out: join(out, experiment.name),
      resume: false,
    },
    { stream, shouldStop: () => false },
  );
};

describe("the experiments", () => {
  it.each(EXPERIMENTS.map((experiment) => [experiment.name, experiment] as const))(
    "%s has a name for files, a question, a claim with its source, and help for every setting",
    (name, { title, claim, source, settings, quick, help }) => {
      expect(name).toMatch(/^[a-z0-9]+(-[a-z0-9]+)*$/);
      expect(title).toMatch(/\?$/);
      expect(claim).toMatch(/\.$/);
      expect(source).toMatch(/\d{4}/);
      expect(Object.keys(help).toSorted()).toEqual(
        Object.keys(settings)
          .filter((key) => key !== "seeds")
          .toSorted(),
      );
      expect(Object.keys(settings)).toEqual(expect.arrayContaining(Object.keys(quick)));
    },
  );

  it("have names of their own", () => {
    const names = EXPERIMENTS.map(({ name }) => name);
    expect(new Set(names).size).toBe(names.length);
  });
});

describe("outside-the-gradient-step", () => {
  it("finds a bias that grows by a constant while the loss stands still", async () => {
    const { verdict } = await run(outsideTheGradientStep, { seeds: 1, steps: 100 });

    expect(verdict.held).toBe("yes");
  });

  it("says no where the bias settles, or the loss moves", async () => {
    const { result } = await run(outsideTheGradientStep, { seeds: 1, steps: 100 });
    const { ignored, followed } = result as unknown as {
      ignored: { step: number; bias: number; loss: number }[][];
      followed: never;
    };
    const judged = (change: (point: { bias: number; loss: number }, i: number) => object) => {
      const runs = ignored.map((points) => points.map((p, i) => ({ ...p, ...change(p, i) })));
      const changed = { ignored: runs, followed } as never;
      return outsideTheGradientStep.judge(changed, { seeds: 1, steps: 100 }).held;
    };

    expect(judged(() => ({}))).toBe("yes");
    expect(judged(({ bias }) => ({ bias: Math.min(bias, 3) }))).toBe("no");
    expect(judged(({ loss }, i) => ({ loss: loss + i }))).toBe("no");
  });
});
