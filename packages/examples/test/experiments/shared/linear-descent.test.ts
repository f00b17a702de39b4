import { describe, expect, it } from "vitest";
import { descents, drawPoints, INPUTS } from "../../../src/experiments/shared/input-descents.ts";

describe("linearDescent", () => {
  const found = descents(drawPoints(1), 8);

  it("lowers the loss in every step, whatever the inputs", () => {
    for (const name of INPUTS) {
      const { losses } = found[name];
      expect(losses[0]).toBeCloseTo(Math.log(2), 12);
      for (let step = 1; step < losses.length; step++) {
        expect(losses[step]).toBeLessThan(losses[step - 1]);
      }
    }
  });

  it("does not see by which rotation PCA and ZCA differ", () => {
    const [pca, zca] = [found["PCA-whitened"].losses, found["ZCA-whitened"].losses];

    for (const [step, loss] of pca.entries()) expect(zca[step]).toBeCloseTo(loss, 10);
  });
});
