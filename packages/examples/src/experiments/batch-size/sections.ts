/** @file The sections of the report on batch sizes. */
import { formatRate } from "../shared/choose-rate.ts";
import type { Section } from "../shared/experiment.ts";
import { formatCount, formatList } from "../shared/format.ts";
import {
  type Estimate,
  estimate,
  formatEstimate,
  intervalPoint,
  PERCENT,
} from "../shared/statistics.ts";
import { accuracy, GHOST, gap, NAMES, type Outcome, type Result, type S } from "./norms.ts";

/** Points of accuracy, from fractions. */
export const points = (value: Estimate): string => formatEstimate(value, 1, 100);

export function sweepSection({ sweep }: Result, { sizes, images, rates }: S): Section {
  const lines = (pick: (outcome: Outcome) => number) =>
    NAMES.map((name) => ({
      name,
      points: sizes.map((size, i) => {
        return intervalPoint(size, estimate(sweep[name][i].map(pick)), 100);
      }),
    }));
  const x = { title: "batch size (images)", scale: "logarithmic", ticks: sizes } as const;
  return {
    title: "Accuracy and gap against the batch size",
    figures: [
      {
        id: "accuracy",
        y: { title: "Test accuracy (%)", max: 100, bounds: PERCENT },
        x,
        lines: lines(accuracy),
      },
      { id: "gap", y: { title: "Train minus test accuracy (points)" }, x, lines: lines(gap) },
    ],
    caption: `After ${formatCount(images)} images, mean over seeds with its 95 % interval. Ghost BN has ghost batches of ${GHOST}; up to this size it is BN. Every norm and size has a learning rate of its own${rates.length > 1 ? ", the one that was best on held-out training images in a further run" : ""}.`,
    table: {
      caption: "Test accuracy by batch size (%)",
      head: ["norm", ...sizes.map(String)],
      rows: NAMES.map((name) => [
        name,
        ...sweep[name].map((outcomes) => points(estimate(outcomes.map(accuracy)))),
      ]),
    },
  };
}

export function rateSection({ rates }: Result, { sizes, middle, ...settings }: S): Section {
  return {
    title: "Learning rates",
    table: {
      caption: `Best on held-out images by batch size, of ${settings.rates.join(", ")}; as they are at batches of ${middle}, in proportion at others`,
      head: ["norm", ...sizes.map(String)],
      rows: NAMES.map((name) => [
        name,
        ...rates[name].map((rate) => formatRate(rate, settings.rates)),
      ]),
    },
  };
}

export function shortSection({ short }: Result): Section {
  return {
    title: "A last batch of two images",
    table: {
      caption: "Test accuracy with batch normalisation by what becomes of them (%)",
      head: ["the two images", "test accuracy"],
      rows: [
        ["are left out", points(estimate(short.drop))],
        ["join the batch before", points(estimate(short.merge))],
        ["are a batch of their own", points(estimate(short.keep))],
      ],
    },
  };
}

export function descentSection({ descent }: Result, { middle }: S): Section {
  const nameOf = (size: number): string =>
    size === 1
      ? "single sample"
      : size === middle
        ? `mini-batch of ${size}`
        : `all ${formatCount(size)}`;
  return {
    title: "Single-sample, mini-batch and full-batch descent",
    figures: [
      {
        id: "descent",
        y: { title: "Test accuracy (%)", min: 0, max: 100, bounds: PERCENT },
        x: { title: "images seen" },
        lines: descent.map(({ size, curves }) => ({
          name: nameOf(size),
          points: curves[0].map(({ images }, i) => {
            return intervalPoint(images, estimate(curves.map((curve) => curve[i].accuracy)), 100);
          }),
        })),
      },
    ],
    caption: `With group normalisation, which needs no batch; each at its best learning rate on held-out images, ${formatList(descent.map(({ size, rate }) => `${Number(rate.toPrecision(3))} (${nameOf(size)})`))}. Mean over seeds with its 95 % interval.`,
  };
}
