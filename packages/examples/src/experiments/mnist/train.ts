/**
 * @file Training on MNIST with everything that a long run wants: a loader that shuffles, logs, progress, evaluation
 * and checkpoints from which it goes on bit for bit.
 */
import { join } from "node:path";
import { cast, compile, mul, randomKey, splitKey, type Tensor } from "@tapegrad/autograd";
import {
  Accuracy,
  Adam,
  crossEntropy,
  DataLoader,
  evaluate,
  type FitCallbacks,
  type FitResult,
  fit,
  type LabelledImages,
  Scheduler,
  type Sequential,
  schedules,
  trainStep,
} from "@tapegrad/nn";
import { CheckpointFile, CsvLogger, JsonLinesLogger, TensorBoardLogger } from "@tapegrad/nn/node";
import { buildNetwork } from "./network.ts";

export interface TrainOptions {
  readonly epochs: number;
  readonly eager: boolean;
  readonly out: string;
  readonly resume: boolean;
  readonly seed?: number;
  readonly batchSize?: number;
  /** Steps between checkpoints; the end of every epoch by default. */
  readonly checkpointEvery?: number;
  readonly signal?: AbortSignal;
  readonly callbacks?: readonly FitCallbacks[];
}

export interface Trained {
  readonly model: Sequential;
  readonly result: FitResult;
}

interface Batch {
  /** Grey values from 0 to 255, int32 [N, 1, height, width]. */
  readonly images: Tensor;
  readonly labels: Tensor;
}

/** Trains the network on one set and evaluates it on another at the end of every epoch. */
export async function trainMnist(
  train: LabelledImages,
  test: LabelledImages,
  options: TrainOptions,
): Promise<Trained> {
  const { epochs, eager, out, seed = 1, batchSize = 64, checkpointEvery, signal } = options;
  const [weightKey, orderKey] = splitKey(randomKey(seed));
  const model = buildNetwork(weightKey);
  const optimizer = new Adam(model.parameters(), { learningRate: 5e-3 });
  const loader = new DataLoader(arraysOf(train), {
    batchSize,
    shuffle: true,
    remainder: "drop",
    key: orderKey,
  });
  const totalSteps = epochs * loader.batchCount;
  const scheduler = new Scheduler(optimizer, schedules.cosine({ steps: totalSteps }));
  const { step, state } = trainStep({
    model,
    optimizer,
    loss: ({ images, labels }: Batch) =>
      crossEntropy(model.forward(pixels(images), { mode: "train" }), labels),
  });
  const scores = (images: Tensor): Tensor => model.forward(pixels(images), { mode: "eval" });
  const loggers = [
    new JsonLinesLogger(join(out, "log.jsonl")),
    new CsvLogger(join(out, "log.csv"), { columns: COLUMNS }),
    new TensorBoardLogger(out),
  ];
  const result = await fit({
    step,
    state: { ...state, scheduler },
    loader,
    epochs,
    compiled: !eager,
    evaluate: evaluation(test, eager ? scores : compile(scores)),
    loggers,
    logged: () => ({ learningRate: optimizer.groups[0].learningRate.value.item() }),
    callbacks: [{ onStep: () => scheduler.step() }, ...(options.callbacks ?? [])],
    checkpoints: {
      store: new CheckpointFile(join(out, "checkpoint.safetensors")),
      ...(checkpointEvery === undefined ? {} : { every: checkpointEvery }),
    },
    resume: options.resume,
    ...(signal === undefined ? {} : { signal }),
  });
  for (const logger of loggers) logger.close();
  return { model, result };
}

const COLUMNS = ["loss", "learningRate", "epoch", "epochLoss", "test/accuracy"];

/** The accuracy on all images of a set. */
function evaluation(
  test: LabelledImages,
  scores: (images: Tensor) => Tensor,
): () => Promise<Record<string, number>> {
  const batches = new DataLoader(arraysOf(test), { batchSize: 250, remainder: "keep" });
  return () =>
    evaluate({
      batches,
      forward: ({ images, labels }: Batch) => [scores(images), labels] as const,
      metrics: { "test/accuracy": new Accuracy() },
    });
}

const arraysOf = ({ count, height, width, images, labels }: LabelledImages) => ({
  images: { data: images, shape: [count, 1, height, width] },
  labels: { data: labels, shape: [count] },
});

const pixels = (images: Tensor): Tensor => mul(cast(images, "float32"), 1 / 255);
