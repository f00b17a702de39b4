import { PassThrough } from "node:stream";
import { createProgress, type ProgressOptions } from "@tapegrad/nn/node";
import { describe, expect, it } from "vitest";

/** What a stream was given; the escape sequences of a terminal as ⏎ (to the beginning) and ⌫ (erased). */
function streamOf(terminal: { isTTY?: boolean; columns?: number } = {}) {
  const stream = Object.assign(new PassThrough({ encoding: "utf8" }), terminal);
  const text = () =>
    String(stream.read() ?? "")
      .replaceAll("\u001b[1G", "⏎")
      .replaceAll("\u001b[2K", "⌫");
  return { stream, text };
}

/** Steps 1 to `total`, one every `milliseconds`, with a line after the second. */
function run(terminal: { isTTY?: boolean; columns?: number }, total: number, milliseconds: number) {
  const { stream, text } = streamOf(terminal);
  let time = 0;
  const progress = createProgress({ label: "seed 1", total, stream, now: () => time });
  for (let step = 1; step <= total; step++) {
    time += milliseconds;
    progress.update(step, `accuracy ${step}`);
    if (step === 2) progress.log("a line that stays");
  }
  progress.stop();
  return text();
}

/** What is shown `seconds` after the start. */
function shown(
  terminal: { isTTY?: boolean; columns?: number },
  options: Partial<ProgressOptions>,
  { step, seconds, result }: { step: number; seconds: number; result?: string },
) {
  const { stream, text } = streamOf(terminal);
  let time = 0;
  const progress = createProgress({ total: 5000, ...options, stream, now: () => time });
  time = 1000 * seconds;
  progress.update(step, result);
  return text().replaceAll(/[⏎⌫\n]/g, "");
}

describe("createProgress", () => {
  it("writes plain lines into a pipe, every five seconds and at the end", () => {
    expect(run({}, 12, 1000)).toMatchInlineSnapshot(`
      "a line that stays
      seed 1: step 5 of 12 (41 %), 1.0 steps/s, 7 s left, accuracy 5
      seed 1: step 10 of 12 (83 %), 1.0 steps/s, 2 s left, accuracy 10
      seed 1: step 12 of 12 (100 %), 1.0 steps/s, accuracy 12
      "
    `);
  });

  it("writes the same plain lines on a terminal that is too narrow or does not know its size", () => {
    const lines = run({}, 12, 1000);
    expect(run({ isTTY: true, columns: 10 }, 12, 1000)).toBe(lines);
    expect(run({ isTTY: true, columns: 0 }, 12, 1000)).toBe(lines);
    expect(run({ isTTY: true }, 12, 1000)).toBe(lines);
  });

  it("draws one line again and again on a terminal, below the lines that stay", () => {
    expect(run({ isTTY: true, columns: 70 }, 3, 1000)).toMatchInlineSnapshot(`
      "⏎⌫███████░░░░░░░░░░░░░░ seed 1  33 %  2 s left  1.0 steps/s  accuracy 1⏎⌫██████████████░░░░░░░ seed 1  66 %  1 s left  1.0 steps/s  accuracy 2⏎⌫a line that stays
      ██████████████░░░░░░░ seed 1  66 %  1 s left  1.0 steps/s  accuracy 2⏎⌫██████████████████████████████ seed 1  100 %  1.0 steps/s  accuracy 3
      "
    `);
  });

  it("draws at most ten times a second", () => {
    const bars = run({ isTTY: true, columns: 80 }, 100, 20).split("seed 1").length - 1;
    expect(bars).toBeGreaterThan(15);
    expect(bars).toBeLessThan(25);
  });

  it("does not hide the cursor, so that nothing has to be restored after Ctrl-C", () => {
    expect(run({ isTTY: true, columns: 80 }, 3, 1000)).not.toContain("\u001b[?25l");
  });

  it("leaves steps of an earlier run out of the rate", () => {
    const options = { label: "seed 1", total: 2000, start: 1000 };
    expect(shown({}, options, { step: 1100, seconds: 10 })).toBe(
      "seed 1: step 1,100 of 2,000 (55 %), 10 steps/s, 1 min 30 s left",
    );
  });

  it("counts where the end is not known", () => {
    const at = { step: 1200, seconds: 10, result: "loss 0.25" };
    const options = { total: null };
    expect(shown({}, options, at)).toBe("step 1,200, 120 steps/s, loss 0.25");
    expect(shown({ isTTY: true, columns: 80 }, options, at)).toBe(
      "step 1,200  120 steps/s  loss 0.25",
    );
    expect(shown({ isTTY: true, columns: 20 }, options, at)).toBe("step 1,200");
  });

  it("drops what is least missed as the terminal gets narrower", () => {
    const label = "with batch normalization, seed 1";
    const at = { step: 1200, seconds: 4, result: "test accuracy 92.43 %" };
    const bars = [121, 91, 71, 51, 21].map((columns) => {
      return shown({ isTTY: true, columns }, { label }, at);
    });
    expect(bars.join("\n")).toMatchInlineSnapshot(`
      "███████░░░░░░░░░░░░░░░░░░░░░░░ with batch normalization, seed 1  24 %  13 s left  300 steps/s  test accuracy 92.43 %
      ██████░░░░░░░░░░░░░░░░░░░░░ with batch normalization, seed 1  24 %  13 s left  300 steps/s
      ████░░░░░░░░░░░░░░░░ with batch normalization, seed 1  24 %  13 s left
      ███████░░░░░░░░░░░░░░░░░░░░░░░ 24 %  13 s left
      ███░░░░░░░░░░░░ 24 %"
    `);
  });

  it("is never wider than the terminal", () => {
    const at = { step: 1200, seconds: 4, result: "test accuracy 92.43 %" };
    for (let columns = 20; columns < 140; columns++) {
      for (const total of [5000, null]) {
        const bar = shown({ isTTY: true, columns }, { label: "seed 1", total }, at);
        expect(bar.length).toBeLessThan(columns);
      }
    }
  });

  it("shows 100 percent only when all is done", () => {
    expect(shown({}, {}, { step: 4999, seconds: 10 })).toContain("(99 %)");
    expect(shown({}, {}, { step: 5000, seconds: 10 })).toContain("(100 %)");
    expect(shown({}, { total: 0 }, { step: 0, seconds: 10 })).toContain("(100 %)");
  });

  it.each([
    [10, 20, "10 s left"],
    [100, 500, "6 min 40 s left"],
    [8000, 16_000, "2 h 13 min left"],
  ])("after %i steps of %i, one a second, writes %s", (step, total, expected) => {
    expect(shown({}, { total }, { step, seconds: step }).split(", ").at(-1)).toBe(expected);
  });
});
