/** @file W3: batch normalisation of every feature of a dense layer's output. */
import { batchNormCases } from "./batch-norm-cases.ts";
import type { Workload } from "./workload.ts";

export const denseBatchNorm: Workload = {
  name: "W3",
  title: "batch norm per feature, forward + backward",
  cases: (size) => {
    const [n, c] = size === "full" ? [256, 512] : [6, 5];
    return batchNormCases(`[${n}, ${c}]`, [n, c], 1);
  },
};
