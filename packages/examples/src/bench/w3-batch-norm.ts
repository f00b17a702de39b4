/** @file W3: batch normalisation of every feature of a dense layer's output. */
import { type BatchNormProblem, batchNormCases, batchNormProblem } from "./batch-norm-cases.ts";
import type { Size, Workload } from "./workload.ts";

export const denseBatchNorm: Workload = {
  name: "W3",
  title: "batch norm per feature, forward + backward",
  cases: (size, settings) => batchNormCases(problemOf(size), settings),
  problems: (size) => [batchNormProblem(problemOf(size))],
};

function problemOf(size: Size): BatchNormProblem {
  const [n, c] = size === "full" ? [256, 512] : [6, 5];
  return { name: `[${n}, ${c}]`, shape: [n, c], channelAxis: 1 };
}
