import {
  appendFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Writable } from "node:stream";
import { ValueError } from "@tapegrad/autograd";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { defineExperiment, type Experiment } from "../../../src/experiments/shared/experiment.ts";
import { renderIndex, renderReport } from "../../../src/experiments/shared/report-page.ts";
import { runExperiment, Stopped } from "../../../src/experiments/shared/run-experiment.ts";
import { helpText, parseOptions } from "../../../src/experiments/shared/settings.ts";

let out = "";
beforeEach(() => {
  out = mkdtempSync(join(tmpdir(), "experiment-"));
});
afterEach(() => {
  rmSync(out, { recursive: true, force: true });
});

/** Squares of the seeds, and how often a unit was computed. */
function squares(): { readonly experiment: Experiment; readonly computed: string[] } {
  const computed: string[] = [];
  const experiment = defineExperiment({
    name: "squares",
    title: "Are squares positive?",
    claim: "Squares are positive.",
    source: "everybody",
    settings: { seeds: 3, addend: 1, rates: [1, 2], fancy: false },
    quick: { addend: 0 },
    help: { addend: "what is added", rates: "rates", fancy: "whether it is fancy" },
    run: async ({ seeds, settings, unit }) => {
      const found: number[] = [];
      for (const seed of seeds) {
        found.push(
          await unit(`seed ${seed}`, async (step) => {
            computed.push(`seed ${seed}`);
            // longer than the interval at which the event loop gets its turn
            const until = performance.now() + 60;
            while (performance.now() < until);
            await step(1, 1);
            return seed ** 2 + settings.addend;
          }),
        );
      }
      return found;
    },
    judge: (found) => ({
      held: found.every((value) => value > 0) ? "yes" : "no",
      sentence: `The largest is ${Math.max(...found)}.`,
    }),
    report: (found) => [
      {
        title: "All <of> them",
        figures: [
          {
            id: "all",
            y: { title: "square" },
            x: { title: "seed" },
            lines: [{ name: "squares", points: found.map((y, x) => [x, y]) }],
          },
          { id: "groups", y: { title: "square" }, x: "kind", groups: { all: found } },
        ],
        caption: "Squares.",
        table: { caption: "Squares", head: ["seed", "square"], rows: [["1", "2"]] },
      },
    ],
  });
  return { experiment, computed };
}

const silent = (): Writable => new Writable({ write: (_chunk, _encoding, done) => done() });

const run = (
  experiment: Experiment,
  { stopAfter = Number.POSITIVE_INFINITY, resume = false, argv = [] as readonly string[] } = {},
) => {
  let asked = 0;
  const options = { ...parseOptions(argv, experiment), out, resume };
  const control = { stream: silent(), shouldStop: () => ++asked > stopAfter };
  return runExperiment(experiment, options, control);
};

