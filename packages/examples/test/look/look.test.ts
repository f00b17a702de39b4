import { mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import type { Experiment } from "../../src/experiments/shared/experiment.ts";
import { renderReport } from "../../src/experiments/shared/report-page.ts";
import type { ExperimentResults } from "../../src/experiments/shared/run-experiment.ts";
import { findChromium } from "../../src/look/chromium.ts";
import { contrast, over } from "../../src/look/contrast.ts";
import { lookAt } from "../../src/look/look.ts";

const chromium = findChromium();
if (chromium === null) console.log("look: no Chromium here, its tests are skipped");

const folder = mkdtempSync(join(tmpdir(), "look-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** A page of this name. */
function pageOf(name: string, text: string): string {
  const path = join(folder, `${name}.html`);
  writeFileSync(path, text);
  return path;
}

/** A report of two lines with intervals, and of groups. */
function smallReport(): string {
  const line = (name: string, slope: number) => ({
    name,
    points: [1, 2, 3].map((x) => [x, slope * x, slope * x - 5, slope * x + 5] as const),
  });
  const y = { title: "Test accuracy (%)", max: 100 };
  const experiment = {
    name: "small",
    title: "Is this legible?",
    help: {},
    report: () => [
      {
        title: "Accuracy",
        figures: [
          { id: "lines", y, x: { title: "training steps" }, lines: [line("a", 20), line("b", 30)] },
          { id: "groups", y, x: "kind", groups: { one: [10, 20], other: [70, 90] } },
        ],
        caption: "Means over seeds.",
        table: { caption: "The same", head: ["network", "accuracy (%)"], rows: [["a", "60"]] },
      },
    ],
  } as unknown as Experiment;
  const environment = { node: "v20", platform: "linux", arch: "x64", cpus: 2, cpu: "a processor" };
  return renderReport(experiment, {
    claim: "It is.",
    source: "nobody",
    settings: { seeds: 2 },
    data: null,
    code: "0".repeat(64),
    hash: "0".repeat(64),
    result: null,
    verdict: { held: "yes", sentence: "It was; twice." },
    environment: { ...environment, packageVersion: "0.1.0", date: "2026-01-02T03:04:05.678Z" },
    elapsedSeconds: 1,
  } as ExperimentResults);
}

/** Everything that is looked for, once. */
const BROKEN = `<!doctype html><meta name="viewport" content="width=device-width"><title>broken</title>
<style>:root { color-scheme: light dark; } body { background: #fff; color: #000; }</style>
<p style="color: #999">faint</p><p style="width: 2000px">wide</p>
<img src="https://example.org/picture.png" alt="">
<script>throw new Error("planted")</script>
<svg aria-label="bad" data-x="time" data-y="Loss (nats)" width="300" height="200">
<text x="50" y="50" font-size="13">one text</text><text x="60" y="52" font-size="13">another</text>
<text x="5" y="120" font-size="6">small</text><text x="280" y="150" font-size="13">cut off</text>
<path d="M0 100L300 100" fill="none" stroke="#ddd" stroke-width="2"></path>
<text x="100" y="105" font-size="13">struck</text></svg>`;

describe.skipIf(chromium === null)("npm run look", () => {
  it("finds nothing wrong with a report, on a phone or a desk, light or dark", async () => {
    const out = join(folder, "pictures");
    const looks = await lookAt([pageOf("small", smallReport())], { chromium: chromium ?? "", out });

    expect(looks.map(({ width, scheme }) => `${width} ${scheme}`)).toEqual([
      "390 light",
      "390 dark",
      "1280 light",
      "1280 dark",
    ]);
    expect(looks.flatMap(({ findings }) => findings)).toEqual([]);
    expect(readdirSync(out)).toHaveLength(4);
  });

  it("finds everything that is planted in a page", async () => {
    const [{ findings }] = await lookAt([pageOf("broken", BROKEN)], { chromium: chromium ?? "" });
    const all = findings.join("\n");

    for (const planted of [
      "loads https://example.org/picture.png",
      "error: planted",
      /the page is \d+ pixels wide on a screen of 390/u,
      '"faint" has a contrast of 2.8',
      'does not show the title "time"',
      '"time" has no unit',
      'does not show the title "Loss (nats)"',
      '"one text" overlaps "another"',
      '"cut off" is cut off by its frame',
      'a line runs through "struck"',
      '"small" is 6.0 pixels high',
      "a line of rgb(221, 221, 221) has a contrast of 1.4",
    ]) {
      expect(all).toMatch(planted);
    }
  });
});

describe("contrast", () => {
  it("is 21 of black and white, 1 of equals, and less through a colour that is half transparent", () => {
    const [black, white] = [
      [0, 0, 0, 1],
      [255, 255, 255, 1],
    ] as const;

    expect(contrast(black, white)).toBeCloseTo(21);
    expect(contrast(white, white)).toBe(1);
    expect(over([0, 0, 0, 0.5], white)).toEqual([127.5, 127.5, 127.5, 1]);
    // #777777 on white, as the guidelines' own tools have it
    expect(contrast([119, 119, 119, 1], white)).toBeCloseTo(4.48, 2);
  });
});
