import { tensor } from "@tapegrad/autograd";
import { describe, expect, it } from "vitest";
import { stackSamples } from "../../src/data/collate.ts";

describe("stackSamples", () => {
  it("stacks every kind of leaf, in any nesting", () => {
    const sample = (i: number) => ({
      number: i / 2,
      flag: i > 0,
      row: Float64Array.of(i, i + 1),
      pair: [tensor([[i]], { dtype: "int32" }), { shape: [2, 1], data: Int8Array.of(-i, i) }],
    });

    const batch = stackSamples([sample(0), sample(1), sample(2)]);

    expect(String(batch.number)).toBe("tensor([0, 0.5, 1], float32[3])");
    expect(String(batch.flag)).toBe("tensor([false, true, true], bool[3])");
    expect(batch.row.dtype).toBe("float64");
    expect(batch.row.toArray()).toEqual([
      [0, 1],
      [1, 2],
      [2, 3],
    ]);
    expect(batch.pair[0].shape).toEqual([3, 1, 1]);
    expect(batch.pair[1].dtype).toBe("int32");
    expect(batch.pair[1].toArray()).toEqual([
      [[0], [0]],
      [[-1], [1]],
      [[-2], [2]],
    ]);
  });

  it("takes the dtype that an array names, if tensors have it", () => {
    const bytes = { shape: [2], data: Uint8Array.of(0, 255) };

    expect(stackSamples([bytes]).dtype).toBe("int32");
    expect(stackSamples([{ ...bytes, dtype: "uint8" }]).dtype).toBe("int32");
    expect(stackSamples([{ ...bytes, dtype: "float32" }]).toArray()).toEqual([[0, 255]]);
    expect(stackSamples([{ ...bytes, dtype: "float32" }]).dtype).toBe("float32");
    expect(stackSamples([{ ...bytes, dtype: "bool" }]).toArray()).toEqual([[false, true]]);
  });

  it("takes wide integers that int32 holds", () => {
    const labels = BigInt64Array.of(-(2n ** 31n), 2n ** 31n - 1n);

    expect(stackSamples([labels]).toArray()).toEqual([[-(2 ** 31), 2 ** 31 - 1]]);
  });

  it("copies, so that a sample may be changed afterwards", () => {
    const row = Float32Array.of(1, 2);
    const batch = stackSamples([row]);
    row[0] = 9;

    expect(batch.toArray()).toEqual([[1, 2]]);
  });
});
