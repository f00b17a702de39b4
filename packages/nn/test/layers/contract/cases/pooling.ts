/** @file Cases of pooling. */
import { zeros } from "@tapegrad/autograd";
import type { Layer } from "@tapegrad/nn";
import * as nn from "@tapegrad/nn";
import { drawn, type LayerCase, layerCase } from "../layer-case.ts";

const LINE = [1, 2, 5];
const PLANE = [1, 2, 3, 4];
const VOLUME = [1, 1, 2, 3, 4];

/** A layer, what it pools, and what is too small for it. */
const pools: Readonly<
  Record<string, readonly [() => Layer, readonly number[], readonly number[]]>
> = {
  MaxPool1d: [() => new nn.MaxPool1d(2, { stride: 1 }), LINE, [1, 1]],
  MaxPool2d: [() => new nn.MaxPool2d(2), PLANE, [1, 1, 1]],
  MaxPool3d: [() => new nn.MaxPool3d(2), VOLUME, [1, 1, 2, 2]],
  AvgPool1d: [() => new nn.AvgPool1d(3, { padding: 1 }), LINE, [1, 0]],
  AvgPool2d: [() => new nn.AvgPool2d([1, 2]), PLANE, [1, 1, 1]],
  AvgPool3d: [() => new nn.AvgPool3d(2), VOLUME, [1, 1, 2, 2]],
  AdaptiveAvgPool1d: [() => new nn.AdaptiveAvgPool1d(2), LINE, []],
  AdaptiveAvgPool2d: [() => new nn.AdaptiveAvgPool2d([2, 3]), PLANE, [4]],
  AdaptiveAvgPool3d: [() => new nn.AdaptiveAvgPool3d([1, 2, null]), VOLUME, [3, 4]],
  AdaptiveMaxPool1d: [() => new nn.AdaptiveMaxPool1d(2), LINE, []],
  AdaptiveMaxPool2d: [() => new nn.AdaptiveMaxPool2d(2), PLANE, [4]],
  GlobalAvgPool: [() => new nn.GlobalAvgPool(), PLANE, [3, 4]],
  GlobalMaxPool: [() => new nn.GlobalMaxPool(), PLANE, [3, 4]],
};

export const poolingCases: readonly LayerCase[] = Object.entries(pools).map(
  ([name, [build, shape, tooSmall]]) => {
    return layerCase({
      name,
      order: 2,
      build,
      inputs: (making) => [drawn(making, shape)],
      bad: () => [zeros(tooSmall)],
    });
  },
);
