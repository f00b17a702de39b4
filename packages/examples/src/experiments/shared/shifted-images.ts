/** @file Images as another camera might have taken them, and how well a network does on them. */
import { normal, randomKey, type Tensor } from "@tapegrad/autograd";
import { estimatePopulation, usePopulation } from "@tapegrad/nn";
import { type Batch, batchesInOrder, type DigitSet, type ExperimentData } from "./image-data.ts";
import type { ShiftNetwork } from "./shift-network.ts";

export const SHIFTS = ["brighter", "fainter", "noisy"] as const;
export type Shift = (typeof SHIFTS)[number];

/** Images in a probe, and in each batch of test images. */
export const PROBED = 200;
export const TEST_SIZE = 200;

/** The same labels; pixels that leave the range of a byte stop at its end. */
export function shiftedImages({ images, ...others }: DigitSet, shift: Shift): DigitSet {
  const moved = new Uint8ClampedArray(images.length);
  if (shift === "noisy") {
    const noise = normal(randomKey(1), [images.length]).toTypedArray();
    for (const [i, pixel] of images.entries()) moved[i] = pixel + NOISE * noise[i];
  } else {
    const change = CHANGES[shift];
    for (const [i, pixel] of images.entries()) moved[i] = change(pixel);
  }
  return { ...others, images: new Uint8Array(moved.buffer) };
}

/** Standard deviation, of 255. */
const NOISE = 80;

const CHANGES = {
  brighter: (pixel: number): number => 0.5 * pixel + 127,
  fainter: (pixel: number): number => 0.25 * pixel,
} as const;

export interface Images {
  readonly train: ExperimentData["train"];
  /** The first test images. */
  readonly probe: Tensor;
  readonly test: readonly Batch[];
  readonly shifted: Record<Shift, readonly Batch[]>;
}

/** `limit` is of the batches of each test set. */
export function prepareImages(
  { train, test }: Pick<ExperimentData, "train" | "test">,
  limit: number,
): Images {
  const batches = (set: typeof test): readonly Batch[] => [
    ...batchesInOrder(set, TEST_SIZE, { limit }),
  ];
  const [probe] = batchesInOrder(test, PROBED);
  const shifted = SHIFTS.map((shift) => [shift, batches(shiftedImages(test, shift))]);
  return {
    train,
    probe: probe.images,
    test: batches(test),
    shifted: Object.fromEntries(shifted) as Images["shifted"],
  };
}

/** Test accuracy on the images as they are, and shifted: by statistics of the training, and of shifted images. */
export type Shifted = { readonly stored: number; readonly renewed: number | null };

/** By the statistics that training left, and by those of the shifted images, for which no labels are needed. */
export function evaluateShifted(
  { kind, model, evaluate }: ShiftNetwork,
  batches: readonly Batch[],
): Shifted {
  const stored = evaluate(batches).accuracy;
  if (kind === "without") return { stored, renewed: null };
  const state = model.stateDict();
  usePopulation(
    estimatePopulation(
      model,
      batches.map(({ images }) => images),
    ),
    "pooled",
  );
  const renewed = evaluate(batches).accuracy;
  model.loadStateDict(state);
  return { stored, renewed };
}
