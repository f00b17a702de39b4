/** @file All cases of layers: one line for each area. */
import type { LayerCase } from "../layer-case.ts";
import { activationCases } from "./activations.ts";
import { attentionCases } from "./attention.ts";
import { batchNormCases } from "./batch-norm.ts";
import { containerCases } from "./containers.ts";
import { linearCases } from "./linear.ts";
import { recurrentCases } from "./recurrent.ts";

export const layerCases: readonly LayerCase[] = [
  ...activationCases,
  ...attentionCases,
  ...batchNormCases,
  ...containerCases,
  ...linearCases,
  ...recurrentCases,
];
