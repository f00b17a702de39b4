/**
 * @file One layer beside PyTorch's: outputs, gradients, second derivatives and state, step by step.
 *
 * A step is one function, run eagerly or compiled: it gives the outputs, the gradient of Σ ⟨output, cotangent⟩ by
 * inputs and parameters, and the gradient of Σ ⟨gradient, r⟩. What it leaves in the buffers is compared too.
 */
import { add, compile, type DType, mul, record, sum, type Tensor } from "@tapegrad/autograd";
import { fromTorchName, type Mode, type Module } from "@tapegrad/nn";
import { decodeTensor, isStored, type StoredTensor } from "../fixtures.ts";
import type { Check, SuiteContext } from "../suite.ts";
import { Comparison } from "./closeness.ts";

type Stored = Readonly<Record<string, StoredTensor>>;

export interface LayerStep {
  readonly mode?: Mode;
  readonly inputs: Stored;
  readonly outputs: readonly StoredTensor[];
  readonly cotangents?: readonly (StoredTensor | null)[];
  /** Under `input:x` and the names of parameters. */
  readonly grads?: Stored;
  readonly r?: Stored;
  /** null is zero. */
  readonly grads2?: Readonly<Record<string, StoredTensor | null>>;
  /** Only the buffers that changed. */
  readonly state_after?: Stored;
}

/** The constructor's arguments under PyTorch's names. */
export type Config = Readonly<Record<string, unknown>>;

/** A case has `steps`, or the fields of a single one. */
export type LayerCase = {
  readonly module: string;
  readonly id: string;
  readonly config: Config;
  readonly state0: Stored;
} & ({ readonly steps: readonly LayerStep[] } | LayerStep);

/** A module of PyTorch as it is built here. */
export interface BuiltLayer {
  readonly module: Module;
  /** The outputs in PyTorch's order. */
  forward(inputs: Readonly<Record<string, Tensor>>, mode: Mode): readonly Tensor[];
}

/** @param step for what the constructor here asks and PyTorch's does not, such as the rank of the input. */
export type LayerBuilder = (example: LayerCase, dtype: DType, step: LayerStep) => BuiltLayer;

/** A family of layer cases, by the table of the modules that occur in it; `check` may look at the other cases. */
export function layersFamily(
  table: Readonly<Record<string, LayerBuilder>>,
  check: (
    example: LayerCase,
    build: LayerBuilder,
    context: SuiteContext,
    cases: readonly LayerCase[],
  ) => Check = (example, build, context) => checkLayer(example, build, context),
): (cases: readonly LayerCase[], context: SuiteContext) => Generator<Check> {
  return function* (cases, context) {
    for (const example of cases) {
      const build = table[example.module] as LayerBuilder | undefined;
      const problem = `${example.module} has no line in the table`;
      yield build === undefined
        ? { status: "failed", id: example.id, problem }
        : check(example, build, context, cases);
    }
  };
}

export function stepsOf(example: LayerCase): readonly LayerStep[] {
  return "steps" in example ? example.steps : [example];
}

/** @returns the check of one case; an error that is thrown is a failure. */
export function checkLayer(
  example: LayerCase,
  build: LayerBuilder,
  context: SuiteContext,
  comparison: Comparison = new Comparison(),
): Check {
  const steps = stepsOf(example);
  try {
    const layer = buildLayer(example, build, steps[0]);
    steps.forEach((step, i) => {
      const what = steps.length === 1 ? "" : `step ${i}: `;
      const found = runStep(layer, step, context.compiled);
      compareStep(comparison, what, step, found, layer.module);
    });
  } catch (thrown) {
    const text = thrown instanceof Error ? `${thrown.name}: ${thrown.message}` : String(thrown);
    return { status: "failed", id: example.id, problem: text.split("\n")[0] };
  }
  return comparison.check(example.id, steps.some((step) => step.grads2 !== undefined) ? 2 : 1);
}

/** The layer with the state of the case, in the dtype of its inputs or of its state. */
export function buildLayer(example: LayerCase, build: LayerBuilder, first: LayerStep): BuiltLayer {
  const tensors = [...Object.values(first.inputs), ...Object.values(example.state0)];
  const dtype = tensors.some(({ tensor }) => tensor === "float64") ? "float64" : "float32";
  const layer = build(example, dtype, first);
  const state = Object.entries(example.state0).map(([path, value]) => {
    return [fromTorchName(path), decodeTensor(value)] as const;
  });
  layer.module.loadStateDict(Object.fromEntries(state));
  return layer;
}

