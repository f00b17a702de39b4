/** B9. The wrong axis: an option that names the axis to keep is read as the one to reduce, or a default decides. */
import { mean, normal, randomKey, square, type Tensor } from "@tapegrad/autograd";
import { BatchNorm, batchNormTrain } from "@tapegrad/nn";
import { describe, expect } from "vitest";
import { expectCloseToArray } from "../oracles/close-to-array.ts";
import { itAvoids } from "./pitfall.ts";

/** Maps [2, 3, 4, 5], every channel with a mean and a spread of its own. */
const maps = normal(randomKey(9), [2, 3, 4, 5], { dtype: "float64" })
  .mul(normal(randomKey(1), [3, 1, 1], { dtype: "float64" }).add(3))
  .add(normal(randomKey(2), [3, 1, 1], { dtype: "float64" }).mul(10));

type Normalise = (x: Tensor) => Tensor;

const normalisesChannels = (normalise: Normalise): void => {
  const y = normalise(maps);
  const over = { axes: [0, 2, 3] };
  expectCloseToArray(mean(y, over), [0, 0, 0], { absolute: 1e-12 });
  expectCloseToArray(mean(square(y), over), [1, 1, 1], { absolute: 1e-4 });
};

const library: Normalise = (x) => batchNormTrain(x, null, null, { layout: "NCHW" }).output;

describe("B9: axes and layouts", () => {
  itAvoids<Normalise>({
    mistake: "keeps the last axis by default: of NCHW it normalises columns",
    naive: (x) => batchNormTrain(x, null, null, { axes: [0, 1, 2] }).output,
    library,
    check: normalisesChannels,
  });

  itAvoids<Normalise>({
    mistake: "reduces over axis 1, the one that was to be kept",
    naive: (x) => batchNormTrain(x, null, null, { axes: [1] }).output,
    library,
    check: normalisesChannels,
  });

  itAvoids<Normalise>({
    mistake: "guesses where neither layout nor axes are given",
    naive: (x) => batchNormTrain(x, null, null, { axes: [0, 1, 2] }).output,
    library: (x) => batchNormTrain(x, null, null).output,
    check: (normalise) => {
      expect(() => normalise(maps)).toThrow("does not tell which axis is the channel");
    },
  });

  itAvoids<Normalise>({
    mistake: "does not compare the number of channels with the shape",
    naive: (x) => batchNormTrain(x, null, null, { layout: "NHWC" }).output,
    library: (x) => new BatchNorm(3, { layout: "NHWC" }).forward(x, { mode: "train" }),
    check: (normalise) => {
      expect(() => normalise(maps)).toThrow(/5 channels on axis 3.*the layer has 3/);
    },
  });
});
