/** Training keeps nothing from step to step. */
import { normal, randomKey, record, splitKey, sub } from "@tapegrad/autograd";
import { expectNoGrowth } from "@tapegrad/autograd/testing";
import { BatchNorm, Linear, Sequential, SGD } from "@tapegrad/nn";
import { expect, it } from "vitest";
import { runsFactor } from "../policy.ts";

const isNightly = runsFactor > 1;
const steps = isNightly ? 10_000 : 1000;

it(`grows the heap by less than a megabyte in ${steps} steps with batch norm`, async () => {
  const [first, second, third] = splitKey(randomKey(1), 3);
  const model = new Sequential(new Linear(8, 4, { bias: false, key: first }), new BatchNorm(4));
  const optimizer = new SGD(model.parameters(), { learningRate: 0.05 });
  const [x, y] = [normal(second, [20, 8]), normal(third, [20, 4])];
  let before: number | undefined;
  let last = 0;
  const step = (): void => {
    const tape = record(() =>
      sub(model.forward(x, { mode: "train" }), y)
        .square()
        .mean(),
    );
    optimizer.step(tape.gradient(model.parameters()));
    last = tape.output.item();
    before ??= last;
  };

  const growth = await expectNoGrowth(step, { steps, warmUp: 100, maxBytes: 1e6 });

  console.log(`memory after ${steps} steps: ${growth.bytes} bytes more`);
  expect(last).toBeLessThan(before ?? 0);
}, 600_000);
