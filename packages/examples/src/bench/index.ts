/** @file The workloads, in the order of their table. */
import { matrixProduct } from "./w1-mat-mul.ts";
import { elementwiseChain } from "./w2-sigmoid.ts";
import { denseBatchNorm } from "./w3-batch-norm.ts";
import { imageBatchNorm } from "./w4-batch-norm-images.ts";
import { trainingStep } from "./w5-training-step.ts";
import { convStep } from "./w6-conv-step.ts";
import { smallOperations } from "./w7-small-operations.ts";
import type { Workload } from "./workload.ts";

/** Those that run in a process that is kept. */
export const WORKLOADS: readonly Workload[] = [
  matrixProduct,
  elementwiseChain,
  denseBatchNorm,
  imageBatchNorm,
  trainingStep,
  convStep,
  smallOperations,
];

/** All of them; W8 is whole processes (start-up.ts). */
export const TITLES: readonly Pick<Workload, "name" | "title">[] = [
  ...WORKLOADS,
  { name: "W8", title: "start of a process, compiling, first steps, memory" },
];
