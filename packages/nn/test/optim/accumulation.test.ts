import {
  add,
  checkpoint,
  compile,
  crossEntropy,
  full,
  normal,
  randomKey,
  record,
  slice,
  splitKey,
  type Tensor,
  tensor,
  zeros,
} from "@tapegrad/autograd";
import {
  accumulateExactly,
  BatchNorm,
  GradientAccumulator,
  type Layer,
  Linear,
  Parameter,
  Sequential,
  SGD,
  Sigmoid,
} from "@tapegrad/nn";
import { describe, expect, it } from "vitest";
import { expectCloseToArray } from "../oracles/close-to-array.ts";
import { messageOf } from "../oracles/refusal.ts";

const [xKey, ...keys] = splitKey(randomKey(5), 5);
const ROWS = 64;
const x = normal(xKey, [ROWS, 6], { dtype: "float64" });
const labels = tensor(
  Array.from({ length: ROWS }, (_, i) => (i * i) % 3),
  { dtype: "int32" },
);

/** `norms` hidden layers with batch normalisation, one without; made anew, they are the same. */
function network(norms: number): Sequential {
  const dtype = "float64";
  const hidden = keys
    .slice(0, 3)
    .flatMap((key, i): Layer[] => [
      new Linear(6, 6, { key, dtype }),
      ...(i < norms ? [new BatchNorm(6, { dtype })] : []),
      new Sigmoid(),
    ]);
  return new Sequential(...hidden, new Linear(6, 3, { key: keys[3], dtype }));
}

const rows = (value: Tensor, start: number, count: number): Tensor =>
  slice(value, {
    starts: value.shape.map((_, axis) => (axis === 0 ? start : 0)),
    sizes: value.shape.map((length, axis) => (axis === 0 ? count : length)),
  });

/** Micro batches of x and labels. */
function microBatches(...sizes: readonly number[]): readonly (readonly [Tensor, Tensor])[] {
  let start = 0;
  return sizes.map((size) => {
    start += size;
    return [rows(x, start - size, size), rows(labels, start - size, size)];
  });
}

const lossOf =
  (model: Layer) =>
  (...[u, y]: readonly Tensor[]): Tensor =>
    crossEntropy(model.forward(u, { mode: "train" }), y);

function wholeStep(model: Sequential): readonly Tensor[] {
  const tape = record(() => lossOf(model)(x, labels));
  return tape.gradient(model.parameters());
}

const expectSame = (found: readonly Tensor[], expected: readonly Tensor[]): void => {
  expect(found.length).toBe(expected.length);
  expected.forEach((g, i) => {
    expectCloseToArray(found[i], g, { absolute: 1e-12, what: `gradient ${i}` });
  });
};

/** The size-weighted mean of the gradients of micro batches. */
function accumulated(model: Sequential, batches: ReturnType<typeof microBatches>) {
  const accumulator = new GradientAccumulator(model.parameters());
  for (const [u, y] of batches) {
    const tape = record(() => lossOf(model)(u, y));
    accumulator.add(tape.gradient(model.parameters()), u.shape[0]);
  }
  return accumulator;
}

