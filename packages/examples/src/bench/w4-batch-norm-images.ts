/** @file W4 and W4b: batch normalisation of feature maps, channels first (NCHW) and last (NHWC). */
import { type BatchNormProblem, batchNormCases, batchNormProblem } from "./batch-norm-cases.ts";
import type { Size, Workload } from "./workload.ts";

export const imageBatchNorm: Workload = {
  name: "W4",
  title: "batch norm of feature maps, forward + backward",
  cases: (size, settings) => problemsOf(size).flatMap((of) => batchNormCases(of, settings)),
  problems: (size) => problemsOf(size).map(batchNormProblem),
};

function problemsOf(size: Size): readonly BatchNormProblem[] {
  const [n, c, h, w] = size === "full" ? [32, 64, 28, 28] : [3, 4, 2, 3];
  return [
    { name: `NCHW [${n}, ${c}, ${h}, ${w}]`, shape: [n, c, h, w], channelAxis: 1 },
    { name: `NHWC (W4b) [${n}, ${h}, ${w}, ${c}]`, shape: [n, h, w, c], channelAxis: 3 },
  ];
}
