/**
 * @file Cases of Embedding. With `paddingIdx`, `scaleGradByFreq` or `maxNorm` its derivative is not that of its values, on
 * purpose: see embedding.test.ts.
 */
import { tensor, zeros } from "@tapegrad/autograd";
import { Embedding } from "@tapegrad/nn";
import { type LayerCase, layerCase } from "../layer-case.ts";

export const embeddingCases: readonly LayerCase[] = [
  layerCase({
    name: "Embedding",
    order: 2,
    build: (making) => new Embedding(4, 3, making),
    inputs: () => [
      tensor(
        [
          [2, 0],
          [2, 3],
        ],
        { dtype: "int32" },
      ),
    ],
    bad: () => [zeros([2])],
  }),
];
