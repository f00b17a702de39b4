import { existsSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { readLines } from "../../src/oracle/fixtures.ts";
import { contextFromEnvironment } from "../../src/oracle/suite.ts";

// What docs/coming-from.md says that PyTorch prints, beside what PyTorch recorded. Its own blocks run in `npm run snippets`.

const DOCUMENT = readFileSync(
  fileURLToPath(new URL("../../../../docs/coming-from.md", import.meta.url)),
  "utf8",
);
const { oracle } = contextFromEnvironment(process.env);

/** The numbers that the document gives behind a text, up to the end of its line. */
function numbersBehind(text: string): number[] {
  const line = DOCUMENT.split("\n").find((candidate) => candidate.includes(text)) ?? "";
  const behind = line.slice(line.indexOf(text) + text.length);
  return [...behind.matchAll(/-?\d+(?:\.\d+)?/g)].map(Number);
}

const MLP = `${oracle}/safetensors/mlp.json`;
const SCHEDULES = `${oracle}/modules/lr_schedulers.jsonl`;
const INITIALIZERS = `${oracle}/modules/initializers.jsonl`;

interface RecordedSchedule {
  readonly config: object;
  readonly base_lr: number;
  readonly lrs: readonly number[];
}

interface RecordedInitializer {
  readonly module?: string;
  readonly args?: readonly number[];
  readonly parameter?: string;
  readonly high: number;
}

describe("docs/coming-from.md", () => {
  const missing = [MLP, SCHEDULES, INITIALIZERS].filter((file) => !existsSync(file));
  if (missing.length > 0) console.info(`skipped: no ${missing.join(", ")}`);

  it.skipIf(missing.length > 0)(
    "prints the output of PyTorch's model, to four digits",
    (context) => {
      const { output } = JSON.parse(readFileSync(MLP, "utf8")) as {
        output: { shape: number[]; data: number[] };
      };
      const printed = numbersBehind(
        "model(x)[0]                              # PyTorch 1.13 prints",
      );
      if (process.env["ORACLE_DIR"] !== undefined) context.skip("another set has other weights");

      const row = output.data.slice(0, output.shape[1]);

      expect(printed).toEqual(row.map((value) => Number(value.toFixed(4))));
    },
  );

  it.skipIf(missing.length > 0)("lists the rates of PyTorch's schedule", (context) => {
    const milestones = JSON.stringify({ milestones: [5, 12, 30], gamma: 0.1 });
    const recorded = readLines<RecordedSchedule>(SCHEDULES).find(({ config, base_lr }) => {
      return JSON.stringify(config) === milestones && base_lr === 0.2;
    });
    if (recorded === undefined) return context.skip("no recording of this schedule");

    const [, ...printed] = numbersBehind("PyTorch 1.13, from a rate of");

    const rates = recorded.lrs.slice(0, printed.length);
    expect(printed).toHaveLength(14);
    expect(printed).toEqual(rates.map((rate) => Number(rate.toPrecision(3))));
  });

  it.skipIf(missing.length > 0)("gives the bound of PyTorch's initial weights", (context) => {
    const recorded = readLines<RecordedInitializer>(INITIALIZERS).find(
      ({ module, args, parameter }) => {
        return module === "Linear" && String(args) === "784,100" && parameter === "weight";
      },
    );
    if (recorded === undefined) return context.skip("no recording of this layer");

    const [bound] = numbersBehind("# PyTorch 1.13 draws within ±");

    expect(bound).toBe(Number(recorded.high.toFixed(4)));
  });
});
