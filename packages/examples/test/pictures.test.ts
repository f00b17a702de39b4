import { readdirSync, readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { hashOf } from "../src/experiments/shared/run-experiment.ts";
import { PICTURES } from "../src/pictures/pictures.ts";
import { recordedFiles, recordedRuns } from "../src/pictures/recorded-results.ts";

const pictures = new URL("../../../docs/pictures/", import.meta.url);
const recorded = new URL("../../../docs/results/", import.meta.url);

const TAG = /<\/?[\w]+( [\w:-]+="[^"<]*")*\s*\/?>/g;
const FOLDER_OF_WHOEVER_DREW = /\/(home|Users|work|root)\//;

describe("docs/pictures", () => {
  it.each(Object.entries(PICTURES))("has %s as `npm run pictures` draws it", (name, draw) => {
    expect(readFileSync(new URL(name, pictures), "utf8")).toBe(draw());
  });

  it("has no other picture, and none with a folder of whoever drew it", () => {
    const names = readdirSync(pictures).sort();

    expect(names).toEqual(Object.keys(PICTURES).sort());
    for (const name of names) {
      expect(readFileSync(new URL(name, pictures), "utf8")).not.toMatch(FOLDER_OF_WHOEVER_DREW);
    }
  });
});

describe("docs/results", () => {
  it("shows what `npm run pictures` makes of the recorded runs, and nothing else", () => {
    const expected = recordedFiles(recorded);
    const found = readdirSync(recorded, { recursive: true, encoding: "utf8" })
      .map((path) => path.replaceAll("\\", "/"))
      .filter((path) => /\.(svg|md)$/.test(path));

    expect(found.sort()).toEqual([...expected.keys()].sort());
    for (const [path, text] of expected) {
      expect(readFileSync(new URL(path, recorded), "utf8"), path).toBe(text);
      // as a file of its own a picture is XML, where every attribute has a value
      if (path.endsWith(".svg")) expect(text.replaceAll(TAG, "")).not.toContain("<");
    }
  });

  it.each(recordedRuns(recorded).map((run) => [run.folder, run] as const))(
    "%s has the hash of its numbers, the judgement that they lead to, and full settings",
    (_folder, { experiment, results }) => {
      const { hash, environment, elapsedSeconds, ...content } = results;

      expect(hashOf(content)).toBe(hash);
      expect(experiment.judge(results.result, results.settings)).toEqual(results.verdict);
      expect(results.settings.seeds).toBeGreaterThanOrEqual(experiment.settings.seeds);
      expect(JSON.stringify(results)).not.toMatch(FOLDER_OF_WHOEVER_DREW);
    },
  );
});