describe("accumulateExactly", () => {
  for (const norms of [0, 1, 2, 3]) {
    it(`makes of 4 × 16 the step of 64, with ${norms} layers of batch norm`, () => {
      const [whole, parts] = [network(norms), network(norms)];

      const { gradients } = accumulateExactly(
        parts.parameters(),
        microBatches(16, 16, 16, 16),
        lossOf(parts),
      );

      expectSame(gradients, wholeStep(whole));
      // running statistics too, moved once and by the whole batch
      for (const [name, value] of Object.entries(whole.stateDict())) {
        expectCloseToArray(parts.stateDict()[name], value, { absolute: 1e-12, what: name });
      }
    });
  }

  it("takes micro batches of any sizes, in a compiled step and inside checkpoints too", () => {
    const [whole, parts] = [network(2), network(2)];
    const forward = checkpoint((u: Tensor) => parts.forward(u, { mode: "train" }));
    const batches = microBatches(3, 40, 1, 20);
    const step = compile((...flat: readonly Tensor[]) => {
      const pairs = batches.map((_, i) => flat.slice(2 * i, 2 * i + 2));
      return accumulateExactly(parts.parameters(), pairs, (u, y) => crossEntropy(forward(u), y))
        .gradients;
    });

    expectSame(step(...batches.flat()), wholeStep(whole));
    expect(Number(parts.stateDict()["1.numBatchesTracked"].item())).toBe(1);
  });

  it("leaves running statistics finite where a micro batch is not", () => {
    const model = network(1);
    const [first, ...others] = microBatches(16, 16, 32);
    const bad = [full([16, 6], Number.NaN, { dtype: "float64" }), first[1]];

    accumulateExactly(model.parameters(), [bad, ...others], lossOf(model));

    const { runningMean } = model.layers[1] as BatchNorm;
    expect(runningMean.value.toArray()).toEqual([0, 0, 0, 0, 0, 0]);
  });

  it("refuses no micro batches, and ones of different lengths", () => {
    const accumulate = (batches: readonly (readonly Tensor[])[]) =>
      messageOf(() => accumulateExactly([], batches, (u) => u));
    expect(accumulate([])).toMatchInlineSnapshot(
      `"ValueError: accumulateExactly: there are no micro batches. Pass at least one."`,
    );
    expect(accumulate([[x], [x, x]])).toMatchInlineSnapshot(
      `"ValueError: accumulateExactly: the micro batches have 1 and 2 tensors. Give each the same arguments of the loss, at least one."`,
    );
  });
});

describe("GradientAccumulator", () => {
  it("makes of micro batches of any sizes the step of all, without batch norm", () => {
    const [whole, parts] = [network(0), network(0)];

    const accumulator = accumulated(parts, microBatches(3, 40, 1, 20));

    expectSame(accumulator.mean(), wholeStep(whole));
  });

  it("does not with batch norm, which is why there is accumulateExactly", () => {
    const [whole, parts] = [network(1), network(1)];

    const accumulator = accumulated(parts, microBatches(16, 16, 16, 16));

    expect(() => expectSame(accumulator.mean(), wholeStep(whole))).toThrow("gradient 0");
  });

  it("adds up the gradients of sums, and starts anew after a reset, from NaN too", () => {
    const parameters = [new Parameter(zeros([2]))];
    const accumulator = new GradientAccumulator(parameters);
    accumulator.add([tensor([1, Number.NaN])]);
    accumulator.reset();

    accumulator.add([tensor([1, 2])]);
    accumulator.add([tensor([3, 4])]);

    expect(accumulator.total()[0].toArray()).toEqual([4, 6]);
    expect(accumulator.mean()[0].toArray()).toEqual([2, 3]);
  });

  it("has gradients of zero before the first is added", () => {
    const accumulator = new GradientAccumulator([new Parameter(zeros([2]))]);

    expect(accumulator.mean()[0].toArray()).toEqual([0, 0]);
  });

  it("runs in compiled steps, with sizes that are tensors", () => {
    const parameter = new Parameter(zeros([2]));
    const accumulator = new GradientAccumulator([parameter]);
    const optimizer = new SGD([parameter], { learningRate: 1 });
    const micro = compile((g: Tensor, size: Tensor) => {
      accumulator.add([add(g, parameter.value)], size);
      return size;
    });
    const step = compile(() => {
      optimizer.step(accumulator.mean());
      accumulator.reset();
      return parameter.value;
    });

    const found = [0, 1].map(() => {
      micro(tensor([1, 2]), tensor(1));
      micro(tensor([5, 6]), tensor(3));
      return step().toArray();
    });

    expect(found).toEqual([
      [-4, -5],
      [-4, -5],
    ]);
  });

  it("refuses another number of gradients", () => {
    const accumulator = new GradientAccumulator([new Parameter(zeros([2]))]);
    expect(messageOf(() => accumulator.add([]))).toMatchInlineSnapshot(
      `"GradientError: GradientAccumulator.add: got 0 gradients for 1 parameters. Pass \`tape.gradient(parameters)\` of the same parameters."`,
    );
  });
});
