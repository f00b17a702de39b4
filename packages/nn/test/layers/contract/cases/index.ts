/** @file All cases of layers: one line for each area. */
import type { LayerCase } from "../layer-case.ts";
import { activationCases } from "./activations.ts";
import { attentionCases } from "./attention.ts";
import { batchNormCases } from "./batch-norm.ts";
import { containerCases } from "./containers.ts";
import { convolutionCases } from "./convolutions.ts";
import { dropoutCases } from "./dropout.ts";
import { embeddingCases } from "./embedding.ts";
import { linearCases } from "./linear.ts";
import { normalizationCases } from "./normalization.ts";
import { poolingCases } from "./pooling.ts";
import { recurrentCases } from "./recurrent.ts";
import { shapeCases } from "./shapes.ts";

export const layerCases: readonly LayerCase[] = [
  ...activationCases,
  ...attentionCases,
  ...batchNormCases,
  ...containerCases,
  ...convolutionCases,
  ...dropoutCases,
  ...embeddingCases,
  ...linearCases,
  ...poolingCases,
  ...shapeCases,
  ...recurrentCases,
  ...normalizationCases,
];
