import { Writable } from "node:stream";
import { describe, expect, it } from "vitest";
import {
  createProgress,
  type ProgressState,
  progressBar,
  progressLine,
} from "../../../src/experiments/shared/progress.ts";

class Recorder extends Writable {
  readonly written: string[] = [];
  readonly isTTY: boolean;
  readonly columns: number;
  readonly rows: number;

  constructor({ isTTY = false, columns = 80, rows = 24 } = {}) {
    super({ decodeStrings: false });
    this.isTTY = isTTY;
    this.columns = columns;
    this.rows = rows;
  }

  override _write(chunk: string, _encoding: string, done: () => void): void {
    this.written.push(chunk);
    done();
  }
}

/** Steps 1 to `total`, one every `milliseconds`. */
function run(stream: Recorder, total: number, milliseconds: number): void {
  let time = 0;
  const progress = createProgress({ label: "seed 1", total, stream, now: () => time });
  for (let step = 1; step <= total; step++) {
    time += milliseconds;
    progress.update(step, `accuracy ${step}`);
    if (step === 2) progress.log("a line that stays");
  }
  progress.stop();
}

const state: ProgressState = {
  label: "with batch normalization, seed 1",
  step: 1200,
  total: 5000,
  stepsPerSecond: 310,
  text: "test accuracy 92.43 %",
};

describe("createProgress", () => {
  it("writes plain lines into a pipe, every five seconds and at the end", () => {
    const stream = new Recorder();
    run(stream, 12, 1000);
    expect(stream.written.join("")).toMatchInlineSnapshot(`
      "seed 1: step 1 of 12 (8 %), 1.0 steps/s, 11 s left, accuracy 1
      a line that stays
      seed 1: step 6 of 12 (50 %), 1.0 steps/s, 6.0 s left, accuracy 6
      seed 1: step 11 of 12 (91 %), 1.0 steps/s, 1.0 s left, accuracy 11
      seed 1: step 12 of 12 (100 %), 1.0 steps/s, accuracy 12
      "
    `);
  });

  it("writes the same plain lines on a terminal that is too narrow or does not know its size", () => {
    const [pipe, narrow, unknown] = [
      new Recorder(),
      new Recorder({ isTTY: true, columns: 10 }),
      new Recorder({ isTTY: true, columns: 0, rows: 0 }),
    ];
    for (const stream of [pipe, narrow, unknown]) run(stream, 12, 1000);
    expect(narrow.written).toEqual(pipe.written);
    expect(unknown.written).toEqual(pipe.written);
  });

  it("draws a bar on a terminal, at most ten times a second", () => {
    const stream = new Recorder({ isTTY: true });
    run(stream, 100, 20);
    const bars = stream.written.filter((text) => text.includes("█") || text.includes("░"));
    expect(bars.length).toBeGreaterThan(15);
    expect(bars.length).toBeLessThan(25);
    expect(bars.at(-1)).toContain("100 %");
    expect(stream.written).toContain("a line that stays\n");
  });

  it("does not hide the cursor, so that nothing has to be restored after Ctrl-C", () => {
    const stream = new Recorder({ isTTY: true });
    run(stream, 3, 1000);
    expect(stream.written.join("")).not.toContain("[?25l");
  });

  it("leaves steps of an earlier run out of the rate", () => {
    const stream = new Recorder();
    let time = 0;
    const options = { label: "seed 1", total: 2000, start: 1000, stream, now: () => time };
    const progress = createProgress(options);
    time = 10_000;
    progress.update(1100);
    expect(stream.written).toEqual([
      "seed 1: step 1,100 of 2,000 (55 %), 10 steps/s, 1 min 30 s left\n",
    ]);
  });
});

describe("progressLine", () => {
  it("says place, rate, time left and result", () => {
    expect(progressLine(state)).toMatchInlineSnapshot(
      `"with batch normalization, seed 1: step 1,200 of 5,000 (24 %), 310 steps/s, 12 s left, test accuracy 92.43 %"`,
    );
  });

  it("says less while less is known", () => {
    expect(
      progressLine({ ...state, step: 0, stepsPerSecond: null, text: "" }),
    ).toMatchInlineSnapshot(`"with batch normalization, seed 1: step 0 of 5,000 (0 %)"`);
  });
});

describe("progressBar", () => {
  it("drops what is least missed as the terminal gets narrower", () => {
    const bars = [120, 90, 70, 50, 20].map((columns) => progressBar(state, columns));
    expect(bars.join("\n")).toMatchInlineSnapshot(`
      "███████░░░░░░░░░░░░░░░░░░░░░░░ with batch normalization, seed 1  24 %  12 s left  310 steps/s  test accuracy 92.43 %
      ██████░░░░░░░░░░░░░░░░░░░░░ with batch normalization, seed 1  24 %  12 s left  310 steps/s
      ████░░░░░░░░░░░░░░░░ with batch normalization, seed 1  24 %  12 s left
      ███████░░░░░░░░░░░░░░░░░░░░░░░ 24 %  12 s left
      ███░░░░░░░░░░░░ 24 %"
    `);
  });

  it("is never wider than the terminal", () => {
    for (let columns = 7; columns < 140; columns++) {
      expect(progressBar(state, columns).length).toBeLessThanOrEqual(columns);
    }
  });

  it("shows 100 percent only when all is done", () => {
    expect(progressBar({ ...state, step: 4999 }, 19)).toContain("99 %");
    expect(progressBar({ ...state, step: 5000 }, 19)).toContain("100 %");
  });
});
