/**
 * @file Training runs beside PyTorch's: every step's logits, loss, gradients and state, then an evaluation.
 *
 * The steps run one after another on the same model and optimiser, so what differs in one differs in all that follow.
 */
import { compile, crossEntropy, type DType, record, type Tensor } from "@tapegrad/autograd";
import { fromTorchName, type Layer, SGD } from "@tapegrad/nn";
import { decodeTensor, type StoredTensor } from "../fixtures.ts";
import type { Check, SuiteContext } from "../suite.ts";
import { Comparison } from "./closeness.ts";
import type { Config } from "./layer-case.ts";

type Stored = Readonly<Record<string, StoredTensor>>;

interface TrainingStep {
  readonly x: StoredTensor;
  readonly y: StoredTensor;
  readonly logits: StoredTensor;
  readonly loss: StoredTensor | number;
  /** Before the update, under the names of parameters. */
  readonly grads: Stored;
  readonly grad_x?: StoredTensor;
  readonly state_after: Stored;
}

export interface TrainingRun {
  readonly id: string;
  readonly config: Config;
  readonly state0: Stored;
  readonly steps: readonly TrainingStep[];
  readonly eval: { readonly x: StoredTensor; readonly logits: StoredTensor };
}

/** The network of a config; its names of state are PyTorch's in camelCase. */
export type NetworkBuilder = (config: Config, state: Stored, dtype: DType) => Layer;

/** A family of runs of one kind of network, trained on cross entropy by SGD with momentum. */
export function trainingFamily(
  build: NetworkBuilder,
): (runs: readonly TrainingRun[], context: SuiteContext) => Generator<Check> {
  return function* (runs, { compiled }) {
    for (const run of runs) {
      try {
        yield checkRun(run, build, compiled);
      } catch (thrown) {
        const text = thrown instanceof Error ? `${thrown.name}: ${thrown.message}` : String(thrown);
        yield { status: "failed", id: run.id, problem: text.split("\n")[0] };
      }
    }
  };
}

function checkRun(run: TrainingRun, build: NetworkBuilder, compiled: boolean): Check {
  const comparison = new Comparison();
  const model = build(run.config, run.state0, decodeTensor(run.steps[0].x).dtype);
  const state0 = Object.entries(run.state0).map(([path, value]) => {
    return [fromTorchName(path), decodeTensor(value)];
  });
  model.loadStateDict(Object.fromEntries(state0));
  const step = stepOf(model, run.config);
  const runStep = compiled ? compile(step) : step;
  run.steps.forEach((expected, i) => {
    const found = runStep(decodeTensor(expected.x), decodeTensor(expected.y));
    compareStep(comparison, `step ${i}: `, expected, found, model);
  });
  const evaluate = (x: Tensor): Tensor => model.forward(x, { mode: "eval" });
  const logits = (compiled ? compile(evaluate) : evaluate)(decodeTensor(run.eval.x));
  comparison.compare("logits of the evaluation", logits, run.eval.logits);
  return comparison.check(run.id, 1);
}

interface StepResults {
  readonly logits: Tensor;
  readonly loss: Tensor;
  readonly gradients: Readonly<Record<string, Tensor>>;
  readonly xBar: Tensor;
}

/** One step of training as a function of a batch. */
function stepOf(model: Layer, { lr, momentum = 0 }: Config): (x: Tensor, y: Tensor) => StepResults {
  const parameters = model.parameters();
  const paths = [...model.state()].flatMap(([path, variable]) => {
    return parameters.some((parameter) => parameter === variable) ? [path] : [];
  });
  const optimizer = new SGD(parameters, { learningRate: Number(lr), momentum: Number(momentum) });
  return (x, y) => {
    let logits = x;
    const tape = record((x: Tensor) => {
      logits = model.forward(x, { mode: "train" });
      return crossEntropy(logits, y);
    }, x);
    const [ofParameters, [xBar]] = tape.gradient([parameters, tape.inputs] as const);
    optimizer.step(ofParameters);
    const gradients = Object.fromEntries(paths.map((path, i) => [path, ofParameters[i]]));
    return { logits, loss: tape.output, gradients, xBar };
  };
}

function compareStep(
  comparison: Comparison,
  what: string,
  expected: TrainingStep,
  { logits, loss, gradients, xBar }: StepResults,
  model: Layer,
): void {
  comparison.compare(`${what}logits`, logits, expected.logits);
  if (typeof expected.loss === "number") {
    comparison.compareNumber(`${what}loss`, loss.item(), expected.loss);
  } else comparison.compare(`${what}loss`, loss, expected.loss);
  for (const [path, gradient] of Object.entries(expected.grads)) {
    comparison.compare(`${what}gradient of ${path}`, gradients[fromTorchName(path)], gradient);
  }
  if (expected.grad_x !== undefined) {
    comparison.compare(`${what}gradient of x`, xBar, expected.grad_x);
  }
  const state = model.state();
  for (const [path, value] of Object.entries(expected.state_after)) {
    comparison.compare(`${what}${path}`, state.get(fromTorchName(path))?.value, value);
  }
}
