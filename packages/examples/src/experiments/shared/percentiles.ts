/**
 * @file Percentiles of sorted numbers, by linear interpolation between neighbours.
 *
 * The definition is number 7 of Hyndman & Fan (1996), the default of NumPy and R.
 */
import { ValueError } from "@tapegrad/autograd";

/**
 * The value below which `q` percent of the numbers lie.
 *
 * @param sorted ascending; not checked, since that would cost more than the answer
 * @throws ValueError if there is no number, or `q` is not between 0 and 100.
 * @example
 * percentile(Float64Array.of(1, 2, 4), 75);   // 3
 */
export function percentile(sorted: Float64Array, q: number): number {
  if (!(q >= 0 && q <= 100)) {
    throw new ValueError("percentile", { q }, () => `q is ${q}. Use a number from 0 to 100.`);
  }
  const last = sorted.length - 1;
  const position = (q / 100) * last;
  const lower = sorted[Math.floor(position)];
  const upper = sorted[Math.ceil(position)];
  if (lower === undefined || upper === undefined) {
    throw new ValueError(
      "percentile",
      { size: 0 },
      () => "there are no values. Pass at least one.",
    );
  }
  // Equal neighbours are returned as they are: two infinities have no difference.
  if (lower === upper) return lower;
  const fraction = position - Math.floor(position);
  return lower + (upper - lower) * fraction;
}