describe("an experiment", () => {
  it("computes its units, judges, and gives the same hash for the same results", async () => {
    const [first, second] = [await run(squares().experiment), await run(squares().experiment)];

    expect(first.result).toEqual([2, 5, 10]);
    expect(first.verdict).toEqual({ held: "yes", sentence: "The largest is 10." });
    expect(first.hash).toBe(second.hash);
    expect((await run(squares().experiment, { argv: ["--addend", "2"] })).hash).not.toBe(
      first.hash,
    );
  });

  it("goes on with the first unit that is not there after it was stopped", async () => {
    const whole = await run(squares().experiment);
    const stopped = squares();
    await expect(run(stopped.experiment, { stopAfter: 1 })).rejects.toThrow(Stopped);
    expect(stopped.computed).toEqual(["seed 1", "seed 2"]);

    const resumed = squares();
    const results = await run(resumed.experiment, { resume: true });

    expect(resumed.computed).toEqual(["seed 2", "seed 3"]);
    expect(results.hash).toBe(whole.hash);
  });

  it("computes a unit once that it asks for twice", async () => {
    const { experiment, computed } = squares();
    const twice = defineExperiment({
      ...experiment,
      run: async (context) => [await experiment.run(context), await experiment.run(context)],
      judge: (found) => ({ held: "yes", sentence: JSON.stringify(found) }),
    });

    const { result } = await run(twice);

    expect(result).toEqual([
      [2, 5, 10],
      [2, 5, 10],
    ]);
    expect(computed).toEqual(["seed 1", "seed 2", "seed 3"]);
  });

  it("drops a last line of the journal that was cut short", async () => {
    await expect(run(squares().experiment, { stopAfter: 1 })).rejects.toThrow(Stopped);
    appendFileSync(join(out, "journal.jsonl"), '{"unit":"seed 2","resu');

    const resumed = squares();
    await run(resumed.experiment, { resume: true });

    expect(resumed.computed).toEqual(["seed 2", "seed 3"]);
  });

  it("refuses to resume what is not there, or belongs to other settings", async () => {
    await expect(run(squares().experiment, { resume: true })).rejects.toThrow(
      /^--resume: there is no journal .*\. Leave --resume out/,
    );
    await expect(run(squares().experiment, { stopAfter: 1 })).rejects.toThrow(Stopped);
    const other = run(squares().experiment, { resume: true, argv: ["--addend", "7"] });
    await expect(other).rejects.toThrow(/other settings, data or code/);
    expect(readFileSync(join(out, "journal.jsonl"), "utf8")).toContain("seed 1");
  });

  it("refuses a folder that cannot be written to", async () => {
    const file = join(out, "file");
    mkdirSync(out, { recursive: true });
    writeFileSync(file, "");
    const options = { ...parseOptions([], squares().experiment), out: join(file, "squares") };
    const control = { stream: silent(), shouldStop: () => false };

    await expect(runExperiment(squares().experiment, options, control)).rejects.toThrow(
      /^--out: .*squares cannot be written to \(E[A-Z]+\)\. Name a folder/,
    );
  });

  it("is reported on one page, whose texts are escaped", async () => {
    const { experiment } = squares();
    const results = await run(experiment);

    const page = renderReport(experiment, results);

    expect(page).toContain("All &lt;of&gt; them");
    expect(page).toContain("The claim held here.");
    expect(page.match(/<svg /g)).toHaveLength(2);
    expect(page).not.toMatch(/<script|<link|src=/);
    expect(renderIndex([{ experiment, results }])).toContain('href="squares/report.html"');
    expect(existsSync(out)).toBe(true);
  });
});

describe("the options of an experiment", () => {
  const parse = (...argv: readonly string[]) => parseOptions(argv, squares().experiment);

  it("are its settings, smaller ones with --quick, and those that all have", () => {
    expect(parse().settings).toEqual({ seeds: 3, addend: 1, rates: [1, 2], fancy: false });
    expect(parse("--quick").settings["addend"]).toBe(0);
    expect(parse("--quick", "--addend", "5", "--rates", "3,4.5", "--fancy", "true")).toEqual({
      settings: { seeds: 3, addend: 5, rates: [3, 4.5], fancy: true },
      data: null,
      out: "results",
      resume: false,
    });
    expect(parse("--fancy").settings["fancy"]).toBe(true);
    expect(parse("--fancy", "--out", "o").settings["fancy"]).toBe(true);
    expect(parse("--fancy", "false").settings["fancy"]).toBe(false);
    expect(parse("--data", "d", "--out=o", "--resume")).toMatchObject({
      data: "d",
      out: "o",
      resume: true,
    });
  });

  it.each([
    [["--addends", "1"], "there is no option `--addends`"],
    [["1"], '"1" is no option'],
    [["--addend"], "`--addend` needs a value"],
    [["--addend", "--quick"], "`--addend` needs a value"],
    [["--addend", "1", "--addend", "2"], "`--addend` is given more than once"],
    [["--addend", "one"], '`--addend` is "one" instead of a finite number'],
    [["--rates", "1,,2"], '`--rates` is "1,,2" instead of numbers with commas between them'],
    [["--fancy=yes"], '`--fancy` is "yes" instead of true or false'],
    [["--fancy", "yes"], '"yes" is no option'],
    [["--seeds", "0"], '`--seeds` is "0" instead of a positive integer'],
    [["--seeds", "1.5"], '`--seeds` is "1.5" instead of a positive integer'],
    [["--quick=1"], "`--quick` takes no value"],
  ])("refuse %j", (argv, found) => {
    expect(() => parse(...argv)).toThrow(ValueError);
    expect(() => parse(...argv)).toThrow(`squares: ${found}. \`--help\` lists all options.`);
  });

  it("are listed by the help, with what they are by default and with --quick", () => {
    const text = helpText(squares().experiment);

    expect(text).toContain("--addend N    what is added (1; 0 with --quick)");
    expect(text).toContain("--rates LIST  rates (1,2)");
    expect(text).toContain("--fancy       whether it is fancy (false)");
  });
});
