/**
 * @file Optimisers beside PyTorch's: the parameters after each step along stored gradients, and norms of gradients.
 *
 * A step is one function, run eagerly or compiled. A gradient that is null is passed on as null.
 */
import { compile, type Tensor } from "@tapegrad/autograd";
import {
  Adadelta,
  Adagrad,
  Adam,
  Adamax,
  AdamW,
  clipByNorm,
  NAdam,
  type Optimizer,
  Parameter,
  RAdam,
  RMSprop,
  SGD,
} from "@tapegrad/nn";
import { decodeTensor, isStored, type StoredTensor } from "../fixtures.ts";
import type { Check, SuiteContext } from "../suite.ts";
import { type Comparison, checkOf } from "./closeness.ts";

type TorchOptions = Readonly<Record<string, unknown>>;

interface OptimizerCase {
  readonly optimizer: string;
  readonly id: string;
  readonly config: TorchOptions;
  readonly groups?: readonly ({ readonly params: readonly number[] } & TorchOptions)[];
  readonly params0: readonly StoredTensor[];
  readonly steps: readonly {
    readonly grads: readonly (StoredTensor | null)[];
    readonly params: readonly StoredTensor[];
  }[];
}

type Constructor = new (parameters: never, options: never) => Optimizer;

const OPTIMIZERS: Readonly<Record<string, Constructor>> = {
  Adadelta,
  Adagrad,
  Adam,
  Adamax,
  AdamW,
  NAdam,
  RAdam,
  RMSprop,
  SGD,
};

/** Options that have another name here; the rest is PyTorch's in camelCase. */
const NAMES: Readonly<Record<string, string>> = {
  lr: "learningRate",
  eps: "epsilon",
  lr_decay: "learningRateDecay",
};

function optionsOf(config: TorchOptions): TorchOptions {
  const entries = Object.entries(config).map(([name, value]) => {
    return [NAMES[name] ?? toCamelCase(name), value] as const;
  });
  return Object.fromEntries(entries);
}

function toCamelCase(name: string): string {
  return name.replace(/_([a-z])/g, (_, letter: string) => letter.toUpperCase());
}

export function* optimizers(
  cases: readonly OptimizerCase[],
  context: SuiteContext,
): Generator<Check> {
  for (const example of cases) {
    yield checkOf(example.id, (comparison) => compareRun(comparison, example, context.compiled));
  }
}

function compareRun(comparison: Comparison, example: OptimizerCase, compiled: boolean): void {
  const make = OPTIMIZERS[example.optimizer] as Constructor | undefined;
  if (make === undefined) throw new Error(`${example.optimizer} has no line in the table`);
  const parameters = example.params0.map((value) => new Parameter(decodeTensor(value)));
  const groups = (example.groups ?? [{ params: parameters.keys() }]).map(({ params, ...own }) => {
    return { parameters: [...params].map((i) => parameters[i]), ...optionsOf(own) };
  });
  const optimizer = new make(groups as never, optionsOf(example.config) as never);
  const positions = optimizer.parameters.map((parameter) => parameters.indexOf(parameter));
  const run = (gradients: readonly (Tensor | null)[]) => optimizer.step(gradients);
  const step = compiled ? compile(run) : run;
  example.steps.forEach(({ grads, params }, i) => {
    step(positions.map((at) => decodeGradient(grads[at])));
    params.forEach((expected, at) => {
      comparison.compare(`step ${i}: parameter ${at}`, parameters[at].value, expected);
    });
  });
}

function decodeGradient(stored: StoredTensor | null): Tensor | null {
  return stored === null ? null : decodeTensor(stored);
}

interface ClipCase {
  readonly id: string;
  readonly max_norm: number | string;
  readonly norm_type: number | string;
  readonly grads: readonly (StoredTensor | null)[];
  readonly total_norm: number | string;
  readonly clipped: readonly (StoredTensor | null)[];
}

export function* clipGradNorm(
  cases: readonly ClipCase[],
  { compiled }: SuiteContext,
): Generator<Check> {
  for (const example of cases) {
    yield checkOf(example.id, (comparison) => {
      const run = (gradients: readonly Tensor[]) => {
        const norms = { maxNorm: Number(example.max_norm), normType: Number(example.norm_type) };
        return clipByNorm(gradients, norms);
      };
      // a compiled function returns tensors only
      const given = example.grads.filter(isStored).map(decodeTensor);
      const { norm, gradients } = compiled ? compile(run)(given) : run(given);
      comparison.compareNumber("the norm", norm.item(), Number(example.total_norm));
      example.clipped.filter(isStored).forEach((expected, i) => {
        comparison.compare(`gradient ${i}`, gradients[i], expected);
      });
    });
  }
}
