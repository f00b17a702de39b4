import { DTypeError, ShapeError, tensor, transpose } from "@tapegrad/autograd";
import fc from "fast-check";
import ndarray from "ndarray";
import { describe, expect, it } from "vitest";
import { refusalOf } from "../refusal.ts";
import { elementsOf } from "./index-oracle.ts";
import { stridedArrays } from "./strided-arrays.ts";

describe("a typed array", () => {
  it.each([
    ["float32", Float32Array.of(1, 2, 3)],
    ["float64", Float64Array.of(1, 2, 3)],
    ["int32", Int32Array.of(1, 2, 3)],
  ] as const)("of %s becomes a tensor on the same memory", (dtype, data) => {
    const x = tensor(data);

    expect(x.dtype).toBe(dtype);
    expect(Object.is(x.toNdarray().data, data)).toBe(true);
  });

  it("is divided by `shape` without a copy", () => {
    const data = Float32Array.of(1, 2, 3, 4);

    const x = tensor(data, { shape: [2, 2] });

    expect(x.toArray()).toEqual([
      [1, 2],
      [3, 4],
    ]);
    expect(Object.is(x.toNdarray().data, data)).toBe(true);
  });

  it.each([
    Int16Array.of(-1, 2),
    Int8Array.of(-1, 2),
    Uint16Array.of(0xffff, 2),
    Uint8Array.of(255, 2),
    Uint8ClampedArray.of(255, 2),
    Uint32Array.of(7, 2),
  ])("of narrower integers becomes int32: %o", (data) => {
    const x = tensor(data);

    expect(x.dtype).toBe("int32");
    expect(x.toArray()).toEqual([...data]);
  });

  it("is copied, value by value, where another dtype is asked for", () => {
    const data = Float64Array.of(0.1, 2.7, 0);

    expect(tensor(data, { dtype: "float32" }).toArray()).toEqual([0.1, 2.7, 0].map(Math.fround));
    expect(tensor(data, { dtype: "int32" }).toArray()).toEqual([0, 2, 0]);
    expect(tensor(data, { dtype: "bool" }).toArray()).toEqual([true, true, false]);
  });

  it("of bytes is copied even for bool, whose bytes are 0 or 1", () => {
    const x = tensor(Uint8Array.of(0, 1, 7), { dtype: "bool" });

    expect([...x.toTypedArray()]).toEqual([0, 1, 1]);
  });

  it.each([
    ["64-bit integers", BigInt64Array.of(1n, 2n)],
    ["a DataView", new DataView(new ArrayBuffer(8))],
  ])("is refused where it has no dtype here: %s", (_, data) => {
    const error = refusalOf(() => tensor(data as unknown as Float32Array));

    expect(error).toBeInstanceOf(DTypeError);
  });
});

describe("an npm ndarray on its way in", () => {
  const data = Float32Array.of(1, 2, 3, 4, 5, 6);

  it.each([
    [
      "contiguous",
      ndarray(data, [2, 3]),
      [
        [1, 2, 3],
        [4, 5, 6],
      ],
    ],
    [
      "transposed",
      ndarray(data, [2, 3]).transpose(1, 0),
      [
        [1, 4],
        [2, 5],
        [3, 6],
      ],
    ],
    ["reversed", ndarray(data, [6]).step(-1), [6, 5, 4, 3, 2, 1]],
    ["with every second element", ndarray(data, [6]).step(2), [1, 3, 5]],
    ["cut out of a larger one", ndarray(data, [2, 3]).lo(1, 1), [[5, 6]]],
    [
      "broadcast by a stride of 0",
      ndarray(data, [2, 2], [0, 1], 4),
      [
        [5, 6],
        [5, 6],
      ],
    ],
    ["scalar", ndarray(data, [], [], 2), 3],
    ["empty", ndarray(data, [0, 3]), []],
  ] as const)("keeps its memory and its indices: %s", (_, view, expected) => {
    const x = tensor(view);

    expect(x.toArray()).toEqual(expected);
    expect(x.shape).toEqual([...view.shape]);
    expect(Object.is(x.toNdarray().data, data)).toBe(true);
  });

  it("reads through any strides", () => {
    fc.assert(
      fc.property(stridedArrays(), (array) => {
        const view = ndarray(array.data, [...array.shape], [...array.stride], array.offset);

        expect([...tensor(view).toTypedArray()]).toEqual(elementsOf(array));
      }),
    );
  });

  it("over a plain array becomes float32, over narrow integers int32", () => {
    const plain = tensor(ndarray([1.5, 2.5], [2]));
    const bytes = tensor(ndarray(Uint8Array.of(1, 200), [2]));

    expect([plain.dtype, plain.toArray()]).toEqual(["float32", [1.5, 2.5]]);
    expect([bytes.dtype, bytes.toArray()]).toEqual(["int32", [1, 200]]);
  });

  it("is converted in its own order where another dtype is asked for", () => {
    const turned = ndarray(data, [2, 3]).transpose(1, 0);

    const x = tensor(turned, { dtype: "float64" });

    expect(x.dtype).toBe("float64");
    expect(x.toArray()).toEqual([
      [1, 4],
      [2, 5],
      [3, 6],
    ]);
  });

  it("does not follow its own shape afterwards", () => {
    const view = ndarray(Float32Array.of(1, 2), [2]);

    const x = tensor(view);
    view.shape[0] = 1;

    expect(x.shape).toEqual([2]);
  });

  it("over 64-bit integers is refused", () => {
    const view = ndarray(BigInt64Array.of(1n) as unknown as Float32Array, [1]);

    expect(refusalOf(() => tensor(view))).toBeInstanceOf(DTypeError);
  });

  it("that reaches outside its data is refused", () => {
    const views = [
      ndarray(new Float32Array(3), [4]),
      ndarray(new Float32Array(3), [2], [-1], 0),
      ndarray(new Float32Array(3), [1], [1], 3),
      ndarray([1, 2, 3], [2, 2]),
    ];

    for (const view of views) expect(refusalOf(() => tensor(view))).toBeInstanceOf(ShapeError);
  });

  it("without elements may point anywhere", () => {
    expect(tensor(ndarray(new Float32Array(0), [2, 0], [0, 1], 5)).shape).toEqual([2, 0]);
  });
});

describe("an npm ndarray on its way out", () => {
  it("shows a transposed tensor on the memory of the original", () => {
    const x = tensor(Float32Array.of(1, 2, 3, 4, 5, 6), { shape: [2, 3] });

    const view = transpose(x).toNdarray();

    expect(view.data).toBe(x.toNdarray().data);
    expect([view.shape, view.stride]).toEqual([
      [3, 2],
      [1, 3],
    ]);
    expect(view.get(2, 1)).toBe(6);
  });

  it("holds a scalar", () => {
    expect(tensor(7).toNdarray().get()).toBe(7);
  });

  it("does not let its shape or strides reach into the tensor", () => {
    const x = tensor([[1, 2]]);

    const view = x.toNdarray();
    view.shape[0] = 9;
    view.stride[1] = 9;

    expect(x.shape).toEqual([1, 2]);
    expect(x.toArray()).toEqual([[1, 2]]);
  });

  it("comes back in as the same elements on the same memory", () => {
    fc.assert(
      fc.property(stridedArrays(), (array) => {
        const x = tensor(array as unknown as ndarray.NdArray);

        const back = tensor(x.toNdarray());

        expect(back.toNdarray().data).toBe(array.data);
        expect(back.toArray()).toEqual(x.toArray());
      }),
    );
  });
});
