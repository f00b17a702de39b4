import { hessian, linalg, reshape, type Tensor, tensor } from "@tapegrad/autograd";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { flatNetwork } from "../../../src/experiments/shared/flat-network.ts";
import { lanczos } from "../../../src/experiments/shared/lanczos.ts";

const product = (matrix: ArrayLike<number>, vector: Float64Array): Float64Array =>
  vector.map((_, i) =>
    vector.reduce((total, x, j) => total + matrix[i * vector.length + j] * x, 0),
  );

describe("lanczos", () => {
  it.each([false, true])("finds the eigenvalues of the Hessian of a network (%s)", (batchNorm) => {
    const network = flatNetwork([3, 2, 2], batchNorm);
    const inputs = tensor(Float64Array.of(1, 2, -1, 0.5, -1, 2, 1.5, 0, 3, -2, 1, 1), {
      shape: [4, 3],
    });
    const labels = tensor([0, 1, 1, 0], { dtype: "int32" });
    const { size } = network;
    const loss = (weights: Tensor): Tensor => network.loss(weights, inputs, labels);
    const matrix = hessian(loss)(network.initial(1));
    const expected = linalg.eigh(reshape(matrix, [size, size])).values.toTypedArray();

    const entries = matrix.toTypedArray();
    const found = lanczos((v) => product(entries, v), { size, iterations: size, seed: 1 });

    const largest = Array.from(expected).reverse();
    for (const i of [0, 1, 2]) expect(Math.abs(found[i] - largest[i])).toBeLessThan(1e-9);
  });

  it("finds the ends of spectra in fewer products than there are dimensions", () => {
    const eigenvalues = fc.array(fc.double({ min: -1, max: 1, noNaN: true }), {
      minLength: 30,
      maxLength: 30,
    });
    fc.assert(
      fc.property(eigenvalues, fc.nat(1000), (others, seed) => {
        const diagonal = [3, 2, ...others];
        const multiply = (v: Float64Array): Float64Array => v.map((x, i) => diagonal[i] * x);

        const found = lanczos(multiply, { size: diagonal.length, iterations: 20, seed });

        expect(Math.abs(found[0] - 3)).toBeLessThan(1e-6);
        expect(Math.abs(found[1] - 2)).toBeLessThan(1e-4);
      }),
    );
  });

  it("ends where the space is invariant", () => {
    const found = lanczos((v) => v.map((x) => 2 * x), { size: 5, iterations: 5, seed: 1 });

    expect(found).toEqual([expect.closeTo(2, 12)]);
  });
});
