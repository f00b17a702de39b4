import { PassThrough } from "node:stream";
import { progressBar } from "@tapegrad/nn/node";
import { describe, expect, it } from "vitest";

/** What is written to a stream, the escape sequences of a terminal as ⏎ (to the beginning) and ⌫ (erased). */
function streamOf(terminal: { isTTY?: boolean; columns?: number }) {
  const stream = Object.assign(new PassThrough({ encoding: "utf8" }), terminal);
  const text = () =>
    String(stream.read() ?? "")
      .replaceAll("\u001b[1G", "⏎")
      .replaceAll("\u001b[2K", "⌫");
  return { stream, text };
}

/** Three steps, one every two seconds, an epoch with a warning before it. */
function show(terminal: { isTTY?: boolean; columns?: number }, start = {}) {
  const { stream, text } = streamOf(terminal);
  let time = 0;
  const bar = progressBar({ stream, now: () => time });
  bar.onStart?.({ step: 0, epoch: 0, epochs: 1, totalSteps: 400, ...start });
  for (let step = 1; step <= 3; step++) {
    time += 2000;
    bar.onStep?.({ step: 100 * step, epoch: 0, loss: 1 / (3 * step), isAccepted: true });
  }
  bar.onWarning?.("step 301: the loss is NaN; skipped");
  bar.onEpoch?.({ epoch: 1, step: 400, values: { epochLoss: 0.12345678, accuracy: 1 } });
  bar.onEnd?.({ step: 400, epoch: 1, reason: "finished", history: [], best: null });
  return text();
}

describe("progressBar", () => {
  it("draws one line again and again on a terminal, and leaves lines for epochs and warnings", () => {
    expect(show({ isTTY: true, columns: 80 })).toMatchInlineSnapshot(`
      "⏎⌫███████░░░░░░░░░░░░░░░░░░░░░░░ 25 %  6 s left  50 steps/s  loss 0.3333⏎⌫███████████████░░░░░░░░░░░░░░░ 50 %  4 s left  50 steps/s  loss 0.1667⏎⌫██████████████████████░░░░░░░░ 75 %  2 s left  50 steps/s  loss 0.1111⏎⌫warning: step 301: the loss is NaN; skipped
      ██████████████████████░░░░░░░░ 75 %  2 s left  50 steps/s  loss 0.1111⏎⌫epoch 1  epochLoss 0.1235  accuracy 1
      ██████████████████████░░░░░░░░ 75 %  2 s left  50 steps/s  loss 0.1111
      ⏎⌫finished after step 400
      "
    `);
  });

  it("does not wrap on a narrow terminal", () => {
    const lines = show({ isTTY: true, columns: 30 }).split(/[⏎⌫\n]/);
    expect(lines.filter((line) => line.startsWith("█")).map(({ length }) => length)).toEqual([
      29, 29, 29, 29, 29,
    ]);
  });

  it("writes a line every five seconds elsewhere", () => {
    expect(show({})).toMatchInlineSnapshot(`
      "step 300 of 400 (75 %), 50 steps/s, 2 s left, loss 0.1111
      warning: step 301: the loss is NaN; skipped
      epoch 1  epochLoss 0.1235  accuracy 1
      finished after step 400
      "
    `);
  });

  it("says where a run goes on, whose earlier steps do not count for the rate", () => {
    const lines = show({}, { step: 50 }).split("\n");
    expect(lines.slice(0, 2)).toMatchInlineSnapshot(`
      [
        "resumed after step 50",
        "step 300 of 400 (75 %), 42 steps/s, 2 s left, loss 0.1111",
      ]
    `);
  });
});
