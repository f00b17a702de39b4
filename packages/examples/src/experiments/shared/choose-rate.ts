/**
 * @file chooseRate: the learning rate of a network, found by runs of a seed that is not reported, on images that are
 * not tested on.
 */

/** Of the runs that choose; reported seeds begin with 1. */
export const CHOOSING_SEED = 0;

/** The rate with the largest `quality`, the first of equals; what is not a number loses. A single rate needs no run. */
export async function chooseRate(
  rates: readonly number[],
  quality: (rate: number) => Promise<number | null>,
): Promise<number> {
  if (rates.length === 1) return rates[0];
  let [best, highest] = [rates[0], Number.NEGATIVE_INFINITY];
  for (const rate of rates) {
    const found = (await quality(rate)) ?? Number.NEGATIVE_INFINITY;
    if (found > highest) [best, highest] = [rate, found];
  }
  return best;
}

/** "0.1", or "0.1 (highest)" where a better rate may lie beyond those that were tried. */
export function formatRate(rate: number, rates: readonly number[]): string {
  if (rates.length === 1) return String(rate);
  if (rate === Math.max(...rates)) return `${rate} (highest)`;
  return rate === Math.min(...rates) ? `${rate} (lowest)` : String(rate);
}
