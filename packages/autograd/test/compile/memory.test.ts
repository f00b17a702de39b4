/** What compiling and running costs in memory, over many programs and many calls. */
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { memoryUse } from "../../src/backends/wasm/memory.ts";
import { compile, record, type Tensor, tensor, Variable, zeros } from "../../src/index.ts";

setFlagsFromString("--expose-gc");
const collect = runInNewContext("gc") as () => void;
const MEGABYTE = 1 << 20;

/** Bytes of JavaScript's heap and of arrays outside of it, after everything that can be has been collected. */
async function heapBytes(): Promise<number> {
  for (let i = 0; i < 2; i++) {
    collect();
    // finalizers run between tasks
    await new Promise((resolve) => setTimeout(resolve, 1));
  }
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
}

/** Waits until collections have brought `used` down to `bytes`; gives what it came to. */
async function usedDownTo(bytes: number): Promise<number> {
  for (let i = 0; i < 30 && memoryUse().used > bytes; i++) await heapBytes();
  return memoryUse().used;
}

/** What stays in use however often is collected: programs of other test files may still be alive. */
async function settledUse(): Promise<number> {
  let used = memoryUse().used;
  for (let unchanged = 0; unchanged < 3; ) {
    await heapBytes();
    unchanged = memoryUse().used < used ? 0 : unchanged + 1;
    used = memoryUse().used;
  }
  return used;
}

/** One step of a regression, from a batch. */
function stepOf(size: number): { step: (x: Tensor) => Tensor; weight: Variable } {
  const weight = new Variable(zeros([size]), { name: "weight" });
  const step = (x: Tensor): Tensor => {
    const tape = record(() => x.mul(weight.value).sum({ axes: 1 }).sub(1).square().mean());
    weight.assign(weight.value.sub(tape.gradient(weight).mul(0.01)));
    return tape.output;
  };
  return { step, weight };
}

describe("the memory of programs", () => {
  it("is given back when programs and variables are collected", async () => {
    const before = await settledUse();
    const run = (): number => {
      const { step } = stepOf(1000);
      compile(step)(zeros([50, 1000]));
      return memoryUse().used;
    };

    expect(run()).toBeGreaterThanOrEqual(before + 204_000);
    expect(await usedDownTo(before)).toBeLessThanOrEqual(before);
  });

  it("stays while its program or variable is there", async () => {
    const { step, weight } = stepOf(1000);
    let compiled: ((x: Tensor) => Tensor) | null = compile(step);
    const batch = zeros([50, 1000]);
    compiled(batch);
    await heapBytes();

    const whole = memoryUse().used;
    compiled(batch);
    compiled = null;
    const rest = await usedDownTo(whole - 200_000);

    expect(rest).toBeLessThanOrEqual(whole - 200_000);
    expect(rest).toBeGreaterThanOrEqual(4000);
    expect(weight.value.size).toBe(1000);
  });

  it("is flat over 1,000 programs that are compiled, run and dropped", {
    timeout: 60_000,
  }, async () => {
    const x = tensor([1, 2, 3]);
    const round = async (programs: number): Promise<void> => {
      for (let i = 0; i < programs; i++) {
        const weight = new Variable(zeros([3]));
        const step = compile((y: Tensor) => {
          weight.assign(weight.value.mul(0.9).add(y));
          return weight.value.sum();
        });
        step(x);
        if (i % 100 === 99) await heapBytes();
      }
    };
    await round(100);
    const heap = await heapBytes();
    const { used, size } = memoryUse();

    await round(1000);

    expect((await heapBytes()) - heap).toBeLessThan(MEGABYTE);
    expect(await usedDownTo(used)).toBeLessThanOrEqual(used);
    expect(memoryUse().size).toBe(size);
  });

  it("is flat over 20,000 steps, and in the nightly run over 100,000", {
    timeout: 60_000,
  }, async () => {
    const { step, weight } = stepOf(3);
    const compiled = compile(step);
    const x = tensor([[1, 2, 3], [4, 5, 7]]); // biome-ignore format: a matrix
    const run = (steps: number): void => {
      for (let i = 0; i < steps; i++) {
        compiled(x);
        if (i % 100 === 0) weight.assign(weight.value.mul(0.5));
      }
    };
    run(2000);
    const heap = await heapBytes();
    const before = memoryUse();

    const runsFactor = (fc.readConfigureGlobal().numRuns ?? 100) / 100;
    run(Math.min(20_000 * runsFactor, 100_000));

    expect((await heapBytes()) - heap).toBeLessThan(MEGABYTE);
    expect(memoryUse()).toEqual(before);
  });

  it("is given back where a function cannot be compiled to the end", () => {
    const before = memoryUse().used;
    const f = compile((x: Tensor) => {
      void x.item();
      return x;
    });

    for (let i = 0; i < 10; i++) expect(() => f(tensor(1))).toThrow("item");

    expect(memoryUse().used).toBe(before);
  });
});
