/** MultiheadAttention: each head beside attention of autograd, masks, layouts and weights. */
import {
  concatenate,
  eye,
  mean,
  narrow,
  normal,
  randomKey,
  scaledDotProductAttention,
  select,
  splitKey,
  sum,
  type Tensor,
  tensor,
  where,
} from "@tapegrad/autograd";
import { causalMask, MultiheadAttention } from "@tapegrad/nn";
import { describe, expect, it } from "vitest";
import { expectCloseToArray } from "../../oracles/close-to-array.ts";
import { float64 } from "../../oracles/float64.ts";

const FLOAT64 = { dtype: "float64" } as const;
const [TIME, BATCH, FEATURES, HEADS] = [4, 2, 6, 3];
const [xKey, moreKey, modelKey] = splitKey(randomKey(5), 3);
const x = normal(xKey, [BATCH, TIME, FEATURES], FLOAT64);

/** Sums are taken in another order. */
const CLOSE = { relativeToLargest: 1e-13 } as const;

function made(options: ConstructorParameters<typeof MultiheadAttention>[2] = {}) {
  const common = { ...FLOAT64, key: modelKey, batchFirst: true };
  return new MultiheadAttention(FEATURES, HEADS, { ...common, ...options });
}

describe("MultiheadAttention", () => {
  it("is attention of every head, where nothing is projected", () => {
    const layer = made({ bias: false });
    const same = eye(FEATURES, FLOAT64);
    layer.loadStateDict({ inProjWeight: concatenate([same, same, same]), "outProj.weight": same });

    const { output } = layer.forward(x, x, x, { attnMask: causalMask(TIME) });

    const size = FEATURES / HEADS;
    const heads = Array.from({ length: HEADS }, (_, head) => {
      const own = narrow(x, { axis: 2, start: head * size, length: size });
      return scaledDotProductAttention(own, own, own, { isCausal: true });
    });
    expectCloseToArray(output, concatenate(heads, { axis: 2 }), CLOSE);
  });

  it("does not see what comes later, through a causal mask", () => {
    const layer = made();
    const options = { attnMask: causalMask(TIME) };
    const later = normal(moreKey, [BATCH, 1, FEATURES], FLOAT64);
    const changed = concatenate([narrow(x, { axis: 1, start: 0, length: TIME - 1 }), later], {
      axis: 1,
    });

    const [a, b] = [x, changed].map((y) => layer.forward(y, y, y, options).output);

    const before = (y: Tensor) => narrow(y, { axis: 1, start: 0, length: TIME - 1 });
    expectCloseToArray(before(b), before(a), CLOSE);
    expect(select(b, -1, { axis: 1 }).toArray()).not.toEqual(select(a, -1, { axis: 1 }).toArray());
  });

  it("does not see padding, whatever stands there", () => {
    const layer = made();
    const shorter = narrow(x, { axis: 1, start: 0, length: TIME - 1 });
    const row = [0, 0, 0, 1];
    const keyPaddingMask = tensor([row, row], { dtype: "bool" });

    const found = layer.forward(shorter, x, x, { keyPaddingMask });

    const expected = layer.forward(shorter, shorter, shorter);
    expectCloseToArray(found.output, expected.output, CLOSE);
  });

  it("takes masks that are added, one for each head too", () => {
    const layer = made();
    const hidden = causalMask(TIME);
    const attnMask = where(hidden, Number.NEGATIVE_INFINITY, float64(0));
    const each = attnMask.add(tensor(0)).reshape([1, TIME, TIME]);
    const all = concatenate(Array.from({ length: BATCH * HEADS }, () => each));

    const expected = layer.forward(x, x, x, { attnMask: hidden });

    for (const mask of [attnMask, all]) {
      expectCloseToArray(layer.forward(x, x, x, { attnMask: mask }).output, expected.output, CLOSE);
    }
  });

  it("gives weights that add up to 1, of every head or their mean, or none", () => {
    const layer = made();

    const { weights } = layer.forward(x, x, x, { averageWeights: false });
    const averaged = layer.forward(x, x, x).weights;

    const ones = new Array<number>(BATCH * HEADS * TIME).fill(1);
    expectCloseToArray(sum(weights as Tensor, { axes: 3 }).toTypedArray(), ones, CLOSE);
    expectCloseToArray(averaged as Tensor, mean(weights as Tensor, { axes: 1 }), CLOSE);
    expect(layer.forward(x, x, x, { needWeights: false }).weights).toBeNull();
  });

  it("is NaN where a query sees no key, and only there", () => {
    const attnMask = tensor([[1, 1], [1, 0]], { dtype: "bool" }); // biome-ignore format: a matrix
    const y = narrow(x, { axis: 1, start: 0, length: 2 });

    const { output } = made().forward(y, y, y, { attnMask });

    const [first, second] = [0, 1].map((at) =>
      Array.from(select(output, at, { axis: 1 }).toTypedArray()),
    );
    expect(first.every(Number.isNaN)).toBe(true);
    expect(second.every(Number.isFinite)).toBe(true);
  });

  it("takes the time first, and sequences without a batch", () => {
    const [batchFirst, timeFirst] = [made(), made({ batchFirst: false })];
    const swapped = x.transpose([1, 0, 2]);
    const one = select(x, 1);

    const expected = batchFirst.forward(x, x, x);
    const found = timeFirst.forward(swapped, swapped, swapped);
    const alone = timeFirst.forward(one, one, one);

    expectCloseToArray(found.output, expected.output.transpose([1, 0, 2]), CLOSE);
    expectCloseToArray(found.weights as Tensor, expected.weights as Tensor, CLOSE);
    expectCloseToArray(alone.output, select(expected.output, 1), CLOSE);
    expectCloseToArray(alone.weights as Tensor, select(expected.weights as Tensor, 1), CLOSE);
  });

  it("is one product for each input with a joint weight, and the same with separate ones", () => {
    const joint = made();
    const separate = made({ kdim: FEATURES + 1 });
    const { inProjWeight, ...rest } = joint.stateDict();
    const part = (i: number) => narrow(inProjWeight, { start: i * FEATURES, length: FEATURES });
    const nothing = normal(moreKey, [FEATURES, 1], FLOAT64);
    separate.loadStateDict({
      qProjWeight: part(0),
      kProjWeight: concatenate([part(1), nothing], { axis: 1 }),
      vProjWeight: part(2),
      ...rest,
    });
    const key = concatenate([x, x.mul(0).sum({ axes: 2, keepDims: true })], { axis: 2 });

    const found = separate.forward(x, key, x);

    expectCloseToArray(found.output, joint.forward(x, x, x).output, CLOSE);
  });

  it("drops weights in mode train, and none in mode eval", () => {
    const layer = made({ dropout: 0.5 });
    const zeros = (mode: "train" | "eval"): number => {
      const { weights } = layer.forward(x, x, x, { mode, averageWeights: false });
      return Array.from((weights as Tensor).toTypedArray()).filter((w) => w === 0).length;
    };

    expect(zeros("train")).toBeGreaterThan((BATCH * HEADS * TIME * TIME) / 4);
    expect(zeros("eval")).toBe(0);
  });

  it("starts with weights within ±√(6 / (rows + columns)) and biases of 0", () => {
    const { inProjWeight, inProjBias, "outProj.bias": bias } = made().stateDict();
    const largest = Math.max(...Array.from(inProjWeight.toTypedArray(), Math.abs));

    expect(largest).toBeLessThan(Math.sqrt(6 / (4 * FEATURES)));
    expect(largest).toBeGreaterThan(0.9 * Math.sqrt(6 / (4 * FEATURES)));
    for (const zero of [inProjBias, bias]) expect(Math.max(...zero.toTypedArray())).toBe(0);
  });
});
