/** @file Cases of layers that move or repeat elements: shapes, resampling and padding. */
import { zeros } from "@tapegrad/autograd";
import type { Layer } from "@tapegrad/nn";
import * as nn from "@tapegrad/nn";
import { drawn, type LayerCase, layerCase } from "../layer-case.ts";

const LINE = [2, 3];
const PLANE = [2, 3, 4];
const VOLUME = [2, 2, 3, 4];

/** A layer, what it is given, and what does not fit; null where everything does. */
const layers: Readonly<
  Record<string, readonly [() => Layer, readonly number[], readonly number[] | null]>
> = {
  Identity: [() => new nn.Identity(), LINE, null],
  Flatten: [() => new nn.Flatten(), PLANE, [3]],
  Unflatten: [() => new nn.Unflatten(1, [-1, 3]), [2, 6], [2, 4]],
  PixelShuffle: [() => new nn.PixelShuffle(2), [1, 4, 1, 2], [1, 3, 1, 2]],
  PixelUnshuffle: [() => new nn.PixelUnshuffle(2), [1, 1, 2, 4], [1, 1, 2, 3]],
  Upsample: [() => new nn.Upsample({ scaleFactor: 2, mode: "bilinear" }), [1, 1, 2, 3], [2, 3]],
  ZeroPad1d: [() => new nn.ZeroPad1d([2, 1]), LINE, null],
  ZeroPad2d: [() => new nn.ZeroPad2d(1), PLANE, null],
  ZeroPad3d: [() => new nn.ZeroPad3d([0, 1, 0, 0, 2, 0]), VOLUME, null],
  ConstantPad1d: [() => new nn.ConstantPad1d([-1, 1], 3), LINE, null],
  ConstantPad2d: [() => new nn.ConstantPad2d(1, 3), PLANE, null],
  ConstantPad3d: [() => new nn.ConstantPad3d([0, 1, 0, 0, 2, 0], 3), VOLUME, null],
  ReflectionPad1d: [() => new nn.ReflectionPad1d(2), LINE, [2, 2]],
  ReflectionPad2d: [() => new nn.ReflectionPad2d([1, 2, 0, 1]), PLANE, [2, 1, 4]],
  ReflectionPad3d: [() => new nn.ReflectionPad3d([1, 2, 0, 1, 1, 0]), VOLUME, [2, 1, 3, 4]],
  ReplicationPad1d: [() => new nn.ReplicationPad1d([2, 1]), LINE, [2, 0]],
  ReplicationPad2d: [() => new nn.ReplicationPad2d(1), PLANE, [2, 0, 4]],
  ReplicationPad3d: [() => new nn.ReplicationPad3d([0, 1, 0, 0, 2, 0]), VOLUME, [2, 0, 3, 4]],
  CircularPad1d: [() => new nn.CircularPad1d([2, 1]), LINE, [2, 1]],
  CircularPad2d: [() => new nn.CircularPad2d([1, 2, 0, 1]), PLANE, [2, 0, 4]],
  CircularPad3d: [() => new nn.CircularPad3d([1, 2, 0, 1, 1, 0]), VOLUME, [2, 0, 3, 4]],
};

export const shapeCases: readonly LayerCase[] = Object.entries(layers).map(
  ([name, [build, shape, misfit]]) => {
    return layerCase({
      name,
      order: 2,
      build,
      inputs: (making) => [drawn(making, shape)],
      bad: misfit === null ? null : () => [zeros(misfit)],
    });
  },
);
