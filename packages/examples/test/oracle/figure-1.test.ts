import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { figure1 } from "../../src/experiments/figure-1/experiment.ts";
import { figure1Curves } from "../../src/oracle/figure-1.ts";
import type { Check } from "../../src/oracle/suite.ts";

const STEPS = [500, 1000, 2000, 5000, 50_000];
const KINDS = [false, true];

let folder = "";
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "figure-1-"));
});
afterEach(() => {
  rmSync(folder, { recursive: true, force: true });
});

const at = <T>(value: (step: number) => T) => Object.fromEntries(STEPS.map((s) => [s, value(s)]));

/** Four runs of PyTorch of each network: accuracies 0.90 and 0.92 (sd 0.0115), widths 2. */
function writePaper(): void {
  const runs = KINDS.flatMap((bn) =>
    [0.9, 0.92, 0.9, 0.92].map((accuracy) => ({
      bn,
      lr: 0.5,
      weight_std: 0.1,
      binary_input: false,
      acc: at(() => accuracy),
      pct: at(() => ({ mean_width: 2 })),
    })),
  );
  mkdirSync(join(folder, "paper"));
  writeFileSync(join(folder, "paper", "paper.json"), JSON.stringify({ runs }));
}

interface Changes {
  readonly accuracy?: number;
  readonly width?: number;
  readonly seeds?: number;
  readonly kind?: string;
}

function check({ accuracy = 0.91, width = 2, seeds = 3, kind = "mnist" }: Changes = {}): Check[] {
  writePaper();
  const result = Array.from({ length: seeds }, (_, seed) =>
    KINDS.map((batchNorm) => ({
      batchNorm,
      seed,
      points: STEPS.map((step) => ({ step, testAccuracy: accuracy })),
      sigmoidInput: STEPS.map((step) => ({ step, meanWidth: width })),
    })),
  ).flat();
  const run = { settings: figure1.settings, data: { kind }, result };
  mkdirSync(join(folder, "figure-1"));
  writeFileSync(join(folder, "figure-1", "results.json"), JSON.stringify(run));
  const context = { oracle: folder, mnist: "", results: folder, compiled: false, mapped: false };
  return [...figure1Curves(context)];
}

const failures = (checks: readonly Check[]) =>
  checks.flatMap((found) => (found.status === "failed" ? `${found.id}: ${found.problem}` : []));

describe("the oracle suite figure-1", () => {
  it("passes accuracies and widths of both networks at five steps", () => {
    expect(check().map(({ status }) => status)).toEqual(new Array(20).fill("passed"));
  });

  it("allows four standard deviations early and half a point at the end", () => {
    expect(failures(check({ accuracy: 0.93 }))).toEqual([
      "rate 0.5, without, accuracy at 50000: 0.9300, PyTorch 0.9100 ± 0.005000",
      "rate 0.5, with, accuracy at 50000: 0.9300, PyTorch 0.9100 ± 0.005000",
    ]);
  });

  it("fails accuracies beyond, and widths beyond a tenth", () => {
    expect(failures(check({ accuracy: 0.96, width: 2.21 }))).toHaveLength(20);
  });

  it.each([[{ seeds: 2 }], [{ kind: "built-in digits" }]])(
    "refuses what cannot be compared: %o",
    (changes) => {
      expect(failures(check(changes))).toEqual([
        "rate 0.5: is no run of 3 seeds over 50000 steps of 60 grey images of MNIST",
      ]);
    },
  );

  it("names a file that is missing, and how it is written", () => {
    writePaper();
    const context = { oracle: folder, mnist: "", results: folder, compiled: false, mapped: false };
    expect(() => [...figure1Curves(context)]).toThrow(/there is no file .*npm run experiment/);
  });
});
