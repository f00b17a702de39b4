/**
 * @file What batches are made of: arrays that hold one sample in each row, samples that are computed, and
 * samples that take time.
 */
import { DTypeError, ShapeError, type Tensor } from "@tapegrad/autograd";
import {
  arrayOf,
  isBranch,
  type NumberArray,
  type NumericArray,
  type Rows,
  rowOf,
} from "./collate.ts";

/** Which sample is asked for, and what it may draw from. */
export interface SampleContext {
  readonly index: number;
  readonly epoch: number;
  /** For `randomNumbers` or `randomKey`: another one for every sample in every epoch. */
  readonly seed: number;
}

/** Samples that are computed when they are asked for. */
export interface SampleSource<Sample> {
  readonly length: number;
  /** Sample number `index`, from 0. */
  get(index: number, context: SampleContext): Sample;
}

/** Samples that take time, such as those of a worker: see workerSource. */
export interface AsyncSource<Sample> {
  readonly length: number;
  /** The samples of one batch, in order. */
  fetch(contexts: readonly SampleContext[]): Promise<readonly Sample[]>;
}

/** Arrays whose first axis counts the samples, in any nesting; a typed array has a number of each. */
export type ArrayTree =
  | Tensor
  | NumericArray
  | NumberArray
  | readonly ArrayTree[]
  | { readonly [name: string]: ArrayTree };

/** What a `DataLoader` loads: arrays of samples, or a source of them. */
export type Dataset = ArrayTree | SampleSource<unknown> | AsyncSource<unknown>;

/** The type of one sample of a data set. */
export type SampleOf<Data> =
  Data extends SampleSource<infer Sample>
    ? Sample
    : Data extends AsyncSource<infer Sample>
      ? Sample
      : Rows<Data>;

/**
 * The samples of `data`, whichever way it gives them.
 *
 * @throws ShapeError if arrays differ in their number of samples; DTypeError if there is something else among them.
 */
export function sourceOf(data: Dataset): SampleSource<unknown> | AsyncSource<unknown> {
  if ("get" in data && typeof data.get === "function") return data as SampleSource<unknown>;
  if ("fetch" in data && typeof data.fetch === "function") return data as AsyncSource<unknown>;
  const lengths: number[] = [];
  const arrays = mapArrays(data, "data", (array) => {
    requireLength(array);
    lengths.push(array.shape[0] ?? 0);
    return array;
  });
  const [length = 0] = lengths;
  if (lengths.some((other) => other !== length)) {
    throw new ShapeError("DataLoader", { lengths }, (d) => {
      return `the arrays have ${d.lengths.join(", ")} samples along their first axes. Give them one number of samples.`;
    });
  }
  return { length, get: (index) => mapArrays(arrays, "data", (array) => rowOf(array, index)) };
}

function mapArrays(tree: unknown, path: string, f: (array: NumericArray) => NumericArray): unknown {
  const array = arrayOf(tree);
  if (array !== undefined) return f(array);
  if (!isBranch(tree)) {
    const type = tree === null ? "null" : typeof tree;
    throw new DTypeError("DataLoader", { path, type }, (d) => {
      return `${d.path} is of type ${d.type}, which holds no samples. Use tensors, typed arrays or { data, shape }, in any nesting.`;
    });
  }
  const mapped = Object.entries(tree).map(([name, item]) => {
    return [name, mapArrays(item, `${path}.${name}`, f)] as const;
  });
  return Array.isArray(tree) ? mapped.map(([, item]) => item) : Object.fromEntries(mapped);
}

function requireLength({ shape, data }: NumericArray): void {
  const size = shape.reduce((product, length) => product * length, 1);
  if (size === data.length) return;
  throw new ShapeError("DataLoader", { shape, length: data.length }, (d) => {
    return `an array of shape [${d.shape.join(", ")}] has ${d.length} numbers. Pass the shape of the data.`;
  });
}
