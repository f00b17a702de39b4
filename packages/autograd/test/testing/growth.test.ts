import { arange, record, type Tensor, tensor, Variable } from "@tapegrad/autograd";
import { expectNoGrowth, GrowthError } from "@tapegrad/autograd/testing";
import { afterEach, describe, expect, it, vi } from "vitest";

/** The text of what `call` rejects with. */
const rejection = async (call: Promise<unknown>): Promise<string> =>
  call.then(() => "nothing was thrown", String);

// collections take long where other tests fill the heap
describe("expectNoGrowth", { timeout: 60_000 }, () => {
  afterEach(() => vi.unstubAllGlobals());

  it("lets a step pass that keeps only what its variables hold", async () => {
    const w = new Variable(arange(5000).cast("float32"));
    let steps = 0;
    const step = (): void => {
      const tape = record(() => w.value.sub(1).square().sum());
      w.assign(w.value.sub(tape.gradient(w).mul(0.1)));
      steps++;
    };

    const growth = await expectNoGrowth(step, { steps: 200 });

    expect(growth.steps).toBe(200);
    expect(growth.bytes).toBeLessThan(2 ** 20);
    expect(steps).toBe(300);
  });

  it("does not mind what grows at first and then no more", async () => {
    const cache = new Map<number, Float64Array>();
    const step = (i: number): unknown => cache.set(i % 50, new Float64Array(10_000));

    const growth = await expectNoGrowth(step, { steps: 50, warmUp: 0 });

    expect(cache.size).toBe(50);
    expect(growth.bytes).toBeLessThan(2 ** 20);
  });

  it("sees a step that keeps a little more each time: numbers outside of the heap, or objects", async () => {
    const arrays: Tensor[] = [];
    const tapes: unknown[] = [];
    const leaks = [
      () => arrays.push(arange(10_000).add(1)),
      () => tapes.push(record((x: Tensor) => x.exp().exp().exp().exp(), tensor(0))),
    ];

    for (const [i, leak] of leaks.entries()) {
      const call = expectNoGrowth(leak, { steps: i === 0 ? 60 : 600, warmUp: 10 });
      await expect(call).rejects.toThrow(GrowthError);
    }
  });

  it("waits for a step that is asynchronous", async () => {
    const order: string[] = [];
    const step = async (i: number): Promise<void> => {
      order.push(`begin ${i}`);
      await Promise.resolve();
      order.push(`end ${i}`);
    };

    await expectNoGrowth(step, { steps: 1, warmUp: 1 });

    expect(order).toEqual(["begin 0", "end 0", "begin 1", "end 1"]);
  });

  it("says by how much memory grew, or why it cannot tell", async () => {
    const kept: Float64Array[] = [];
    const leak = (): unknown => kept.push(new Float64Array(10_000));
    const text = await rejection(expectNoGrowth(leak, { steps: 100, warmUp: 0 }));

    expect(text.replaceAll(/\b[78]\d{6}\b/g, "8000000").replaceAll(/\b[78]\d{4}\b/g, "80000")).toBe(
      "GrowthError: expectNoGrowth: every 100 steps memory grows, at last by 8000000 bytes, some 80000 a step, and maxBytes is 1048576. Keep nothing of a step but numbers and the values of variables, or raise `warmUp` if caches still fill.",
    );
    expect(await rejection(expectNoGrowth(leak, { steps: 0 }))).toBe(
      "ValueError: expectNoGrowth: the option steps is 0. Use an integer of 1 or more.",
    );
    expect(await rejection(expectNoGrowth(leak, { warmUp: -1 }))).toBe(
      "ValueError: expectNoGrowth: the option warmUp is -1. Use an integer of 0 or more.",
    );
    vi.stubGlobal("process", undefined);
    vi.stubGlobal("gc", undefined);
    const call = rejection(expectNoGrowth(leak));
    vi.unstubAllGlobals();
    expect(await call).toBe(
      "ValueError: expectNoGrowth: a program cannot collect garbage here, so memory cannot be measured. Run the test under Node.",
    );
  });
});
