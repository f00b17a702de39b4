import { arange, record, type Tensor, Variable } from "@tapegrad/autograd";
import { expectNoGrowth, GrowthError } from "@tapegrad/autograd/testing";
import { afterEach, describe, expect, it, vi } from "vitest";

/** The text of what `call` rejects with. */
const rejection = async (call: Promise<unknown>): Promise<string> =>
  call.then(() => "nothing was thrown", String);

// collections take long where other tests fill the heap
describe("expectNoGrowth", { timeout: 60_000 }, () => {
  afterEach(() => vi.unstubAllGlobals());

  it("lets a step pass that keeps only what its variables hold, and waits for it", async () => {
    const w = new Variable(arange(5000).cast("float32"));
    const order: string[] = [];
    const step = async (i: number): Promise<void> => {
      order.push(`begin ${i}`);
      const tape = record(() => w.value.sub(1).square().sum());
      w.assign(w.value.sub(tape.gradient(w).mul(0.1)));
      await Promise.resolve();
      order.push(`end ${i}`);
    };

    const growth = await expectNoGrowth(step, { steps: 100, warmUp: 50 });

    expect(growth.steps).toBe(100);
    expect(growth.bytes).toBeLessThan(2 ** 20);
    expect(order).toEqual(Array.from({ length: 150 }, (_, i) => [`begin ${i}`, `end ${i}`]).flat());
  });

  it("does not mind what grows at first and then no more", async () => {
    const cache = new Map<number, Float64Array>();
    const step = (i: number): unknown => cache.set(i % 50, new Float64Array(10_000));

    const growth = await expectNoGrowth(step, { steps: 50, warmUp: 0 });

    expect(cache.size).toBe(50);
    expect(growth.bytes).toBeLessThan(2 ** 20);
  });

  it("sees a step that keeps a tape each time, and says by how much memory grew", async () => {
    const tapes: unknown[] = [];
    const leak = (): unknown =>
      tapes.push(record((x: Tensor) => x.exp().exp(), arange(2000).mul(0.001)));
    const call = expectNoGrowth(leak, { steps: 100, warmUp: 0 });

    await expect(call).rejects.toThrow(GrowthError);
    expect((await rejection(call)).replaceAll(/\b\d{4,7}\b(?=( bytes|\b a step))/g, "N")).toBe(
      "GrowthError: expectNoGrowth: every 100 steps memory grows, at last by N bytes, some N a step, and maxBytes is 1048576. Keep nothing of a step but numbers and the values of variables, or raise `warmUp` if caches still fill.",
    );
    const { details } = (await call.catch((error: unknown) => error)) as GrowthError<{
      readonly bytes: number;
    }>;
    // three arrays of 2000 float32 numbers, a hundred times
    expect(details.bytes).toBeGreaterThan(100 * 3 * 8000);
    expect(details.bytes).toBeLessThan(2 * 100 * 3 * 8000);
  });

  it("says why it cannot tell", async () => {
    const leak = (): void => {};

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
