import { describe, expect, it } from "vitest";
import { parseCifar } from "../../src/data/cifar.ts";
import { messageOf } from "../oracles/refusal.ts";

/** Records of the given labels, whose pixels count up from the number of the record. */
const file = (...records: readonly (readonly number[])[]): Uint8Array =>
  new Uint8Array(
    records.flatMap((labels, i) => [
      ...labels,
      ...Uint8Array.from({ length: 3072 }, (_, pixel) => pixel + i),
    ]),
  );

describe("parseCifar", () => {
  it("reads the images and labels of CIFAR-10", () => {
    const { images, labels, coarseLabels } = parseCifar(file([7], [0], [9]), {
      name: "a.bin",
      classes: 10,
    });

    expect(images.shape).toEqual([3, 3, 32, 32]);
    expect(images.data.length).toBe(3 * 3072);
    expect([...images.data.subarray(3072, 3075)]).toEqual([1, 2, 3]);
    expect(labels).toEqual({ dtype: "uint8", shape: [3], data: Uint8Array.of(7, 0, 9) });
    expect(coarseLabels).toBeNull();
  });

  it("reads both labels of CIFAR-100", () => {
    const { images, labels, coarseLabels } = parseCifar(file([19, 99], [3, 0]), {
      name: "a.bin",
      classes: 100,
    });

    expect([...images.data.subarray(0, 3)]).toEqual([0, 1, 2]);
    expect(labels.data).toEqual(Uint8Array.of(99, 0));
    expect(coarseLabels?.data).toEqual(Uint8Array.of(19, 3));
  });

  it("says what is wrong with a file", () => {
    const refusal = (bytes: Uint8Array, classes: 10 | 100 = 10) =>
      messageOf(() => parseCifar(bytes, { name: "a.bin", classes }));

    expect(refusal(new Uint8Array())).toMatchInlineSnapshot(
      `"FormatError: parseCifar: a.bin is empty. Fetch it again."`,
    );
    expect(refusal(file([1]), 100)).toMatchInlineSnapshot(
      `"FormatError: parseCifar: a.bin has 3073 bytes, which is no multiple of the 3074 of one record. Fetch it again, and check whether it is CIFAR-10 or CIFAR-100."`,
    );
    expect(refusal(file([1], [10]))).toMatchInlineSnapshot(
      `"FormatError: parseCifar: a.bin has label 10 at image 1, but labels are 0 to 9. Check that this is the binary version of the set."`,
    );
    expect(refusal(file([20, 5]), 100)).toMatchInlineSnapshot(
      `"FormatError: parseCifar: a.bin has label 20 at image 0, but labels are 0 to 19. Check that this is the binary version of the set."`,
    );
    expect(refusal(Uint8Array.of(0x1f, 0x8b, 8))).toMatchInlineSnapshot(
      `"FormatError: parseCifar: a.bin starts with 1f 8b, so it is a gzip stream. Unpack the archive first."`,
    );
    expect(refusal(file([1]), 20 as 10)).toMatchInlineSnapshot(
      `"ValueError: parseCifar: there is no CIFAR of 20 classes. Use 10 or 100."`,
    );
  });
});
