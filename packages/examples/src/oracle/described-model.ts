/**
 * @file A model built from the sentence that describes it, such as `conv1 (pad k//2) -> bn1 -> relu -> fc`.
 *
 * The stages are read one by one; sizes come from the shapes of the stored weights, what the constructor of a
 * recurrent layer takes from the configuration beside the sentence. Stages of `nn.Sequential` are named by position.
 */
import { type DType, type Shape, type Tensor, ValueError } from "@tapegrad/autograd";
import {
  AdaptiveAvgPool2d,
  BatchNorm,
  Conv2d,
  Embedding,
  Flatten,
  GELU,
  type Layer,
  Linear,
  LSTM,
  MaxPool2d,
  Module,
  ReLU,
  Sigmoid,
  Tanh,
} from "@tapegrad/nn";

export interface Description {
  readonly model: string;
  readonly config: Readonly<Record<string, unknown>>;
  /** Of the stored weights, by PyTorch's names. */
  readonly shapes: ReadonlyMap<string, Shape>;
}

/** The stages in their order, in mode "eval". */
export class DescribedModel extends Module {
  readonly #stages: readonly (readonly [name: string, stage: Stage])[];

  constructor({ model, config, shapes }: Description, dtype: DType) {
    super();
    const sentence = model.split(";")[0];
    const isSequential = sentence.startsWith("nn.Sequential:");
    const texts = sentence.replace(/^nn\.Sequential:/, "").split("->");
    this.#stages = texts.map((text, position) => {
      const [, word = "", remark = ""] = /^\s*(\w+)(.*)$/.exec(text) ?? [];
      const kind = word.replace(/\d+$/, "").toLowerCase();
      const build = STAGES[kind] as ((about: About) => Stage) | undefined;
      if (build === undefined) {
        throw new ValueError("oracle", { stage: text.trim() }, (d) => {
          return `a model is described with the stage "${d.stage}", which has no line in the table. Add one.`;
        });
      }
      const name = isSequential ? String(position) : word;
      return [name, build({ name, remark, sentence, config, shapes, dtype })] as const;
    });
  }

  override children(): readonly (readonly [string, Module])[] {
    return this.#stages.flatMap(([name, { module }]) => (module ? [[name, module] as const] : []));
  }

  forward(x: Tensor): Tensor {
    return this.#stages.reduce((value, [, { run }]) => run(value), x);
  }
}

interface Stage {
  /** null where there is nothing to load. */
  readonly module: Module | null;
  readonly run: (x: Tensor) => Tensor;
}

/** What is known about a stage. */
interface About extends Omit<Description, "model"> {
  /** Of its weights: its word, or its position. */
  readonly name: string;
  /** What is said behind the word. */
  readonly remark: string;
  readonly sentence: string;
  readonly dtype: DType;
}

const linear = (about: About): Stage => {
  const [outFeatures, inFeatures] = shapeOf(about, "weight");
  const { dtype } = about;
  return layer(new Linear(inFeatures, outFeatures, { bias: has(about, "bias"), dtype }));
};

const conv = (about: About): Stage => {
  const [outChannels, inChannels, height, width] = shapeOf(about, "weight");
  const { remark, dtype } = about;
  const isPadded = remark.includes("pad k//2");
  const padding = [height, width].map((size) => (isPadded ? Math.floor(size / 2) : 0));
  const stride = numberIn(/stride (\d+)/, remark, 1);
  const options = { padding, stride, bias: has(about, "bias"), dtype };
  return layer(new Conv2d(inChannels, outChannels, [height, width], options));
};

const lstm = (about: About): Stage => {
  const { config, dtype } = about;
  const [, inputSize] = shapeOf(about, "weight_ih_l0");
  const module = new LSTM(inputSize, Number(config["hidden_size"]), {
    numLayers: Number(config["num_layers"] ?? 1),
    bidirectional: config["bidirectional"] === true,
    bias: has(about, "bias_ih_l0"),
    batchFirst: isBatchFirst(about),
    dtype,
  });
  return { module, run: (x) => module.forward(x, { mode: "eval" }).output };
};

const lastStep = (about: About): Stage => {
  const before = isBatchFirst(about) ? [{}] : [];
  return { module: null, run: (x) => x.at(...before, -1).get() };
};

const embedding = (about: About): Stage => {
  const [count, width] = shapeOf(about, "weight");
  return layer(new Embedding(count, width, { dtype: about.dtype }));
};

const batchNorm = (about: About): Stage => {
  const [channels] = shapeOf(about, "weight");
  return layer(new BatchNorm(channels, { layout: "NCHW", dtype: about.dtype }));
};

/** By the word of a stage, without its number and in small letters. */
const STAGES: Readonly<Record<string, (about: About) => Stage>> = {
  linear,
  fc: linear,
  conv,
  bn: batchNorm,
  emb: embedding,
  lstm,
  last: lastStep,
  max_pool2d: ({ remark }) => layer(new MaxPool2d(numberIn(/(\d+)/, remark, 2))),
  adaptive_avg_pool2d: ({ remark }) => layer(new AdaptiveAvgPool2d(numberIn(/(\d+)/, remark, 1))),
  flatten: () => layer(new Flatten()),
  relu: () => layer(new ReLU()),
  tanh: () => layer(new Tanh()),
  sigmoid: () => layer(new Sigmoid()),
  gelu: () => layer(new GELU()),
};

const layer = (module: Layer): Stage => ({
  module,
  run: (x) => module.forward(x, { mode: "eval" }),
});

const isBatchFirst = ({ sentence }: About): boolean => sentence.includes("batch_first");

const has = ({ name, shapes }: About, weight: string): boolean => shapes.has(`${name}.${weight}`);

function shapeOf({ name, shapes }: About, weight: string): Shape {
  const shape = shapes.get(`${name}.${weight}`);
  if (shape !== undefined) return shape;
  throw new ValueError("oracle", { name, weight }, (d) => {
    return `a model is described with the stage ${d.name}, but the file holds no ${d.name}.${d.weight}. Use fixtures of the documented format.`;
  });
}

function numberIn(pattern: RegExp, text: string, otherwise: number): number {
  const found = pattern.exec(text);
  return found === null ? otherwise : Number(found[1]);
}
