/** @file A run of a few steps with everything in it that has state: made anew, it is the same. */
import { normal, randomKey, splitKey, type Tensor, tensor } from "@tapegrad/autograd";
import {
  BatchNorm,
  crossEntropy,
  DataLoader,
  Dropout,
  type FitOptions,
  type HasVariables,
  Linear,
  MemoryLogger,
  Sequential,
  SGD,
  trainStep,
} from "@tapegrad/nn";

export interface TinyBatch {
  readonly x: Tensor;
  readonly labels: Tensor;
}

const SAMPLES = 14;

/** Two classes around (1, 1, 1) and (-1, -1, -1), in three batches of four; the rest is dropped. */
const LABELS = Array.from({ length: SAMPLES }, (_, i) => i % 2);
const CENTERS = tensor(LABELS.map((label) => [2 * label - 1]));
const DATA = {
  x: normal(randomKey(3), [SAMPLES, 3]).add(CENTERS),
  labels: tensor(LABELS, { dtype: "int32" }),
};

const [FIRST, SECOND, THIRD, ORDER] = splitKey(randomKey(1), 4);

export function tinyModel() {
  return new Sequential(
    new Linear(3, 4, { bias: false, key: FIRST }),
    new BatchNorm(4),
    new Dropout(0.25, { key: SECOND }),
    new Linear(4, 2, { key: THIRD }),
  );
}

export interface TinyRun {
  readonly model: Sequential;
  readonly logger: MemoryLogger;
  readonly options: FitOptions<TinyBatch>;
}

export function tinyRun(more: Partial<FitOptions<TinyBatch>> = {}): TinyRun {
  const model = tinyModel();
  const logger = new MemoryLogger();
  const optimizer = new SGD(model.parameters(), { learningRate: 0.1, momentum: 0.5 });
  const loss = ({ x, labels }: TinyBatch) =>
    crossEntropy(model.forward(x, { mode: "train" }), labels);
  const loader = new DataLoader(DATA, {
    batchSize: 4,
    shuffle: true,
    remainder: "drop",
    key: ORDER,
  });
  return {
    model,
    logger,
    options: {
      ...trainStep({ model, optimizer, loss }),
      loader,
      epochs: 3,
      loggers: [logger],
      ...more,
    },
  };
}

/** The bits of all variables, by name. */
export function bitsOf(state: Readonly<Record<string, HasVariables>>): string {
  const lines = Object.entries(state).flatMap(([owner, having]) =>
    [...having.variables()].map(([name, { value }]) => {
      const { buffer, byteOffset, byteLength } = value.toTypedArray();
      const bytes = Buffer.from(new Uint8Array(buffer, byteOffset, byteLength));
      return `${owner}/${name} ${bytes.toString("hex")}`;
    }),
  );
  return lines.join("\n");
}
