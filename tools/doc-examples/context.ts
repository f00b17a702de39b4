/**
 * @file What the names mean that an `@example` uses and neither declares nor finds among the public names.
 * It is copied beside the modules made of the examples and type-checked with them.
 */

import type * as fs from "node:fs";
import type { Primitive, Tape, Tensor } from "@tapegrad/autograd";
import type * as nn from "@tapegrad/nn";
import type fastCheck from "fast-check";

type Batch = { readonly x: Tensor; readonly images: Tensor; readonly labels: Tensor };

declare global {
  // any tensors, of whatever shape the example asks for
  const [a, b, x, y, v, w]: readonly Tensor[];
  const [data, train, test, batch, key, kernel, bias, scale, weights]: readonly Tensor[];
  const [images, labels, scores, logits, predicted, targets]: readonly Tensor[];
  const [batches, shards]: readonly (readonly Tensor[])[];
  const microBatches: readonly (readonly [x: Tensor, labels: Tensor])[];

  const tape: Tape;
  const myPrimitive: Primitive<null>;

  const model: nn.Sequential;
  const layer: nn.Linear;
  const optimizer: nn.Adam;
  const loader: nn.DataLoader<Batch>;
  const loss: (batch: Batch) => Tensor;
  const step: (...batch: readonly Tensor[]) => Tensor;
  const settings: nn.FitOptions<Batch>;
  const store: nn.CheckpointStore;

  const bytes: Uint8Array<ArrayBuffer>;
  const text: string;
  const url: string;

  const fc: typeof fastCheck;
  const { readFileSync, writeFileSync }: typeof fs;
}
