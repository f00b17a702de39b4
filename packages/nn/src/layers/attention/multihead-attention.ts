/** @file MultiheadAttention. */
import {
  type DType,
  expandDims,
  linear,
  mean,
  narrow,
  reshape,
  type Shape,
  ShapeError,
  splitKey,
  squeeze,
  type Tensor,
  transpose,
  ValueError,
  zeros,
} from "@tapegrad/autograd";
import { attention } from "../../functional/attention.ts";
import { dropout, requireRate } from "../../functional/dropout.ts";
import { freshKey } from "../../init/fresh-key.ts";
import { type ForwardOptions, type Mode, Module, Parameter, RandomState } from "../../module.ts";
import { drawnWithin } from "../drawn-parameter.ts";
import { requireCount, requireFloatingDType, requireMode } from "../layer-options.ts";
import { Linear } from "../linear.ts";

export interface MultiheadAttentionOptions {
  /** The probability of a weight to be dropped in mode "train"; 0 by default. */
  readonly dropout?: number | undefined;
  /** Whether all projections have a bias; true by default. */
  readonly bias?: boolean | undefined;
  /** The features of keys; embedDim by default. */
  readonly kdim?: number | undefined;
  /** The features of values; embedDim by default. */
  readonly vdim?: number | undefined;
  /** Whether inputs are [batch, time, features] instead of [time, batch, features]; false by default. */
  readonly batchFirst?: boolean | undefined;
  /** float32 by default. */
  readonly dtype?: DType | undefined;
  /** Random key of the initial values and of dropout; a fresh one, different in every run, by default. */
  readonly key?: Tensor | undefined;
}

export interface MultiheadAttentionForwardOptions extends ForwardOptions {
  /**
   * [L, S], or [batch · numHeads, L, S]: of dtype bool, true where a query must not attend to a key; else added to the
   * scores.
   */
  readonly attnMask?: Tensor | undefined;
  /** [batch, S]: of dtype bool, true where a key is padding; else added to the scores. */
  readonly keyPaddingMask?: Tensor | undefined;
  /** Whether the weights are returned; true by default. */
  readonly needWeights?: boolean | undefined;
  /** Whether the weights returned are the mean over the heads; true by default. */
  readonly averageWeights?: boolean | undefined;
}

export interface MultiheadAttentionOutput {
  /** As the query is laid out, with embedDim features. */
  readonly output: Tensor;
  /** [batch, L, S], or [batch, numHeads, L, S] if they are not averaged; null if they are not needed. */
  readonly weights: Tensor | null;
}

/**
 * Attention of several heads: each compares projections of queries and keys, and takes a mean of projected values.
 *
 * - shapes: query [L, batch, embedDim], key [S, batch, kdim], value [S, batch, vdim]; with the batch as the first axis under
 *   `batchFirst`, or all without it. Self-attention is `forward(x, x, x)`
 * - variables: `inProjWeight` [3 embedDim, embedDim], the rows for queries, keys and values in this order, or with another
 *   kdim or vdim `qProjWeight`, `kProjWeight` and `vProjWeight`; `inProjBias` [3 embedDim]; `outProj`, a Linear
 * - initial values: weights uniform within ±√(6 / (rows + columns)), that of `outProj` within ±1/√embedDim; biases 0
 * - a query whose keys are all masked has weights NaN, as in PyTorch
 *
 * @throws ShapeError if inputs or masks do not fit; ValueError if a size is out of range, embedDim is no multiple of
 *   numHeads, or weights are dropped and the mode is missing.
 * @example
 * const { output, weights } = new MultiheadAttention(8, 2).forward(x, x, x);   // x: [5, 3, 8]; weights: [3, 5, 5]
 * @see Vaswani et al. (2017), "Attention is all you need", section 3.2.2.
 */
export class MultiheadAttention extends Module {
  readonly embedDim: number;
  readonly numHeads: number;
  readonly kdim: number;
  readonly vdim: number;
  readonly dropout: number;
  readonly batchFirst: boolean;
  readonly inProjWeight: Parameter | null;
  readonly qProjWeight: Parameter | null;
  readonly kProjWeight: Parameter | null;
  readonly vProjWeight: Parameter | null;
  readonly inProjBias: Parameter | null;
  readonly outProj: Linear;
  /** What weights are dropped by; null where none are. */
  readonly random: RandomState | null;

