/**
 * @file splitData: a data set in two, by a random key; with strata, each class in its proportion.
 */
import { permutation, splitKey, type Tensor, ValueError } from "@tapegrad/autograd";
import { freshKey } from "../init/fresh-key.ts";
import { type Dataset, type SampleOf, type SampleSource, sourceOf } from "./source.ts";

export interface SplitDataOptions {
  /** Which part of the samples is held back, between 0 and 1. */
  readonly validation: number;
  /** The class of every sample, where each is to be held back in its proportion. */
  readonly strata?: ArrayLike<number>;
  /** Random key; a fresh one, different in every run, by default. */
  readonly key?: Tensor;
}

/** Two sources for DataLoader, and which samples of the data they have, in the order of the data. */
export interface SplitDataset<Sample> {
  readonly train: SampleSource<Sample>;
  readonly validation: SampleSource<Sample>;
  readonly trainIndices: Int32Array;
  readonly validationIndices: Int32Array;
}

/**
 * Samples to train on and samples held back, each sample in one of the two.
 *
 * - `validation` · samples are held back, rounded; with strata the same part of each class, to within one sample
 *
 * @throws ValueError if the part is not between 0 and 1, one of the two would be empty, the data take time, or there
 *   are not as many strata as samples.
 * @example
 * const { train, validation } = splitData({ x, y }, { validation: 0.2, strata: labels.toTypedArray(), key: randomKey(1) });
 */
export function splitData<Data extends Dataset>(
  data: Data,
  options: SplitDataOptions,
): SplitDataset<SampleOf<Data>> {
  const { validation, strata, key = freshKey() } = options;
  const source = sourceOf(data);
  if (!("get" in source)) {
    throw new ValueError("splitData", {}, () => {
      return "the source takes time. Split what it is made of.";
    });
  }
  const { length } = source;
  if (strata !== undefined && strata.length !== length) {
    throw new ValueError("splitData", { length, strata: strata.length }, (d) => {
      return `there are ${d.strata} strata for ${d.length} samples. Pass the class of every sample.`;
    });
  }
  const count = Math.round(validation * length);
  if (!(count > 0 && count < length)) {
    throw new ValueError("splitData", { validation, length }, (d) => {
      return `a part of ${d.validation} of ${d.length} samples leaves nothing to train on or to hold back. Use a part between 0 and 1.`;
    });
  }
  const held = heldBack(groupsOf(length, strata), count, length, key);
  const indices = Int32Array.from({ length }, (_, index) => index);
  const trainIndices = indices.filter((index) => held[index] === 0);
  const validationIndices = indices.filter((index) => held[index] === 1);
  const part = (chosen: Int32Array) => subset(source as SampleSource<SampleOf<Data>>, chosen);
  return {
    train: part(trainIndices),
    validation: part(validationIndices),
    trainIndices,
    validationIndices,
  };
}

/** 1 for the samples that are held back, a random part of every group. */
function heldBack(
  groups: readonly number[][],
  count: number,
  length: number,
  key: Tensor,
): Uint8Array {
  const sizes = groups.map((group) => group.length);
  const quotas = quotasOf(sizes, count);
  const keys = splitKey(key, groups.length);
  const held = new Uint8Array(length);
  groups.forEach((group, i) => {
    const order = permutation(keys[i], group.length).toTypedArray();
    for (const place of order.subarray(0, quotas[i])) held[group[place]] = 1;
  });
  return held;
}

const subset = <Sample>(
  source: SampleSource<Sample>,
  indices: Int32Array,
): SampleSource<Sample> => ({
  length: indices.length,
  get: (index, context) => source.get(indices[index], context),
});

/** The samples of each class, in the order in which the classes appear. */
function groupsOf(length: number, strata: ArrayLike<number> | undefined): readonly number[][] {
  const groups = new Map<number, number[]>();
  for (let index = 0; index < length; index++) {
    const stratum = strata?.[index] ?? 0;
    const group = groups.get(stratum);
    if (group === undefined) groups.set(stratum, [index]);
    else group.push(index);
  }
  return [...groups.values()];
}

/** `total` in proportion to the sizes, by largest remainders. */
function quotasOf(sizes: readonly number[], total: number): readonly number[] {
  const length = sizes.reduce((sum, size) => sum + size, 0);
  const exact = sizes.map((size) => (size * total) / length);
  const quotas = exact.map(Math.floor);
  const left = total - quotas.reduce((sum, quota) => sum + quota, 0);
  const byRemainder = sizes
    .map((_, i) => i)
    .toSorted((a, b) => exact[b] - quotas[b] - (exact[a] - quotas[a]) || a - b);
  for (const i of byRemainder.slice(0, left)) quotas[i]++;
  return quotas;
}
