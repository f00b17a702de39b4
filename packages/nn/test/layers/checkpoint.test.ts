/** Training with layers inside of checkpoints: the same steps, and statistics that are updated once, in less memory. */
import {
  checkpoint,
  compile,
  memoryOf,
  normal,
  randomKey,
  record,
  splitKey,
  sum,
  type Tape,
  type Tensor,
} from "@tapegrad/autograd";
import { BatchNorm, Linear, Sequential, SGD, Sigmoid } from "@tapegrad/nn";
import { describe, expect, it } from "vitest";

const [batchKey, ...keys] = splitKey(randomKey(9), 4);
const batch = normal(batchKey, [64, 8]);

type Kind = (f: (x: Tensor) => Tensor) => (x: Tensor) => Tensor;
const plain: Kind = (f) => f;

/** Three blocks that are trained; made anew, they are the same. */
function trained(kind: Kind) {
  const blocks = keys.map((key) => {
    return new Sequential(new Linear(8, 8, { bias: false, key }), new BatchNorm(8), new Sigmoid());
  });
  const parameters = blocks.flatMap((block) => block.parameters());
  const optimizer = new SGD(parameters, { learningRate: 0.5 });
  const forward = blocks.map((block) => kind((x) => block.forward(x, { mode: "train" })));
  const recorded = (x: Tensor): Tape<readonly [], Tensor> =>
    record(() => sum(forward.reduce((y, block) => block(y), x).square()));
  const step = (x: Tensor): Tensor => {
    const tape = recorded(x);
    optimizer.step(tape.gradient(parameters));
    return tape.output;
  };
  const state = (): unknown =>
    blocks.flatMap((block) => Object.entries(block.stateDict()).map(([k, v]) => [k, v.toArray()]));
  return { recorded, step, state };
}

describe("blocks with batch normalisation in checkpoints", () => {
  it("are trained to the same bits, statistics included", () => {
    const [expected, found] = [trained(plain), trained(checkpoint)];

    for (let i = 0; i < 3; i++) {
      expect(found.step(batch).item()).toBe(expected.step(batch).item());
    }

    expect(found.state()).toEqual(expected.state());
  });

  it("are trained alike in a compiled step", () => {
    const [eager, inProgram] = [trained(checkpoint), trained(checkpoint)];
    const step = compile(inProgram.step);

    const losses = [0, 1, 2].map(() => [eager.step(batch).item(), step(batch).item()]);

    for (const [expected, loss] of losses) {
      expect(Math.abs(loss - expected)).toBeLessThanOrEqual(1e-5 * expected);
    }
  });

  it("leave less than half of their values on the tape", () => {
    const bytes = [plain, checkpoint].map(
      (kind) => memoryOf(trained(kind).recorded(batch)).keptBytes,
    );

    expect(bytes[1]).toBeLessThan(bytes[0] / 2);
  });
});