  constructor(embedDim: number, numHeads: number, options: MultiheadAttentionOptions = {}) {
    super();
    const { bias = true, kdim = embedDim, vdim = embedDim, key = freshKey() } = options;
    const dtype = requireFloatingDType("MultiheadAttention", options.dtype ?? "float32");
    this.embedDim = requireCount("MultiheadAttention", "embedDim", embedDim);
    this.numHeads = requireHeads(numHeads, embedDim);
    this.kdim = requireCount("MultiheadAttention", "kdim", kdim);
    this.vdim = requireCount("MultiheadAttention", "vdim", vdim);
    this.dropout = requireRate("MultiheadAttention", options.dropout ?? 0, "dropout");
    this.batchFirst = options.batchFirst ?? false;
    const keys = splitKey(key, 6);
    const projection = (i: number, name: string, shape: readonly [number, number]): Parameter => {
      const bound = Math.sqrt(6 / (shape[0] + shape[1]));
      return drawnWithin(bound, { key: keys[i], name, shape, dtype });
    };
    const isJoint = kdim === embedDim && vdim === embedDim;
    this.inProjWeight = isJoint ? projection(0, "inProjWeight", [3 * embedDim, embedDim]) : null;
    this.qProjWeight = isJoint ? null : projection(1, "qProjWeight", [embedDim, embedDim]);
    this.kProjWeight = isJoint ? null : projection(2, "kProjWeight", [embedDim, kdim]);
    this.vProjWeight = isJoint ? null : projection(3, "vProjWeight", [embedDim, vdim]);
    this.inProjBias = bias ? zeroBias("inProjBias", 3 * embedDim, dtype) : null;
    this.outProj = new Linear(embedDim, embedDim, { bias, dtype, key: keys[4] });
    this.outProj.bias?.assign(zeros([embedDim], { dtype }));
    this.random = this.dropout > 0 ? new RandomState(keys[5], { name: "random" }) : null;
  }

  /** What every query attends to, and with which weights. */
  forward(
    query: Tensor,
    key: Tensor,
    value: Tensor,
    options: MultiheadAttentionForwardOptions = {},
  ): MultiheadAttentionOutput {
    const isBatch = requireInputs(this, query.shape, key.shape, value.shape);
    const { needWeights = true, averageWeights = true } = options;
    const [q, k, v] = [query, key, value].map((x) => this.#batchFirst(x, isBatch));
    const masks = this.#masksOf(q.shape, k.shape[1], options);
    const heads = [q, k, v].map((x, i) => this.#headsOf(x, i));
    const through = (weights: Tensor): Tensor => this.#dropped(weights, options.mode);
    const attended = attention(heads[0], heads[1], heads[2], { masks, through });
    const joined = reshape(transpose(attended.output, [0, 2, 1, 3]), q.shape);
    const output = this.#asGiven(this.outProj.forward(joined), isBatch);
    if (!needWeights) return { output, weights: null };
    const weights = averageWeights ? mean(attended.weights, { axes: 1 }) : attended.weights;
    return { output, weights: isBatch ? weights : squeeze(weights, 0) };
  }

  /** [batch, time, features]. */
  #batchFirst(x: Tensor, isBatch: boolean): Tensor {
    if (!isBatch) return expandDims(x, 0);
    return this.batchFirst ? x : transpose(x, [1, 0, 2]);
  }

  #asGiven(x: Tensor, isBatch: boolean): Tensor {
    if (!isBatch) return squeeze(x, 0);
    return this.batchFirst ? x : transpose(x, [1, 0, 2]);
  }

