/** @file The norms that are compared over batch sizes, and what is measured of them. */
import {
  BatchNorm,
  BatchRenorm,
  GhostBatchNorm,
  GroupNorm,
  type Layer,
  type Remainder,
  renormRamp,
} from "@tapegrad/nn";

const NCHW = { layout: "NCHW" } as const;
/** Images of a ghost batch. */
export const GHOST = 16;

export const NORMS = {
  BN: (channels: number): Layer => new BatchNorm(channels, NCHW),
  "Ghost BN": (channels: number): Layer => new GhostBatchNorm(channels, GHOST, NCHW),
  "Batch Renorm": (channels: number): Layer => {
    const [rMax, dMax] = [3, 5].map((to, i) => renormRamp(1 - i, to, { start: 30, end: 300 }));
    return new BatchRenorm(channels, { ...NCHW, rMax, dMax });
  },
  GroupNorm: (channels: number): Layer => new GroupNorm(4, channels),
} as const;

export type NormName = keyof typeof NORMS;
export const NAMES: readonly NormName[] = Object.keys(NORMS) as NormName[];

/** Accuracies after the last step. */
export type Outcome = { readonly train: number; readonly test: number };
/** Test accuracy after so many images. */
export type Curve = { readonly images: number; readonly accuracy: number }[];

export type Result = {
  /** By batch size: the one in proportion to `middle`'s that was best on held-out images. */
  readonly rates: Record<NormName, number[]>;
  /** By batch size in the order of the settings, then by seed. */
  readonly sweep: Record<NormName, Outcome[][]>;
  /** With batch normalisation and two images that do not fill a batch; by seed. */
  readonly short: Record<Remainder, number[]>;
  /** By batch size 1, `middle`, all; then by seed. */
  readonly descent: { readonly size: number; readonly rate: number; readonly curves: Curve[] }[];
};

export type S = {
  readonly seeds: number;
  readonly sizes: readonly number[];
  readonly middle: number;
  readonly rates: readonly number[];
  readonly images: number;
  readonly trainSize: number;
  readonly testSize: number;
};

export const gap = ({ train, test }: Outcome): number => train - test;
export const accuracy = ({ test }: Outcome): number => test;
