/** @file Embedding. */
import {
  add,
  arange,
  type DType,
  div,
  embedding,
  equal,
  gather,
  greater,
  normal,
  ones,
  renorm,
  reshape,
  scatterAdd,
  stopGradient,
  sub,
  type Tensor,
  ValueError,
  where,
} from "@tapegrad/autograd";
import { freshKey } from "../init/fresh-key.ts";
import { Module, Parameter } from "../module.ts";
import { requireCount, requireFloatingDType } from "./layer-options.ts";

export interface EmbeddingLayerOptions {
  /** The row that starts as 0 and is not trained; a negative one counts from the end. None by default. */
  readonly paddingIdx?: number;
  /** Rows that are looked up and longer than this are shortened to it, in the weight too. Not by default. */
  readonly maxNorm?: number;
  /** Of which norm: 2 by default. */
  readonly normType?: number;
  /** Whether the derivative of a row is divided by how often the indices hold it; false by default. */
  readonly scaleGradByFreq?: boolean;
  /** float32 by default. */
  readonly dtype?: DType;
  /** Random key of the initial values; a fresh one, different in every run, by default. */
  readonly key?: Tensor;
}

/**
 * A row of `weight` for every index.
 *
 * - shapes: indices any, int32, to [...indices, embeddingDim]; `weight` [numEmbeddings, embeddingDim]
 * - initial values: standard normal
 * - under `maxNorm` the forward pass shortens rows in `weight`; the derivative is that by the rows as they are used
 *
 * @throws ValueError if an option is out of its range, or an index names no row; DTypeError if the indices are not int32.
 * @example
 * new Embedding(10, 4).forward(tensor([[1, 2], [3, 1]], { dtype: "int32" }));   // float32[2,2,4]
 */
export class Embedding extends Module {
  readonly numEmbeddings: number;
  readonly embeddingDim: number;
  readonly paddingIdx: number | null;
  readonly maxNorm: number | null;
  readonly normType: number;
  readonly scaleGradByFreq: boolean;
  readonly weight: Parameter;

  constructor(numEmbeddings: number, embeddingDim: number, options: EmbeddingLayerOptions = {}) {
    super();
    const { maxNorm, normType = 2, scaleGradByFreq = false } = options;
    const dtype = requireFloatingDType("Embedding", options.dtype ?? "float32");
    this.numEmbeddings = requireCount("Embedding", "numEmbeddings", numEmbeddings);
    this.embeddingDim = requireCount("Embedding", "embeddingDim", embeddingDim);
    this.paddingIdx = paddingOf(options.paddingIdx, numEmbeddings);
    this.maxNorm = maxNorm === undefined ? null : requirePositive("maxNorm", maxNorm);
    this.normType = requirePositive("normType", normType);
    this.scaleGradByFreq = scaleGradByFreq;
    const drawn = normal(options.key ?? freshKey(), [numEmbeddings, embeddingDim], { dtype });
    const row = reshape(arange(numEmbeddings), [numEmbeddings, 1]);
    const isPadding = this.paddingIdx === null ? null : equal(row, this.paddingIdx);
    const weight = isPadding === null ? drawn : where(isPadding, 0, drawn);
    this.weight = new Parameter(weight, { name: "weight" });
  }

  /** `indices` int32 [...] to the rows that they name, [..., embeddingDim]. */
  forward(indices: Tensor): Tensor {
    const table =
      this.maxNorm === null ? this.weight.value : this.#shortened(indices, this.maxNorm);
    const padding = this.paddingIdx === null ? {} : { paddingIndex: this.paddingIdx };
    const rows = embedding(table, indices, padding);
    if (!this.scaleGradByFreq) return rows;
    const flat = reshape(indices, [-1]);
    const counts = reshape(gather(this.#counts(indices), flat), [...indices.shape, 1]);
    const constant = stopGradient(rows);
    // rows itself, with a derivative that is divided
    return add(constant, div(sub(rows, constant), counts));
  }

  /** How often every row is named: [numEmbeddings]. */
  #counts(indices: Tensor): Tensor {
    const each = ones([indices.size], { dtype: this.weight.aval.dtype });
    return scatterAdd(each, reshape(indices, [-1]), { size: this.numEmbeddings });
  }

  /** The weight after rows that are named and too long were shortened in it. */
  #shortened(indices: Tensor, maxNorm: number): Tensor {
    const weight = this.weight.value;
    const constant = stopGradient(weight);
    const isNamed = reshape(greater(this.#counts(indices), 0), [-1, 1]);
    const short = renorm(constant, { p: this.normType, axis: 0, maxNorm });
    // in value the shortened rows, with the derivative of the weight
    const table = add(where(isNamed, short, constant), sub(weight, constant));
    this.weight.assign(table);
    return table;
  }
}

function paddingOf(paddingIdx: number | undefined, rows: number): number | null {
  if (paddingIdx === undefined) return null;
  if (Number.isInteger(paddingIdx) && paddingIdx >= -rows && paddingIdx < rows) {
    return paddingIdx < 0 ? paddingIdx + rows : paddingIdx;
  }
  throw new ValueError("Embedding", { paddingIdx, rows }, (d) => {
    return `paddingIdx ${d.paddingIdx} is none of the ${d.rows} rows. Use an integer from ${-d.rows} to ${d.rows - 1}.`;
  });
}

function requirePositive(name: string, value: number): number {
  if (value > 0) return value;
  throw new ValueError("Embedding", { name, value }, (d) => {
    return `${d.name} is ${d.value}. Use a number above 0.`;
  });
}