  /** The projection of input `i` (query, key or value) in heads: [batch, numHeads, time, features of a head]. */
  #headsOf(x: Tensor, i: number): Tensor {
    const { embedDim, numHeads } = this;
    const own = { start: i * embedDim, length: embedDim };
    const separate = [this.qProjWeight, this.kProjWeight, this.vProjWeight][i];
    const weight =
      this.inProjWeight === null ? separate?.value : narrow(this.inProjWeight.value, own);
    const bias = this.inProjBias === null ? undefined : narrow(this.inProjBias.value, own);
    const projected = linear(x, weight as Tensor, bias);
    const split = [x.shape[0], x.shape[1], numHeads, embedDim / numHeads];
    return transpose(reshape(projected, split), [0, 2, 1, 3]);
  }

  #masksOf(
    [batch, queries]: Shape,
    keys: number,
    { attnMask, keyPaddingMask }: MultiheadAttentionForwardOptions,
  ): readonly Tensor[] {
    const masks: Tensor[] = [];
    if (attnMask !== undefined) {
      const each = [batch * this.numHeads, queries, keys];
      requireMask("attnMask", attnMask.shape, [[queries, keys], each]);
      const split = [batch, this.numHeads, queries, keys];
      masks.push(attnMask.rank === 2 ? attnMask : reshape(attnMask, split));
    }
    if (keyPaddingMask !== undefined) {
      requireMask("keyPaddingMask", keyPaddingMask.shape, [[batch, keys]]);
      masks.push(reshape(keyPaddingMask, [batch, 1, 1, keys]));
    }
    return masks;
  }

  #dropped(weights: Tensor, mode: Mode | undefined): Tensor {
    if (this.random === null || requireMode("MultiheadAttention", mode) === "eval") return weights;
    return dropout(weights, { rate: this.dropout, key: this.random.next() });
  }
}

function zeroBias(name: string, size: number, dtype: DType): Parameter {
  return new Parameter(zeros([size], { dtype }), { name });
}

function requireHeads(numHeads: number, embedDim: number): number {
  requireCount("MultiheadAttention", "numHeads", numHeads);
  if (embedDim % numHeads === 0) return numHeads;
  throw new ValueError("MultiheadAttention", { embedDim, numHeads }, (d) => {
    return `embedDim ${d.embedDim} cannot be divided among ${d.numHeads} heads. Use a multiple of the number of heads.`;
  });
}

/** Whether there is a batch axis. @throws ShapeError if an input does not fit. */
function requireInputs(layer: MultiheadAttention, query: Shape, key: Shape, value: Shape): boolean {
  const { embedDim, kdim, vdim, batchFirst } = layer;
  const isBatch = query.length === 3;
  const fits =
    (isBatch || query.length === 2) &&
    [key, value].every(({ length }) => length === query.length) &&
    [query, key, value].every((shape, i) => shape.at(-1) === [embedDim, kdim, vdim][i]) &&
    key.slice(0, -1).every((n, axis) => n === value[axis]) &&
    (!isBatch || query[batchFirst ? 0 : 1] === key[batchFirst ? 0 : 1]);
  if (fits) return isBatch;
  throw new ShapeError(
    "MultiheadAttention",
    { query, key, value, embedDim, kdim, vdim, batchFirst },
    (d) => {
      const [q, k, v] = [d.query, d.key, d.value].map((shape) => `[${shape.join(", ")}]`);
      const leading = (n: string): string => (d.batchFirst ? `batch, ${n}` : `${n}, batch`);
      return `query ${q}, key ${k} and value ${v} do not fit. Use [${leading("L")}, ${d.embedDim}], [${leading("S")}, ${d.kdim}] and [${leading("S")}, ${d.vdim}], or all without the batch.`;
    },
  );
}

function requireMask(name: string, shape: Shape, allowed: readonly Shape[]): void {
  const isLike = (wanted: Shape): boolean =>
    wanted.length === shape.length && wanted.every((n, axis) => n === shape[axis]);
  if (allowed.some(isLike)) return;
  throw new ShapeError("MultiheadAttention", { name, shape, allowed }, (d) => {
    const wanted = d.allowed.map((one) => `[${one.join(", ")}]`).join(" or ");
    return `${d.name} has shape [${d.shape.join(", ")}], but these inputs need ${wanted}. Make a mask of that shape.`;
  });
}
