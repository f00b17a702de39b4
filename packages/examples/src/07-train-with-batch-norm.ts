/**
 * @file A small network with batch normalisation learns the ten digits from two hundred of them, and
 * names most of those that it has never seen, where chance names one of ten.
 */
import assert from "node:assert/strict";
import { randomKey, record, splitKey, type Tensor, tensor } from "@tapegrad/autograd";
import {
  Adam,
  accuracy,
  BatchNorm,
  crossEntropy,
  DataLoader,
  Linear,
  ReLU,
  Sequential,
} from "@tapegrad/nn";
import { generateDigits } from "./data/digits.ts";
import { runWhenMain } from "./run-when-main.ts";

/** `count` digits that are drawn here: pixels from 0 to 1, and what they show. */
function digits(count: number, seed: number): { images: Tensor; labels: Tensor } {
  const { images, labels } = generateDigits(count, { seed });
  return {
    images: tensor(Float32Array.from(images, (ink) => ink / 255)).reshape([count, 784]),
    labels: tensor(Int32Array.from(labels)),
  };
}

export function lesson(print: (...values: unknown[]) => void = console.log): void {
  const [first, second, order] = splitKey(randomKey(7), 3); // one key for each thing that is random
  const model = new Sequential(
    new Linear(784, 32, { bias: false, key: first }), // β takes the place of the bias
    new BatchNorm(32),
    new ReLU(),
    new Linear(32, 10, { key: second }),
  );
  const optimizer = new Adam(model.parameters(), { learningRate: 0.01 });

  // In mode "train" each batch is normalised by its own statistics.
  const step = (images: Tensor, labels: Tensor): Tensor => {
    const tape = record(() => crossEntropy(model.forward(images, { mode: "train" }), labels));
    optimizer.step(tape.gradient(model.parameters()));
    return tape.output;
  };

  const loader = new DataLoader(digits(200, 1), { batchSize: 20, shuffle: true, key: order });
  while (loader.epoch < 6) {
    let loss = 0;
    for (const { images, labels } of loader) loss += step(images, labels).item();
    print(`epoch ${loader.epoch}: loss ${(loss / loader.batchCount).toFixed(3)}`);
  }

  // In mode "eval" by the averages kept while training, so a digit does not depend on its company.
  const unseen = digits(100, 2);
  const right = accuracy(model.forward(unseen.images, { mode: "eval" }), unseen.labels);
  print(`right of ${unseen.labels.size} unseen digits: ${right}`);
  assert.ok(right > 0.5);
}

runWhenMain(import.meta.url, lesson);
