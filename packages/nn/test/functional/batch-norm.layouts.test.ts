import { type Tensor, transpose, vjp } from "@tapegrad/autograd";
import { batchNormTrain, type Layout } from "@tapegrad/nn";
import fc from "fast-check";
import { describe, it } from "vitest";
import * as batchNormPaper from "../oracles/batch-norm-paper.ts";
import { problemsOf, tensorsOf } from "../oracles/batch-norm-problems.ts";
import { expectCloseToArray } from "../oracles/close-to-array.ts";

describe("the layouts of batchNormTrain", () => {
  it("agree: NHWC of transposed maps is the transposed NCHW, gradients included", () => {
    const lengths = (max: number) => fc.integer({ min: 1, max });
    const maps = fc
      .tuple(lengths(3), lengths(3), lengths(3), fc.integer({ min: 2, max: 3 }))
      .chain((shape) => problemsOf("NCHW", shape));
    fc.assert(
      fc.property(maps, (problem) => {
        const { x, gamma, beta, yBar } = tensorsOf(problem);
        const { magnitudes } = batchNormPaper.backward(problem, 1e-5);
        const toLast = [0, 2, 3, 1];
        const run = (u: Tensor, cotangent: Tensor, layout: Layout) => {
          const normalize = (v: Tensor) => batchNormTrain(v, gamma, beta, { layout }).output;
          const { output, pullback } = vjp(normalize, u);
          return [output, pullback(cotangent)[0]];
        };

        const [first, firstXBar] = run(x, yBar, "NCHW");
        const [last, lastXBar] = run(transpose(x, toLast), transpose(yBar, toLast), "NHWC");

        const backToFirst = [0, 3, 1, 2];
        expectCloseToArray(transpose(last, backToFirst), first, { relativeToLargest: 1e-9 });
        expectCloseToArray(transpose(lastXBar, backToFirst), firstXBar, {
          relativeToLargest: 1e-9,
          absolute: magnitudes.xBar.map((size) => size * 1e-14),
        });
      }),
      { numRuns: 100 },
    );
  });
});
