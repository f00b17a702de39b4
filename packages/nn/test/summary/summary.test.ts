import { linalg, ones, randomKey, type Tensor } from "@tapegrad/autograd";
import {
  BatchNorm,
  Bilinear,
  Conv2d,
  Dropout,
  Embedding,
  Linear,
  leNet,
  Module,
  ReLU,
  Residual,
  Sequential,
  summary,
} from "@tapegrad/nn";
import { describe, expect, it } from "vitest";
import { messageOf } from "../oracles/refusal.ts";

/** What `model` consists of, by path. */
function rowsOf(of: ReturnType<typeof summary>) {
  return new Map(of.rows.map((row) => [row.path, row]));
}

describe("summary", () => {
  it("has a row for every module, with what it gives, holds and costs", () => {
    const model = Sequential.named({
      fc: new Linear(3, 4),
      bn: new BatchNorm(4),
      relu: new ReLU(),
    });

    const { rows, ...totals } = summary(model, [2, 3]);

    const [root, fc, bn, relu] = rows;
    expect(root).toMatchObject({ path: "", type: "Sequential", outputShapes: [[2, 4]], flops: 0 });
    // 2 · 2 · 3 · 4 of the product, 8 of the bias
    const own = { parameters: 16, trainable: 16, buffers: 0, calls: 1, flops: 48 + 8 };
    expect(fc).toMatchObject({ path: "fc", type: "Linear", outputShapes: [[2, 4]], ...own });
    expect(bn).toMatchObject({ path: "bn", parameters: 8, trainable: 8, buffers: 9 });
    // a comparison and a choice for each of 8
    expect(relu).toMatchObject({ path: "relu", parameters: 0, flops: 16 });
    expect(totals).toEqual({ inputShapes: [[2, 3]] });
  });

  it("adds its columns up", () => {
    const found = summary(leNet(), [1, 1, 28, 28]);
    const sum = (column: "parameters" | "flops") => {
      return found.rows.reduce((total, row) => total + row[column], 0);
    };

    expect(found.parameters).toBe(61_706);
    expect(found.trainable).toBe(61_706);
    expect([found.parameters, found.flops]).toEqual([sum("parameters"), sum("flops")]);
    // what its five layers multiply: 2 · outputs · inputs of each
    const products = 2 * (6 * 784 * 25 + 16 * 100 * 150 + 120 * 400 + 84 * 120 + 10 * 84);
    expect(found.flops).toBeGreaterThan(products);
    expect(found.flops).toBeLessThan(1.1 * products);
  });

  it("gives containers what they compute themselves", () => {
    const block = new Residual(new Linear(3, 3, { bias: false }), { activation: new ReLU() });

    const rows = rowsOf(summary(block, [1, 3]));

    // the sum of the block, and the product of its body
    expect(rows.get("")?.flops).toBe(3);
    expect(rows.get("body")?.flops).toBe(18);
  });

  it("counts a shared layer once, and both of its calls", () => {
    const shared = new Linear(3, 3, { bias: false });

    const found = summary(new Sequential(shared, new ReLU(), shared), [1, 3]);

    expect(found.parameters).toBe(9);
    expect(rowsOf(found).get("0")).toMatchObject({ calls: 2, flops: 36 });
    expect(found.rows).toHaveLength(3);
  });

  it("says what is frozen, and what is not called", () => {
    const model = new Sequential(new BatchNorm(3).freeze());
    const idle = Object.assign(model, { idle: new Linear(1, 1) });

    const rows = rowsOf(summary(idle, [2, 3]));

    expect(rows.get("0")).toMatchObject({ parameters: 6, trainable: 0 });
    expect(rows.get("idle")).toMatchObject({ calls: 0, outputShapes: [], flops: 0 });
  });

  it("changes neither state nor methods, in mode train and where forward throws", () => {
    const dropout = new Dropout(0.5, { key: randomKey(1) });
    const model = new Sequential(new BatchNorm(3), dropout);
    const before = [...model.variables().values()].map(({ value }) => value.toArray());

    summary(model, [4, 3], { mode: "train" });
    expect(() => summary(model, [4, 5], { mode: "train" })).toThrow("which has 5 channels");

    expect([...model.variables().values()].map(({ value }) => value.toArray())).toEqual(before);
    expect(Object.hasOwn(dropout, "forward")).toBe(false);
    expect(dropout.forward).toBe(Dropout.prototype.forward);
  });

  it("takes several inputs, and indices", () => {
    const bilinear = summary(new Bilinear(2, 3, 4), [ones([5, 2]), ones([5, 3])]);
    const embedding = summary(new Embedding(9, 4), [2, 7], { dtype: "int32" });

    expect(bilinear.inputShapes).toEqual([
      [5, 2],
      [5, 3],
    ]);
    expect(bilinear.rows[0]?.outputShapes).toEqual([[5, 4]]);
    expect(embedding.rows[0]?.outputShapes).toEqual([[2, 7, 4]]);
  });

  it("finds all tensors that a module gives, and says what it could not count", () => {
    class Spectrum extends Module {
      forward(x: Tensor): { readonly values: Tensor; readonly name: string } {
        return { values: linalg.eigh(x).values, name: "spectrum" };
      }
    }

    const found = summary(new Spectrum(), [3, 3]);

    expect(found.rows[0]?.outputShapes).toEqual([[3]]);
    expect(found.uncounted).toBe(1);
    expect(String(found)).toMatch(/\n1 operations are not counted$/);
  });

  it("is printed as a table", () => {
    const model = new Sequential(new Conv2d(3, 16, 3), new BatchNorm(16, { layout: "NCHW" }));

    expect(String(summary(model, [1, 3, 32, 32]))).toMatchInlineSnapshot(`
      "module                    type        output           parameters  trainable  buffers    FLOPs
      (model)                   Sequential  [1, 16, 30, 30]
      0                         Conv2d      [1, 16, 30, 30]         448        448           792,000
      1                         BatchNorm   [1, 16, 30, 30]          32         32       33   57,632
      total for [1, 3, 32, 32]                                      480        480       33  849,632"
    `);
  });

  it("refuses what cannot run forward", () => {
    class Box extends Module {}

    expect(messageOf(() => summary(new Box(), [1]))).toMatchInlineSnapshot(
      `"ValueError: summary: the model, a Box, has no method forward. Summarise modules that have one."`,
    );
  });
});
