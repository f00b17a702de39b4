import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import {
  broadcastTo,
  matMul,
  memoryOf,
  normal,
  peakBytes,
  randomKey,
  record,
  sum,
  type Tape,
  type Tensor,
  transpose,
  Variable,
} from "@tapegrad/autograd";
import { describe, expect, it } from "vitest";
import { memoryOfRecording } from "../../src/inspect/memory.ts";
import { arrayOf } from "../../src/core/tensor.ts";
import { recordingOf } from "../../src/transforms/record.ts";
import { runNodes } from "../../src/transforms/recording.ts";

setFlagsFromString("--expose-gc");
const collect = runInNewContext("gc") as () => void;

/** Bytes of the arrays that are alive: one collection sweeps beside the program, and the next waits for that. */
function arrayBytes(): number {
  collect();
  collect();
  return process.memoryUsage().arrayBuffers;
}

const KIB = 1024;
const vector = (): Tensor => normal(randomKey(0), [256]); // 1 KiB

describe("the memory of a tape", () => {
  it("counts every array from its operation to the last one that reads it", () => {
    const tape = record((x: Tensor) => x.neg().neg().neg().neg(), vector());

    // the input, and at any time the operand and the result of one operation
    expect(memoryOf(tape)).toEqual({
      peakBytes: 3 * KIB,
      peakValue: 2,
      keptBytes: 2 * KIB,
      inputBytes: KIB,
      constantBytes: 0,
    });
  });

  it("counts what the gradient needs to the end, unless told not to", () => {
    const tape = record((x: Tensor) => x.exp().exp().exp().neg(), vector());

    expect(memoryOf(tape)).toMatchObject({ peakBytes: 5 * KIB, keptBytes: 5 * KIB });
    expect(memoryOf(tape, { residuals: false })).toMatchObject({
      peakBytes: 3 * KIB,
      keptBytes: 2 * KIB,
    });
    expect(peakBytes(tape)).toBe(5 * KIB);
  });

  it("counts views and splats with what they share", () => {
    const tape = record(
      (x: Tensor) =>
        sum(broadcastTo(transpose(x.reshape([16, 16])).reshape([1, 16, 16]), [9, 16, 16]), {
          axes: 0,
        }),
      vector(),
    );
    const splat = record((x: Tensor) => x.mul(2), vector());

    // a result of the sum; its reshape shares it
    expect(peakBytes(tape)).toBe(2 * KIB);
    expect(memoryOf(splat)).toMatchObject({ constantBytes: 4, peakBytes: 2 * KIB + 4 });
  });

  it("counts a result that is not read until it is made", () => {
    const tape = record((x: Tensor) => {
      x.exp().neg();
      return x.neg();
    }, vector());

    expect(peakBytes(tape, { residuals: false })).toBe(3 * KIB);
  });

  it("counts variables, constants and outputs that are none of its values", () => {
    const w = new Variable(vector());
    const constant = vector();
    const tape = record(() => [w.value, constant, constant]);

    expect(memoryOf(tape)).toMatchObject({
      inputBytes: KIB,
      constantBytes: KIB,
      peakBytes: 2 * KIB,
      peakValue: null,
    });
  });

  /** The storage of all values that nodes compute, as eager execution really allocates it. */
  function allocated(tape: Tape): number {
    const recording = recordingOf(tape);
    const owners = new Map<unknown, number>();
    const given = new Set<unknown>(
      recording.inputs.map(({ value }) => arrayOf("test", value).data),
    );
    runNodes(
      recording,
      ({ value }) => value,
      (_, __, results) => {
        for (const y of results) {
          const { data } = arrayOf("test", y);
          if (!given.has(data)) owners.set(data, data.byteLength);
        }
      },
    );
    return [...owners.values()].reduce((total, bytes) => total + bytes, 0);
  }

  it("is what eager execution allocates, for a network with its gradient", () => {
    // float32 only: small float64 arrays share slabs
    const [w, b] = [
      new Variable(normal(randomKey(0), [64, 48])),
      new Variable(normal(randomKey(2), [48])),
    ];
    const forward = (x: Tensor): readonly Tensor[] => {
      const inner = record(() => {
        const y = matMul(x, w.value).add(b.value);
        const centered = y.sub(y.mean({ axes: 0, keepDims: true }));
        const scale = centered.square().mean({ axes: 0, keepDims: true }).add(1e-5).sqrt();
        return centered.div(scale).tanh().square().mean();
      });
      return [inner.output, ...inner.gradient([w, b])];
    };
    const tape = record(forward, normal(randomKey(1), [32, 64]));

    const recording = recordingOf(tape);
    const leaves = recording.avals.map((_, index) => index);
    // with all its values kept, what is kept is what was allocated
    const kept = memoryOfRecording(
      { ...recording, outputs: { ...recording.outputs, leaves } },
      true,
    );

    expect(tape.nodes.length).toBeGreaterThan(40);
    expect(kept.keptBytes - kept.inputBytes - kept.constantBytes).toBe(allocated(tape));
  });

  it("has the peak that the process has, for a chain that keeps some of its values", {
    timeout: 60_000,
  }, () => {
    const MIB = 2 ** 20;
    const x = normal(randomKey(0), [MIB / 4]);
    let peak: number | null = null;
    /** `next` of `y`, both of which are there while it is measured. */
    const measured = (y: Tensor, next: (y: Tensor) => Tensor): Tensor => {
      const both = [y, next(y)];
      if (peak !== null) peak = Math.max(peak, arrayBytes());
      return both[1];
    };
    const chain = (input: Tensor): Tensor => {
      let y = input;
      for (let i = 0; i < 2; i++) {
        // exp keeps its result for the derivative, neg keeps nothing
        y = measured(y, (z) => z.neg());
        y = measured(y, (z) => z.neg());
        y = measured(y, (z) => z.exp());
      }
      return y;
    };
    // what is made once is there before it is measured
    record(chain, x);
    const before = arrayBytes();
    peak = before;

    const tape = record(chain, x);

    // x was there before
    const expected = peakBytes(tape) - MIB;
    expect(expected).toBe(3 * MIB);
    expect(Math.abs(peak - before - expected)).toBeLessThan(MIB / 8);
  });
});