/** What a step computes; derivatives under PyTorch's names. */
export interface StepResults {
  readonly outputs: readonly Tensor[];
  readonly first: Readonly<Record<string, Tensor>>;
  readonly second: Readonly<Record<string, Tensor>>;
}

/** Runs one step, which may change the module's buffers. */
export function runStep(
  { module, forward }: BuiltLayer,
  step: LayerStep,
  compiled: boolean,
): StepResults {
  const names = Object.keys(step.inputs);
  const run = (inputs: readonly Tensor[]): StepResults => {
    const evaluate = (values: readonly Tensor[]): readonly Tensor[] => {
      const byName = Object.fromEntries(names.map((name, i) => [name, values[i]]));
      return forward(byName, step.mode ?? "train");
    };
    return step.grads2 === undefined
      ? { ...differentiate(module, step, evaluate, inputs), second: {} }
      : differentiateTwice(module, step, evaluate, inputs);
  };
  const inputs = names.map((name) => decodeTensor(step.inputs[name]));
  return compiled ? compile(run)(inputs) : run(inputs);
}

type Evaluate = (inputs: readonly Tensor[]) => readonly Tensor[];

function differentiate(
  module: Module,
  step: LayerStep,
  evaluate: Evaluate,
  inputs: readonly Tensor[],
): Omit<StepResults, "second"> {
  const seeds = step.cotangents ?? [];
  const seeded = (outputs: readonly Tensor[]) => outputs.filter((_, k) => isStored(seeds[k]));
  let outputs: readonly Tensor[] = [];
  const tape = record((values: readonly Tensor[]) => {
    outputs = evaluate(values);
    return seeded(outputs);
  }, inputs);
  const of = leavesOf(module, step, tape.inputs[0], Object.keys(step.grads ?? {}));
  const cotangent = seeds.filter(isStored).map(decodeTensor);
  return { outputs, first: tape.gradient(of, { cotangent }) };
}

function differentiateTwice(
  module: Module,
  step: LayerStep,
  evaluate: Evaluate,
  inputs: readonly Tensor[],
): StepResults {
  let inner: Omit<StepResults, "second"> = { outputs: [], first: {} };
  const tape = record((values: readonly Tensor[]) => {
    inner = differentiate(module, step, evaluate, values);
    const terms = Object.entries(step.r ?? {}).map(([name, r]) => {
      return sum(mul(inner.first[name], decodeTensor(r)));
    });
    // with an input, so that a sum of no terms is on the tape
    return terms.reduce(add, sum(mul(values[0], 0)));
  }, inputs);
  const of = leavesOf(module, step, tape.inputs[0], Object.keys(step.grads2 ?? {}));
  return { ...inner, second: tape.gradient(of) };
}

/** What derivatives are taken of: inputs of the tape, and parameters. */
function leavesOf(
  module: Module,
  step: LayerStep,
  inputs: readonly Tensor[],
  names: readonly string[],
): Record<string, never> {
  const state = module.state();
  const positions = Object.keys(step.inputs);
  const leaves = names.map((name) => {
    const [, input] = /^input:(.*)$/.exec(name) ?? [];
    return [
      name,
      input === undefined ? state.get(fromTorchName(name)) : inputs[positions.indexOf(input)],
    ];
  });
  return Object.fromEntries(leaves) as Record<string, never>;
}

function compareStep(
  comparison: Comparison,
  what: string,
  step: LayerStep,
  { outputs, first, second }: StepResults,
  module: Module,
): void {
  step.outputs.forEach((expected, k) => {
    comparison.compare(`${what}output ${k}`, outputs[k], expected);
  });
  for (const [name, expected] of Object.entries(step.grads ?? {})) {
    comparison.compare(`${what}gradient of ${name}`, first[name], expected);
  }
  for (const [name, expected] of Object.entries(step.grads2 ?? {})) {
    comparison.compare(`${what}second derivative of ${name}`, second[name], expected);
  }
  const state = module.state();
  for (const [path, expected] of Object.entries(step.state_after ?? {})) {
    comparison.compare(`${what}${path}`, state.get(fromTorchName(path))?.value, expected);
  }
}
