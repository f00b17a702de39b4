/** @file How the inputs of nonlinearities are distributed, by percentiles 15, 50 and 85 as in figure 1. */
import type { Tensor } from "@tapegrad/autograd";
import { percentile } from "./percentiles.ts";
import { estimate } from "./statistics.ts";

/** Of one unit over the images, or means over the units of a layer. */
export type Inputs = { readonly p15: number; readonly p50: number; readonly p85: number };

/** Percentiles of every unit's inputs: [layers][units]. */
export function percentilesOf(inputs: Tensor): readonly (readonly Inputs[])[] {
  const [layers, count, units] = inputs.shape;
  const values = inputs.toTypedArray();
  return Array.from({ length: layers }, (_, layer) =>
    Array.from({ length: units }, (_, unit) => {
      const own = Float64Array.from({ length: count }, (_, row) => {
        return values[(layer * count + row) * units + unit];
      }).sort();
      return { p15: percentile(own, 15), p50: percentile(own, 50), p85: percentile(own, 85) };
    }),
  );
}

export const meanInputs = (units: readonly Inputs[]): Inputs => ({
  p15: meanOf(units.map(({ p15 }) => p15)),
  p50: meanOf(units.map(({ p50 }) => p50)),
  p85: meanOf(units.map(({ p85 }) => p85)),
});

/** Mean distance of the medians, in widths from the 15th to the 85th percentile. */
export function driftBetween(before: readonly Inputs[], after: readonly Inputs[]): number {
  const width = meanOf(before.map(({ p15, p85 }) => p85 - p15));
  return meanOf(after.map(({ p50 }, unit) => Math.abs(p50 - before[unit].p50))) / width;
}

const meanOf = (values: readonly number[]): number => estimate(values).mean;
