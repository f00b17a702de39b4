/** @file W4 and W4b: batch normalisation of feature maps, channels first (NCHW) and last (NHWC). */
import { batchNormCases } from "./batch-norm-cases.ts";
import type { Workload } from "./workload.ts";

export const imageBatchNorm: Workload = {
  name: "W4",
  title: "batch norm of feature maps, forward + backward",
  cases: (size) => {
    const [n, c, h, w] = size === "full" ? [32, 64, 28, 28] : [3, 4, 2, 3];
    return [
      ...batchNormCases(`NCHW [${n}, ${c}, ${h}, ${w}]`, [n, c, h, w], 1),
      ...batchNormCases(`NHWC (W4b) [${n}, ${h}, ${w}, ${c}]`, [n, h, w, c], 3),
    ];
  },
};
