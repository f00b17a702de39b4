/**
 * @file What the numbers of a tensor are like, for messages.
 */
import { type Aval, formatAval } from "../array/aval.ts";
import { formatNumber } from "../array/format.ts";
import { arrayOf, type Tensor } from "../core/tensor.ts";
import { forEachPosition } from "../array/strided-array.ts";

/** What the numbers of a tensor are like. */
export interface Statistics {
  readonly aval: Aval;
  /** How many elements there are. */
  readonly count: number;
  /** The least and the largest finite element; null where there is none. */
  readonly min: number | null;
  readonly max: number | null;
  readonly zeros: number;
  readonly nan: number;
  readonly infinite: number;
}

/** @throws ValueError if `x` is abstract. */
export function statisticsOf(op: string, x: Tensor): Statistics {
  const array = arrayOf(op, x);
  let [count, zeros, nan, infinite] = [0, 0, 0, 0];
  let [min, max] = [Infinity, -Infinity];
  forEachPosition(array, (position) => {
    const value = array.data[position];
    count++;
    if (value === 0) zeros++;
    if (Number.isNaN(value)) nan++;
    else if (!Number.isFinite(value)) infinite++;
    else [min, max] = [Math.min(min, value) + 0, Math.max(max, value) + 0];
  });
  const some = min <= max;
  return {
    aval: x.aval,
    count,
    min: some ? min : null,
    max: some ? max : null,
    zeros,
    nan,
    infinite,
  };
}

/** `float32[2,3] from -1 to 4.5, 2 zeros, 1 NaN of 6` */
export function formatStatistics({
  aval,
  count,
  min,
  max,
  zeros,
  nan,
  infinite,
}: Statistics): string {
  const parts = [];
  if (min !== null && max !== null) {
    const [from, to] = [min, max].map((x) =>
      formatNumber(x, aval.dtype === "bool" ? "int32" : aval.dtype),
    );
    parts.push(
      min === max
        ? `${count - nan - infinite === 1 ? "" : "all "}${from}`
        : `from ${from} to ${to}`,
    );
  }
  if (zeros > 0 && min !== max) parts.push(`${zeros} ${zeros === 1 ? "zero" : "zeros"}`);
  if (nan + infinite > 0) parts.push(formatNonFinite({ count, nan, infinite }));
  return [formatAval(aval), parts.join(", ")].join(" ").trimEnd();
}

/** `1 NaN and 2 infinities of 6` */
export function formatNonFinite({
  count,
  nan,
  infinite,
}: Pick<Statistics, "count" | "nan" | "infinite">): string {
  const parts = [
    ...(nan > 0 ? [`${nan} NaN`] : []),
    ...(infinite > 0 ? [`${infinite} ${infinite === 1 ? "infinity" : "infinities"}`] : []),
  ];
  return `${parts.join(" and ")} of ${count}`;
}
